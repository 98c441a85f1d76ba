// Package eio serves Engine.IO, revision 4 and if allowed 3: sessions that carry
// messages both ways, by polling, by WebSocket, or first the one and then the
// other.
//
// All that leaves for a client waits in one outbox for the session's whole life,
// as ready-made WebSocket frames. A poll fetches from it and takes the frames'
// headers off; a WebSocket connection writes it. So the order of messages does
// not depend on the way they take, an upgrade only changes who reads the outbox,
// and what a slow client can cost is bounded in one place.
//
//	polling.go   ─┐                        ┌─ Owner.Message
//	             ├─ session.go ── heart.go ─┼─ Owner.Missed
//	websocket.go ─┘     │                   └─ Owner.Closed
//	                  outbox ◀── whoever sends
package eio

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Defaults of Options.
const (
	DefaultMaxFrame     = 1 << 20
	DefaultPingInterval = 25 * time.Second
	DefaultPingTimeout  = 30 * time.Second
)

// Owner is whom a session belongs to.
type Owner interface {
	// Message is called for each message of the client, one after the other, in
	// the order they were sent. It must not keep data. While it does not return
	// nothing more is read.
	Message(data []byte, binary bool)
	// Missed makes the outbox's entry that tells the client how many messages
	// were dropped; nil: nothing is told. It must call neither the session nor its
	// outbox.
	Missed(count uint64) []byte
	// Closed is called once, when the session has ended, on any goroutine.
	Closed(reason error)
}

// Options of a Server. Open must be set.
type Options struct {
	// Open finds an owner for a new session, or refuses it with a fault. Nothing
	// is read from the client, and nothing written to it, before Open returns; so
	// the owner misses nothing, and may send already. It does not wait for anything:
	// the session may end meanwhile, and there is nobody to tell. When r is over, the
	// session goes on.
	Open func(s *Session, r *http.Request) (Owner, error)

	MaxFrame     int // bytes a client may send in one message or POST; default DefaultMaxFrame
	MaxFragments int // WebSocket frames of one message; default link.DefaultMaxFragments
	// Reached is told each time that somebody is refused because of a limit, by the
	// name of its setting. Nil: nobody is told.
	Reached      func(limit string)
	PingInterval time.Duration  // default DefaultPingInterval
	PingTimeout  time.Duration  // how long a client may take to answer a ping; default DefaultPingTimeout
	Revision3    bool           // serve clients of Engine.IO 3 too
	Outbox       outbox.Options // of each session; what it calls is set here
}

// Server serves sessions, until Stop. It is an http.Handler for one path.
//
// All methods may be called from any goroutine.
type Server struct {
	opts     Options
	upgrader *link.Upgrader
	frames   frames

	mu       sync.Mutex
	sessions map[string]*Session // by id, which is a secret
	phase    phase
	serving  int           // requests, and connections with a goroutine
	forgot   chan struct{} // closed when leaving and no session is left
	empty    chan struct{} // closed when stopped and serving is 0
}

// frames are those that every client gets.
type frames struct{ ping, noop, goodbye, probed []byte }

// phase is how far the server has stopped.
type phase uint8

const (
	open    phase = iota
	leaving       // new sessions are refused
	stopped       // all requests are refused
)

// New returns a Server that serves.
func New(o Options) *Server {
	o.MaxFrame = cmp.Or(o.MaxFrame, DefaultMaxFrame)
	o.PingInterval = cmp.Or(o.PingInterval, DefaultPingInterval)
	o.PingTimeout = cmp.Or(o.PingTimeout, DefaultPingTimeout)
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	return &Server{
		opts: o,
		// Pings are Engine.IO's own, and find out more: that the client's program
		// answers, not only its network. It cannot in the middle of a message, so they
		// bound the time that one may take, too.
		upgrader: link.NewUpgrader(link.Options{
			Limits: link.Limits{MaxFrame: o.MaxFrame},
			Binary: true, MaxFragments: o.MaxFragments, Reached: o.Reached,
			Refuse: func(w http.ResponseWriter, status int, err *fault.Error) { refuseWith(w, status, wire.ErrorOf(err)) },
		}),
		frames: frames{
			ping: link.Text("2"), noop: link.Text("6"), goodbye: link.Text("1"), probed: link.Text("3probe"),
		},
		sessions: make(map[string]*Session),
		forgot:   make(chan struct{}),
		empty:    make(chan struct{}),
	}
}

// Sessions returns those there are now, in no order.
func (s *Server) Sessions() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.sessions))
}

// sessionOf returns the session that r goes on with; nil: there is none. What this
// machine has opened is nobody else's, whoever got hold of its id: it may do what
// others need a key for.
func (s *Server) sessionOf(r *http.Request, id string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.sessions[id]; one != nil && (!one.local || msg.CallerOf(r.Context()).Local) {
		return one
	}
	return nil
}

// know makes a session findable. The server may have begun to stop since its
// request came.
func (s *Server) know(one *Session) {
	s.mu.Lock()
	s.sessions[one.id] = one
	phase := s.phase
	s.mu.Unlock()
	if phase != open {
		one.Close(errStopping, websocket.CloseGoingAway)
	}
	if phase == stopped {
		one.end(errStopping)
	}
}

func (s *Server) forget(one *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, one.id)
	s.tell()
}

// enter counts what Stop waits for, unless the server has stopped.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == stopped {
		return false
	}
	s.serving++
	return true
}

// also counts one thing more in the name of one that is counted.
func (s *Server) also() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving++
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving--
	s.tell()
}

// tell closes the channels that Stop waits for. The caller holds mu.
func (s *Server) tell() {
	if s.phase >= leaving && len(s.sessions) == 0 && !isClosed(s.forgot) {
		close(s.forgot)
	}
	if s.phase == stopped && s.serving == 0 && !isClosed(s.empty) {
		close(s.empty)
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Leave refuses new sessions from now on, with 503.
func (s *Server) Leave() { s.enterPhase(leaving) }

func (s *Server) enterPhase(p phase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = max(s.phase, p)
	s.tell()
}

func (s *Server) isLeaving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase != open
}

// flushTime is how long a client may take to read what waits for it when the
// server stops. The hub gives Stop 0.8 s in all, and a client that is between
// two polls should not use that up.
const flushTime = 500 * time.Millisecond

// Stop closes every session in a way that makes clients come back: a polling
// client gets Engine.IO's close packet, a WebSocket client the close code 1001.
// What waits for them is sent before, for at most flushTime. Stop returns true
// when all of the server's goroutines have ended, and false when ctx ends before.
func (s *Server) Stop(ctx context.Context) bool {
	s.Leave()
	for _, one := range s.Sessions() {
		one.Close(errStopping, websocket.CloseGoingAway)
	}
	flush, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	select {
	case <-s.forgot:
	case <-flush.Done():
	}
	s.enterPhase(stopped)
	for _, one := range s.Sessions() {
		one.end(errStopping)
	}
	select {
	case <-s.empty:
		return true
	case <-ctx.Done():
		return isClosed(s.empty)
	}
}

// openPacket tells a client of its session.
func (s *Server) openPacket(one *Session, upgrades ...string) ([]byte, error) {
	text, err := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int      `json:"maxPayload"`
	}{one.id, append([]string{}, upgrades...), s.opts.PingInterval.Milliseconds(), s.opts.PingTimeout.Milliseconds(), s.opts.MaxFrame})
	if err != nil {
		return nil, err
	}
	return link.Text("0" + string(text)), nil
}
