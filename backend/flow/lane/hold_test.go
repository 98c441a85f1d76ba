package lane_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

// held returns a set whose lane /a has these settings and is held for so long, with
// messages 1 to n in it.
func held(t *testing.T, s msg.LaneSettings, hold time.Duration, n uint64) *lane.Set {
	t.Helper()
	set := lane.New(lane.Options{Configured: map[string]msg.LaneSettings{"/a": s}, Wake: func() {}})
	if err := set.Hold("/a", time.Now().Add(hold)); err != nil {
		t.Fatal(err)
	}
	for seq := range n {
		if _, err := set.Push(&msg.Message{Seq: seq + 1, Namespace: "/a", Event: "e", Accepted: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	return set
}

func TestAHeldLaneLetsNothingOutAndThenCountsNothingAsLate(t *testing.T) {
	for name, c := range map[string]struct {
		pace         time.Duration
		catchUp      msg.CatchUp
		due, nextDue time.Duration
	}{
		"as they come": {0, msg.Skip, 25 * time.Millisecond, 25 * time.Millisecond},
		"slots left":   {10 * time.Millisecond, msg.Skip, 30 * time.Millisecond, 40 * time.Millisecond},
		"in a burst":   {10 * time.Millisecond, msg.Burst, 25 * time.Millisecond, 25 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := msg.DefaultLaneSettings()
				s.Pace.Interval, s.CatchUp = c.pace, c.catchUp
				set := held(t, s, 25*time.Millisecond, 2)
				time.Sleep(24 * time.Millisecond)
				if turn, _, ok := set.Take(time.Now()); ok {
					t.Fatalf("got message %d while the lane is held", turn.Seq)
				}
				for _, want := range []time.Duration{c.due, c.nextDue} {
					turn, next, ok := set.Take(time.Now())
					if !ok {
						if got := next.Sub(start); got != want {
							t.Errorf("next is due at %v, want %v", got, want)
						}
						time.Sleep(time.Until(next))
						turn, _, ok = set.Take(time.Now())
					}
					if !ok || turn.Due.Sub(start) != want || turn.Missed != 0 {
						t.Fatalf("got %v: %+v; want it, due %v, none missed", ok, turn, want)
					}
					if isFirst := turn.Seq == 1; isFirst && (turn.Held <= 0 || !turn.Faults.Has(msg.FaultStall)) {
						t.Errorf("held %v by %q, want it told as a stall", turn.Held, turn.Faults)
					}
				}
			})
		})
	}
}

func TestASlotThatIsMissedAfterAHoldIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := msg.DefaultLaneSettings()
		s.Pace.Interval = 10 * time.Millisecond
		set := held(t, s, 25*time.Millisecond, 1)
		time.Sleep(54 * time.Millisecond) // slots 3 and 4 went by though the lane was free
		turn, _, ok := set.Take(time.Now())
		if !ok || turn.Missed != 2 || turn.Held != 20*time.Millisecond {
			t.Errorf("got %v, missed %d, held %v; want it, 2, 20ms: from slot 1 to slot 3", ok, turn.Missed, turn.Held)
		}
	})
}

func TestAHoldEndsAtOnceWhenToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := held(t, msg.DefaultLaneSettings(), time.Hour, 1)
		time.Sleep(time.Second)
		if err := set.Hold("/a", time.Time{}); err != nil {
			t.Fatal(err)
		}
		turn, _, ok := set.Take(time.Now())
		if !ok || turn.Held != time.Second {
			t.Errorf("got %v, held %v; want it, 1s", ok, turn.Held)
		}
	})
}

func TestWhatAHeldLaneDropsIsDroppedOnPurpose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := msg.DefaultLaneSettings()
		s.Capacity, s.Full = 1, msg.DropOldest
		set := held(t, s, time.Second, 1)
		for _, want := range []msg.Outcome{msg.DroppedOnPurpose, msg.Dropped} {
			drops, err := set.Push(&msg.Message{Namespace: "/a", Event: "e", Accepted: time.Now()})
			if err != nil || len(drops) != 1 || drops[0].Outcome() != want {
				t.Errorf("got %v, %v; want one %s", drops, err, want)
			}
			time.Sleep(2 * time.Second)
		}
	})
}

func TestAHoldMakesTheLaneThatIsNotThere(t *testing.T) {
	set := lane.New(lane.Options{Wake: func() {}, MaxLanes: 1})
	if err := set.Hold("/a", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := set.Hold("/b", time.Now().Add(time.Hour)); err == nil {
		t.Error("a second lane was made where one is allowed")
	}
	if err := set.Hold("/c", time.Time{}); err != nil || len(set.List()) != 1 {
		t.Errorf("got %v and %d lanes after freeing one that is not there; want nothing done", err, len(set.List()))
	}
}

func TestAHeldLaneDoesNotExpireUntilAnHourAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := lane.New(lane.Options{Wake: func() {}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- set.Run(ctx) }()
		if err := set.Hold("/a", time.Now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			time.Sleep(119 * time.Minute)
			synctest.Wait()
			if got := len(set.List()); got != want {
				t.Errorf("got %d lanes, want %d", got, want)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}
