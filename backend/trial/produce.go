package trial

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// grain is the least time between two awakenings of a producer. Beyond 4000 slots
// a second it sends what is due by then together, at most so much late.
const grain = 250 * time.Microsecond

// mostBytes is about how much a producer that is behind hands over at once.
const mostBytes = 64 << 10

// producer sends its share of the schedule.
type producer struct {
	*rules
	index  int
	plan   Plan
	sender Sender

	sent, unsent uint64 // of the measured
	late         uint64
	lateness     *hdrhistogram.Histogram
	answer       *hdrhistogram.Histogram
	err          error // why it lost its connection

	items []Item
	data  []byte
}

func newProducer(r *rules, index int, p Plan, s Sender) *producer {
	return &producer{
		rules: r, index: index, plan: p, sender: s,
		lateness: newHistogram(), answer: newHistogram(),
	}
}

// run sends until the schedule or ctx ends, or the connection is lost. Where there
// is no schedule, it sends until end.
func (p *producer) run(ctx context.Context, s schedule, end time.Time, w waiter) {
	defer w.close()
	most := max(1, min(p.sender.Most(), mostBytes/p.plan.Size)/s.batch) // slots at once
	if s.rate == 0 {
		p.runFlatOut(ctx, s, end, most)
		return
	}
	step := int64(s.producers)
	for j := int64(p.index); j < s.slots; {
		now := time.Now()
		if ctx.Err() != nil {
			p.leave(s, j, now.Add(-LateAfter)) // the others are no later than any message may be
			return
		}
		due := s.due(j)
		if due.After(now) {
			wake := now.Add(grain)
			if due.After(wake) {
				wake = due
			}
			w.until(ctx, wake)
			continue
		}
		p.items, p.data = p.items[:0], p.data[:0]
		first := j
		for n := 0; n < most && j < s.slots && (n == 0 || !s.due(j).After(now)); n++ {
			p.add(s.number(j), s.batch, p.clock.at(s.due(j)))
			j += step
		}
		if !p.hand(now) {
			if ctx.Err() != nil {
				end = time.Now()
			}
			p.leave(s, first, end)
			return
		}
		for k := first; k < j; k += step {
			if k >= s.first {
				p.count(now.Sub(s.due(k)), s.batch)
			}
		}
	}
}

// leave counts what nobody sends any more: of this producer's slots from j on, those
// that are due until then.
func (p *producer) leave(s schedule, j int64, until time.Time) {
	for ; j < s.slots && !s.due(j).After(until); j += int64(s.producers) {
		if j >= s.first {
			p.unsent += uint64(s.batch)
		}
	}
}

// runFlatOut sends as fast as the connection takes it.
func (p *producer) runFlatOut(ctx context.Context, s schedule, end time.Time, most int) {
	for j := int64(p.index); ctx.Err() == nil; {
		now := time.Now()
		if !now.Before(end) {
			return
		}
		p.items, p.data = p.items[:0], p.data[:0]
		for range most {
			p.add(s.number(j), s.batch, p.clock.at(now))
			j += int64(s.producers)
		}
		raise(&p.window.most, s.number(j))
		if !p.hand(now) {
			return
		}
		if p.clock.at(now) >= p.window.from.Load() {
			p.sent += uint64(len(p.items))
		}
	}
}

// raise makes a at least n.
func raise(a *atomic.Int64, n int64) {
	for {
		old := a.Load()
		if old >= n || a.CompareAndSwap(old, n) {
			return
		}
	}
}

// add makes the messages of one slot.
func (p *producer) add(first int64, count int, due int64) {
	for n := first; n < first+int64(count); n++ {
		begin := len(p.data)
		p.data = appendData(p.data, due, p.id, n, p.plan.Size)
		p.items = append(p.items, Item{N: n, Data: p.data[begin:len(p.data):len(p.data)]})
	}
}

// hand sends what was made; false: the connection is lost.
func (p *producer) hand(now time.Time) bool {
	if p.err = p.sender.Send(p.items); p.err != nil {
		return false
	}
	if p.clock.at(now) >= p.window.from.Load() {
		record(p.answer, int64(time.Since(now)))
	}
	return true
}

// count counts the messages of a slot that was sent so late.
func (p *producer) count(late time.Duration, messages int) {
	p.sent += uint64(messages)
	if late > LateAfter {
		p.late += uint64(messages)
	}
	_ = p.lateness.RecordValues(min(max(int64(late), 0), int64(longest)), int64(messages)) // within its bounds
}

// refusals counts what the server did not take, by code.
type refusals struct {
	rules *rules

	mu      sync.Mutex
	counts  map[string]uint64
	total   uint64
	unknown bool // the number of one at least
}

// add counts a measured message that was refused. One whose number is not known
// counts as measured if the measuring has begun, though it may be of the warm-up.
func (r *refusals) add(code string, n int64) {
	w := &r.rules.window
	if n >= 0 && n < w.first.Load() || r.rules.clock.at(time.Now()) < w.from.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[code]++
	r.total++
	r.unknown = r.unknown || n < 0
}
