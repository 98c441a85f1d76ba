package server_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

// short is an experiment that takes 3 s, most of it for starting servers.
func short() wire.NewExperiment {
	interval, warmup, length, rounds := "2ms", "20ms", "200ms", 3
	return wire.NewExperiment{Interval: &interval, Warmup: &warmup, Length: &length, Rounds: &rounds}
}

func TestTheExperimentComparesTheWaysAndLeavesTheHubAlone(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	started, err := h.StartExperiment(t.Context(), short())
	if err != nil || started.State != "running" || started.Runs != 12 || started.Machine.Versions["emitscope"] != "1.2.3" {
		t.Fatalf("got %+v and %v, want it to run", started, err)
	}
	if _, err := h.StartExperiment(t.Context(), short()); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %v, want that one runs already", err)
	}
	var e wire.Experiment
	for e.State = "running"; e.State == "running"; { // the test's own time bounds it
		if e, err = h.Experiment(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if e.State != "done" || e.Done != 12 || len(e.Ways) != 4 || e.Ended == "" || e.Error != nil {
		t.Fatalf("got %+v, want three ways and a control", e)
	}
	for _, w := range e.Ways {
		if (w.Against == nil) != (w.Way == "lane") || w.Emitted.Count == 0 || (w.Answers.Count == 0) != (w.Way == "control") || len(w.Runs) != 3 {
			t.Errorf("got %+v, want three runs with intervals and, but for the control, answers, beside the lane", w)
		}
	}
	stats, err := h.Stats(t.Context())
	if err != nil || stats.Counters.Accepted != 0 || len(stats.Streams) != 0 {
		t.Errorf("got %+v and %v, want a hub that has seen nothing of it", stats, err)
	}
	raw, err := h.ExperimentRaw(t.Context(), "csv")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	text, err := io.ReadAll(raw)
	want := uint64(1) // the names of the columns
	for _, w := range e.Ways {
		want += w.Emitted.Count
	}
	if got := uint64(strings.Count(string(text), "\n")); err != nil || got != want {
		t.Errorf("got %d lines and %v, want %d", got, err, want)
	}
	h.stop()
}

func TestACancelledExperimentEndsAtOnce(t *testing.T) {
	h := startHub(t, nil)
	if _, err := h.StartExperiment(t.Context(), wire.NewExperiment{}); err != nil {
		t.Fatal(err)
	}
	if e, err := h.CancelExperiment(t.Context()); err != nil || e.State != "cancelled" {
		t.Errorf("got %+v and %v, want it cancelled", e, err)
	}
	if _, err := h.CancelExperiment(t.Context()); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want that none runs", err)
	}
}

func TestAViewerIsToldOfEveryStepOfTheExperiment(t *testing.T) {
	h := startHub(t, nil)
	s := dial(t, h.url, "/api/v1/feed", "")
	s.until(`"type":"hello"`)
	if _, err := h.StartExperiment(t.Context(), wire.NewExperiment{}); err != nil {
		t.Fatal(err)
	}
	if frame := s.until(`"way":"threads"`); !strings.HasPrefix(frame, `{"type":"experiment"`) {
		t.Errorf("got %s, want the experiment", frame)
	}
	if _, err := h.CancelExperiment(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.until(`"state":"cancelled"`)
}

func TestTheExperimentEndsWithTheHub(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	if _, err := h.StartExperiment(t.Context(), wire.NewExperiment{}); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	h.stop()
	if took := time.Since(begun); took > 10*time.Second { // the whole of it takes a minute
		t.Errorf("stopping took %v", took)
	}
}
