package emit

import (
	"context"
	"time"
)

// timerClock waits on Go's timers. They are good to about a millisecond: the
// runtime rounds its sleep up to whole milliseconds.
type timerClock struct{ timer *time.Timer }

func (c *timerClock) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
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
