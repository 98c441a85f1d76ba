package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

var errDone = errors.New("done")

// client takes what Run writes.
type client struct {
	stall chan struct{} // if not nil, each write waits until it can receive from it
	mu    sync.Mutex
	got   []string
}

func (c *client) write(frames net.Buffers) error {
	if c.stall != nil {
		<-c.stall
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range frames {
		c.got = append(c.got, string(f))
	}
	return nil
}

func (c *client) read() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.got, " ")
}

// start runs o until the test closes it; the result is what Run returned.
func start(ctx context.Context, o *outbox.Outbox, write func(net.Buffers) error) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx, write) }()
	return ended
}

func push(o *outbox.Outbox, frames ...string) {
	for _, f := range frames {
		o.Push([]byte(f), time.Now())
	}
}

func TestCloseFlushesWhatWaitsAndThenTheLastFrames(t *testing.T) {
	o, c := outbox.New(outbox.Options{}), &client{}
	push(o, "a", "b")
	o.Must([]byte("answer"), time.Now())
	o.Close(errDone, []byte("bye"), []byte("end"))
	push(o, "late")
	if err := o.Run(t.Context(), c.write); !errors.Is(err, errDone) {
		t.Errorf("Run: got %v, want %v", err, errDone)
	}
	if got, want := c.read(), "a b answer bye end"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyTheFirstCloseCounts(t *testing.T) {
	o, c := outbox.New(outbox.Options{}), &client{}
	if !o.Close(errDone, []byte("bye")) || o.Close(errors.New("again"), []byte("bye again")) {
		t.Error("got another answer than true, then false")
	}
	if err := o.Run(t.Context(), c.write); !errors.Is(err, errDone) || c.read() != "bye" {
		t.Errorf("got %v after %q, want the first reason and last frame", err, c.read())
	}
}

func TestAClosedOutboxTakesNothing(t *testing.T) {
	o := outbox.New(outbox.Options{})
	o.Close(errDone)
	if o.Push(nil, time.Now()) || o.Must(nil, time.Now()) {
		t.Error("got a frame taken, want it refused")
	}
}

func TestTheClientIsToldWhatItMissedBeforeTheNextMessage(t *testing.T) {
	o, c := outbox.New(outbox.Options{
		MaxFrames:   3,
		MissedFrame: func(n uint64) []byte { return fmt.Appendf(nil, "missed=%d", n) },
	}), &client{}
	push(o, "a", "b")
	o.Must([]byte("answer"), time.Now())
	push(o, "c", "d") // a and b make room
	o.Close(errDone)
	o.Run(t.Context(), c.write)
	if got, want := c.read(), "answer missed=2 c d"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if o.Sent() != 2 || o.Missed() != 2 {
		t.Errorf("got sent %d and missed %d, want 2 and 2", o.Sent(), o.Missed())
	}
}

func TestTheDisconnectPolicyGivesUpInsteadOfDropping(t *testing.T) {
	var reasons []error
	var o *outbox.Outbox
	o = outbox.New(outbox.Options{MaxFrames: 2, Slow: msg.SlowDisconnect, Overflow: func(reason error) {
		reasons = append(reasons, reason)
		o.Close(reason, []byte("too slow"))
	}})
	push(o, "a", "b", "c", "d")
	c := &client{}
	if err := o.Run(t.Context(), c.write); !errors.Is(err, outbox.ErrSlow) || c.read() != "too slow" {
		t.Errorf("got %v after %q, want ErrSlow after the last frame alone", err, c.read())
	}
	if len(reasons) != 1 || o.Sent() != 0 || o.Missed() != 3 {
		t.Errorf("got %v, sent %d, missed %d, want one ErrSlow, none sent, 3 missed before it gave up", reasons, o.Sent(), o.Missed())
	}
}

func TestAnswersThatAreNotReadCloseTheClient(t *testing.T) {
	o := outbox.New(outbox.Options{MaxFrames: 3})
	push(o, "a", "b", "c")
	for range 4 {
		o.Must([]byte("answer"), time.Now())
	}
	if err := o.Run(t.Context(), (&client{}).write); !errors.Is(err, outbox.ErrFlooded) {
		t.Errorf("got %v, want ErrFlooded", err)
	}
}

func TestWhoIsFullIsToldOnceByWhatWasInTheWay(t *testing.T) {
	answer := func(o *outbox.Outbox) { o.Must([]byte("answer"), time.Now()) }
	for _, c := range []struct {
		name string
		opts outbox.Options
		fill func(o *outbox.Outbox)
		want string
	}{
		{"not yet full", outbox.Options{MaxFrames: 3}, func(o *outbox.Outbox) { push(o, "a", "b"); answer(o) }, "[]"},
		{"frames", outbox.Options{MaxFrames: 2}, func(o *outbox.Outbox) { push(o, "a", "b", "c", "d", "e") }, "[outbox_frames]"},
		{"bytes", outbox.Options{MaxBytes: 4}, func(o *outbox.Outbox) { push(o, "aa", "bb", "cc", "dd", "ee") }, "[outbox_bytes]"},
		{"a disconnect", outbox.Options{MaxFrames: 1, Slow: msg.SlowDisconnect}, func(o *outbox.Outbox) { push(o, "a", "b", "c") }, "[outbox_frames]"},
		{"an answer", outbox.Options{MaxBytes: 6}, func(o *outbox.Outbox) { push(o, "a"); answer(o) }, "[outbox_bytes]"},
		{"answers alone", outbox.Options{MaxFrames: 2}, func(o *outbox.Outbox) { answer(o); answer(o); answer(o) }, "[outbox_frames]"},
		{"what is held, frames", outbox.Options{MaxFrames: 2}, func(o *outbox.Outbox) { fan(outbox.NewLateTap(o), 1, 2, 3, 4) }, "[outbox_frames]"},
		{"what is held, bytes", outbox.Options{MaxBytes: 2}, func(o *outbox.Outbox) { fan(outbox.NewLateTap(o), 1, 2, 3, 4) }, "[outbox_bytes]"},
	} {
		var told []string
		c.opts.Reached = func(limit string) { told = append(told, limit) }
		c.fill(outbox.New(c.opts))
		if got := fmt.Sprint(told); got != c.want {
			t.Errorf("%s: told of %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhoHasCaughtUpAndIsFullAgainIsToldAgain(t *testing.T) {
	told := 0
	o := outbox.New(outbox.Options{MaxFrames: 2, Reached: func(string) { told++ }})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for round := range 3 {
		push(o, "a", "b", "c", "d")
		if told != round+1 {
			t.Errorf("told %d times, want once for each time it was full: %d", told, round+1)
		}
		if batch, err := o.Fetch(t.Context(), 10); err != nil || len(batch) != 2 {
			t.Fatalf("got %q, %v, want two frames", batch, err)
		}
		if batch, err := o.Fetch(over, 10); err == nil {
			t.Fatalf("got %q, want nothing more", batch)
		}
	}
}

func TestControlFramesOvertakeAndOnlyTheNewestStay(t *testing.T) {
	o, c := outbox.New(outbox.Options{}), &client{}
	push(o, "a")
	for i := range 10 {
		o.Control(fmt.Appendf(nil, "pong%d", i))
	}
	o.Close(errDone)
	o.Run(t.Context(), c.write)
	if got, want := c.read(), "pong2 pong3 pong4 pong5 pong6 pong7 pong8 pong9 a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunWritesWhatIsPushedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := outbox.New(outbox.Options{}), &client{}
		ended := start(t.Context(), o, c.write)
		for _, f := range []string{"a", "b", "c"} {
			synctest.Wait()
			push(o, f)
		}
		synctest.Wait()
		if got, want := c.read(), "a b c"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		o.Close(errDone)
		if err := <-ended; !errors.Is(err, errDone) {
			t.Errorf("Run: got %v, want %v", err, errDone)
		}
	})
}

func TestRunEndsWithItsContextEvenWhenFramesWait(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDone)
	o, c := outbox.New(outbox.Options{}), &client{}
	push(o, "a")
	if err := o.Run(ctx, c.write); !errors.Is(err, errDone) || c.read() != "" {
		t.Errorf("got %v after %q, want the context's cause after nothing", err, c.read())
	}
}

func TestAFailedWriteEndsTheOutboxAndLetsGoOfEverything(t *testing.T) {
	o := outbox.New(outbox.Options{})
	push(o, "a", "b")
	if err := o.Run(t.Context(), func(net.Buffers) error { return errDone }); !errors.Is(err, errDone) {
		t.Errorf("Run: got %v, want %v", err, errDone)
	}
	if o.Push(nil, time.Now()) || o.Lag().Frames != 0 || o.Lag().Bytes != 0 {
		t.Errorf("got lag %+v, want an empty outbox that takes nothing", o.Lag())
	}
}

func TestLagCountsWhatIsBeingWrittenAndItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := outbox.New(outbox.Options{}), &client{stall: make(chan struct{})}
		ended := start(t.Context(), o, c.write)
		push(o, "abc")
		synctest.Wait() // abc is being written
		time.Sleep(2 * time.Second)
		push(o, "de")
		if got, want := o.Lag(), (msg.Lag{Frames: 2, MaxFrames: outbox.DefaultMaxFrames, Bytes: 5, MaxBytes: outbox.DefaultMaxBytes, Age: 2 * time.Second}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		close(c.stall)
		synctest.Wait()
		if got := o.Lag(); got.Frames != 0 || got.Bytes != 0 || got.Age != 0 {
			t.Errorf("after the writes: got %+v, want none", got)
		}
		o.Close(errDone)
		<-ended
	})
}

