// Package webhook tells other programs something by POST, each under a name of its
// own, without ever holding up who has something to tell.
//
// The addresses may have secrets in them. None is ever logged, or part of an error.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"emitscope/backend/msg"
)

// Bounds of what is told under one name.
const (
	maxWaiting  = 16
	perMinute   = 20
	timeout     = 10 * time.Second
	maxAnswer   = 4 << 10 // bytes of an answer that are read, so that its connection can be used again
	firstPause  = time.Second
	pauseFactor = 5
	tries       = 4 // with 1, 5 and 25 s between them
)

// Options are what a Sender needs. All must be set.
type Options struct {
	Agent string // what requests say they are from
	Log   *slog.Logger
	// Transport sends the requests; NewTransport has the one for a hub.
	Transport http.RoundTripper
}

// Sender posts JSON. All methods may be called from any goroutine.
type Sender struct {
	o      Options
	client *http.Client

	mu      sync.Mutex
	lines   map[string]*line
	running sync.WaitGroup
	empty   func(*line) // has a goroutine send what waits in a line; nil unless Run runs
}

// line is what is told under one name, in order.
type line struct {
	name    string
	state   msg.WebhookState
	waiting []letter
	busy    bool        // a goroutine takes from waiting
	sent    []time.Time // the last perMinute posts
}

// letter is one thing to tell.
type letter struct {
	to   string
	body []byte
}

// New returns a Sender that sends nothing until Run.
func New(o Options) *Sender {
	return &Sender{
		o: o, lines: map[string]*line{},
		client: &http.Client{
			Transport: o.Transport, Timeout: timeout,
			// Where an admin sends something is where it goes.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// NewTransport returns the transport of a hub. It reaches programs on this machine and
// its network, for those are who is told, but no link-local address: there clouds
// answer with the machine's own secrets.
func NewTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := to.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
			return errors.New("this address may not be told anything")
		}
		return nil
	}}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout,
		MaxIdleConns: 8, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
}

// Run sends until ctx ends, and returns when nothing is under way any more. What
// waits then is not sent.
func (s *Sender) Run(ctx context.Context) error {
	s.mu.Lock()
	s.empty = func(l *line) { s.running.Go(func() { s.send(ctx, l) }) }
	for _, l := range s.lines {
		s.begin(l)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.empty = nil
	s.mu.Unlock()
	s.running.Wait()
	s.client.CloseIdleConnections()
	return nil
}

// Send posts body, which is JSON, to an address, after what was sent under the name
// before. It never waits: when too many wait already, it is dropped and counted.
func (s *Sender) Send(name, to string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.line(name)
	if len(l.waiting) == maxWaiting {
		l.state.Dropped++
		return
	}
	l.waiting = append(l.waiting, letter{to, body})
	s.begin(l)
}

// Try posts body once and now, and says how it went.
func (s *Sender) Try(ctx context.Context, name, to string, body []byte) error {
	err := s.post(ctx, letter{to, body})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(name).state.Note(err)
	return err
}

// State returns what became of what was told under a name.
func (s *Sender) State(name string) msg.WebhookState {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lines[name]; l != nil {
		return l.state
	}
	return msg.WebhookState{}
}

// Keep forgets what became of all names but these. What waits is still told: that
// something is over, more than anything.
func (s *Sender) Keep(isKept func(name string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.lines {
		if !isKept(name) {
			delete(s.lines, name)
		}
	}
}

// line returns the line of a name, and makes it. The caller holds mu.
func (s *Sender) line(name string) *line {
	l := s.lines[name]
	if l == nil {
		l = &line{name: name}
		s.lines[name] = l
	}
	return l
}

// begin has a goroutine send what waits in a line, if none does. The caller holds mu.
func (s *Sender) begin(l *line) {
	if s.empty == nil || l.busy || len(l.waiting) == 0 {
		return
	}
	l.busy = true
	s.empty(l)
}

// send posts what waits in a line until nothing does.
func (s *Sender) send(ctx context.Context, l *line) {
	for {
		s.mu.Lock()
		if len(l.waiting) == 0 || ctx.Err() != nil {
			l.busy = false
			s.mu.Unlock()
			return
		}
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		s.mu.Unlock()
		s.deliver(ctx, l, next)
	}
}

// deliver posts a letter until it is taken, or tried often enough.
func (s *Sender) deliver(ctx context.Context, l *line, one letter) {
	pause := firstPause
	for try := 1; ; try++ {
		if !s.wait(ctx, s.turn(l)) {
			return
		}
		err := s.post(ctx, one)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		l.state.Note(err)
		isLast := err != nil && (try == tries || !isWorthAnotherTry(err))
		if isLast {
			l.state.Failed++
		}
		s.mu.Unlock()
		if isLast {
			s.o.Log.Warn("Webhook not told, given up", "name", l.name, "tries", try, "error", err)
		}
		if err == nil || isLast {
			return
		}
		if !s.wait(ctx, pause) {
			return
		}
		pause *= pauseFactor
	}
}

// turn returns how long a line must wait until it may post again, and notes that it will.
func (s *Sender) turn(l *line) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	at := now
	if len(l.sent) == perMinute {
		if free := l.sent[0].Add(time.Minute); free.After(at) {
			at = free
		}
		l.sent = l.sent[1:]
	}
	l.sent = append(l.sent, at)
	return at.Sub(now)
}

func (s *Sender) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// post sends a letter once.
func (s *Sender) post(ctx context.Context, one letter) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, one.to, bytes.NewReader(one.body))
	if err != nil {
		return errors.New("its address cannot be read")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.o.Agent)
	res, err := s.client.Do(req)
	if err != nil {
		return withoutAddress(err, req.URL)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // what it says does not matter
	if res.StatusCode >= 300 {
		return refusal(res.StatusCode)
	}
	return nil
}
