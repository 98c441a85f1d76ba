package feed

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds on the series of all viewers.
const (
	// mostSeries bounds what they may cost the emitter, which looks for the number
	// of each: about half a microsecond a message that is one of the series.
	mostSeries = 256
	// mostReadings of one series wait for the next frame; of more only the extremes
	// are left. They take 12 KB.
	mostReadings = 512
	// readingsPerSecond are sent of one series; of more only the extremes are.
	readingsPerSecond = 1000
)

// probe takes the readings of one series until the next frame of its viewer.
type probe struct {
	ask       query.Series
	looks     int // at the payload, to find the number
	bit       int // of its viewer
	allowance *query.Allowance
	from      int64 // readings after this time are taken, in µs since 1970

	told bool // from was sent; used by the viewer's Next alone

	mu       sync.Mutex
	readings []msg.Reading
	binned   bool
}

// observe takes r's reading, if it has one and is of the series. It reports false
// where the viewer's allowance is used up, and the reading is lost.
func (p *probe) observe(r *msg.Record, askers int) bool {
	selects, known := p.allowance.Match(p.ask.Filter, r, askers)
	if !selects || !known {
		return known
	}
	if !p.allowance.Spend(r, p.looks, askers) {
		return false
	}
	reading, found := msg.ReadingOf(r, p.ask.Pointer)
	if !found {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.readings) == mostReadings {
		p.readings = msg.Thin(p.readings, mostReadings/2)
		p.binned = true
	}
	p.readings = append(p.readings, reading)
	return true
}

// take returns what has come, at most so many readings, and begins anew.
func (p *probe) take(most int) (readings []msg.Reading, binned bool) {
	p.mu.Lock()
	readings, binned = slices.Clone(p.readings), p.binned
	p.readings, p.binned = p.readings[:0], false
	p.mu.Unlock()
	thinned := msg.Thin(readings, most)
	return thinned, binned || len(thinned) < len(readings)
}

// Series makes the viewer be told the readings of these series and no others,
// from the next record on. Those it has already go on without a gap. More than
// msg.MaxSeries, or more than the viewers may have together, are a fault.TooMany
// error, and then nothing changes.
func (v *Viewer) Series(asks []query.Series) error {
	if len(asks) > msg.MaxSeries {
		return fault.Newf(fault.TooMany, "%d series are more than one viewer may have", len(asks)).
			WithHint("at most %d are possible; remove some from the charts", msg.MaxSeries)
	}
	f := v.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers[v.bit] != v {
		return nil
	}
	all := len(asks) - len(v.probes)
	for _, other := range &f.viewers {
		if other != nil {
			all += len(other.probes)
		}
	}
	if all > mostSeries {
		return fault.Newf(fault.TooMany, "all viewers together plot %d series already", all-len(asks)).
			WithHint("at most %d are possible; remove some from the charts, or close other windows of this hub", mostSeries)
	}
	from := time.Now().UnixMicro()
	probes := make([]*probe, len(asks))
	for i, ask := range asks {
		at := slices.IndexFunc(v.probes, func(p *probe) bool {
			return p.ask.ID == ask.ID && p.ask.Query == ask.Query && p.ask.Pointer == ask.Pointer
		})
		if at >= 0 {
			probes[i] = v.probes[at]
		} else {
			probes[i] = &probe{
				ask: ask, looks: max(1, strings.Count(ask.Pointer, "/")), bit: v.bit, allowance: &v.allowance,
				from: from, readings: make([]msg.Reading, 0, mostReadings),
			}
		}
	}
	v.probes = probes
	f.rewatch()
	return nil
}

// series returns what the viewer is told of its series: those that have readings,
// and each new one once.
func (v *Viewer) series(now time.Time) []msg.FrameSeries {
	v.feed.mu.Lock()
	probes := v.probes
	v.feed.mu.Unlock()
	since := time.Second
	if !v.last.IsZero() {
		since = min(now.Sub(v.last), time.Second)
	}
	var out []msg.FrameSeries
	for _, p := range probes {
		s := msg.FrameSeries{ID: p.ask.ID}
		s.Readings, s.Binned = p.take(int(since.Seconds() * readingsPerSecond))
		if !p.told {
			p.told, s.From = true, p.from
		}
		if s.From == 0 && len(s.Readings) == 0 {
			continue
		}
		// Clients' messages are observed on goroutines of their own.
		slices.SortStableFunc(s.Readings, func(a, b msg.Reading) int { return cmp.Compare(a.At, b.At) })
		out = append(out, s)
	}
	return out
}
