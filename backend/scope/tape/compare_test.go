package tape_test

import (
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

func TestSpansOfARecordingAreCompared(t *testing.T) {
	d := played(t)
	d.stop("one")
	half := epoch.Add(1500 * time.Millisecond)
	got, err := d.Compare(t.Context(), msg.Span{Recording: "one", Event: "tick", To: half}, msg.Span{Recording: "one", From: half})
	if err != nil {
		t.Fatal(err)
	}
	a, b := got.A, got.B
	if a.Namespace != "/ws/rt_market" || b.Event != "tick" || a.Asked != 10*time.Millisecond || !a.Paced {
		t.Errorf("got %+v and %+v, want the ticks of the one namespace, with its pace", a.Span, b.Span)
	}
	if a.Emitted != 149 || a.Lost != 1 || a.Late != 1 || b.Emitted != 150 || b.Lost != 0 || b.Late != 1 {
		t.Errorf("got %d emitted, %d lost, %d late and %d, %d, %d; want 149, 1, 1 and 150, 0, 1", a.Emitted, a.Lost, a.Late, b.Emitted, b.Lost, b.Late)
	}
	if want := epoch.Add(20 * time.Microsecond); !a.From.Equal(want) {
		t.Errorf("a begins with %v, want %v", a.From, want)
	}
	if got, want := b.Error.Max, 4*time.Millisecond-20*time.Microsecond; got != want {
		t.Errorf("the largest interval error is %v, want %v", got, want)
	}
}

func TestTheOtherSideIsTheLoudestWhereItHasNotTheSame(t *testing.T) {
	d := played(t)
	d.start("two", "")
	for seq := range uint64(10) {
		d.Observe(moved(tick(seq), func(r *msg.Record) { r.Namespace = "/other" }))
	}
	d.Observe(moved(tick(11), func(r *msg.Record) { r.Namespace = "/few" }))
	tape.Write(d.Tape, time.Now())
	got, err := d.Compare(t.Context(), msg.Span{Recording: "one"}, msg.Span{Recording: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if got.A.Namespace != "/ws/rt_market" || got.B.Emitted != got.A.Emitted {
		t.Errorf("got %+v", got)
	}
	d.stop("one")
	d.stop("two")
	if got, err = d.Compare(t.Context(), msg.Span{Recording: "one"}, msg.Span{Recording: "two"}); err != nil || got.B.Namespace != "/other" || got.B.Emitted != 10 {
		t.Errorf("got %+v %v, want /other", got.B, err)
	}
}

func TestASpanThatCannotBeIsRefused(t *testing.T) {
	d := played(t)
	d.stop("one")
	_, err := d.Compare(t.Context(), msg.Span{Recording: "one", From: epoch.Add(1), To: epoch}, msg.Span{Recording: "one"})
	wantCode(t, err, fault.Invalid, "invalid_parameter")
	_, err = d.Compare(t.Context(), msg.Span{Recording: "one"}, msg.Span{Recording: "none"})
	wantCode(t, err, fault.NotFound, "recording_not_found")
	got, err := d.Compare(t.Context(), msg.Span{Recording: "one", From: epoch.Add(time.Hour)}, msg.Span{Recording: "one"})
	if err != nil || got.A.Emitted != 0 || got.P99.Times != 0 {
		t.Errorf("of nothing: got %+v %v", got, err)
	}
}
