package main

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/figure"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

// The test binary is the servers too, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "serve" || os.Args[1] == "ask") {
		main()
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, k peer.Kind) *peer.Peer {
	t.Helper()
	s, err := peer.Start(t.Context(), peer.Places{Self: os.Args[0]}, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func TestEveryServerSendsEachClientWhatItsScheduleSays(t *testing.T) {
	for _, c := range []struct {
		kind peer.Kind
		as   string
	}{
		{peer.Emitscope, trial.AsWebSocket},
		{peer.Emitscope, trial.AsNative},
		{peer.Stock, trial.AsWebSocket},
		{peer.Bare, trial.AsWebSocket},
		{peer.Centrifuge, ""},
	} {
		t.Run(string(c.kind)+" "+c.as, func(t *testing.T) {
			s := start(t, c.kind)
			const clients, rate, seconds = 3, 100, 0.2
			p := trial.Plan{
				Target: s.URL, Namespace: serve.Namespace, Event: serve.Event, As: c.as, Clients: clients,
				Length: 200 * time.Millisecond,
			}
			var longest atomic.Int64
			p.Dial = figure.Dialler(s.URL, p)
			dial := p.Dial
			p.Dial = func(ctx context.Context, i int) (trial.Receiver, error) {
				r, err := dial(ctx, i)
				return sized{r, &longest}, err
			}
			p.Joined = func(begin, _ time.Time) {
				if err := s.Broadcast(t.Context(), serve.Schedule{Start: begin, Rate: rate, Size: 200, Seconds: seconds}); err != nil {
					t.Error(err)
				}
			}
			report, err := trial.Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := report.Delivered, uint64(clients*rate*seconds); got != want {
				t.Errorf("got %d deliveries, want %d", got, want)
			}
			if got := longest.Load(); got < 200 || got > 400 {
				t.Errorf("got messages of %d bytes, want 200 of payload and a little around it", got)
			}
			status, err := s.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if status.Sent != rate*seconds || status.Planned != rate*seconds {
				t.Errorf("got %+v, want %v of %v sent", status, rate*seconds, rate*seconds)
			}
		})
	}
}

// sized notes the longest message that a receiver gets.
type sized struct {
	trial.Receiver
	longest *atomic.Int64
}

func (s sized) Receive(take func(at time.Time, message []byte)) error {
	return s.Receiver.Receive(func(at time.Time, message []byte) {
		for seen := s.longest.Load(); int64(len(message)) > seen && !s.longest.CompareAndSwap(seen, int64(len(message))); {
			seen = s.longest.Load()
		}
		take(at, message)
	})
}

func TestNodesScheduleLetsNoMoreThanOneMessageGoInASlot(t *testing.T) {
	places := peer.Places{Here: "."}
	if err := places.Missing(peer.Node); err != nil {
		t.Skip(err)
	}
	s, err := peer.Start(t.Context(), places, peer.Node, "--schedule", "12.5")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	const messages = 40 // all at once
	report, err := trial.Run(t.Context(), trial.Plan{
		Target: s.URL, Namespace: serve.Namespace, Event: serve.Event, Clients: 1,
		Producers: 1, Via: trial.ViaSocketIO, PublishEvent: "publish", Batch: messages, Rate: 1, Length: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, least := report.Latency.Max, (messages-1)*12500*time.Microsecond; report.Delivered != messages || got < least {
		t.Errorf("got %d messages within %v, want %d in no less than %v", report.Delivered, got, messages, least)
	}
}

func TestAServerTellsWhatItTakesUntilItIsStopped(t *testing.T) {
	s := start(t, peer.Bare)
	if rss, err := s.RSS(); err != nil || rss < 1<<20 {
		t.Errorf("got %d bytes of memory, %v; want a megabyte at least", rss, err)
	}
	if n, err := s.Goroutines(t.Context()); err != nil || n == 0 {
		t.Errorf("got %d goroutines, %v; want some", n, err)
	}
	if err := s.Collect(t.Context()); err != nil {
		t.Error(err)
	}
	s.Stop()
	if _, err := s.Status(t.Context()); err == nil {
		t.Error("a server that was stopped answers")
	}
}

func TestAServerThatDoesNotExistSaysSoWhenItIsStarted(t *testing.T) {
	if s, err := peer.Start(t.Context(), peer.Places{Self: os.Args[0]}, "nobody"); err == nil {
		s.Stop()
		t.Error("it was started")
	}
}

func TestTheEnvironmentSaysWhatToMeasure(t *testing.T) {
	o, err := options(environment{
		"BENCH_RUNS": "1", "BENCH_ONLY": "hub,centrifuge", "BENCH_FIGURES": "rate", "BENCH_LONG": "20s",
	}.get)
	if err != nil {
		t.Fatal(err)
	}
	if o.Runs != 1 || len(o.Only) != 2 || o.Only[1] != peer.Centrifuge || len(o.Figures) != 1 || o.Long != 20*time.Second || o.Step == 0 {
		t.Errorf("got %+v", o)
	}
	for name, value := range map[string]string{"BENCH_RUNS": "0", "BENCH_ONLY": "nobody", "BENCH_LONG": "5s", "BENCH_STEP": "soon"} {
		if _, err := options(environment{name: value}.get); err == nil {
			t.Errorf("%s=%s: got no error, want one", name, value)
		}
	}
}

type environment map[string]string

func (e environment) get(name string) string { return e[name] }
