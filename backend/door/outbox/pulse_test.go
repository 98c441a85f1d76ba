package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestAPulseTellsTheMostThatWaitedSinceTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := outbox.New(outbox.Options{MaxFrames: 10}), &client{}
		push(o, "1", "2", "3", "4")
		ended := start(t.Context(), o, c.write)
		synctest.Wait() // all are written
		if p := o.Pulse(); p.Peak != 0.4 || p.Lag.Frames != 0 || p.Sent != 4 {
			t.Errorf("got %+v, want a peak of 0.4 and nothing that waits", p)
		}
		if p := o.Pulse(); p.Peak != 0 {
			t.Errorf("got a peak of %v, want none since", p.Peak)
		}
		o.Close(errDone)
		<-ended
	})
}

func TestAnOutboxIsAsFullAsTheFullerOfItsBounds(t *testing.T) {
	o := outbox.New(outbox.Options{MaxFrames: 10, MaxBytes: 100})
	push(o, string(make([]byte, 80)))
	if got := o.Lag().Fill(); got != 0.8 {
		t.Errorf("got %v, want 0.8: 80 of 100 bytes, though 1 of 10 frames", got)
	}
	push(o, "", "", "", "", "", "", "", "")
	if got := o.Lag().Fill(); got != 0.9 {
		t.Errorf("got %v, want 0.9: 9 of 10 frames", got)
	}
}

func TestThePolicyOfAnOutboxCanBeChanged(t *testing.T) {
	o := outbox.New(outbox.Options{MaxFrames: 2})
	if got := o.SlowPolicy(); got != msg.SlowDropOldest {
		t.Errorf("got %q, want the default", got)
	}
	push(o, "1", "2", "3")
	o.SetSlowPolicy(msg.SlowDisconnect)
	if o.Reason() != nil {
		t.Errorf("got the outbox ended by %v, want it open", o.Reason())
	}
	if push(o, "4"); !errors.Is(o.Reason(), outbox.ErrSlow) {
		t.Errorf("got %v, want the client given up", o.Reason())
	}
}

func TestEachReasonIsOfAKindThatPeopleKnow(t *testing.T) {
	for reason, want := range map[error]msg.Why{
		outbox.ErrGone:   msg.WhyClosed,
		outbox.ErrLost:   msg.WhyLost,
		context.Canceled: msg.WhyClosed,
		fmt.Errorf("write: %w", &net.OpError{Op: "write", Err: errors.New("broken pipe")}): msg.WhyLost,
		outbox.ErrSilent: msg.WhySilent,
		fault.Newf(fault.Invalid, "nothing was heard").WithCode(outbox.CodeSilent): msg.WhySilent,
		outbox.ErrStalled:      msg.WhyStalled,
		os.ErrDeadlineExceeded: msg.WhyStalled,
		outbox.ErrSlow:         msg.WhySlow,
		outbox.ErrFlooded:      msg.WhySlow,
		outbox.ErrDisconnected: msg.WhyDisconnected,
		fault.Newf(fault.Stopping, "the hub is stopping"):                             msg.WhyStopping,
		fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key"): msg.WhyExpelled,
		fault.Newf(fault.Forbidden, "the hub is not shared any more"):                 msg.WhyExpelled,
		fault.Newf(fault.TooLarge, "the frame is over 10 bytes"):                      msg.WhyRefused,
		errors.New("bad opcode 7"):                                                    msg.WhyRefused,
	} {
		if got := outbox.WhyOf(reason); got != want {
			t.Errorf("WhyOf(%v): got %s, want %s", reason, got, want)
		}
	}
}

// BenchmarkPulse tells what it costs to ask one client how it is.
func BenchmarkPulse(b *testing.B) {
	o := outbox.New(outbox.Options{})
	o.Push([]byte("frame"), time.Now())
	b.ReportAllocs()
	for b.Loop() {
		o.Pulse()
	}
}

func TestADepartureSaysInWordsWhatTheClientMayNotDo(t *testing.T) {
	revoked := fault.Newf(fault.Forbidden, "the key was revoked")
	for reason, want := range map[error]string{revoked: "the key was revoked", outbox.ErrLost: "", outbox.ErrSlow: ""} {
		if got := outbox.DepartureOf(msg.Client{ID: "a"}, reason); got.Detail != want || got.Client.ID != "a" || got.At.IsZero() {
			t.Errorf("%v: got %+v, want the detail %q", reason, got, want)
		}
	}
}
