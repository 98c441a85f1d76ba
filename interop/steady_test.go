package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
)

// BenchmarkSteady is the job Emitscope is for: four Python threads and two Python
// processes together push a little over 100 messages a second for 20 s into
// /ws/rt_market, which emits one each 10 ms; a subscriber measures how steady
// they arrive, while somebody asks GET /api each 20 ms.
//
// It runs once whatever the benchmark's time (use -benchtime 1x) and reports, in
// ms: interval error at the subscriber (|gap between two arrivals − 10 ms|) and
// the answer time of GET /api; and how many slots were empty or missed once the
// line stood.
func BenchmarkSteady(b *testing.B) {
	for range b.N {
		steady(b)
	}
}

func steady(b *testing.B) {
	const (
		ns, slot = "/ws/rt_market", 10 * time.Millisecond
		threads  = 4
		procs    = 2
		seconds  = 20
		interval = 0.057 // of each producer: 6 / 0.057 s = 105 messages a second
		each     = 351   // messages of each producer: 20 s / 0.057 s, rounded
	)
	h := startHub(b)
	conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/websocket", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	_ = res.Body.Close()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","namespace":"/ws/rt_market"}`)); err != nil {
		b.Fatal(err)
	}
	arrived := make(chan []time.Time, 1)
	go func() { arrived <- arrivals(conn, (threads+procs)*each) }()

	ctx, stopAsking := context.WithCancel(b.Context())
	defer stopAsking()
	answers := make(chan []time.Duration, 1)
	go func() { answers <- askEach(ctx, h.url+"/api", 20*time.Millisecond) }()

	var wg sync.WaitGroup
	for _, program := range []string{"threads_rest.py", "processes_socketio.py"} {
		wg.Go(func() {
			out, err := exec.CommandContext(b.Context(), "/usr/bin/python3", "../examples/python/"+program, "--url", h.url,
				"--namespace", ns, "--interval", fmt.Sprint(interval), "--seconds", fmt.Sprint(seconds)).CombinedOutput()
			if err != nil {
				b.Errorf("%s: %v\n%s", program, err, out)
			}
		})
	}
	wg.Wait()
	times := <-arrived
	stopAsking()
	if want := (threads + procs) * each; len(times) != want {
		b.Errorf("got %d messages, want %d: something was lost", len(times), want)
	}
	// The line stands once producers are ahead of the pace for good; the first
	// fifth of the run is left for that.
	times = times[len(times)/5:]
	var errors []time.Duration
	unfilled := 0
	for i := 1; i < len(times); i++ {
		gap := times[i].Sub(times[i-1])
		errors = append(errors, (gap - slot).Abs())
		unfilled += max(0, int((gap+slot/2)/slot)-1)
	}
	report(b, "interval-error", errors)
	report(b, "get-api", <-answers)
	b.ReportMetric(float64(unfilled), "unfilled-slots")
	stats, err := h.client(b).Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, l := range stats.Lanes {
		if l.Namespace == ns {
			b.ReportMetric(float64(l.Counters.Missed), "missed-slots")
			b.ReportMetric(l.IntervalError.P99/1000, "emitter-interval-error-p99-ms")
		}
	}
	b.ReportMetric(0, "ns/op") // how long the run takes says nothing
}

// arrivals returns when each of n events came.
func arrivals(conn *websocket.Conn, n int) []time.Time {
	times := make([]time.Time, 0, n)
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	for len(times) < n {
		_, frame, err := conn.ReadMessage()
		now := time.Now()
		if err != nil {
			break
		}
		var e wire.SocketEvent
		if json.Unmarshal(frame, &e) == nil && e.Type == "event" {
			times = append(times, now)
		}
	}
	return times
}

// askEach asks at a steady rate until ctx ends and returns how long each answer
// took, counted from when the question was due.
func askEach(ctx context.Context, url string, every time.Duration) (took []time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return took
		case due := <-tick.C:
			res, err := http.Get(url)
			if err != nil {
				return took
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			took = append(took, time.Since(due))
		}
	}
}

func report(b *testing.B, name string, d []time.Duration) {
	if len(d) == 0 {
		b.Errorf("%s: nothing was measured", name)
		return
	}
	slices.Sort(d)
	for p, q := range map[string]float64{"p50": 0.5, "p99": 0.99, "max": 1} {
		at := min(len(d)-1, int(q*float64(len(d))))
		b.ReportMetric(float64(d[at])/float64(time.Millisecond), name+"-"+p+"-ms")
	}
}
