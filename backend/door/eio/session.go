package eio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// closeWait is how long a client may take to get the last packets of a session
// that closes. Package link gives a WebSocket client as long.
const closeWait = 5 * time.Second

// Session is one connection of Engine.IO, by polling or WebSocket or first the
// one and then the other.
//
// All methods may be called from any goroutine.
type Session struct {
	server   *Server
	id       string
	address  string
	local    bool // this machine has opened it
	revision int
	owner    Owner
	out      *outbox.Outbox
	heart    heart

	delivering sync.Mutex // held while the owner gets a message

	// fetching is held by whoever reads the outbox for polls. It is taken before
	// mu. It guards rest: what was fetched and is too much for one answer.
	fetching sync.Mutex
	rest     []packet

	// mu is taken before any lock of package link or outbox.
	mu      sync.Mutex
	state   state
	reason  error                   // why it closes, once it does
	code    int                     // of Close; 0: it was not called
	carrier *link.Conn              // the WebSocket that carries the session; nil while it polls
	claim   *claim                  // of a WebSocket that wants to carry it; nil: none
	answer  context.CancelCauseFunc // makes the poll that waits return; nil: none waits
	posting bool                    // a POST is being read
	linger  *time.Timer             // until a closing session is forgotten; nil: it does not close
}

type state uint8

const (
	alive   state = iota
	closing       // what waits may still leave; nothing is taken in
	over          // forgotten
)

// begin makes the session that r asks for, with its owner. Nobody finds it yet.
func (s *Server) begin(r *http.Request, revision int, upgrades ...string) (*Session, error) {
	var secret [15]byte
	_, _ = rand.Read(secret[:]) // never fails
	one := &Session{
		server: s, id: base64.URLEncoding.EncodeToString(secret[:]), address: r.RemoteAddr, local: msg.CallerOf(r.Context()).Local, revision: revision,
	}
	one.heart = heart{interval: s.opts.PingInterval, timeout: s.opts.PingTimeout, body: one}
	o := s.opts.Outbox
	o.MissedFrame = func(count uint64) []byte { return one.owner.Missed(count) }
	o.Overflow, o.Reached = one.giveUp, s.opts.Reached
	one.out = outbox.New(o)
	hello, err := s.openPacket(one, upgrades...)
	if err != nil {
		return nil, err
	}
	one.out.Must(hello, time.Now())
	one.owner, err = s.opts.Open(one, r)
	if err != nil {
		one.mu.Lock() // who refuses may have shown it to somebody
		defer one.mu.Unlock()
		one.state = over
		return nil, err
	}
	return one, nil
}

// live makes the session known and starts its heart.
func (s *Session) live() {
	s.server.know(s)
	s.heart.start(s.revision == 3)
}

// ID names the session in requests. Whoever knows it can speak for the client.
func (s *Session) ID() string { return s.id }

// Address is the remote address of the request that opened the session.
func (s *Session) Address() string { return s.address }

// Revision is that of the protocol the client speaks: 4, or 3.
func (s *Session) Revision() int { return s.revision }

// Outbox holds what waits for the client. Each entry is one WebSocket frame or
// several that belong together. Only the session closes it.
func (s *Session) Outbox() *outbox.Outbox { return s.out }

// Transport is how the client is connected now: polling or websocket.
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carrier != nil {
		return byWebSocket
	}
	return byPolling
}

// RoundTrip is how long the client took to answer the newest ping; 0: unknown, as it
// always is of a client of revision 3, which pings itself. It grows while one is
// waited for.
func (s *Session) RoundTrip() time.Duration { return s.heart.roundTrip() }

// IsAlive reports whether the session neither closes nor has ended.
func (s *Session) IsAlive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == alive
}

// Close ends the session when what waits has left, or in five seconds. A
// WebSocket client is told the reason and code (of RFC 6455), a polling one gets
// Engine.IO's close packet. Close does not wait for that; only the first call
// counts.
func (s *Session) Close(reason *fault.Error, code int) {
	s.shut(reason, code, func(c *link.Conn) { c.Shut(reason, code) })
}

// Break ends the session at once, without a word, as a broken network does.
func (s *Session) Break(reason error) { s.end(reason) }

// giveUp closes the session because its outbox has.
func (s *Session) giveUp(reason error) {
	s.shut(reason, 0, func(c *link.Conn) { c.GiveUp(reason) })
}

func (s *Session) shut(reason error, code int, byWebSocket func(*link.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != alive {
		return
	}
	s.state, s.reason, s.code = closing, reason, code
	s.heart.stop()
	if s.claim != nil {
		s.claim.conn.Cut()
	}
	if s.carrier != nil {
		byWebSocket(s.carrier)
	} else {
		s.out.Close(reason, s.server.frames.goodbye)
	}
	// A WebSocket ends in time by itself, but not where the owner still holds up
	// who reads from it.
	s.linger = time.AfterFunc(closeWait, func() { s.end(reason) })
}

// end ends the session at once. Whatever ends one comes here: the server forgets
// it, and the owner is told, once.
func (s *Session) end(reason error) {
	s.server.also() // Stop waits for the owner, too
	defer s.server.leave()
	s.mu.Lock()
	if s.state == over {
		s.mu.Unlock()
		return
	}
	s.state = over
	if s.reason == nil {
		s.reason = reason
	}
	reason = s.reason
	s.heart.stop()
	if s.linger != nil {
		s.linger.Stop()
	}
	if s.claim != nil {
		s.claim.conn.Cut()
	}
	if s.answer != nil {
		s.answer(errEnded)
	}
	if s.carrier != nil {
		s.carrier.Cut() // its writer ends the outbox
	} else {
		s.out.End(reason)
	}
	s.mu.Unlock()
	s.server.forget(s)
	s.owner.Closed(reason)
}

// ping implements body.
func (s *Session) ping() { s.out.Control(s.server.frames.ping) }

// die implements body.
func (s *Session) die() { s.end(outbox.ErrSilent) }

// take does what a packet of the client asks for. The packet has passed check.
func (s *Session) take(p packet) {
	if p.opcode == link.OpBinary {
		data := p.data
		if s.revision == 3 {
			data = data[1:] // the type
		}
		s.deliver(data, true)
		return
	}
	switch data := p.data[1:]; p.data[0] {
	case kindMessage:
		s.deliver(data, false)
	case kindPong:
		s.heart.hear()
	case kindPing:
		if s.revision != 3 {
			s.Close(errPacket, websocket.CloseProtocolError)
			return
		}
		s.heart.hear()
		s.out.Control(link.Text(string(kindPong) + string(data)))
	case kindClose:
		s.shut(outbox.ErrGone, websocket.CloseNormalClosure, func(c *link.Conn) { c.Shut(errClosed, websocket.CloseNormalClosure) })
	}
	// The others mean nothing here, and the reference implementation ignores them.
}

// deliver hands the owner one message at a time, though a POST may be under way
// when the first WebSocket frame comes.
func (s *Session) deliver(data []byte, binary bool) {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	if s.IsAlive() {
		s.owner.Message(data, binary)
	}
}
