package msg

import "emitscope/backend/jsontext"

// Bounds on what is plotted.
const (
	MaxSeries    = 32     // that one viewer may ask for
	SeriesPoints = 10_000 // of the past of one series: more than a screen has columns
)

// Reading is one point of a series. Its times are in microseconds since 1970.
type Reading struct {
	At     int64 // when the message was emitted or received
	Source int64 // when its producer made it; 0: not said
	Value  float64
}

// ReadingOf returns the reading of a series in r, and whether r has one. What
// was dropped has none: nobody got it.
func ReadingOf(r *Record, pointer string) (Reading, bool) {
	if r.Outcome == Dropped {
		return Reading{}, false
	}
	value, found := jsontext.Number(r.Payload, pointer)
	if !found {
		return Reading{}, false
	}
	reading := Reading{At: r.At.UnixMicro(), Value: value}
	if !r.Source.IsZero() {
		reading.Source = r.Source.UnixMicro()
	}
	return reading, true
}

// Thin returns at most so many of readings, at least 4, in their order and in
// their own memory: the first, the last, and between them the least and the
// greatest of each of many equal parts. So a peak stays, however many there are.
func Thin(readings []Reading, most int) []Reading {
	most = max(most, 4)
	if len(readings) <= most {
		return readings
	}
	last := len(readings) - 1
	parts, between := (most-2)/2, last-1
	kept := 1
	for part := range parts {
		from, to := 1+part*between/parts, 1+(part+1)*between/parts
		least, greatest := from, from
		for i := from + 1; i < to; i++ {
			if readings[i].Value < readings[least].Value {
				least = i
			}
			if readings[i].Value > readings[greatest].Value {
				greatest = i
			}
		}
		first, second := min(least, greatest), max(least, greatest)
		readings[kept] = readings[first]
		kept++
		if second != first {
			readings[kept] = readings[second]
			kept++
		}
	}
	readings[kept] = readings[last]
	return readings[:kept+1]
}

// FrameSeries is one series in a frame.
type FrameSeries struct {
	ID       int64
	From     int64     // readings after this time, in µs since 1970, are told; 0: it was told before
	Readings []Reading // since the last frame
	Binned   bool      // there were too many: only the extremes are left
}
