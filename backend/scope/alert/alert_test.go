package alert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/alert"
)

// world is a hub that is as a test says.
type world struct {
	t       *testing.T
	watch   *alert.Watch
	mu      sync.Mutex
	stats   msg.Stats
	lanes   []msg.LaneState
	lagging int
	asked   int                // times for all numbers, which are dear
	told    []string           // "raised 1" for each alert told, and its value
	raised  [][]msg.AlertEvent // each time Changed was called
}

// in runs a test in time of its own, beside a Watch with these alerts.
func in(t *testing.T, test func(w *world), alerts ...msg.Alert) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t}
		w.watch = alert.New(alert.Options{
			Numbers: w,
			Lanes:   func() []msg.LaneState { w.mu.Lock(); defer w.mu.Unlock(); return w.lanes },
			Lagging: func() (int, string) { w.mu.Lock(); defer w.mu.Unlock(); return w.lagging, "10.0.0.9:1" },
			Tell:    w.tell,
			Changed: func(raised []msg.AlertEvent) { w.set(func() { w.raised = append(w.raised, raised) }) },
			Log:     slog.New(slog.DiscardHandler),
		})
		w.watch.Set(alerts)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.watch.Run(ctx) }()
		time.Sleep(time.Second / 2) // between two looks
		test(w)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}

func (w *world) Stats() msg.Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return w.stats
}

func (w *world) LaneCounters() map[string]msg.Counters {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[string]msg.Counters)
	for _, l := range w.stats.Lanes {
		all[l.Namespace] = l.Counters
	}
	return all
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) tell(_ msg.Alert, e msg.AlertEvent) {
	what := "raised"
	if !e.Cleared.IsZero() {
		what = "cleared"
	}
	w.set(func() { w.told = append(w.told, fmt.Sprintf("%s %v %s", what, e.Value, e.Where)) })
}

// want fails when something else was told since the last time, and within d.
func (w *world) want(d time.Duration, want ...string) {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(want, w.told); diff != "" {
		w.t.Errorf("-want +got:\n%s", diff)
	}
	w.told = nil
}

// of returns an alert with the defaults of its condition.
func of(c msg.Condition, limit float64) msg.Alert {
	a := msg.Alert{Name: "a", On: true, When: c, Limit: limit, Clear: c.DefaultClear(limit), Learn: c.DefaultLearn()}
	a.Hold, a.ClearHold = c.DefaultHolds(limit)
	if c.OfStream() {
		a.Namespace, a.Event = "/m", "tick"
	}
	return a
}

func (w *world) hear(perSecond float64) {
	w.set(func() {
		w.stats.Streams = []msg.StreamStats{
			{Namespace: "/m", Event: "tick", LastSeen: time.Now(), PerSecond: perSecond}, {Namespace: "/m", Event: "other", LastSeen: time.Now().Add(time.Hour), PerSecond: 1e6},
		}
	})
}

func TestAllNumbersAreAskedForOnlyWhereAnAlertNeedsThem(t *testing.T) {
	for when, want := range map[msg.Condition]int{msg.MessagesLost: 0, msg.QueueOver: 0, msg.ClientsLag: 0, msg.Silence: 3, msg.LatenessOver: 3} {
		in(t, func(w *world) {
			time.Sleep(3 * time.Second)
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.asked != want {
				t.Errorf("%s: asked %d times in 3 s, want %d", when, w.asked, want)
			}
		}, of(when, 10))
	}
}

func TestSilenceIsRaisedOnceAndEndsWhenTheStreamIsHeardForAWhile(t *testing.T) {
	in(t, func(w *world) {
		w.hear(1)
		w.want(9 * time.Second)
		w.want(2*time.Second, "raised 10.5 /m tick")
		w.want(time.Minute)
		for range 6 { // each gap is longer than it may be: it goes on
			w.hear(1)
			w.want(11 * time.Second)
		}
		for range 10 {
			w.hear(1)
			w.want(time.Second)
		}
		w.hear(1)
		w.want(time.Second, "cleared 10.5 /m tick")
	}, of(msg.Silence, 10))
}

func TestAStreamThatWasNeverHeardIsSilentSinceTheAlertIsThere(t *testing.T) {
	in(t, func(w *world) {
		w.want(9 * time.Second)
		w.want(2*time.Second, "raised 10 /m tick")
	}, of(msg.Silence, 10))
}

func TestANamespaceIsSilentWhenNoneOfItsStreamsIsHeard(t *testing.T) {
	a := of(msg.Silence, 10)
	a.Event = ""
	in(t, func(w *world) {
		w.hear(1) // the other one is an hour ahead
		w.want(time.Minute)
	}, a)
}

func TestARateBelowItsLimitIsRaisedAfterAWhile(t *testing.T) {
	in(t, func(w *world) {
		w.hear(100)
		w.want(30 * time.Second)
		w.hear(50)
		w.want(10 * time.Second)
		w.hear(99.9)
		w.want(7*time.Second, "raised 99.9 /m tick")
		w.hear(105) // between both limits
		w.want(time.Minute)
		w.hear(111)
		w.want(9 * time.Second)
		w.want(3*time.Second, "cleared 99.9 /m tick")
	}, of(msg.RateBelow, 100))
}

