package trial

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// pending is how many measurements a client collects before it puts them into the
// histograms, which all clients share. A histogram of its own would be 270 KB for
// each; a lock for each message would cost more than reading it.
const pending = 64

// histograms are filled by all clients.
type histograms struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram
	interval *hdrhistogram.Histogram
}

func newHistograms() *histograms {
	return &histograms{latency: newHistogram(), interval: newHistogram()}
}

// window says which messages are measured. The times are ns since 1970 on the
// trial's clock; all are 0 until the run begins.
type window struct {
	from, until atomic.Int64 // when measured messages are due
	first, most atomic.Int64 // numbers: the first measured, and one more than the last that was sent
}

// rules are what all clients of a trial have in common.
type rules struct {
	id        uint32 // of the trial; 0: it only listens
	producers int
	flatOut   bool // there is no schedule: a message's date, and not its number, says whether it is measured
	batch     int
	interval  int64 // ns; 0: not known
	clock     *clock
	window    window
	into      *histograms
}

// clock reads the time in ns since 1970. While a trial both sends and receives, it
// is the process's own clock, which nobody sets while it runs.
type clock struct {
	origin time.Time
	unix   int64 // of origin
	wall   bool  // what comes was stamped by somebody else, with the machine's clock
}

func newClock(wall bool) *clock {
	now := time.Now()
	return &clock{origin: now, unix: now.UnixNano(), wall: wall}
}

func (c *clock) at(t time.Time) int64 {
	if c.wall {
		return t.UnixNano()
	}
	return c.unix + int64(t.Sub(c.origin))
}

// tally is what one client has got. Only its receiver's goroutine uses it, but for
// arrived and last.
type tally struct {
	*rules
	scanner scanner

	arrived atomic.Uint64 // measured messages, duplicates not; any goroutine may read it
	last    int64         // when the last one came

	newest  []int64 // by producer: its highest number so far, plus 1
	seen    bitmap
	before  arrival
	twice   uint64
	behind  uint64
	foreign uint64

	latencies [pending]int64
	intervals [pending]int64
	nl, ni    int
}

// arrival is when a message came and was due; at 0: there is none.
type arrival struct {
	at, due int64
	dated   bool // due is known
}

// rounding is more than by what a date is off that a server wrote as a number with
// 53 bits, as those in JavaScript and Python do.
const rounding = int64(time.Microsecond)

func newTally(r *rules) *tally {
	return &tally{rules: r, newest: make([]int64, r.producers)}
}

// take counts a message.
func (t *tally) take(when time.Time, message []byte) {
	m, ok := t.scanner.scan(message)
	now := arrival{t.clock.at(when), m.due, ok}
	if t.id == 0 {
		t.listen(now)
		return
	}
	if !ok || m.id != t.id || m.n >= t.window.most.Load() {
		t.foreign++
		return
	}
	if m.n < t.window.first.Load() || t.flatOut && m.due < t.window.from.Load() {
		t.before = now // of the warm-up, but the first gap begins with it
		return
	}
	if !t.seen.add(m.n - t.window.first.Load()) {
		t.twice++
		return
	}
	p := int(m.n / int64(t.batch) % int64(t.producers))
	if m.n < t.newest[p] {
		t.behind++
	} else {
		t.newest[p] = m.n + 1
	}
	t.count(now)
}

// listen counts a message of somebody else's. It belongs to the time in which it
// was due, as in a trial that sends: one that comes late counts, with its latency.
// Without a date it belongs to the time in which it comes.
func (t *tally) listen(now arrival) {
	from, until := t.window.from.Load(), t.window.until.Load()
	late := now.at - now.due
	now.dated = now.dated && max(late, -late) <= int64(longest) // else it is another clock's, or no date
	when := now.at
	if now.dated {
		when = now.due + rounding
	}
	switch {
	case from == 0 || when >= until:
	case when < from:
		t.before = now // the first gap begins with it
	default:
		t.count(now)
	}
}

// count counts a measured message. One without a date has no latency, and an
// interval error only where the interval is known.
func (t *tally) count(now arrival) {
	t.arrived.Add(1)
	t.last = now.at
	if now.dated {
		t.latencies[t.nl] = now.at - now.due
		t.nl++
	}
	if t.before.at != 0 && (t.interval > 0 || now.dated && t.before.dated) {
		want := t.interval
		if want == 0 {
			want = now.due - t.before.due
		}
		off := now.at - t.before.at - want
		t.intervals[t.ni] = max(off, -off)
		t.ni++
	}
	t.before = now
	if t.nl == pending || t.ni == pending {
		t.flush()
	}
}

// flush puts what was measured into the histograms.
func (t *tally) flush() {
	t.into.mu.Lock()
	defer t.into.mu.Unlock()
	for _, ns := range t.latencies[:t.nl] {
		record(t.into.latency, ns)
	}
	for _, ns := range t.intervals[:t.ni] {
		record(t.into.interval, ns)
	}
	t.nl, t.ni = 0, 0
}

// bitmap remembers which numbers have come: one bit each.
type bitmap []uint64

// add reports whether n was not there yet. n is at least 0, and bounded by the
// caller.
func (b *bitmap) add(n int64) bool {
	word, bit := int(n/64), uint64(1)<<(n%64)
	if word >= len(*b) {
		*b = append(*b, make([]uint64, word+1-len(*b))...)
	}
	if (*b)[word]&bit != 0 {
		return false
	}
	(*b)[word] |= bit
	return true
}
