package server

import (
	"math"
	"runtime/debug"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const mib = 1 << 20

func TestAShedderFirstForgetsThenRefusesAndTakesBackInReverse(t *testing.T) {
	type state struct {
		BudgetMiB int
		Holds     bool
	}
	now := time.Unix(0, 0)
	s := newShedder(100*mib, 16*mib)
	var got []state
	for _, usedMiB := range []int64{
		89, 91, 80, 91, 91, 91, // in between, nothing changes
		91,            // the least is kept
		101, 101, 101, // over the limit, for 1.5 s
		99,                      // not over any more
		101, 101, 101, 101, 101, // for 2 s
		90, 86, // still held
		84,         // takes messages again
		76, 74, 74, // remembers more again
		74, 74, 74, // and no more than at first
	} {
		s.look(now, usedMiB*mib)
		got = append(got, state{s.budget / mib, s.holds})
		now = now.Add(500 * time.Millisecond)
	}
	want := []state{
		{16, false}, {8, false}, {8, false}, {4, false}, {2, false}, {1, false},
		{1, false},
		{1, false}, {1, false}, {1, false},
		{1, false},
		{1, false}, {1, false}, {1, false}, {1, false}, {1, true},
		{1, true}, {1, true},
		{1, false},
		{1, false}, {2, false}, {4, false},
		{8, false}, {16, false}, {16, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAShedderBeyondTheLimitForgetsAllAtOnceAndRefusesAfterwards(t *testing.T) {
	now := time.Unix(0, 0)
	s := newShedder(100*mib, 16*mib)
	s.look(now, 124*mib)
	if s.budget != leastBudget || s.holds {
		t.Errorf("at first: got a budget of %d bytes, refuses %v, want the least, and no", s.budget, s.holds)
	}
	for after, want := range map[time.Duration]bool{holdAfter - time.Millisecond: false, holdAfter: true} {
		one := *s
		one.look(now.Add(time.Second), 124*mib)
		one.look(now.Add(time.Second+after), 124*mib)
		if one.holds != want {
			t.Errorf("after %v with nothing left to forget: refuses %v, want %v", after, one.holds, want)
		}
	}
	s.look(now.Add(time.Second), 126*mib)
	if !s.holds {
		t.Error("a quarter beyond the limit, with nothing left to forget: it does not refuse")
	}
}

func TestAShedderToldOfAChangeOnlyWhenThereIsOne(t *testing.T) {
	s := newShedder(100*mib, 16*mib)
	for used, want := range map[int64]bool{50: false, 80: false} {
		if got := s.look(time.Unix(0, 0), used*mib); got != want {
			t.Errorf("%d MiB: got changed %v, want %v", used, got, want)
		}
	}
	if !s.look(time.Unix(0, 0), 95*mib) {
		t.Error("at 95 %: got no change, want less to remember")
	}
}

func TestASmallLimitLeavesHalfOfItToWhatIsNotRemembered(t *testing.T) {
	if got := newShedder(64*mib, 96*mib).budget; got != 32*mib {
		t.Errorf("got %d bytes to remember, want half of 64 MiB", got)
	}
}

func TestMemoryThatIsFullGivesUpTheScopeFirstAndTheFlowLast(t *testing.T) {
	var told []int
	held := false
	reached := 0
	m := &memory{
		shedder: newShedder(1, 4*mib), remember: func(b int) { told = append(told, b/mib) }, hold: func(on bool) { held = on },
		reached: func(name string) {
			if name != "memory" {
				t.Errorf("got limit %q, want memory", name)
			}
			reached++
		},
		log: quietLog(),
	}
	m.shedder.full, m.shedder.budget = 4*mib, 4*mib // half of the limit would be nothing
	now := time.Unix(0, 0)
	look := func() { m.look(now); now = now.Add(time.Second) }
	look()
	if held {
		t.Error("messages are refused before anything else was tried")
	}
	look()
	if !held {
		t.Error("messages are taken though forgetting did not help")
	}
	m.shedder.limit = math.MaxInt64 / 2
	for range 3 {
		look()
	}
	if diff := cmp.Diff([]int{1, 2, 4}, told); diff != "" || held || reached != 1 {
		t.Errorf("held %v, reached %d times, want no more, and once; MiB to remember: -want +got:\n%s", held, reached, diff)
	}
}

func TestTheLimitIsTakenBackAsItWas(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	free := limitMemory(1 << 40)
	if got := debug.SetMemoryLimit(-1); got != 1<<40 {
		t.Errorf("got limit %d, want 1 TiB", got)
	}
	free()
	free()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("got limit %d, want %d", got, before)
	}
}

func TestWhatIsUsedIsPlausible(t *testing.T) {
	ballast := make([]byte, 32*mib)
	before := readUsage()
	ballast[0] = 1
	if before.live < mib || before.total < 32*mib || before.total > 1<<40 {
		t.Errorf("got %+v, want what a test with 32 MiB uses", before)
	}
}
