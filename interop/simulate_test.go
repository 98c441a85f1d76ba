package interop

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"emitscope/backend/client"
)

// simulated is what emitscope simulate --json says.
type simulated struct {
	Producers int               `json:"producers"`
	Sent      uint64            `json:"sent"`
	Accepted  uint64            `json:"accepted"`
	Refused   map[string]uint64 `json:"refused"`
}

func simulatedIn(t *testing.T, out []byte) (s simulated) {
	t.Helper()
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return s
}

func TestSimulateInProcessesOfTheirOwn(t *testing.T) {
	h := startHub(t)
	c := exec.Command(program, "simulate", "--url", h.url, "--json", "--processes", "--producers", "3", "--feed", "counter", "--rate", "600", "--count", "120")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := simulatedIn(t, out); got.Producers != 3 || got.Sent != 120 || got.Accepted != 120 {
		t.Errorf("got %+v, want 120 messages of 3 processes accepted", got)
	}
	counts := map[string]bool{}
	if err := h.client(t).Messages(t.Context(), "event:count", 0, func(line []byte) error {
		var m struct{ Data json.RawMessage }
		err := json.Unmarshal(line, &m)
		counts[string(m.Data)] = true
		return err
	}); err != nil || len(counts) != 120 || !counts[`{"count":120}`] {
		t.Errorf("got %d different messages, %v, want the numbers to 120, each once", len(counts), err)
	}
}

func TestAnInterruptedSimulateSaysWhatItSent(t *testing.T) {
	for _, more := range [][]string{nil, {"--processes"}} {
		h := startHub(t)
		c := exec.Command(program, append([]string{"simulate", "--url", h.url, "--json", "--producers", "2", "--rate", "100"}, more...)...)
		var out strings.Builder
		c.Stdout, c.Stderr = &out, os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		hub := h.client(t)
		came := errors.New("there is one")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := hub.Watch(ctx, client.Watched{Event: "tick"}, func([]byte) error { return came }); !errors.Is(err, came) {
			t.Fatalf("%v: got %v, want a first message", more, err)
		}
		_ = c.Process.Signal(os.Interrupt)
		if err := c.Wait(); err != nil {
			t.Errorf("%v: it ended with %v, want no error", more, err)
		}
		got := simulatedIn(t, []byte(out.String()))
		if stats, err := hub.Stats(t.Context()); err != nil || got.Producers != 2 || got.Sent != stats.Counters.Accepted || got.Accepted != got.Sent {
			t.Errorf("%v: got %+v, and %d in the hub, %v; want all of them", more, got, stats.Counters.Accepted, err)
		}
	}
}