func TestWaitBelowReturnsWhenWritesMadeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := outbox.New(outbox.Options{}), &client{stall: make(chan struct{})}
		ended := start(t.Context(), o, c.write)
		push(o, "a")
		synctest.Wait()
		push(o, "b") // a is being written, b waits
		room := make(chan error, 1)
		go func() { room <- o.WaitBelow(t.Context(), 2) }()
		synctest.Wait()
		select {
		case <-room:
			t.Fatal("got room while two frames were left, want WaitBelow to wait")
		default:
		}
		c.stall <- struct{}{}
		synctest.Wait()
		if err := <-room; err != nil {
			t.Errorf("got %v, want room", err)
		}
		close(c.stall)
		o.Close(errDone)
		<-ended
		if err := o.WaitBelow(t.Context(), 2); !errors.Is(err, errDone) {
			t.Errorf("after Close: got %v, want its reason", err)
		}
	})
}

func TestWaitAnswersWaitsForAnswersAndNotForMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := outbox.New(outbox.Options{MaxFrames: 8}), &client{stall: make(chan struct{})}
		push(o, "a", "b", "c")
		o.Must([]byte("1"), time.Now())
		if err := o.WaitAnswers(t.Context()); err != nil {
			t.Errorf("one answer of two: got %v, want no wait", err)
		}
		o.Must([]byte("2"), time.Now())
		read := make(chan error, 1)
		go func() { read <- o.WaitAnswers(t.Context()) }()
		synctest.Wait()
		if len(read) > 0 {
			t.Error("two answers, a quarter of the outbox: got no wait")
		}
		ended := start(t.Context(), o, c.write)
		synctest.Wait()
		close(c.stall)
		if err := <-read; err != nil {
			t.Errorf("when the client has read: got %v, want nil", err)
		}
		o.Close(errDone)
		<-ended
	})
}

