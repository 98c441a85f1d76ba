package meter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// running calls test in a bubble in which m.Run runs, and stops it in the end.
func running(t *testing.T, o Options, test func(t *testing.T, m *Meter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Lanes == nil {
			o.Lanes = func() []msg.LaneState { return nil }
		}
		o.Late = msg.DefaultLateLimit()
		m := New(o)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(time.Millisecond) // between the ticks
		test(t, m)
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v, want nil", err)
		}
	})
}

func TestStepsAndSecondsStandOnTheClocksMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(37 * time.Millisecond) // Run begins anywhere
		m := newMeter()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute+50*time.Millisecond)
		defer stop()
		if err := m.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for every, want := range map[time.Duration]int{step: 600, time.Second: 60, longest: 6} {
			points := m.Points("", every, 0)
			if len(points) != want {
				t.Fatalf("%d points of %v after a minute, want %d", len(points), every, want)
			}
			for i, p := range points {
				if !p.Time.Equal(p.Time.Truncate(every)) {
					t.Fatalf("point %d begins at %v, which is no whole %v", i, p.Time, every)
				}
				if i > 0 && p.Time.Sub(points[i-1].Time) != every {
					t.Fatalf("point %d begins %v after the one before, want %v", i, p.Time.Sub(points[i-1].Time), every)
				}
			}
		}
	})
}

func TestAStallLeavesAGapAndNoDrift(t *testing.T) {
	stall := 2350 * time.Millisecond
	var stalled atomic.Bool
	lanes := func() []msg.LaneState {
		if stalled.Swap(false) {
			time.Sleep(stall)
		}
		return nil
	}
	running(t, Options{Lanes: lanes}, func(t *testing.T, m *Meter) {
		start := time.Now()
		stalled.Store(true)
		time.Sleep(5 * time.Second)
		points := m.Points("", step, 0)
		last := points[len(points)-1].Time
		if want := start.Truncate(step).Add(5*time.Second - step); !last.Equal(want) {
			t.Errorf("the newest step begins at %v, want %v", last, want)
		}
		gap := points[1].Time.Sub(points[0].Time)
		if want := 2400 * time.Millisecond; gap != want {
			t.Errorf("the stall left a gap of %v, want %v", gap, want)
		}
	})
}

func TestPointsSayWhatHappenedInTheirStep(t *testing.T) {
	depth := func() []msg.LaneState { return []msg.LaneState{{Namespace: "/a", Depth: 7, Bytes: 99}} }
	running(t, Options{Lanes: depth}, func(t *testing.T, m *Meter) {
		time.Sleep(time.Second)
		late := emitted("/a", "tick", 3*time.Millisecond)
		late.Missed = 1
		m.Accepted("/a", 4)
		m.Observe(emitted("/a", "tick", 100*time.Microsecond))
		m.Observe(late)
		m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Oldest))
		began := time.Now().Truncate(step)
		time.Sleep(step)
		m.Observe(emitted("/a", "tick", 10*time.Microsecond)) // the next step
		for _, namespace := range []string{"/a", ""} {
			points := m.Points(namespace, step, 0)
			got := points[len(points)-1]
			want := msg.Point{
				Time: got.Time, Accepted: 4, Emitted: 2, Dropped: 1, Missed: 1, Late: 2, Delivered: 6, Depth: 7,
				LatenessP50: got.LatenessP50, LatenessP90: got.LatenessP90, LatenessP99: got.LatenessP99, LatenessMax: 10 * time.Millisecond,
			}
			if diff := cmp.Diff(want, got); diff != "" || !got.Time.Equal(began) {
				t.Errorf("namespace %q at %v, want at %v (-want +got):\n%s", namespace, got.Time, began, diff)
			}
			near(t, "median", got.LatenessP50, 3*time.Millisecond)
			near(t, "p99", got.LatenessP99, 10*time.Millisecond)
		}
		time.Sleep(time.Second)
		points := m.Points("/a", time.Second, 0)
		if got := points[len(points)-1]; got.Emitted != 3 || got.LatenessMax != 10*time.Millisecond {
			t.Errorf("got second %+v, want all 3 emits of its steps", got)
		}
		if points := m.Points("/unknown", step, 0); points != nil {
			t.Errorf("a namespace nobody used has %d points, want none", len(points))
		}
	})
}

func TestAYoungLanesPointsAreAlignedWithTheClock(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		time.Sleep(2 * time.Hour) // all rings are full
		m.Observe(emitted("/young", "tick", time.Millisecond))
		began := time.Now().Truncate(time.Second)
		time.Sleep(3 * time.Second)
		points := m.Points("/young", time.Second, 0)
		if len(points) != 3 || points[0].Emitted != 1 || !points[0].Time.Equal(began) {
			t.Errorf("got %+v, want 3 points, the first with the emit at %v", points, began)
		}
		if all := m.Points("", time.Second, 0); len(all) != keptSeconds {
			t.Errorf("%d seconds are kept, want %d", len(all), keptSeconds)
		}
	})
}

