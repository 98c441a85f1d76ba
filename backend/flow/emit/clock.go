package emit

import (
	"context"
	"runtime"
	"time"
)

// Clock waits until a time has come, or wake receives, or ctx ends; for ever when
// the time is zero. It may also return sooner: the emitter looks, and waits again.
type Clock interface {
	Wait(ctx context.Context, until time.Time, wake <-chan struct{})
}

// TimerClock waits on Go's timers, which come half a millisecond late on average
// and a whole one often: the runtime sleeps whole milliseconds.
type TimerClock struct{ timer *time.Timer }

// Wait implements Clock.
func (c *TimerClock) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
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
	case <-wake:
	case <-due:
	}
}

// SpinClock waits on a timer until shortly before the time, and spins for the
// rest. With one message each 10 ms that costs an eighth of a core; while nothing
// with a pace waits it costs nothing.
type SpinClock struct{ timer TimerClock }

// spinFor is how long before the time the spinning begins: a little more than a
// timer is late.
const spinFor = 1200 * time.Microsecond

// Wait implements Clock.
func (c *SpinClock) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
	if until.IsZero() {
		c.timer.Wait(ctx, until, wake)
		return
	}
	if soon := until.Add(-spinFor); time.Now().Before(soon) {
		c.timer.Wait(ctx, soon, wake)
		return
	}
	for time.Now().Before(until) {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			return
		default:
			runtime.Gosched() // everybody else gets a turn
		}
	}
}
