package sio

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/msg"
)

// How much may wait for one client in the library, whose own line has no bound.
// Beyond either the client is closed: the library cannot drop what waits.
const (
	maxWaitingFrames = 4096
	maxWaitingBytes  = 8 << 20
)

// session is one connection of the engine, by polling or WebSocket or first the
// one and then the other. It carries a socket for each namespace it has joined.
type session struct {
	door  *Door
	conn  engine.Socket
	since time.Time
	seat  *seat

	sent, missed atomic.Uint64 // messages
	waiting      waiting
	gone         chan struct{} // closed with the connection
	cut          atomic.Bool   // it was too slow
	patience     *time.Timer   // for a namespace to be joined; the door's lock guards it; nil: not yet

	mu      sync.Mutex
	id      string    // of the first socket; empty before there is one
	members []*member // in the order they joined
}

// waiting counts what the engine holds back until the transport takes more.
type waiting struct {
	frames, bytes atomic.Int64
	oldest        atomic.Int64 // when it began to wait, in ns since 1970
	// Of these, what is on its way to the transport; changed under a lock of the
	// engine's.
	leavingFrames, leavingBytes atomic.Int64
}

// opened is called for each new connection, before Socket.IO sees it.
func (d *Door) opened(args ...any) {
	conn := args[0].(engine.Socket) //nolint:errcheck // the library's contract
	x := exchangeOf(conn.Request())
	s := &session{door: d, conn: conn, since: time.Now(), seat: x.seat, gone: make(chan struct{})}
	// These fail for no listener only.
	_ = conn.On("packetCreate", func(args ...any) {
		s.queued(args[0].(*packet.Packet)) //nolint:errcheck // the library's contract
	})
	_ = conn.On("flush", func(args ...any) {
		s.leaving(args[0].([]*packet.Packet)) //nolint:errcheck // the library's contract
	})
	_ = conn.On("drain", func(...any) { s.left() })
	_ = conn.Once("close", func(...any) { d.closed(s) })
	if before, ok := conn.Transport().(*polling); ok {
		_ = conn.Once("upgrade", func(args ...any) {
			args[0].(*webSocket).takeOver(before) //nolint:errcheck // the only transport there is to upgrade to
		})
	}
	x.session = s
}

// settle ends the handshake: from now on requests find the session, and Stop
// closes it. A session that was closed before the library is done with its
// handshake would stay in the library for ever.
//
// A Socket.IO 2 client is in the root without asking, but not at once; see emit.
func (s *session) settle() {
	s.mu.Lock()
	members := slices.Clone(s.members)
	s.mu.Unlock()
	for _, m := range members {
		select {
		case <-m.stay.joined:
		case <-s.gone:
		}
	}
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	select {
	case <-s.gone:
	default:
		s.door.sessions[s.conn.Id()] = s
		s.patience = time.AfterFunc(joinTime, s.giveUpStranger)
	}
}

// giveUpStranger closes the session if it has not joined a namespace.
func (s *session) giveUpStranger() {
	if s.name() != "" || !s.door.enter() {
		return
	}
	defer s.door.leave()
	s.bye(closePolicy, "no namespace was joined")
}

// closed forgets s.
func (d *Door) closed(s *session) {
	s.mu.Lock()
	members := s.members
	s.members = nil
	close(s.gone)
	s.mu.Unlock()
	d.mu.Lock()
	delete(d.sessions, s.conn.Id())
	if s.patience != nil {
		s.patience.Stop()
	}
	d.mu.Unlock()
	s.seat.leave()
	for _, m := range members {
		m.space.drop(m)
	}
}

func (d *Door) session(id string) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessions[id]
}

// all returns the sessions there are now.
func (d *Door) all() []*session {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*session, 0, len(d.sessions))
	for _, s := range d.sessions {
		all = append(all, s)
	}
	return all
}

// add makes m one of the session's sockets, unless the session is closed.
func (s *session) add(m *member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.gone:
		return false
	default:
	}
	if s.id == "" {
		s.id = m.id
		s.seat.know()
	}
	s.members = append(s.members, m)
	return true
}

func (s *session) remove(m *member) {
	s.mu.Lock()
	s.members = slices.DeleteFunc(s.members, func(other *member) bool { return other == m })
	s.mu.Unlock()
	m.space.drop(m)
}

