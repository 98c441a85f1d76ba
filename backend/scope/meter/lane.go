package meter

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// parts is how many pieces of ten seconds make the minute that percentiles are
// about: six whole ones and the running one, so they cover 60 to 70 s.
const parts = 7

// lane is what is known of one namespace.
//
// The emitter fills it, so what it holds is arranged for the emitter: it takes
// mu for a few counters and three buckets, and whoever reads takes mu for no
// longer than that. All that is slow is done on data that left the emitter's
// reach, under Meter.mu.
//
// A lane that emitted in each of the last seven parts takes 126 KiB for timing, and
// up to 92 more where producers say when they made their messages. After an hour it
// takes 205 KiB for points, and for their spreads at most 217 KiB, when each has
// counts of two bytes in all buckets of all measures; usually it is a tenth of that.
// TestMemoryOfAllLanesIsBounded holds 256 of them to 180 MB.
type lane struct {
	namespace string
	bounds    *bounds

	// Counted by producers, who must neither wait for the emitter nor hold it up.
	accepted, rejected atomic.Uint64

	mu      sync.Mutex
	n       msg.Counters // all but Accepted and Rejected
	dropped map[msg.Reason]uint64
	pending *timing       // since the last fold; nil: not needed yet
	before  time.Duration // lateness of the last emit
	emitted bool          // there was a last emit
	life    [3]lifetime   // lateness, interval error, wait
	streams map[string]*stream
	order   []*stream // the same; never changed in place, but for appending
	gone    bool      // the meter forgot this lane; look again

	// Under Meter.mu.
	spare   *timing // empty, takes the place of pending
	minute  [parts]*timing
	running int // index in minute
	series  series
	depth   int
	bytes   int64
	quiet   int // seconds without any change
}

// observe counts r and returns how many lates it made. The caller holds mu.
func (l *lane) observe(r *msg.Record, limit msg.LateLimit) (late uint64) {
	switch r.Outcome {
	case msg.Received:
		l.n.Received++
	case msg.Dropped:
		l.n.Dropped++
		l.dropped[r.Reason]++
	case msg.DroppedOnPurpose:
		l.n.OnPurpose++
		if !r.Direct() { // the slots it missed before were missed all the same
			late = l.miss(r, limit.Of(r.Period))
			l.n.Late += late
			l.n.Missed += uint64(r.Missed)
		}
	case msg.Emitted:
		l.n.Emitted++
		l.n.Delivered += uint64(r.Sockets)
		if !r.Direct() {
			late = l.time(r, limit.Of(r.Period))
			l.n.Late += late
			l.n.Missed += uint64(r.Missed)
		}
	}
	return late
}

// time takes the three measures of an emit that has a place in the schedule. For how
// long it was held back on purpose is in none of them.
func (l *lane) time(r *msg.Record, limit time.Duration) (late uint64) {
	late = l.miss(r, limit)
	lateness, wait := r.Lateness(), r.Wait()
	l.measureLateness(lateness, 1)
	if lateness > limit {
		late++
	}
	if l.emitted {
		// (gap between emits) − (gap between due times) is the change of lateness.
		off := (lateness - l.before).Abs()
		l.pending.interval.add(off, 1)
		l.life[1].add(l.bounds, off, 1)
	}
	l.emitted, l.before = true, lateness
	l.pending.wait.add(wait, 1)
	l.life[2].add(l.bounds, wait, 1)
	if !r.Source.IsZero() {
		l.pending.sources().add(r.At.Sub(r.Source) - r.Held)
	}
	return late
}

// miss takes the lateness of the slots that went by before r. Nobody was there to be
// late for them, yet the schedule was broken.
func (l *lane) miss(r *msg.Record, limit time.Duration) (late uint64) {
	if l.pending == nil {
		l.pending = new(timing)
	}
	if r.Missed > 0 {
		l.measureLateness(r.Period, uint64(r.Missed))
		if r.Period > limit {
			late = uint64(r.Missed)
		}
	}
	return late
}

func (l *lane) measureLateness(v time.Duration, n uint64) {
	l.pending.lateness.add(v, n)
	l.life[0].add(l.bounds, v, n)
}

// counters returns the lane's counters as they are.
func (l *lane) counters() msg.Counters {
	l.mu.Lock()
	n := l.n
	l.mu.Unlock()
	n.Accepted, n.Rejected = l.accepted.Load(), l.rejected.Load()
	return n
}

// forget takes leaving, which are some of known, out of the lane. An Observe
// that found one just before counts as having come before.
func (l *lane) forget(known, leaving []*stream) {
	rest := slices.DeleteFunc(slices.Clone(known), func(s *stream) bool { return slices.Contains(leaving, s) })
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range leaving {
		delete(l.streams, s.event)
	}
	l.order = append(rest, l.order[len(known):]...) // those that came meanwhile
}

// known returns the lane's streams. Nobody changes the slice.
func (l *lane) known() []*stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order
}

// fold takes what was measured since the last fold out of the emitter's reach,
// into the running step, the running second and the running part of the minute.
func (l *lane) fold() {
	l.mu.Lock()
	taken := l.pending
	if taken == nil || taken.empty() {
		l.mu.Unlock()
		return
	}
	l.pending, l.spare = l.spare, nil
	l.mu.Unlock()

	if l.minute[l.running] == nil {
		l.minute[l.running] = new(timing)
	}
	l.minute[l.running].merge(taken)
	l.series.step.merge(&taken.lateness)
	l.series.second.merge(taken)
	taken.reset()
	l.spare = taken
}

// turn begins a new part of the minute in place of the oldest.
func (l *lane) turn() {
	l.running = (l.running + 1) % parts
	if p := l.minute[l.running]; p != nil {
		p.reset()
	}
}

// runningTen returns what was measured in the running ten seconds: a part of the
// minute is as long, and begins and ends with them. Nil: nothing ever was.
func (l *lane) runningTen() *timing { return l.minute[l.running] }

// lastMinute adds the lane's last minute to sum.
func (l *lane) lastMinute(sum *timing) {
	for _, p := range l.minute {
		if p != nil {
			sum.merge(p)
		}
	}
}
