package experiment

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

// madeUp is a Lab whose runs are made up: each takes a second, and a lane is 10
// times as steady as the others, and as steady as the machine allows.
type madeUp struct {
	*Lab
	stop func()

	mu   sync.Mutex
	ran  []msg.Way
	told []msg.Experiment
	fail error // of every run after the fourth
}

func newMadeUp(t *testing.T) *madeUp {
	l := &madeUp{}
	l.Lab = New(Options{Version: "1.2.3", Changed: func(e msg.Experiment) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, e)
	}})
	l.run = func(ctx context.Context, way msg.Way, p msg.ExperimentPlan) (*msg.RunRecord, error) {
		l.mu.Lock()
		l.ran = append(l.ran, way)
		fail := len(l.ran) > 4 && l.fail != nil
		l.mu.Unlock()
		if trial.Sleep(ctx, time.Second); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if fail {
			return nil, l.fail
		}
		off := ms
		if way == msg.WayLane || way == msg.WayControl {
			off = ms / 10
		}
		return steady(way, p.Interval, off), nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := l.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	l.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(l.stop)
	return l
}

func (l *madeUp) begin(t *testing.T) {
	t.Helper()
	p := msg.DefaultExperiment()
	p.Rounds = 3
	if e, err := l.Start(t.Context(), p); err != nil || e.State != msg.ExperimentRunning {
		t.Fatalf("got %v and %v, want it to run", e.State, err)
	}
}

func TestEachRoundBeginsWithAnotherWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		a, b, c, d := msg.WayThreads, msg.WayLoop, msg.WayLane, msg.WayControl
		if want := []msg.Way{a, b, c, d, b, c, d, a, c, d, a, b}; !slices.Equal(l.ran, want) {
			t.Errorf("got %v, want %v", l.ran, want)
		}
	})
}

func TestAnExperimentEndsWithAComparisonOfEachWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		e := l.State()
		if e.State != msg.ExperimentDone || e.Done != 12 || e.Run != nil || e.Ended.Sub(e.Started) != 12*time.Second || len(l.Records()) != 12 {
			t.Fatalf("got %+v, want twelve runs in 12 s", e)
		}
		for _, w := range e.Ways {
			want := &msg.Comparison{Times: 10, Apart: true}
			switch w.Way {
			case msg.WayLane:
				want = nil // it is not compared with itself
			case msg.WayControl:
				want = &msg.Comparison{Times: 1}
			}
			if diff := cmp.Diff(want, w.Against); diff != "" {
				t.Errorf("%s: -want +got:\n%s", w.Way, diff)
			}
		}
	})
}

func TestEveryStepIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		// The start, two for each run, and the end.
		if got, want := len(l.told), 1+2*12+1; got != want {
			t.Fatalf("told %d times, want %d", got, want)
		}
		first, last := l.told[1], l.told[len(l.told)-1]
		if first.Run == nil || first.Run.Way != msg.WayThreads || first.Run.Round != 1 || len(first.Ways) != 0 {
			t.Errorf("first: got %+v, want the first run of threads", first)
		}
		if last.State != msg.ExperimentDone || len(last.Ways) != 4 {
			t.Errorf("last: got %+v, want the end", last)
		}
	})
}

func TestOnlyOneExperimentRunsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		if _, err := l.Start(t.Context(), msg.DefaultExperiment()); !errors.Is(err, fault.Conflict) {
			t.Errorf("got %v, want a conflict", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		l.begin(t)
	})
}

func TestACancelledExperimentKeepsWhatItHasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		e, err := l.Cancel(t.Context())
		if err != nil || e.State != msg.ExperimentCancelled || e.Done != 2 || len(e.Ways) != 2 {
			t.Errorf("got %+v and %v, want two runs, cancelled", e, err)
		}
		if got := time.Since(e.Started); got != 2500*time.Millisecond {
			t.Errorf("cancelling took until %v after the start, want it at once", got)
		}
		if _, err := l.Cancel(t.Context()); !errors.Is(err, fault.NotFound) {
			t.Errorf("again: got %v, want not found", err)
		}
	})
}

func TestAnExperimentThatFailsSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.fail = errors.New("the cable is out")
		l.begin(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		if e := l.State(); e.State != msg.ExperimentFailed || !errors.Is(e.Fault, l.fail) || e.Done != 4 {
			t.Errorf("got %+v, want four runs and why", e)
		}
	})
}

func TestAnExperimentEndsWithTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newMadeUp(t)
		l.begin(t)
		l.stop()
		if e := l.State(); e.State != msg.ExperimentCancelled {
			t.Errorf("got %s, want it cancelled", e.State)
		}
		if _, err := l.Start(t.Context(), msg.DefaultExperiment()); !errors.Is(err, fault.Stopping) {
			t.Errorf("got %v, want that the hub is stopping", err)
		}
	})
}

func TestAnImpossiblePlanIsRefused(t *testing.T) {
	if _, err := New(Options{}).Start(t.Context(), msg.ExperimentPlan{}); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want it invalid", err)
	}
}