func TestWaitBelowEndsWhenTheOutboxDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := outbox.New(outbox.Options{})
		push(o, "a")
		room := make(chan error, 1)
		go func() { room <- o.WaitBelow(t.Context(), 1) }()
		synctest.Wait()
		o.Run(t.Context(), func(net.Buffers) error { return errDone })
		if err := <-room; !errors.Is(err, errDone) {
			t.Errorf("got %v, want %v", err, errDone)
		}
	})
}

func TestEveryFrameArrivesOnceAndInItsPushersOrder(t *testing.T) {
	const pushers, each = 4, 2000
	o, c := outbox.New(outbox.Options{MaxFrames: pushers * each}), &client{}
	ended := start(t.Context(), o, c.write)
	var all sync.WaitGroup
	for p := range pushers {
		all.Go(func() {
			for i := range each {
				f := fmt.Appendf(nil, "%d:%d", p, i)
				if i%5 == 0 {
					o.Must(f, time.Now())
				} else {
					o.Push(f, time.Now())
				}
				if i%100 == 0 {
					o.Lag()
				}
			}
		})
	}
	all.Wait()
	o.Close(errDone)
	<-ended
	next := [pushers]int{}
	for _, f := range c.got {
		var p, i int
		fmt.Sscanf(f, "%d:%d", &p, &i)
		if i != next[p] {
			t.Fatalf("got frame %s, want number %d", f, next[p])
		}
		next[p]++
	}
	for p, n := range next {
		if n != each {
			t.Errorf("pusher %d: got %d frames, want %d", p, n, each)
		}
	}
}
