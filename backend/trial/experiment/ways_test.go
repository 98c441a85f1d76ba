package experiment

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// brief is a load that takes a third of a second.
func brief() msg.ExperimentPlan {
	return msg.ExperimentPlan{Interval: 2 * ms, Producers: 2, Clients: 3, Size: 50, Warmup: 20 * ms, Length: 200 * ms, Rounds: 3}
}

func TestAWayThatSleepsAfterTheWorkDrifts(t *testing.T) {
	for _, way := range []msg.Way{msg.WayThreads, msg.WayLoop} {
		t.Run(string(way), func(t *testing.T) {
			testkit.NoLeaks(t)
			p := brief()
			r, err := run(t.Context(), way, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			// A sleep is never too short, so the gaps can only be too long.
			if w := summary(way, []*msg.RunRecord{r}, p.Interval); w.MeanInterval <= p.Interval || w.Emitted.Count == 0 {
				t.Errorf("got %v between %d messages, want more than %v", w.MeanInterval, w.Emitted.Count+1, p.Interval)
			}
			if len(r.Answers) == 0 || r.Unanswered > 0 {
				t.Errorf("got %d answers and %d missing, want all", len(r.Answers), r.Unanswered)
			}
			if len(r.Emitted) != len(r.Received) {
				t.Errorf("got %d emitted and %d received", len(r.Emitted), len(r.Received))
			}
		})
	}
}

func TestAControlWaitsForEachMomentAndNothingElse(t *testing.T) {
	testkit.NoLeaks(t)
	p := brief()
	r, err := run(t.Context(), msg.WayControl, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	// What was due in the warm-up may come later.
	if least := int(p.Length / p.Interval); len(r.Emitted) < least || len(r.Received) > 0 || len(r.Answers) > 0 {
		t.Errorf("got %d moments, %d received and %d answers, want %d or more, and no others", len(r.Emitted), len(r.Received), len(r.Answers), least)
	}
	for n, at := range r.Emitted {
		if due := time.Duration(n-len(r.Emitted)+int(p.Length/p.Interval)) * p.Interval; at < due {
			t.Errorf("moment %d came after %v, want %v or later", n, at, due)
		}
	}
}

func TestARunEndsWhenItIsCancelled(t *testing.T) {
	for _, way := range []msg.Way{msg.WayLoop, msg.WayControl} {
		t.Run(string(way), func(t *testing.T) {
			testkit.NoLeaks(t)
			p := brief()
			p.Length = time.Minute
			ctx, cancel := context.WithTimeout(t.Context(), 300*ms)
			defer cancel()
			if _, err := run(ctx, way, p, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want that it was cancelled", err)
			}
		})
	}
}

func TestAHubThatDoesNotStartIsTold(t *testing.T) {
	broken := errors.New("no port")
	_, err := run(t.Context(), msg.WayLane, brief(), func() (string, func(), error) { return "", nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// shelf keeps when each message was handed over.
type shelf struct {
	mu sync.Mutex
	at map[int]time.Duration
}

func (s *shelf) put(n int, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[n] = at
}

// keeper is one producer's way to the shelf.
type keeper struct {
	*shelf
	start time.Time
}

func (k keeper) give(n int, _ []byte) error {
	k.put(n, time.Since(k.start))
	return nil
}

func (keeper) close() {}

func TestProducersHandOverABacklogFirstAndThenEachAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := brief()
		p.Interval = 10 * ms
		s := &shelf{at: map[int]time.Duration{}}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 101*ms)
		defer cancel()
		if err := produce(ctx, p, start, func() (giver, error) { return keeper{s, start}, nil }); err != nil {
			t.Fatal(err)
		}
		if got, want := len(s.at), 25+10+1; got != want {
			t.Errorf("got %d messages, want %d", got, want)
		}
		for n, got := range s.at {
			if want := max(0, time.Duration(n-25)*10*ms); got != want {
				t.Errorf("message %d came after %v, want %v", n, got, want)
			}
		}
	})
}

func TestALoopThatIsTooSlowForItsQueueIsTold(t *testing.T) {
	full := make(queue, 1)
	if err := full.give(0, nil); err != nil {
		t.Fatal(err)
	}
	if err := full.give(1, nil); !errors.Is(err, fault.Full) {
		t.Errorf("got %v, want that it is full", err)
	}
}

func TestFlaskRunsWhereItIsInstalled(t *testing.T) {
	if _, err := findPython(t.Context(), pythons()); err != nil && fault.From(err).Code == "flask_missing" {
		t.Skip(err)
	}
	p := brief()
	p.Interval, p.Length = 5*ms, time.Second
	r, err := run(t.Context(), msg.WayFlask, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Answers) == 0 {
		t.Errorf("got %d messages and no answer, want some", len(r.Emitted))
	}
}

func TestWhatIsMissingForFlaskIsSaid(t *testing.T) {
	isSaid := func(names ...string) {
		t.Helper()
		if _, err := findPython(t.Context(), names); !errors.Is(err, fault.NotFound) || fault.From(err).Code != "flask_missing" || fault.From(err).Hint == "" {
			t.Errorf("%v: got %v, want flask_missing and what to install", names, err)
		}
	}
	isSaid("no-such-python")
	if runtime.GOOS == "windows" {
		t.Skip("the Pythons here are shell scripts")
	}
	script := func(text string) string {
		file := filepath.Join(t.TempDir(), "python3")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return file
	}
	without, with := script("exit 3"), script(`echo '{"python":"3.11.2"}'`)
	isSaid(without)
	if found, err := findPython(t.Context(), []string{without, with}); err != nil || found.path != with || found.versions["python"] != "3.11.2" {
		t.Errorf("got %+v and %v, want the second one", found, err)
	}
}
