package emit

import (
	"context"
	"time"
)

// Clock is what the emitter waits on. Only one goroutine may call Wait; any may
// call Wake.
type Clock interface {
	// Wait returns when until has come (the zero time never does), or soon after a
	// Wake or the end of ctx. It may also return sooner: the emitter looks, and
	// waits again.
	Wait(ctx context.Context, until time.Time)
	// Wake ends the Wait that is under way, or else the next one. It never blocks.
	Wake()
}

// TimerClock waits on Go's timers, which come half a millisecond late on average
// and a whole one often: the runtime sleeps whole milliseconds.
type TimerClock struct {
	timer *time.Timer
	woken chan struct{} // capacity 1
}

// NewTimerClock returns a TimerClock.
func NewTimerClock() *TimerClock { return &TimerClock{woken: make(chan struct{}, 1)} }

// Wait implements Clock.
func (c *TimerClock) Wait(ctx context.Context, until time.Time) {
	var due <-chan time.Time
	if !until.IsZero() {
		if c.timer == nil {
			c.timer = time.NewTimer(time.Until(until))
		} else {
			c.timer.Reset(time.Until(until))
		}
		due = c.timer.C
	}
	select {
	case <-ctx.Done():
	case <-c.woken:
	case <-due:
	}
}

// Wake implements Clock.
func (c *TimerClock) Wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}
