// Package serve is the servers that are compared. Each runs in a process of its
// own, broadcasts when it is told to, and is otherwise left as its makers
// set it up.
//
//	GET    /api                            {"result":"OK"}, whatever goes on
//	POST   /control?start=&rate=&size=&seconds=   broadcast by this schedule
//	GET    /control                        how far that is, as Status
//	POST   /collect                        give back what memory can be given back
//
// The servers on Node and on Python answer to the same, as far as they can.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// Namespace and Event are what every server broadcasts.
const (
	Namespace = "/bench"
	Event     = "tick"
)

// broadcaster is one way to reach everybody who is connected.
type broadcaster interface {
	// Broadcast sends one message of size bytes of payload that was due then.
	Broadcast(due time.Time, size int)
}

// Status is how far a server is.
type Status struct {
	Sent       int `json:"sent"`       // messages since the schedule began
	Planned    int `json:"planned"`    // messages of the whole schedule
	Goroutines int `json:"goroutines"` // 0: there are none, or not known
}

// grace is how long after the end of its schedule a server goes on to send what
// it is behind with. What it has not sent by then counts as lost.
const grace = time.Second

// stage is what all servers in Go share: the page that controls them, and the
// loop that asks them to broadcast. The loop is the same for all, so what differs
// between them is the broadcast alone.
type stage struct {
	broadcaster

	mu      sync.Mutex
	planned int
	sent    int
	stop    context.CancelFunc // nil: nothing is running
	ended   chan struct{}
}

// routes adds the control to mux.
func (s *stage) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":"OK"}`)
	})
	mux.HandleFunc("POST /control", s.begin)
	mux.HandleFunc("GET /control", s.report)
	mux.HandleFunc("POST /collect", func(http.ResponseWriter, *http.Request) { debug.FreeOSMemory() })
}

func (s *stage) begin(w http.ResponseWriter, r *http.Request) {
	p, err := readSchedule(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.cancel()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.mu.Lock()
	s.planned, s.sent, s.stop, s.ended = p.Messages(), 0, stop, ended
	s.mu.Unlock()
	go func() {
		defer close(ended)
		s.play(ctx, p)
	}()
	w.WriteHeader(http.StatusAccepted)
}

// cancel ends what is running and waits until it has.
func (s *stage) cancel() {
	s.mu.Lock()
	stop, ended := s.stop, s.ended
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-ended
	}
}

// play broadcasts every message whose time has come, sleeps until the next one,
// and so on. Sleeps end up to a millisecond late: at more than a thousand messages
// a second several go at once, as they do when a program broadcasts what its own
// source has for it.
func (s *stage) play(ctx context.Context, p Schedule) {
	last := p.Due(p.Messages()).Add(grace)
	for k := 0; k < p.Messages() && ctx.Err() == nil; {
		now := time.Now()
		if now.After(last) {
			return
		}
		for ; k < p.Messages() && !p.Due(k).After(now); k++ {
			s.Broadcast(p.Due(k), p.Size)
		}
		s.mu.Lock()
		s.sent = k
		s.mu.Unlock()
		if k < p.Messages() {
			time.Sleep(time.Until(p.Due(k)))
		}
	}
}

func (s *stage) report(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	status := Status{Sent: s.sent, Planned: s.planned, Goroutines: runtime.NumGoroutine()}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(status) // whoever asked may be gone
}

// Schedule says what to broadcast when: message k is due at Start + k/Rate.
type Schedule struct {
	Start   time.Time
	Rate    float64 // messages a second
	Size    int     // bytes of payload
	Seconds float64
}

// Messages is how many there are.
func (p Schedule) Messages() int { return int(math.Ceil(p.Rate * p.Seconds)) }

// Due is when message k is due.
func (p Schedule) Due(k int) time.Time {
	return p.Start.Add(time.Duration(float64(k) / p.Rate * float64(time.Second)))
}

// Query is the schedule as the control wants it.
func (p Schedule) Query() string {
	return fmt.Sprintf("start=%d&rate=%g&size=%d&seconds=%g", p.Start.UnixNano(), p.Rate, p.Size, p.Seconds)
}

func readSchedule(r *http.Request) (Schedule, error) {
	q := r.URL.Query()
	start, err := strconv.ParseInt(q.Get("start"), 10, 64)
	if err != nil {
		return Schedule{}, fmt.Errorf("start: %w", err)
	}
	size, err := strconv.Atoi(q.Get("size"))
	if err != nil {
		return Schedule{}, fmt.Errorf("size: %w", err)
	}
	p := Schedule{Start: time.Unix(0, start), Size: size}
	for name, to := range map[string]*float64{"rate": &p.Rate, "seconds": &p.Seconds} {
		if *to, err = strconv.ParseFloat(q.Get(name), 64); err != nil || *to <= 0 {
			return Schedule{}, fmt.Errorf("%s is %q; want a number above 0", name, q.Get(name))
		}
	}
	return p, nil
}

// listen serves h on a free port of this machine until ctx ends, and says where
// on its first line of output.
func listen(ctx context.Context, h http.Handler, out io.Writer) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	fmt.Fprintf(out, "http://%s\n", l.Addr())
	<-ctx.Done()
	_ = server.Close() // what is still open ends with the process
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
