package sio

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/eio"
	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// session is one connection. It carries a socket for each namespace it has
// joined, and owns the eio.Session of the same client.
type session struct {
	door   *Door
	engine *eio.Session
	out    *outbox.Outbox
	conn   *conn      // what the library sees of it
	caller msg.Caller // who opened it; a key shown later counts for one member
	since  time.Time
	agent  string // its program
	seat   *seat
	root   *stay         // of a Socket.IO 2 client in the root, where it is without asking; nil: another client's
	gone   chan struct{} // closed with the session

	// mu is taken after an outbox's lock, so nothing is put in one under it.
	mu       sync.Mutex
	ended    bool
	noted    bool        // that it came in
	id       string      // of the first socket; empty before there is one
	called   string      // what it calls itself; empty: nothing yet
	last     lastIn      // the namespaces it has left without a new one since
	members  []*member   // in the order they joined
	shown    []*member   // out; nil: nobody was
	patience *time.Timer // for a namespace to be joined; nil: not yet, or not any more
}

var errStranger = fault.Newf(fault.Invalid, "no namespace was joined within %v", joinTime)

// open makes a session out of a client's first request. It may be refused: there
// are too many.
func (d *Door) open(e *eio.Session, r *http.Request) (eio.Owner, error) {
	seat, err := d.takeSeat(e.Address())
	if err != nil {
		return nil, err
	}
	s := &session{
		door: d, engine: e, out: e.Outbox(), since: time.Now(), agent: msg.AgentOf(r.UserAgent()), seat: seat, gone: make(chan struct{}),
		// What package access found out about the request.
		caller: msg.CallerOf(r.Context()),
	}
	s.conn = &conn{EventEmitter: types.NewEventEmitter(), session: s}
	d.mu.Lock()
	d.sessions[s] = struct{}{}
	d.mu.Unlock()
	if err := d.stillWelcome(s.caller); err != nil {
		d.forget(s)
		return nil, err
	}
	s.mu.Lock()
	s.patience = time.AfterFunc(joinTime, func() { e.Close(errStranger, websocket.ClosePolicyViolation) })
	s.mu.Unlock()
	d.opened.Emit("connection", s.conn)
	for _, m := range s.sockets() {
		s.root = m.stay
	}
	return s, nil
}

// forget gives the session's place to others.
func (d *Door) forget(s *session) {
	s.seat.leave()
	id := s.name() // before the door's lock, which is taken after the session's
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, s)
	if d.named[id] == s {
		delete(d.named, id)
	}
}

// isFirst reports whether nobody has asked before.
func (s *session) isFirst() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.noted
	s.noted = true
	return first
}

// Message implements eio.Owner. The library puts a Socket.IO 2 client in the root on
// a goroutine of its own, and would close the connection of one that is faster.
func (s *session) Message(data []byte, binary bool) {
	if s.root != nil {
		select {
		case <-s.root.joined:
		case <-s.gone:
		}
	}
	if binary {
		s.conn.Emit("data", types.NewBytesBuffer(data)) // the decoder copies it
		return
	}
	s.conn.Emit("data", types.NewStringBuffer(slices.Clone(data))) // the decoder keeps it
}

// Closed implements eio.Owner. The library and we forget the client.
func (s *session) Closed(reason error) {
	s.mu.Lock()
	members, was := s.members, s.members
	if len(s.shown) > 0 {
		was = s.shown
	}
	s.members, s.ended = nil, true
	s.calm()
	s.mu.Unlock()
	close(s.gone)
	s.left(was, reason)
	s.conn.Emit("close", "transport close")
	for _, m := range members {
		m.space.drop(m)
	}
	s.door.forget(s)
	if errors.Is(reason, outbox.ErrSlow) || errors.Is(reason, outbox.ErrFlooded) {
		s.door.log.Warn("Client too slow, connection closed", "client", s.name(), "address", s.engine.Address(), "missed_messages", s.out.Missed())
		return
	}
	s.door.log.Debug("Connection closed", "client", s.name(), "address", s.engine.Address(), "reason", reason)
}

// Missed implements eio.Owner. A session's namespaces share the outbox, and the
// client's program may listen in any of them: so all are told the same count, which
// is that of the whole session.
func (s *session) Missed(count uint64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var frames []byte
	for _, m := range s.members {
		if m.caller.Scopes.Has(msg.MayView) {
			frames = append(frames, eventFrame(m.space.name, "missed", wire.Missed{Count: count})...)
		}
	}
	return frames
}

// must puts a frame in line that may not be dropped.
func (s *session) must(frame []byte) { s.out.Must(frame, time.Now()) }

// calm ends the waiting for a namespace to be joined. The caller holds mu.
func (s *session) calm() {
	if s.patience != nil {
		s.patience.Stop()
		s.patience = nil
	}
}

// add makes m one of the session's sockets, unless the session has ended or has as
// many as it may.
func (s *session) add(m *member) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return fault.Newf(fault.Invalid, "the connection is closed")
	}
	if most := s.door.opts.MaxNamespacesPerClient; len(s.members) >= most {
		s.door.opts.Reached("max_namespaces_per_client")
		return fault.Newf(fault.TooMany, "a client can be in %d namespaces, and is in as many", most).
			WithHint("leave some first, or raise limits.max_namespaces_per_client")
	}
	if s.id == "" {
		s.id = m.id
		s.seat.know()
		s.door.name(s, m.id)
		s.calm()
	}
	if s.called == "" {
		s.called = m.called
	}
	s.last = lastIn{}
	s.members = append(s.members, m)
	return nil
}

func (s *session) remove(m *member) {
	s.mu.Lock()
	before := len(s.members)
	s.members = slices.DeleteFunc(s.members, func(other *member) bool { return other == m })
	if len(s.members) < before {
		s.last.namespaces, s.last.key = append(s.last.namespaces, m.space.name), cmp.Or(s.last.key, m.caller.Key)
	}
	s.mu.Unlock()
	m.space.drop(m)
}

// lastIn is where a session was that has left namespace after namespace. It has no
// more of them than a client may be in.
type lastIn struct {
	namespaces []string
	key        string // that it showed
}

func (s *session) lastIn() (namespaces []string, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.last.namespaces)), s.last.key
}

// calledBy is the name that the session says of itself.
func (s *session) calledBy() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.called
}

// name makes a session findable by the id of its first socket.
func (d *Door) name(s *session, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.named[id] = s
}

// sockets returns the session's sockets, in the order they joined.
func (s *session) sockets() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members)
}

// showOut returns the sockets of a session that is about to be closed. They leave
// one by one, and some may be gone when it ends; all of them are what it was in.
func (s *session) showOut() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil {
		s.shown = slices.Clone(s.members)
	}
	return s.shown
}

// name is the session's id for people; empty before it has joined a namespace.
func (s *session) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// eventFrame makes the frame of an event of the hub's own, with one argument or
// none.
func eventFrame(namespace, event string, arguments ...any) []byte {
	text := appendHeader([]byte{'4'}, eventPacket, 0, namespace)
	return link.Text(appendJSON(text, append([]any{event}, arguments...)))
}