func TestMinuteForgetsWhatIsOlder(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		m.Observe(emitted("/a", "tick", time.Second))
		m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Oldest))
		time.Sleep(step)
		for _, c := range []struct {
			wait              time.Duration
			late, lost, emits uint64
		}{{0, 1, 1, 1}, {59 * time.Second, 1, 1, 1}, {time.Second, 0, 0, 0}} {
			time.Sleep(c.wait)
			if s := m.Second(); s.LateMinute != c.late || s.LostMinute != c.lost || s.EmitsMinute != c.emits {
				t.Errorf("%v later: got %d late, %d lost, %d emits; want %d, %d, %d", c.wait, s.LateMinute, s.LostMinute, s.EmitsMinute, c.late, c.lost, c.emits)
			}
		}
	})
}

func TestPercentilesForgetAfterAMinute(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		m.Observe(emitted("/a", "tick", time.Second))
		time.Sleep(time.Minute)
		if got := laneOf(t, m, "/a").Lateness.Count; got != 1 {
			t.Errorf("%d measured after 60 s, want 1", got)
		}
		time.Sleep(10 * time.Second)
		if got := laneOf(t, m, "/a"); got.Lateness.Count+got.Wait.Count != 0 || got.Counters.Emitted != 1 {
			t.Errorf("got %+v after 70 s, want nothing measured, but still counted", got)
		}
	})
}

func TestRateIsOverTenSeconds(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		rate := func() float64 { return m.Stats().Streams[0].PerSecond }
		for range 5 * (streamSeconds + 60) { // longer than counts are kept
			m.Observe(emitted("/a", "tick", time.Microsecond))
			time.Sleep(200 * time.Millisecond)
		}
		if got := rate(); got != 5 {
			t.Errorf("got %v a second with one each 200 ms, want 5", got)
		}
		time.Sleep(10 * time.Second)
		if got := rate(); got != 0 {
			t.Errorf("got %v a second after 10 s of silence, want 0", got)
		}
	})
}

func TestALaneOfTheHubIsKnownBeforeItsFirstMessage(t *testing.T) {
	lanes := func() []msg.LaneState { return []msg.LaneState{{Namespace: "/preset"}} }
	running(t, Options{Lanes: lanes}, func(t *testing.T, m *Meter) {
		time.Sleep(step)
		laneOf(t, m, "/preset")
		time.Sleep(3 * time.Hour)
		laneOf(t, m, "/preset") // and stays as long as the hub has it
	})
}

func TestALaneThatExpiredLeavesAfterAnHour(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		m.Observe(emitted("/a", "tick", time.Microsecond))
		time.Sleep(time.Hour)
		laneOf(t, m, "/a")
		time.Sleep(2 * time.Second)
		if got := m.Stats(); len(got.Lanes)+len(got.Streams) != 0 {
			t.Errorf("after an hour without traffic there are %d lanes and %d streams, want none", len(got.Lanes), len(got.Streams))
		}
		if got := m.Counters().Emitted; got != 1 {
			t.Errorf("%d emits in all, want 1: the total only grows", got)
		}
		m.Observe(emitted("/a", "tick", time.Microsecond))
		if got := laneOf(t, m, "/a").Counters.Emitted; got != 1 {
			t.Errorf("%d emits in the lane that came back, want 1", got)
		}
	})
}

func TestStreamsThatFellSilentMakeRoom(t *testing.T) {
	lanes := func() []msg.LaneState { return []msg.LaneState{{Namespace: "/a"}} }
	running(t, Options{Lanes: lanes}, func(t *testing.T, m *Meter) {
		for i := range MaxStreams {
			m.Observe(emitted("/a", fmt.Sprint("once", i), time.Microsecond))
		}
		time.Sleep(time.Hour + MaxStreams/16*time.Second + 2*time.Second)
		m.Observe(emitted("/a", "new", time.Microsecond))
		if got := m.Stats().Streams; len(got) != 1 || got[0].Event != "new" {
			t.Errorf("got %d streams, want the new one alone", len(got))
		}
	})
}

func TestNothingIsLostBetweenManyCallers(t *testing.T) {
	m := newMeter()
	const callers, each = 4, 2000
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				m.Accepted(name(i%3), 1)
				r := emitted(name(i%3), fmt.Sprint(c, i%50), time.Duration(i)*time.Microsecond)
				m.Observe(r)
			}
		})
	}
	now := epoch()
	for range 200 { // read all the while
		now = now.Add(step)
		m.close(now)
		m.Stats()
	}
	wg.Wait()
	s := m.Stats()
	var counted, measured uint64
	for _, l := range s.Lanes {
		counted += l.Counters.Emitted
	}
	for _, one := range s.Streams {
		measured += one.Count
	}
	if want := uint64(callers * each); counted != want || measured != want || s.Counters.Emitted != want || s.Counters.Accepted != want {
		t.Errorf("lanes %d, streams %d, emitted %d, accepted %d; want %d each", counted, measured, s.Counters.Emitted, s.Counters.Accepted, want)
	}
}
