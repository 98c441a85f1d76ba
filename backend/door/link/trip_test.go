package link

import (
	"testing"
	"time"

	"emitscope/backend/internal/testkit"
)

func TestARoundTripIsThatOfTheNewestPing(t *testing.T) {
	var r trip
	at := time.Unix(1_700_000_000, 0)
	after := at.Add
	want := func(now time.Time, want time.Duration) {
		t.Helper()
		if got := r.value(now); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	want(at, 0)
	first := r.begin(at)
	want(after(900*time.Millisecond), 0) // not answered yet, which says nothing so soon
	r.end("something else", after(time.Millisecond))
	want(after(time.Millisecond), 0)
	r.end(first, after(3*time.Millisecond))
	want(after(time.Hour), 3*time.Millisecond)

	second := r.begin(after(time.Minute))
	r.end(first, after(time.Minute+time.Millisecond)) // said again: it answers nothing
	want(after(time.Minute+time.Second), 3*time.Millisecond)
	want(after(time.Minute+5*time.Second), 5*time.Second) // longer than it ever took
	r.end(second, after(time.Minute+6*time.Second))
	want(after(time.Hour), 6*time.Second)

	r.begin(after(2 * time.Minute))
	last := r.begin(after(3 * time.Minute)) // the one before was not answered
	r.end(last, after(3*time.Minute+time.Second))
	want(after(time.Hour), 61*time.Second)
}

func TestARoundTripIsMeasuredWhateverTheWallClockIsSetTo(t *testing.T) {
	var r trip
	at := time.Now()
	for _, seconds := range []int{3600, -3600} {
		ping := r.begin(at)
		if got := r.value(testkit.Stepped(t, at.Add(2*time.Second), seconds)); got != 2*time.Second {
			t.Errorf("clock set by %d s: waited for for %v, want 2s", seconds, got)
		}
		r.end(ping, testkit.Stepped(t, at.Add(3*time.Millisecond), seconds))
		if got := r.value(at); got != 3*time.Millisecond {
			t.Errorf("clock set by %d s: got %v, want 3ms", seconds, got)
		}
	}
}
