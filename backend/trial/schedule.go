package trial

import (
	"math"
	"time"
)

// schedule says which message is due when. Slot j is due at start + j·batch/rate,
// computed from j, so it cannot drift, and holds batch messages. Producer p has the
// slots p, p+producers, p+2·producers, and so on.
type schedule struct {
	start     time.Time
	rate      float64 // messages per second; 0: there is no schedule
	batch     int
	producers int
	slots     int64 // of the whole trial; where rate is 0 there is no end to them
	first     int64 // the first slot that is measured
}

func newSchedule(p Plan, start time.Time) schedule {
	s := schedule{start: start, rate: p.Rate, batch: p.Batch, producers: p.Producers}
	if s.rate > 0 {
		s.slots = s.slotsIn(p.Warmup + p.Length)
		s.first = s.slotsIn(p.Warmup)
	}
	return s
}

// slotsIn is how many slots begin in a trial's first d.
func (s schedule) slotsIn(d time.Duration) int64 {
	return int64(math.Ceil(d.Seconds() * s.rate / float64(s.batch)))
}

// due is when slot j is.
func (s schedule) due(j int64) time.Time {
	return s.start.Add(time.Duration(float64(j) * float64(s.batch) / s.rate * float64(time.Second)))
}

// number is that of the first message in slot j.
func (s schedule) number(j int64) int64 { return j * int64(s.batch) }
