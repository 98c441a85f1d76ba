package emit_test

import (
	"context"
	"testing"
	"time"

	"emitscope/backend/flow/emit"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// one is a lane with one message, due by a clock that was set since.
type one struct {
	due  time.Time
	got  *msg.Record
	stop context.CancelFunc
}

func (o *one) Take(now time.Time) (t msg.Turn, next time.Time, ok bool) {
	if now.Before(o.due) || o.got != nil {
		return t, o.due, false
	}
	return msg.Turn{Message: &msg.Message{Namespace: "/one"}, Due: o.due}, o.due, true
}

func (*one) TakeSlot(time.Time, []string) (t msg.Turn, ok bool) { return t, false }
func (*one) Sending(msg.Emission)                               {}
func (o *one) Observe(r *msg.Record)                            { o.got = r; o.stop() }

// Recordings and other programs have nothing but the wall clock's times. (No bubble: its
// clock is a wall clock alone.)
func TestAMessageIsAsLateByTheWallClockAsItWasWhateverTheClockWasSetToMeanwhile(t *testing.T) {
	for _, seconds := range []int{3600, -3600, 0} {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		due := time.Now().Add(-3 * time.Millisecond)
		o := &one{due: testkit.Stepped(t, due, seconds), stop: stop}
		if err := emit.New(o, o, emit.NewTimerClock()).Run(ctx); err != nil {
			t.Fatal(err)
		}
		late := o.got.At.Sub(due)
		if o.got.Lateness() != late {
			t.Errorf("clock set by %d s: late by %v, want %v", seconds, o.got.Lateness(), late)
		}
		if got := time.Duration(o.got.At.UnixNano() - o.got.Due.UnixNano()); got != late {
			t.Errorf("clock set by %d s: late by %v on the wall clock, want %v", seconds, got, late)
		}
	}
}