func TestARateAboveItsLimitIsRaised(t *testing.T) {
	in(t, func(w *world) {
		w.hear(100)
		w.want(4 * time.Second)
		w.want(3*time.Second, "raised 100 /m tick")
		w.hear(95)
		w.want(time.Minute)
		w.hear(90)
		w.want(12*time.Second, "cleared 100 /m tick")
	}, of(msg.RateAbove, 100))
}

func (w *world) late(ms float64) {
	p99 := msg.Quantiles{Count: 100, P99: time.Duration(ms * 1e6)}
	w.set(func() {
		w.stats.Lanes = []msg.LaneStats{{Namespace: "/calm", Lateness: msg.Quantiles{Count: 9, P99: 1}}, {Namespace: "/m", Lateness: p99, IntervalError: p99}, {Namespace: "/none"}}
	})
}

func TestLatenessAndIntervalErrorAreOfTheWorstLane(t *testing.T) {
	for _, c := range []msg.Condition{msg.LatenessOver, msg.IntervalOver} {
		in(t, func(w *world) {
			w.late(6)
			w.want(7*time.Second, "raised 6 /m")
			w.late(4.5)
			w.want(time.Minute)
			w.late(4)
			w.want(12*time.Second, "cleared 6 /m")
		}, of(c, 5))
	}
}

func TestALaneThatIsNotMeantIsNotLookedAt(t *testing.T) {
	a := of(msg.LatenessOver, 5)
	a.Namespace = "/calm"
	in(t, func(w *world) {
		w.late(6)
		w.want(time.Minute)
	}, a)
}

func (w *world) fill(depth int, bytes int64) {
	w.set(func() {
		w.lanes = []msg.LaneState{
			{Namespace: "/calm", Settings: msg.DefaultLaneSettings()},
			{Namespace: "/m", Settings: msg.LaneSettings{Capacity: 1000, MaxBytes: 1 << 20}, Depth: depth, Bytes: bytes},
		}
	})
}

func TestWhatWasKeptStandsAtTheEventAlsoWhenItIsOver(t *testing.T) {
	in(t, func(w *world) {
		w.hear(1)
		w.want(11*time.Second, "raised 10.5 /m tick")
		w.set(func() { w.raised = nil })
		w.watch.NoteKept(1, "a 2026", nil)
		w.watch.NoteKept(7, "of no event", nil)
		if len(w.raised) != 1 || len(w.raised[0]) != 1 || w.raised[0][0].Kept != "a 2026" {
			t.Errorf("told %+v, want once that it is kept", w.raised)
		}
		w.watch.Set(nil) // and so it is cleared
		w.watch.NoteKept(1, "", fault.Newf(fault.Conflict, "no"))
		if page, _ := w.watch.History(0, 10); len(page) != 1 || page[0].Kept != "" || page[0].NotKept == nil {
			t.Errorf("got %+v, want why it was not kept", page)
		}
	}, of(msg.Silence, 10))
}

func TestAQueueThatTremblesAtItsLimitIsRaisedOnce(t *testing.T) {
	in(t, func(w *world) {
		w.fill(800, 0)
		w.want(5*time.Second, "raised 80 /m")
		for i := range 60 {
			w.fill(790+i%2*20, 0)
			w.want(time.Second)
		}
		w.fill(600, 0)
		w.want(12*time.Second, "cleared 80 /m")
		for range 10 { // full now and then, never for long
			w.fill(1000, 0)
			w.want(2 * time.Second)
			w.fill(0, 0)
			w.want(2 * time.Second)
		}
	}, of(msg.QueueOver, 80))
}

func TestAQueueFillsByItsBytesToo(t *testing.T) {
	in(t, func(w *world) {
		w.fill(1, 1<<20)
		w.want(5*time.Second, "raised 100 /m")
	}, of(msg.QueueOver, 80))
}

func (w *world) lose(dropped, rejected uint64) {
	w.set(func() {
		w.stats.Lanes = []msg.LaneStats{{Namespace: "/m", Counters: msg.Counters{Dropped: dropped, Rejected: rejected}}, {Namespace: "/calm"}}
	})
}

func TestLostMessagesAreRaisedUntilNoneIsLostForAWhile(t *testing.T) {
	in(t, func(w *world) {
		w.lose(500, 500) // before anybody looked
		w.want(30 * time.Second)
		w.lose(501, 502)
		w.want(time.Second, "raised 3 /m")
		for i := range uint64(10) { // now and then some more
			w.want(15 * time.Second)
			w.lose(502+i, 502)
		}
		w.want(28 * time.Second)
		w.want(3*time.Second, "cleared 3 /m")
	}, of(msg.MessagesLost, 1))
}

