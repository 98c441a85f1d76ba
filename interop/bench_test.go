package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// measured is what these tests read of a report of emitscope bench.
type measured struct {
	Sent        uint64            `json:"sent"`
	Refused     map[string]uint64 `json:"refused"`
	Expected    uint64            `json:"expected"`
	Delivered   uint64            `json:"delivered"`
	Loss        *float64          `json:"loss_percent"`
	Duplicates  uint64            `json:"duplicates"`
	OutOfOrder  uint64            `json:"out_of_order"`
	Foreign     uint64            `json:"foreign"`
	Lost        uint64            `json:"lost_connections"`
	Interrupted bool              `json:"interrupted"`
	Latency     struct {
		Count uint64  `json:"count"`
		Max   float64 `json:"max_us"`
	} `json:"latency"`
	IntervalError struct {
		Count uint64 `json:"count"`
	} `json:"interval_error"`
}

// bench runs emitscope bench against h and returns what it measured.
func bench(t *testing.T, h *hub, args ...string) measured {
	t.Helper()
	args = append([]string{"bench", "--url", h.url, "--json", "--seconds", "1", "--warmup", "0.2", "--clients", "5", "--rate", "50"}, args...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return reportIn(t, out)
}

func reportIn(t *testing.T, out []byte) (m measured) {
	t.Helper()
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return m
}

func TestBenchDeliversEverythingByEveryWay(t *testing.T) {
	h := startHub(t)
	for _, via := range []string{"rest", "socketio", "websocket"} {
		for _, as := range []string{"websocket", "polling", "native"} {
			t.Run(via+"/"+as, func(t *testing.T) {
				t.Parallel()
				m := bench(t, h, "--via", via, "--as", as, "--producers", "2", "--acks", "--namespace", "/bench/"+via+"/"+as)
				if m.Sent != 50 || m.Expected != 250 || m.Delivered != 250 || m.Latency.Count != 250 || m.IntervalError.Count == 0 {
					t.Errorf("got %+v, want 50 messages to 5 clients", m)
				}
				if m.Loss == nil || *m.Loss != 0 || m.Duplicates+m.OutOfOrder+m.Foreign+m.Lost != 0 || len(m.Refused) > 0 {
					t.Errorf("got %+v, want nothing lost, twice, out of order, foreign or refused", m)
				}
			})
		}
	}
}

func TestBenchCountsWhatTheHubRefuses(t *testing.T) {
	h := startHub(t)
	capacity, interval := 1, "500ms"
	if _, err := h.client(t).PatchLane(t.Context(), "/bench", wire.LanePatch{Capacity: &capacity, Interval: &interval}); err != nil {
		t.Fatal(err)
	}
	for _, via := range []string{"rest", "socketio", "websocket"} {
		m := bench(t, h, "--via", via, "--acks")
		if m.Sent != 50 || m.Refused["queue_full"] < 40 || m.Expected != 5*(50-m.Refused["queue_full"]) || m.Delivered != m.Expected {
			t.Errorf("%s: got %+v, want 40 or more refused, and all others delivered", via, m)
		}
	}
}

func TestBenchGivesTheLaneBackWhatItHad(t *testing.T) {
	h := startHub(t)
	c := h.client(t)
	rate := 200.0
	if _, err := c.PatchLane(t.Context(), "/paced", wire.LanePatch{Rate: &rate}); err != nil {
		t.Fatal(err)
	}
	m := bench(t, h, "--namespace", "/paced", "--interval", "20ms", "--as", "native")
	if m.Delivered != 250 {
		t.Errorf("got %+v, want all delivered at the interval", m)
	}
	if !strings.Contains(h.out.String(), "Lane settings changed") {
		t.Error("the lane was not set")
	}
	after, err := c.PatchLane(t.Context(), "/paced", wire.LanePatch{})
	if err != nil || after.Rate != rate {
		t.Errorf("got %+v, %v; want the rate %v again", after, err, rate)
	}
}

func TestBenchMeasuresWhatSomethingElsePublishes(t *testing.T) {
	h := startHub(t)
	c := h.client(t)
	done, stop := context.WithCancel(t.Context())
	published := make(chan struct{})
	go func() {
		defer close(published)
		for done.Err() == nil {
			data := fmt.Sprintf(`{"price": 231.42, "due": %d}`, time.Now().UnixNano())
			if _, err := c.Publish(done, wire.Publish{Namespace: "/bench", Event: "tick", Data: json.RawMessage(data)}); err != nil && done.Err() == nil {
				t.Error(err)
				return
			}
		}
	}()
	m := bench(t, h, "--producers", "0")
	stop()
	<-published
	if m.Delivered == 0 || m.Latency.Count != m.Delivered || m.Latency.Max <= 0 || m.Latency.Max > 1e6*patience.Seconds() || m.Loss != nil {
		t.Errorf("got %+v, want a latency for each that was delivered, and no loss known", m)
	}
}

func TestAnInterruptedBenchPrintsWhatItMeasured(t *testing.T) {
	h := startHub(t)
	c := exec.Command(program, "bench", "--url", h.url, "--json", "--seconds", "600", "--warmup", "0", "--clients", "2")
	var out strings.Builder
	says := newTranscript()
	c.Stdout, c.Stderr = &out, says
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	says.waitFor(t, func(line string) bool { return strings.HasPrefix(line, "Sending") })
	_ = c.Process.Signal(os.Interrupt)
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v, want no error", err)
	}
	if m := reportIn(t, []byte(out.String())); !m.Interrupted {
		t.Errorf("got %+v, want a report that says that it was interrupted", m)
	}
}

func TestBenchFailsAndSaysWhyWhenNobodyAnswers(t *testing.T) {
	out, err := exec.Command(program, "bench", "--url", "http://127.0.0.1:1").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "nothing answers at 127.0.0.1:1") {
		t.Errorf("got %v and %q, want an exit code and the address", err, out)
	}
}
