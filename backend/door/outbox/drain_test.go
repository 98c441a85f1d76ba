package outbox_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/outbox"
)

// drained pushes n messages into an outbox with this drain, and returns how many were
// written after a while.
func drained(t *testing.T, perSecond float64, n int, after time.Duration, then func(o *outbox.Outbox)) (written int) {
	synctest.Test(t, func(t *testing.T) {
		o := outbox.New(outbox.Options{})
		o.SetDrain(perSecond)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = o.Run(ctx, func(b net.Buffers) error { written += len(b); return nil })
		}()
		for range n {
			o.Push([]byte("frame"), time.Now())
		}
		time.Sleep(after)
		if then != nil {
			then(o)
		}
		synctest.Wait()
		cancel()
		<-done
	})
	return written
}

func TestADrainLimitsHowManyMessagesLeave(t *testing.T) {
	for _, c := range []struct {
		perSecond float64
		after     time.Duration
		want      int
	}{
		{5, time.Second - time.Millisecond, 5},
		{0.5, 3 * time.Second, 2},
		{3, 100*time.Second - time.Millisecond, 300},
		{1000, time.Second - time.Microsecond, 1000},
		{0, 0, 4000},
	} {
		if got := drained(t, c.perSecond, 4000, c.after, nil); got != c.want {
			t.Errorf("%v a second: %d left in %v, want %d", c.perSecond, got, c.after, c.want)
		}
	}
}

func TestADrainMakesUpForNoTimeInWhichNothingWaited(t *testing.T) {
	got := drained(t, 1000, 0, time.Second, func(o *outbox.Outbox) {
		for range 100 {
			o.Push([]byte("frame"), time.Now())
		}
	})
	if got != 1 {
		t.Errorf("%d left at once after a second's rest, want 1", got)
	}
}

func TestADrainIsToldAsItWasAskedFor(t *testing.T) {
	o := outbox.New(outbox.Options{})
	for _, perSecond := range []float64{3, 0.7, 9999, 0} {
		o.SetDrain(perSecond)
		if got := o.Drain(); got != perSecond {
			t.Errorf("got %v a second, want %v", got, perSecond)
		}
	}
}

func TestWithoutADrainAllLeavesAgain(t *testing.T) {
	if got := drained(t, 1, 100, 0, func(o *outbox.Outbox) { o.SetDrain(0) }); got != 100 {
		t.Errorf("%d left, want all 100", got)
	}
}

func TestAClosedOutboxIsFlushedWhateverItsDrain(t *testing.T) {
	if got := drained(t, 1, 100, 0, func(o *outbox.Outbox) { o.Close(errors.New("over")) }); got != 100 {
		t.Errorf("%d left, want all 100", got)
	}
}

func TestControlsPassADrain(t *testing.T) {
	got := drained(t, 0.001, 100, time.Second, func(o *outbox.Outbox) { o.Control([]byte("ping")) })
	if got != 2 {
		t.Errorf("%d frames left, want the first message and the ping", got)
	}
}

func TestADrainHoldsForWhoFetchesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := outbox.New(outbox.Options{})
		o.SetDrain(2)
		for range 3 {
			o.Push([]byte("frame"), time.Now())
		}
		start := time.Now()
		for i := range 3 {
			batch, err := o.Fetch(t.Context(), 16)
			if want := time.Duration(i) * 500 * time.Millisecond; err != nil || len(batch) != 1 || time.Since(start) != want {
				t.Errorf("got %d frames and %v after %v; want one after %v", len(batch), err, time.Since(start), want)
			}
		}
	})
}
