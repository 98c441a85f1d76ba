package alert_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/scope/alert"
)

// pass has messages pass by, slowly enough for each to be looked at.
func (w *world) pass(event string, payloads ...string) {
	for _, p := range payloads {
		w.observe(event, p)
		time.Sleep(60 * time.Millisecond)
		synctest.Wait()
	}
}

func (w *world) observe(event, payload string) { w.observeAs(msg.Emitted, event, payload) }

func (w *world) observeAs(outcome msg.Outcome, event, payload string) {
	w.watch.Observe(&msg.Record{
		Message: &msg.Message{Namespace: "/m", Event: event, Payload: []byte(payload)}, Outcome: outcome, At: time.Now(),
	})
}

func many(n int, payload string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = payload
	}
	return all
}

func shapeAlert() msg.Alert {
	a := of(msg.ShapeDiffers, 3)
	a.Learn = 10
	return a
}

func TestAShapeIsLearnedAndAChangeOfItToldByWhatChanged(t *testing.T) {
	in(t, func(w *world) {
		w.pass("tick", many(10, `{"p":1}`)...)
		w.pass("tick", many(20, `{"p":2}`)...)
		w.pass("other", many(30, `{"p":"x"}`)...)
		w.want(5 * time.Second)
		w.pass("tick", `{"p":"x"}`, `{"p":"x","q":1}`)
		w.want(5 * time.Second)
		w.pass("tick", `{}`)
		w.want(2*time.Second, "raised 3 /m tick")
		got := fmt.Sprint(w.watch.Raised()[0].Changes)
		if want := "[{tick /p type number text} {tick /q new  number} {tick /p missing number }]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		w.pass("tick", many(msg.LookedBack, `{"p":3}`)...)
		w.want(28 * time.Second)
		w.want(5*time.Second, "cleared 3 /m tick")
	}, shapeAlert())
}

// No bubble: its clock is a wall clock alone.
func TestShapesAreLookedAtAlsoAfterTheWallClockWasPutBack(t *testing.T) {
	w := &world{t: t}
	w.watch = alert.New(alert.Options{Numbers: w, Lanes: func() []msg.LaneState { return nil }, Lagging: func() (int, string) { return 0, "" }})
	all := shapeAlert()
	all.Event = ""
	w.watch.Set([]msg.Alert{all})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.watch.Run(ctx) }()
	for streams, event := range []string{"before", "after"} {
		testkit.Eventually(t, func() bool {
			w.watch.Observe(&msg.Record{
				Message: &msg.Message{Namespace: "/m", Event: event, Payload: []byte("1")}, Outcome: msg.Emitted,
				At: testkit.Stepped(t, time.Now(), -3600*streams),
			})
			return w.watch.States()[0].Outline.Streams == streams+1
		}, "the messages "+event+" to be looked at")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAShapeIsNotOfWhatNobodyGets(t *testing.T) {
	in(t, func(w *world) {
		w.pass("tick", many(10, `{"p":1}`)...)
		for _, outcome := range []msg.Outcome{msg.Dropped, msg.DroppedOnPurpose} {
			for range 10 {
				w.observeAs(outcome, "tick", `{"p":"x"}`)
				time.Sleep(60 * time.Millisecond)
				synctest.Wait()
			}
		}
		w.want(5 * time.Second)
	}, shapeAlert())
}

func TestARestartedShapeAlertLearnsAnew(t *testing.T) {
	in(t, func(w *world) {
		w.pass("tick", many(10, `{"p":1}`)...)
		w.pass("tick", many(5, `{"p":"x"}`)...)
		w.want(2*time.Second, "raised 5 /m tick")
		w.watch.Restart("a")
		w.want(0, "cleared 5 /m tick")
		w.pass("tick", many(40, `{"p":"x"}`)...)
		w.want(time.Minute)
		if s := w.watch.States()[0]; s.Outline != (msg.OutlineState{Streams: 1}) || s.Value != 0 {
			t.Errorf("got %+v, want one learned stream", s)
		}
	}, shapeAlert())
}

func TestEachStreamOfANamespaceHasAShapeUpToABound(t *testing.T) {
	a := shapeAlert()
	a.Event = ""
	in(t, func(w *world) {
		for i := range 17 {
			w.pass(fmt.Sprint("e", i), many(10, fmt.Sprintf(`{"p%d":1}`, i))...)
		}
		w.pass("e3", many(3, `{"p9":1}`)...)
		w.want(2*time.Second, "raised 3 /m e3")
		if got, want := w.watch.States()[0].Outline, (msg.OutlineState{Streams: 16, Partial: true}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}, a)
}

func TestOfManyMessagesAFewAreLookedAt(t *testing.T) {
	in(t, func(w *world) {
		for range 1000 { // within a second
			w.observe("tick", `{"p":1}`)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if got := w.watch.States()[0].Outline.Learning; got != 1 {
			t.Errorf("%d streams are learning, want 1: 30 messages are not seen in a second", got)
		}
	}, func() msg.Alert { a := shapeAlert(); a.Learn = 30; return a }())
}

func TestALargeMessageIsNotLookedAt(t *testing.T) {
	in(t, func(w *world) {
		w.pass("tick", many(10, `{"p":1}`)...)
		w.pass("tick", many(20, `{"q":"`+strings.Repeat("x", 64<<10)+`"}`)...)
		w.want(time.Minute)
	}, shapeAlert())
}

func BenchmarkObserveWithoutAShapeAlert(b *testing.B) { benchmarkObserve(b) }

func BenchmarkObserveBesideAShapeAlert(b *testing.B) { benchmarkObserve(b, shapeAlert()) }
