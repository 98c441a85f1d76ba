package emit

import (
	"context"
	"sync/atomic"
	"time"
)

// PreciseClock comes within microseconds of the time on an idle machine. It waits
// in three ways, each more exact and dearer than the one before:
//
//   - It rests on Go's timers, which may come more than a millisecond late, until
//     2 ms before the time. Resting costs nothing.
//   - It dozes in the best sleep the system has, which comes tens of microseconds
//     late. The goroutine keeps the thread for that long, but not its place in
//     Go's scheduler, so neither other goroutines nor the garbage collector wait
//     for it.
//   - It spins for the rest. How long that has to be depends on the machine and on
//     what else runs, so it is learned from how late the dozes came.
//
// So it spins only while a time is given and that is near: about a hundredth of a
// core with one message each 10 ms. Where the system has no such sleep, it spins
// for 1.2 ms.
//
// The thread is its own only while it dozes. Were it so for the whole of a run,
// each wake would be a change of threads, which costs more than sending to a few
// sockets: 20,000 messages a second, each sent as it comes, took three times the
// CPU and three times as long.
type PreciseClock struct {
	phase atomic.Uint32
	woken chan struct{} // capacity 1: ends a rest
	timer *time.Timer
	doze  *doze
	near  time.Duration // before the time: a rest ends
	lead  time.Duration // before the time: the spinning begins
}

// What the one who waits is doing. Wake looks at it to know whether it has anything
// to do: mostly it has not.
const (
	awake uint32 = iota
	resting
	dozing
	woken // Wake was called, and no Wait has returned for it
)

const (
	// nearFor leaves room for Go's timers, which come up to 1.2 ms late, and is
	// the longest that the end of a context goes unnoticed.
	nearFor = 2 * time.Millisecond
	// spinFor is how long the spinning lasts where the system has no good sleep: a
	// little more than a timer is late.
	spinFor = 1200 * time.Microsecond

	firstLead = 100 * time.Microsecond
	leastLead = 20 * time.Microsecond
)

// NewPreciseClock returns a PreciseClock. It may hold something of the system's
// until it is closed.
func NewPreciseClock() *PreciseClock {
	c := &PreciseClock{
		woken: make(chan struct{}, 1), timer: time.NewTimer(time.Hour),
		doze: newDoze(), near: nearFor, lead: firstLead,
	}
	if c.doze == nil {
		c.near, c.lead = spinFor, spinFor
	}
	return c
}

// Close gives back what the clock holds. Call it when nobody waits any more; Wake
// does nothing afterwards.
func (c *PreciseClock) Close() {
	if c.doze != nil {
		c.doze.close()
	}
}

// Wait implements Clock. It notices the end of ctx within 2 ms.
func (c *PreciseClock) Wait(ctx context.Context, until time.Time) {
	if until.IsZero() {
		c.rest(ctx, nil)
		return
	}
	for ctx.Err() == nil {
		var over bool
		switch left := time.Until(until); {
		case left <= 0:
			return
		case left > c.near:
			c.timer.Reset(left - c.near)
			over = c.rest(ctx, c.timer.C)
		case left > c.lead:
			over = c.sleep(until.Add(-c.lead))
		default:
			over = c.spin(ctx, until)
		}
		if over {
			return
		}
	}
}

// Wake implements Clock. Unless somebody rests or dozes it is one atomic
// operation.
func (c *PreciseClock) Wake() {
	switch c.phase.Swap(woken) {
	case resting:
		select {
		case c.woken <- struct{}{}:
		default: // what an earlier one left there ends the rest as well
		}
	case dozing:
		c.doze.wake(&c.phase)
	}
}

// enter begins a phase, unless Wake was called since the last one ended.
func (c *PreciseClock) enter(phase uint32) bool {
	return c.phase.CompareAndSwap(awake, phase) || !c.leave()
}

// leave ends a phase and reports whether Wake was called in it. It reads and writes
// at once, so whatever was done before a Wake that it swallows is seen by the caller.
func (c *PreciseClock) leave() bool { return c.phase.Swap(awake) == woken }

// rest waits for due, a Wake or the end of ctx, and reports whether it was a Wake.
func (c *PreciseClock) rest(ctx context.Context, due <-chan time.Time) bool {
	if !c.enter(resting) {
		return true
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-c.woken:
	}
	return c.leave()
}

// sleep waits for a Wake until target, which is at most 2 ms away, and reports
// whether one came. It may return sooner.
func (c *PreciseClock) sleep(target time.Time) bool {
	if !c.enter(dozing) {
		return true
	}
	c.doze.sleep(&c.phase, time.Until(target))
	late := time.Since(target)
	if c.leave() {
		return true
	}
	if late >= 0 { // else a signal ended it
		c.learn(late)
	}
	return false
}

// learn moves the lead to where one doze in fifty comes later than it, for one step
// up undoes fifty down. The ends bound what a disturbed machine can make of that.
func (c *PreciseClock) learn(late time.Duration) {
	if late > c.lead {
		c.lead += c.lead / 8
	} else {
		c.lead -= c.lead / 400
	}
	c.lead = min(max(c.lead, leastLead), mostLead)
}

// spin looks at the time until it has come, and reports whether something else came
// before. Go's scheduler can interrupt it, and does so for the garbage collector.
func (c *PreciseClock) spin(ctx context.Context, until time.Time) bool {
	for time.Now().Before(until) {
		if c.phase.Load() == woken {
			return c.leave()
		}
		if ctx.Err() != nil {
			return true
		}
	}
	return false
}
