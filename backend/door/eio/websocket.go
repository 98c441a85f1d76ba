package eio

import (
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// claimTime is how long a WebSocket may take to become the one that carries a
// session that polls.
const claimTime = 10 * time.Second

// Why a WebSocket does not come to carry a session.
var (
	errClaimTime = fault.Newf(fault.Invalid, "the session did not come over within %v", claimTime)
	errClaim     = fault.Newf(fault.Invalid, "what was sent does not belong to an upgrade")
	errNotCarry  = fault.Newf(fault.Invalid, "the session has ended")
)

// isUpgrade reports whether r asks for a WebSocket.
func isUpgrade(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// openWebSocket opens a session that never polls. Nothing of the client is read
// before the owner has the session: what it sends as soon as it has the answer to
// its handshake waits in the network's buffers.
func (s *Server) openWebSocket(w http.ResponseWriter, r *http.Request, revision int) {
	one, err := s.begin(r, revision)
	if err != nil {
		refuse(w, err)
		return
	}
	conn, err := s.upgrader.Upgrade(w, r)
	if err != nil { // the request was answered, or the client is gone
		one.end(outbox.ErrLost)
		return
	}
	if !one.carry(conn) {
		one.turnAway(conn)
		return
	}
	one.live()
	s.read(conn, one.received, func(reason error) { one.carried(reason) })
}

// read reads from conn on a goroutine that Stop waits for, for r's handler should
// return: that frees what the HTTP server keeps for a request.
func (s *Server) read(conn *link.Conn, handle func(opcode byte, payload []byte), ended func(reason error)) {
	s.also()
	go func() {
		// Not deferred: an idle reader's stack is just below what lets the runtime
		// halve it to 4 KiB, and a defer would put it above.
		ended(conn.Serve(handle))
		s.leave()
	}()
}

// carry lets conn write from now on what waits for the client. It fails when
// the session or the connection has ended.
func (s *Session) carry(conn *link.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != alive || !conn.Start(s.out) {
		return false
	}
	s.carrier, s.claim = conn, nil
	return true
}

// turnAway tells a client whose session was closed during its handshake why.
func (s *Session) turnAway(conn *link.Conn) {
	s.mu.Lock()
	reason, code := s.reason, s.code
	s.mu.Unlock()
	if code == 0 {
		conn.Cut()
		s.end(outbox.ErrLost)
		return
	}
	conn.Shut(fault.From(reason), code)
	s.server.read(conn, func(byte, []byte) {}, func(error) { s.end(outbox.ErrLost) })
}

// carried is called when the WebSocket that has carried the session has ended,
// and with it whatever wrote.
func (s *Session) carried(reason error) {
	s.end(reason)
	s.out.End(reason)
}

// received takes a frame of the WebSocket that carries the session.
func (s *Session) received(opcode byte, payload []byte) {
	p := packet{opcode, payload}
	if p.check(s.revision) != nil {
		s.Close(errPacket, websocket.CloseProtocolError)
		return
	}
	s.take(p)
}

// claim is a WebSocket that wants to carry a session that polls.
type claim struct {
	conn   *link.Conn
	probed bool // it has shown that it works, in both directions
}

// upgrade begins a claim. The session goes on polling until the client says
// that it comes over, and when it never does.
func (s *Session) upgrade(w http.ResponseWriter, r *http.Request) {
	if !s.canUpgrade() {
		refuse(w, errRequest)
		return
	}
	conn, err := s.server.upgrader.Upgrade(w, r)
	if err != nil {
		return // the request was answered, or the client is gone
	}
	conn.Limit(link.Limits{MaxFrame: s.server.opts.MaxFrame, Wait: claimTime, Once: true, Late: errClaimTime})
	c := &claim{conn: conn}
	s.mu.Lock()
	took := s.state == alive && s.carrier == nil && s.claim == nil
	if took {
		s.claim = c
	}
	s.mu.Unlock()
	if !took { // two came at the same time
		conn.Shut(errNotCarry, websocket.ClosePolicyViolation)
		conn.Cut()
		return
	}
	s.server.read(conn, func(opcode byte, payload []byte) { s.claimed(c, opcode, payload) }, func(reason error) {
		if s.yield(c) {
			s.carried(reason)
		}
	})
}

func (s *Session) canUpgrade() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == alive && s.carrier == nil && s.claim == nil
}

// yield ends a claim. It reports whether its WebSocket carried the session.
func (s *Session) yield(c *claim) (carried bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claim == c {
		s.claim = nil
	}
	return s.carrier == c.conn
}

// claimed takes a frame of a WebSocket that claims the session or, once it has
// been given it, carries it. One goroutine calls it.
func (s *Session) claimed(c *claim, opcode byte, payload []byte) {
	s.mu.Lock()
	carries := s.carrier == c.conn
	s.mu.Unlock()
	text := string(payload[:min(len(payload), len("2probe")+1)])
	switch {
	case carries:
		s.received(opcode, payload)
	case opcode == link.OpText && text == "2probe" && !c.probed:
		s.probe(c)
	case opcode == link.OpText && text == "5" && c.probed:
		s.takeOver(c)
	default:
		c.conn.Shut(errClaim, websocket.CloseProtocolError)
	}
}

// probe answers the client's question whether the WebSocket works, and lets the
// poll that waits return: the client comes over when it has none.
//
// It is noted before the client is told: from then on the client may give up a
// poll, which otherwise would be the end of the session.
func (s *Session) probe(c *claim) {
	s.mu.Lock()
	c.probed = true
	if s.answer != nil {
		s.answer(errUpgrade)
	}
	s.mu.Unlock()
	if c.conn.Say(s.server.frames.probed) != nil {
		c.conn.Cut()
	}
}

// takeOver makes the claim's WebSocket the one that carries the session. What
// waits for the client goes on from where the last poll has left it.
func (s *Session) takeOver(c *claim) {
	s.mu.Lock()
	if s.answer != nil {
		s.answer(errUpgrade) // a client that comes over while it polls
	}
	s.mu.Unlock()
	s.fetching.Lock() // the poll is done with the outbox
	defer s.fetching.Unlock()
	if len(s.rest) > 0 && c.conn.Say(framesOf(s.rest)) != nil {
		s.end(outbox.ErrLost)
		return
	}
	s.rest = nil
	c.conn.Limit(link.Limits{MaxFrame: s.server.opts.MaxFrame})
	if !s.carry(c.conn) {
		c.conn.Shut(errNotCarry, websocket.ClosePolicyViolation)
		s.end(outbox.ErrLost) // it has stopped polling
	}
}
