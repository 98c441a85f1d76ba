package outbox_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// emission is the one with this order.
func emission(order uint64) msg.Emission {
	return msg.Emission{Message: &msg.Message{Seq: order}, Order: order}
}

// fan sends the frames "1", "2"… with these orders to t.
func fan(t *outbox.Tap, orders ...uint64) (sockets int) {
	for _, n := range orders {
		sockets += outbox.Fan([]*outbox.Tap{t}, fmt.Append(nil, n), emission(n), nil)
	}
	return sockets
}

// written closes o and returns what its client gets.
func written(t *testing.T, o *outbox.Outbox) string {
	t.Helper()
	o.Close(errDone)
	c := &client{}
	_ = o.Run(t.Context(), c.write) // errDone
	return c.read()
}

func frames(texts ...string) (all [][]byte) {
	for _, s := range texts {
		all = append(all, []byte(s))
	}
	return all
}

func TestATapPutsThePastBeforeWhatItHeldEachOnce(t *testing.T) {
	o := outbox.New(outbox.Options{})
	tap := outbox.NewLateTap(o)
	if got := fan(tap, 3, 4, 5); got != 3 {
		t.Errorf("got %d sockets while it is late, want 3: the client gets them later", got)
	}
	tap.Open(frames("2", "3", "4"), 4)
	tap.Open(frames("again"), 9)
	fan(tap, 4, 6) // 4 was on its way when the past was looked up
	if got, want := written(t, o), "2 3 4 5 6"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatThePastHasDoesNotCountAsASocket(t *testing.T) {
	tap := outbox.NewLateTap(outbox.New(outbox.Options{}))
	tap.Open(nil, 7)
	if got := fan(tap, 7); got != 0 {
		t.Errorf("got %d sockets, want 0", got)
	}
}

func TestATapThatIsNotLateLetsEverythingThrough(t *testing.T) {
	o := outbox.New(outbox.Options{})
	fan(outbox.NewTap(o), 1, 2)
	if got, want := written(t, o), "1 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALateTapHoldsNoMoreThanItsOutboxAndTellsWhatIsMissing(t *testing.T) {
	o := outbox.New(outbox.Options{MaxFrames: 4, MissedFrame: func(n uint64) []byte { return fmt.Appendf(nil, "missed=%d", n) }})
	tap := outbox.NewLateTap(o)
	fan(tap, 1, 2, 3, 4, 5, 6)
	tap.Open(nil, 0)
	if got, want := written(t, o), "missed=2 3 4 5 6"; got != want || o.Missed() != 2 {
		t.Errorf("got %q and %d missed, want %q and 2", got, o.Missed(), want)
	}
}

func TestAClosedTapLetsNothingThrough(t *testing.T) {
	o := outbox.New(outbox.Options{})
	tap, late := outbox.NewTap(o), outbox.NewLateTap(o)
	fan(tap, 1)
	fan(late, 1)
	tap.Close()
	late.Close()
	late.Open(frames("0"), 0)
	if got := fan(tap, 2) + fan(late, 2); got != 0 {
		t.Errorf("got %d sockets, want 0", got)
	}
	if got, want := written(t, o), "1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNothingFollowsFromATapThatIsClosedWhileAMessageIsSent(t *testing.T) {
	for range 200 {
		o := outbox.New(outbox.Options{})
		tap := outbox.NewTap(o)
		var both sync.WaitGroup
		both.Go(func() { fan(tap, 1, 2, 3, 4, 5) })
		both.Go(func() {
			tap.Close()
			o.Must([]byte("left"), time.Now())
		})
		both.Wait()
		if got := written(t, o); !strings.HasSuffix(got, "left") {
			t.Fatalf("got %q, want nothing after left", got)
		}
	}
}

func TestThePastFillsAtMostHalfAnOutbox(t *testing.T) {
	for _, c := range []struct {
		name string
		opts outbox.Options
		want string
	}{
		{"frames", outbox.Options{MaxFrames: 4}, "cc dd"},
		{"bytes", outbox.Options{MaxBytes: 6}, "dd"},
	} {
		o := outbox.New(c.opts)
		outbox.NewLateTap(o).Open(frames("aa", "bb", "cc", "dd"), 0)
		if got := written(t, o); got != c.want {
			t.Errorf("%s: got %q, want the newest, %q", c.name, got, c.want)
		}
	}
}

func TestALateJoinerGetsEachMessageOnceHoweverTheyComeTogether(t *testing.T) {
	for range 200 {
		o := outbox.New(outbox.Options{})
		tap := outbox.NewLateTap(o)
		var mu sync.Mutex // what a Recent has
		var known uint64
		var both sync.WaitGroup
		both.Go(func() {
			for n := uint64(1); n <= 50; n++ {
				mu.Lock()
				known = n
				mu.Unlock()
				fan(tap, n)
			}
		})
		both.Go(func() {
			mu.Lock()
			upTo := known
			mu.Unlock()
			var past [][]byte
			for n := uint64(1); n <= upTo; n++ {
				past = append(past, fmt.Append(nil, n))
			}
			tap.Open(past, upTo)
		})
		both.Wait()
		var want []string
		for n := 1; n <= 50; n++ {
			want = append(want, fmt.Sprint(n))
		}
		if got := written(t, o); got != strings.Join(want, " ") {
			t.Fatalf("got %q, want 1 to 50", got)
		}
	}
}

func TestFanGivesWayNowAndThen(t *testing.T) {
	var taps []*outbox.Tap
	for range 200 {
		taps = append(taps, outbox.NewTap(outbox.New(outbox.Options{})))
	}
	other := outbox.New(outbox.Options{})
	ways := 0
	sockets := outbox.Fan(taps, []byte("a"), emission(1), func() {
		ways++
		fan(outbox.NewTap(other), 2)
	})
	if ways != 3 || sockets != 200 {
		t.Errorf("got %d times and %d sockets, want 3 and 200", ways, sockets)
	}
}

func TestFanAllocatesNothing(t *testing.T) {
	var taps []*outbox.Tap
	for range 200 {
		taps = append(taps, outbox.NewTap(outbox.New(outbox.Options{MaxFrames: 4})))
	}
	frame, e := []byte("a"), emission(1)
	giveWay := func() {}
	for range 8 { // the rings grow once
		outbox.Fan(taps, frame, e, giveWay)
	}
	if n := testing.AllocsPerRun(100, func() { outbox.Fan(taps, frame, e, giveWay) }); n != 0 {
		t.Errorf("got %v allocations for 200 outboxes, want 0", n)
	}
}

func BenchmarkFan(b *testing.B) {
	var taps []*outbox.Tap
	for range 200 {
		taps = append(taps, outbox.NewTap(outbox.New(outbox.Options{})))
	}
	frame, e := make([]byte, 200), emission(1)
	b.ReportAllocs()
	for b.Loop() {
		outbox.Fan(taps, frame, e, nil)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N*len(taps)), "ns/push")
}

