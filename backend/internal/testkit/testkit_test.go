package testkit

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// witness is a testing.TB that keeps what a helper said about it. Its cleanups
// run when the test asks for it.
type witness struct {
	testing.TB
	cleanups []func()
	said     string
}

func (w *witness) Helper()                           {}
func (w *witness) Cleanup(f func())                  { w.cleanups = append(w.cleanups, f) }
func (w *witness) Errorf(format string, args ...any) { w.said += fmt.Sprintf(format, args...) }
func (w *witness) Fatalf(format string, args ...any) { w.said += fmt.Sprintf(format, args...) }

func (w *witness) end() {
	for _, f := range w.cleanups {
		f()
	}
}

func TestEventuallyReturnsOnceTheConditionHolds(t *testing.T) {
	w := &witness{TB: t}
	looked := 0
	Eventually(w, func() bool { looked++; return looked == 3 }, "the third look")
	if looked != 3 || w.said != "" {
		t.Errorf("got %d looks and %q, want 3 and no failure", looked, w.said)
	}
}

func TestEventuallyNamesWhatItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &witness{TB: t}
		Eventually(w, func() bool { return false }, "the moon to set")
		if got, want := w.said, "waited 10s for the moon to set"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestNoLeaksWaitsForGoroutinesThatAreEnding(t *testing.T) {
	w := &witness{TB: t}
	NoLeaks(w)
	var ended atomic.Bool
	go func() { ended.Store(true) }()
	w.end()
	if !ended.Load() || w.said != "" {
		t.Errorf("ended: %v, said %q; want true and no failure", ended.Load(), w.said)
	}
}

func TestNoLeaksShowsTheStackOfAGoroutineThatStays(t *testing.T) {
	w := &witness{TB: t}
	synctest.Test(t, func(*testing.T) { // so that the 10 s pass at once
		release := make(chan struct{})
		NoLeaks(w)
		go lingers(release)
		w.end()
		close(release)
	})
	if !strings.Contains(w.said, "1 goroutines") || !strings.Contains(w.said, "testkit.lingers(") {
		t.Errorf("got %q, want one goroutine with the stack of lingers", w.said)
	}
}

func lingers(until chan struct{}) { <-until }

func TestGoldenAcceptsWhatTheFileHolds(t *testing.T) {
	w := &witness{TB: t}
	compare(w, "testdata/sample.golden", "two\nlines\n")
	if w.said != "" {
		t.Errorf("got %q, want no failure", w.said)
	}
}

func TestGoldenShowsWhatDiffers(t *testing.T) {
	w := &witness{TB: t}
	compare(w, "testdata/sample.golden", "two\nlies\n")
	if !strings.Contains(w.said, "lies") || !strings.Contains(w.said, "-update") {
		t.Errorf("got %q, want the difference and the flag", w.said)
	}
}
