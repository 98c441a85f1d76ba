package lane_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/flow/lane"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// paces are the ways in which a lane can have one, 10 ms each.
var paces = map[string]func(*msg.LaneSettings){
	"skip":  func(s *msg.LaneSettings) { s.Pace.Interval = 10 * time.Millisecond },
	"burst": func(s *msg.LaneSettings) { s.Pace.Interval, s.CatchUp = 10*time.Millisecond, msg.Burst },
	"rate":  func(s *msg.LaneSettings) { s.Pace.Rate = 100 },
}

// wall is a clock that somebody sets while a lane is in use. A bubble's will not do:
// it is a wall clock alone.
type wall struct {
	t     *testing.T
	at    time.Time // by the clock that nobody sets
	ahead int       // seconds that the wall clock was set forward
}

func (w *wall) now() time.Time { return testkit.Stepped(w.t, w.at, w.ahead) }

func (w *wall) push(s *lane.Set, n int) {
	w.t.Helper()
	for range n {
		if _, err := s.Push(&msg.Message{Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: w.now()}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// take waits for the next message and takes it; it is due with the next slot.
func (w *wall) take(s *lane.Set) {
	w.t.Helper()
	_, next, ok := s.Take(w.now())
	wait := next.Sub(w.now())
	w.at = w.at.Add(wait)
	turn, _, taken := s.Take(w.now())
	if ok || !taken || turn.Missed != 0 || turn.Due.Sub(w.at) != 0 {
		w.t.Fatalf("taken at once: %v; after %v: %v, missed %d, late by %v; want it at its slot", ok, wait, taken, turn.Missed, w.at.Sub(turn.Due))
	}
	if wait <= 0 || wait > 10*time.Millisecond {
		w.t.Fatalf("the next message came after %v, want at most 10ms, and no burst", wait)
	}
}

func TestALaneKeepsItsPaceWhateverTheWallClockIsSetTo(t *testing.T) {
	for name, pace := range paces {
		for _, seconds := range []int{3600, -3600} {
			t.Run(fmt.Sprint(name, seconds), func(t *testing.T) {
				s := setWith(pace)
				w := &wall{t: t, at: time.Now()}
				w.push(s, 50)
				w.take(s)
				begun := w.at
				w.ahead = seconds // what waits, and what comes now, takes its slot as before
				w.push(s, 50)
				for range 99 {
					w.take(s)
				}
				if got, want := w.at.Sub(begun), 990*time.Millisecond; got != want {
					t.Errorf("99 messages took %v, want %v", got, want)
				}
			})
		}
	}
}

// Where the clock that measures goes on while the machine sleeps (Windows), or the
// process alone was stopped, an hour is one long stall: told once, and not made up for.
func TestAnHourAwayIsOneMissAndNoBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(paces["skip"])
		start := time.Now()
		push(t, s, 1, 3)
		time.Sleep(time.Hour + 5*time.Millisecond)
		turn := take(t, s)
		if got, want := turn.Missed, 360_000-1; got != want || turn.Due.Sub(start) != time.Hour {
			t.Errorf("got due %v after start, missed %d, want 1h, %d", turn.Due.Sub(start), got, want)
		}
		for i := range 2 {
			_, next, ok := s.Take(time.Now())
			if want := time.Hour + time.Duration(i+1)*10*time.Millisecond; ok || next.Sub(start) != want {
				t.Errorf("message %d: due %v after start (taken: %v), want %v", i+2, next.Sub(start), ok, want)
			}
			time.Sleep(time.Until(next))
			take(t, s)
		}
	})
}
