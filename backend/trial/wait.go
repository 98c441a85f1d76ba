package trial

import (
	"context"
	"time"
)

// waiter waits for moments, for one goroutine.
type waiter interface {
	// until returns at t, or when ctx ends.
	until(ctx context.Context, t time.Time)
	close()
}

// timerWaiter waits by the Go runtime's timers, which on most systems come up to
// a millisecond late.
type timerWaiter struct{ timer *time.Timer }

func newTimerWaiter() *timerWaiter {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &timerWaiter{t}
}

func (w *timerWaiter) until(ctx context.Context, t time.Time) {
	d := time.Until(t)
	if d <= 0 {
		return
	}
	w.timer.Reset(d)
	select {
	case <-w.timer.C:
	case <-ctx.Done():
		w.timer.Stop()
	}
}

func (w *timerWaiter) close() { w.timer.Stop() }