func TestWhatANewerMessageReplacedOnPurposeIsNotLost(t *testing.T) {
	in(t, func(w *world) {
		w.set(func() { w.lanes = []msg.LaneState{{Namespace: "/m", Settings: msg.LaneSettings{Full: msg.Latest}}} })
		w.lose(0, 0)
		w.want(2 * time.Second)
		w.lose(100, 0)
		w.want(30 * time.Second)
		w.lose(100, 1)
		w.want(time.Second, "raised 1 /m")
	}, of(msg.MessagesLost, 1))
}

func TestAnotherPolicyOfALaneLosesNothing(t *testing.T) {
	in(t, func(w *world) {
		w.set(func() { w.lanes = []msg.LaneState{{Namespace: "/m", Settings: msg.LaneSettings{Full: msg.Latest}}} })
		w.lose(100, 0)
		w.want(2 * time.Second)
		w.lose(200, 0)
		w.want(2 * time.Second)
		w.set(func() { w.lanes[0].Settings.Full = msg.DropOldest })
		w.want(30 * time.Second)
	}, of(msg.MessagesLost, 1))
}

func TestClientsThatLagAreRaisedAfterAWhile(t *testing.T) {
	in(t, func(w *world) {
		w.set(func() { w.lagging = 2 })
		w.want(4 * time.Second)
		w.want(3*time.Second, "raised 2 10.0.0.9:1")
		w.set(func() { w.lagging = 0 })
		w.want(14 * time.Second)
		w.want(3*time.Second, "cleared 2 10.0.0.9:1")
	}, of(msg.ClientsLag, 1))
}

func TestTheWorstValueIsKept(t *testing.T) {
	in(t, func(w *world) {
		w.fill(800, 0)
		w.want(5*time.Second, "raised 80 /m")
		w.fill(990, 0)
		w.want(2 * time.Second)
		w.fill(0, 0)
		w.want(20*time.Second, "cleared 80 /m")
		page, more := w.watch.History(0, 10)
		if len(page) != 1 || page[0].Worst != 99 || page[0].Limit != 80 || more {
			t.Errorf("got %+v, %v, want one event with 99 as its worst", page, more)
		}
	}, of(msg.QueueOver, 80))
}

func TestAnAlertThatIsOffIsNotLookedAt(t *testing.T) {
	a := of(msg.QueueOver, 80)
	a.On = false
	in(t, func(w *world) {
		w.fill(1000, 0)
		w.want(time.Minute)
	}, a)
}

func TestAChangedAlertIsClearedAndBeginsAnewWhileTheOthersGoOn(t *testing.T) {
	a, b := of(msg.QueueOver, 80), of(msg.QueueOver, 70)
	b.Name = "b"
	in(t, func(w *world) {
		w.fill(800, 0)
		w.want(5*time.Second, "raised 80 /m", "raised 80 /m")
		a.Limit = 75
		w.watch.Set([]msg.Alert{b, a})
		w.want(0, "cleared 80 /m")
		w.want(5*time.Second, "raised 80 /m")
		w.watch.Set(nil)
		if got := w.watch.Raised(); len(got) != 0 {
			t.Errorf("got %v raised of no alerts, want none", got)
		}
	}, a, b)
}

func TestARaisedAlertCanBeAcknowledged(t *testing.T) {
	in(t, func(w *world) {
		var f *fault.Error
		if err := w.watch.Acknowledge("a", ""); !errors.As(err, &f) || f.Code != "alert_not_raised" {
			t.Errorf("before: got %v, want alert_not_raised", err)
		}
		if err := w.watch.Acknowledge("b", ""); !errors.Is(err, fault.NotFound) {
			t.Errorf("none: got %v, want a NotFound error", err)
		}
		w.fill(1000, 0)
		w.want(5*time.Second, "raised 100 /m")
		if err := w.watch.Acknowledge("a", "desk"); err != nil {
			t.Fatal(err)
		}
		first := w.watch.Raised()[0].Acknowledged
		time.Sleep(time.Minute)
		_ = w.watch.Acknowledge("a", "somebody later")
		got := w.watch.Raised()[0]
		if got.By != "desk" || got.Acknowledged != first || first.IsZero() {
			t.Errorf("got %+v, want the first who did", got)
		}
		if last := w.raised[len(w.raised)-1]; len(last) != 1 || last[0].By != "desk" {
			t.Errorf("told %+v, want it acknowledged", last)
		}
	}, of(msg.QueueOver, 80))
}

func TestTheHistoryIsBoundedAndReadInPages(t *testing.T) {
	a := of(msg.QueueOver, 80)
	a.Hold, a.ClearHold = 0, 0
	in(t, func(w *world) {
		for range 1005 {
			w.fill(1000, 0)
			time.Sleep(time.Second)
			w.fill(0, 0)
			time.Sleep(time.Second)
		}
		first, more := w.watch.History(0, 600)
		rest, none := w.watch.History(first[len(first)-1].ID, 600)
		if !more || none || len(first)+len(rest) != 1000 || first[0].ID != 1005 || rest[len(rest)-1].ID != 6 {
			t.Errorf("got %d and %d events from %d on, more %v %v", len(first), len(rest), first[0].ID, more, none)
		}
	}, a)
}
