package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"emitscope/app"
	"emitscope/backend/door/wire"
)

func TestTheExperimentPrintsATableWithAVerdictAndWritesEveryInterval(t *testing.T) {
	url := serve(t)
	file := filepath.Join(t.TempDir(), "intervals.csv")
	args := []string{"experiment", "--url", url, "--interval", "2ms", "--length", "200ms", "--warmup", "20ms", "--rounds", "3", "--clients", "2"}
	code, out, says := run(t, append(args, "--csv", file)...)
	if code != 0 || !strings.Contains(out, "interval error") || !strings.Contains(out, "lane") ||
		!strings.Contains(out, "erdict") && !strings.Contains(out, "times smaller") {
		t.Errorf("got %d and %q, want 0, a table and a verdict", code, out)
	}
	if !strings.Contains(says, "1 of 12: threads, round 1") {
		t.Errorf("got %q beside it, want what is going on", says)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "way,round,interval,") || !strings.Contains(string(text), "\nlane,3,") {
		t.Errorf("got %v and %.200q, want every interval", err, text)
	}
	var e wire.Experiment
	code, out, _ = run(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &e); code != 0 || err != nil || e.State != "done" || len(e.Ways) != 4 {
		t.Errorf("got %d, %v and %s, want 0 and an experiment that is done", code, err, out)
	}
}

func TestAnExperimentThatEndsWhileItIsInterruptedIsPrinted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var ended atomic.Bool
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete { // it has ended a moment ago
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(wire.Error{Code: "not_found", Message: "no experiment is running"})
			return
		}
		e := wire.Experiment{State: "running"}
		if ended.Load() {
			e.State = "done"
		}
		_ = json.NewEncoder(w).Encode(e)
		if r.Method == http.MethodGet {
			ended.Store(true)
			interrupt()
		}
	}))
	defer there.Close()
	var out, errs output
	code := app.Run(ctx, app.Process{Name: "scope", Args: []string{"experiment", "--json", "--url", there.URL}, Stdout: &out, Stderr: &errs})
	if code != 0 || !strings.Contains(out.String(), `"state": "done"`) {
		t.Errorf("got %d, %q and %q; want 0 and the experiment that is done", code, out.String(), errs.String())
	}
}

func TestTheExperimentRefusesWhatIsImpossible(t *testing.T) {
	url := serve(t)
	if code, out, errs := run(t, "experiment", "--url", url, "--rounds", "2"); code != 1 || out != "" || !strings.Contains(errs, "3 to 15") {
		t.Errorf("got %d, %q and %q; want 1 and which are possible", code, out, errs)
	}
}