func TestFetchTakesAtMostWhatWasAsked(t *testing.T) {
	o := outbox.New(outbox.Options{})
	push(o, "a", "b", "c")
	o.Control([]byte("ping"))
	o.Close(errDone, []byte("bye"))
	var got []string
	for {
		batch, err := o.Fetch(t.Context(), 2)
		if err != nil {
			break
		}
		if len(batch) > 2 {
			t.Errorf("got %d frames at once, want at most 2", len(batch))
		}
		for _, f := range batch {
			got = append(got, string(f))
		}
	}
	if got, want := strings.Join(got, " "), "ping a b c bye"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := o.Fetch(t.Context(), 2); !errors.Is(err, errDone) {
		t.Errorf("got %v, want the reason", err)
	}
}

func TestFetchKeepsWhatWasMissedWithTheMessageAfterIt(t *testing.T) {
	o := outbox.New(outbox.Options{MaxFrames: 2, MissedFrame: func(n uint64) []byte { return fmt.Appendf(nil, "missed=%d", n) }})
	o.Must([]byte("answer"), time.Now())
	push(o, "a", "b", "c")
	var got []string
	for range 2 {
		batch, err := o.Fetch(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s", batch))
	}
	if got, want := strings.Join(got, " "), "[answer] [missed=2 c]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunGoesOnWhereFetchEnded(t *testing.T) {
	o := outbox.New(outbox.Options{})
	push(o, "a", "b", "c")
	if batch, err := o.Fetch(t.Context(), 2); err != nil || len(batch) != 2 {
		t.Fatalf("got %s, %v", batch, err)
	}
	if got, want := o.Lag().Frames, 3; got != want {
		t.Errorf("got %d frames, want %d: two are on their way", got, want)
	}
	if got := written(t, o); got != "c" {
		t.Errorf("got %q, want c", got)
	}
}
