package interop

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
)

// The soak: good clients, bad ones, and some that come and go, while all of it is
// recorded and two viewers look on. EMITSCOPE_SOAK says how long; one minute is enough
// to see what is lost or left behind, and an hour for what grows or gets worse.
const (
	soakUsual     = time.Minute
	soakNamespace = "/soak"
	soakSteady    = "/soak/steady"
	soakRate      = 2000 // messages a second
	soakGood      = 195
	soakEach      = 50 * time.Millisecond // one comes, and one goes
	// From here on a part of it is long enough to say whether memory and timing stay as they are.
	soakLong = 30 * time.Minute
)

// A client that is gone without a word is soon known to be; and where the machine
// stands still for a second, there is room for what was to be emitted meanwhile. The
// steady lane gets more than it emits, and is to be full before memory is compared.
const soakSettings = "ping_interval = \"5s\"\nping_timeout = \"10s\"\n[lanes.\"/soak\"]\ncapacity = 50000\n[lanes.\"/soak/steady\"]\ncapacity = 500\n"

func TestSoak(t *testing.T) {
	length := lengthOf(t, "EMITSCOPE_SOAK", soakUsual)
	h := startHub(t, configured(t, soakSettings)...)
	c := h.client(t)
	goroutines := h.goroutines(t)
	if _, err := c.StartRecording(t.Context(), wire.NewRecording{Name: "soak"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var others sync.WaitGroup
	misbehaving(ctx, t, h, &others)
	come := comeAndGo(ctx, t, h, &others)
	memory := h.watchMemory(ctx, t, &others)

	var steady []time.Duration
	others.Go(func() { steady = h.steadiness(t, length) })
	report, err := trial.Run(t.Context(), trial.Plan{
		Target: h.url, Namespace: soakNamespace, Producers: 2, Via: trial.ViaWebSocket, Rate: soakRate, Clients: soakGood,
		Warmup: time.Second, Length: length, Settle: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	others.Wait()
	if report.LossPercent == nil || *report.LossPercent != 0 || report.Missed+report.Lost+report.Duplicates+report.OutOfOrder != 0 || len(report.Refused) > 0 {
		t.Errorf("the good clients got %d of %d messages, %d missed, %d twice, %d out of order; %d connections lost (%s), refused: %v; want each message once",
			report.Delivered, report.Expected, report.Missed, report.Duplicates, report.OutOfOrder, report.Lost, report.FirstLost, report.Refused)
	}
	h.await(t, "every client to be forgotten", func() bool {
		list, err := tell(t.Context(), http.MethodGet, h.url+"/api/v1/clients", "")
		return err == nil && strings.Contains(list, `"clients":[]`)
	})
	h.awaitGoroutines(t, goroutines)
	h.checkRecorded(t)
	t.Logf("%v: %d deliveries, p99 %v; %d came and went; interval error p99 %v at first, %v at last; memory %.1f MB, then %.1f",
		length, report.Delivered, report.Latency.P99, come.Load(), steady[0], steady[1], memory.mean(0.1, 0.2), memory.mean(0.9, 1))
	if length < soakLong {
		return
	}
	if steady[1] > 2*max(steady[0], time.Millisecond) {
		t.Errorf("the interval error was %v at p99 in the first part, and %v in the last", steady[0], steady[1])
	}
	if early, late := memory.mean(0.1, 0.2), memory.mean(0.9, 1); late > early*1.05 {
		t.Errorf("memory grew from %.1f to %.1f MB", early, late)
	}
}

// steadiness is the interval error at p99 of a lane of 10 ms, in the first part of a
// time and in its last one.
func (h *hub) steadiness(t *testing.T, length time.Duration) []time.Duration {
	part := min(length/4, 5*time.Minute)
	var got []time.Duration
	for i, last := range []time.Duration{part, length - 2*part, part} {
		report, err := trial.Run(t.Context(), trial.Plan{
			Target: h.url, Namespace: soakSteady, Producers: 1, Rate: 110, Clients: 1, Interval: 10 * time.Millisecond, SetLane: true,
			Length: last, Settle: time.Second,
		})
		if err != nil {
			t.Errorf("the steady lane: %v", err)
			return []time.Duration{0, 0}
		}
		if i != 1 {
			got = append(got, report.IntervalError.P99)
		}
	}
	return got
}

// checkRecorded says whether the recording has, or counts as missing, all that was emitted.
func (h *hub) checkRecorded(t *testing.T) {
	t.Helper()
	c := h.client(t)
	one, err := c.StopRecording(t.Context(), "soak")
	if err != nil {
		t.Fatal(err)
	}
	stats, err := c.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all := stats.Counters.Emitted + stats.Counters.Dropped + stats.Counters.Received; one.Messages+one.Dropped != all || one.Messages == 0 {
		t.Errorf("%d are recorded and %d missing, want all %d together", one.Messages, one.Dropped, all)
	}
}

// misbehaving connects five clients that are as bad as they can be, and each again when
// the hub has had enough of it; and two viewers, who only look.
func misbehaving(ctx context.Context, t *testing.T, h *hub, others *sync.WaitGroup) {
	t.Helper()
	again := func(do func()) {
		others.Go(func() {
			for ctx.Err() == nil {
				do()
				pause(ctx, 100*time.Millisecond)
			}
		})
	}
	again(func() { h.readNothing(ctx, "") })
	again(func() { h.readNothing(ctx, "3") }) // and says that it is there
	again(func() { h.neverPoll(ctx) })
	again(func() { h.readSlowly(ctx) })
	again(func() { h.vanish(ctx) })
	for range 2 {
		s, err := trial.DialSocket(ctx, h.url+"/api/v1/feed")
		if err != nil {
			t.Fatal(err)
		}
		closing := context.AfterFunc(ctx, func() { _ = s.Close() })
		others.Go(func() {
			defer closing()
			if err := s.Receive(func(time.Time, []byte) error { return nil }); ctx.Err() == nil {
				t.Errorf("a viewer lost its connection: %v", err)
			}
		})
	}
}

// join connects to a namespace by Socket.IO.
func (h *hub) join(ctx context.Context, namespace string) (*trial.Socket, error) {
	s, err := trial.DialSocket(ctx, h.url+"/socket.io/?EIO=4&transport=websocket")
	if err != nil {
		return nil, err
	}
	if err := s.Send([]byte("40" + namespace + ",")); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// readNothing joins and says something each second, until the hub ends it.
func (h *hub) readNothing(ctx context.Context, say string) {
	s, err := h.join(ctx, soakNamespace)
	if err != nil {
		return
	}
	defer s.Close()
	for until := time.Now().Add(time.Minute); err == nil && ctx.Err() == nil && time.Now().Before(until); pause(ctx, time.Second) {
		if say != "" {
			err = s.Send([]byte(say))
		}
	}
}

// neverPoll joins by polling and never asks for anything, until its session is gone.
func (h *hub) neverPoll(ctx context.Context) {
	path := h.url + "/socket.io/?EIO=4&transport=polling"
	opened, err := tell(ctx, http.MethodGet, path, "")
	sid := sessionID.FindStringSubmatch(opened)
	for say := "40" + soakNamespace + ","; err == nil && sid != nil && ctx.Err() == nil; say = "3" {
		_, err = tell(ctx, http.MethodPost, path+"&sid="+sid[1], say)
		pause(ctx, time.Second)
	}
}

// tell is a request by HTTP; an answer other than 200 is an error.
func tell(ctx context.Context, method, url, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, text)
	}
	return string(text), err
}

// readSlowly reads a byte each 10 ms.
func (h *hub) readSlowly(ctx context.Context) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintf(conn, "GET /api/v1/stream?namespace=%s HTTP/1.1\r\nHost: %s\r\n\r\n", soakNamespace, conn.RemoteAddr()); err != nil {
		return
	}
	for one := make([]byte, 1); err == nil; pause(ctx, 10*time.Millisecond) {
		_, err = conn.Read(one)
	}
}

// vanish joins and is gone without a word, in the middle of a frame.
func (h *hub) vanish(ctx context.Context) {
	by := websocket.Dialer{HandshakeTimeout: patience}
	conn, res, err := by.DialContext(ctx, "ws"+strings.TrimPrefix(h.url, "http")+"/websocket", nil)
	if err != nil {
		return
	}
	_ = res.Body.Close()
	_ = conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"subscribe","namespace":%q}`, soakNamespace))
	pause(ctx, rand.N(500*time.Millisecond))
	_, _ = conn.NetConn().Write([]byte{0x81, 0xfe, 0x40}) // a header that says more is to come
	if tcp, is := conn.NetConn().(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// comeAndGo has a client come each 50 ms, which goes once it has got a message: half of
// them in order, half without a word. It counts them.
func comeAndGo(ctx context.Context, t *testing.T, h *hub, others *sync.WaitGroup) *atomic.Int64 {
	var count atomic.Int64
	others.Go(func() {
		var all sync.WaitGroup
		defer all.Wait()
		for n := 0; ctx.Err() == nil; n++ {
			all.Go(func() {
				s, err := h.join(ctx, soakNamespace)
				if err != nil {
					if ctx.Err() == nil {
						t.Errorf("a client could not come: %v", err)
					}
					return
				}
				defer s.Close()
				for packet := []byte(nil); err == nil && !strings.HasPrefix(string(packet), "42"); {
					packet, err = s.Next(ctx)
				}
				if err != nil && ctx.Err() == nil {
					t.Errorf("a client that came got nothing: %v", err)
				}
				if n%2 == 0 {
					_ = s.Send([]byte("41" + soakNamespace + ","))
				}
				count.Add(1)
			})
			pause(ctx, soakEach)
		}
	})
	return &count
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// samples of the memory that the hub has, in MB, one a second.
type samples []float64

// watchMemory takes them until ctx ends.
func (h *hub) watchMemory(ctx context.Context, t *testing.T, others *sync.WaitGroup) *samples {
	var all samples
	others.Go(func() {
		for ; ctx.Err() == nil; pause(ctx, time.Second) {
			all = append(all, float64(memoryOf(t, h, "VmRSS"))/1e6)
		}
	})
	return &all
}

// mean is that of a part of them, from and to as shares of the time.
func (s samples) mean(from, to float64) float64 {
	part := s[int(from*float64(len(s))):int(to*float64(len(s)))]
	sum := 0.0
	for _, one := range part {
		sum += one
	}
	return sum / max(1, float64(len(part)))
}

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)

// goroutines is how many the hub has.
func (h *hub) goroutines(t testing.TB) int {
	t.Helper()
	metrics, err := tell(t.Context(), http.MethodGet, h.url+"/metrics", "") // by one connection, however often
	found := goroutinesLine.FindStringSubmatch(metrics)
	if found == nil {
		t.Fatalf("the metrics do not say how many goroutines there are (%v)", err)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// ownGoroutines are those that come with the first message and with what asks: of the
// files of recorder and recording, and of connections that are kept alive.
const ownGoroutines = 6

// awaitGoroutines returns once those that served somebody are gone.
func (h *hub) awaitGoroutines(t testing.TB, before int) {
	t.Helper()
	h.await(t, "no goroutine to be left", func() bool { return h.goroutines(t) <= before+ownGoroutines })
}