// queued counts a packet that was put in the engine's line.
func (s *session) queued(p *packet.Packet) {
	s.waiting.frames.Add(1)
	s.waiting.bytes.Add(size(p))
	frames, bytes := s.lag()
	if frames == 1 {
		s.waiting.oldest.Store(time.Now().UnixNano())
	}
	if (frames > maxWaitingFrames || bytes > maxWaitingBytes) && s.cut.CompareAndSwap(false, true) {
		s.tooSlow(frames, bytes)
	}
}

// lag returns how much waits for the client, in the engine and for its polls.
func (s *session) lag() (frames, bytes int64) {
	if p, ok := s.conn.Transport().(*polling); ok {
		frames, bytes = p.waiting()
	}
	w := &s.waiting
	frames += w.frames.Load() - w.leavingFrames.Load() // which the transport may count already
	bytes += w.bytes.Load() - w.leavingBytes.Load()
	return max(0, frames), max(0, bytes)
}

// leaving notes what the engine gives to the transport; left, that it has.
func (s *session) leaving(batch []*packet.Packet) {
	s.waiting.leavingFrames.Store(int64(len(batch)))
	s.waiting.leavingBytes.Store(sizeOf(batch))
}

func (s *session) left() {
	w := &s.waiting
	w.frames.Add(-w.leavingFrames.Swap(0))
	w.bytes.Add(-w.leavingBytes.Swap(0))
}

func size(p *packet.Packet) int64 {
	if b, ok := p.Data.(types.BufferInterface); ok {
		return int64(b.Len())
	}
	return 0
}

func sizeOf(packets []*packet.Packet) (bytes int64) {
	for _, p := range packets {
		bytes += size(p)
	}
	return bytes
}

// tooSlow closes the session, but not on this goroutine: it is the emitter's,
// or that of a client, and in the middle of a write.
func (s *session) tooSlow(frames, bytes int64) {
	if !s.door.enter() {
		return
	}
	s.missed.Add(uint64(frames))
	go func() {
		defer s.door.leave()
		s.door.log.Warn("Client too slow, connection closed",
			"client", s.name(), "address", s.conn.RemoteAddress(), "waiting_frames", frames, "waiting_bytes", bytes)
		s.conn.Close(true)
	}()
}

// name is the session's id for people; empty before it has joined a namespace.
func (s *session) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// flushed reports whether everything for the client has left: given to the
// system, or in the answer to a poll.
func (s *session) flushed() bool {
	if s.waiting.frames.Load() > 0 {
		return false
	}
	t := s.conn.Transport()
	if p, ok := t.(*polling); ok {
		return p.flushed()
	}
	return t.Writable()
}

// reachable reports whether the client would learn at once that it is closed: all
// is flushed and, if it polls, a poll waits.
func (s *session) reachable() bool {
	if p, ok := s.conn.Transport().(*polling); ok && !p.isWaiting() {
		return false
	}
	return s.flushed()
}

// bye closes the session. A WebSocket client is told why, in at most 123 bytes; a
// polling one gets Engine.IO's close packet.
func (s *session) bye(code int, reason string) {
	if t, ok := s.conn.Transport().(*webSocket); ok {
		text := websocket.FormatCloseMessage(code, reason)
		_ = t.conn.WriteControl(websocket.CloseMessage, text, time.Now().Add(byeTime)) // it is closed next
	}
	s.conn.Close(true)
}

// byeTime is how long a close frame may wait for what is being written.
const byeTime = 100 * time.Millisecond

// client describes the session; false before it has joined a namespace.
func (s *session) client() (msg.Client, bool) {
	s.mu.Lock()
	id, members := s.id, slices.Clone(s.members)
	s.mu.Unlock()
	if id == "" {
		return msg.Client{}, false
	}
	frames, bytes := s.lag()
	c := msg.Client{
		ID: id, Door: msg.DoorSocketIO, Transport: s.conn.Transport().Name(), Address: s.conn.RemoteAddress(),
		Since: s.since, Sent: s.sent.Load(), Missed: s.missed.Load(),
		Lag: msg.Lag{Frames: int(frames), Bytes: int(bytes)},
	}
	if c.Lag.Frames > 0 {
		c.Lag.Age = max(0, time.Since(time.Unix(0, s.waiting.oldest.Load())))
	}
	for _, m := range members {
		c.Namespaces = append(c.Namespaces, m.space.name)
		c.Rooms = append(c.Rooms, m.space.roomsOf(m)...)
	}
	slices.Sort(c.Namespaces)
	slices.Sort(c.Rooms)
	c.Rooms = slices.Compact(c.Rooms)
	return c, true
}
