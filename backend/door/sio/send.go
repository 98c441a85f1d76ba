package sio

import (
	"slices"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/msg"
)

// maxHeld is how many messages are held for a client that catches up; what is
// older is missed. Catching up takes milliseconds.
const maxHeld = maxWaitingFrames

// outgoing is a message as every socket of its namespace gets it.
type outgoing struct {
	seq     uint64
	packets []types.BufferInterface // text, then attachments
	options *socket.WriteOptions
}

// encodeMessage makes the packet of m.
func encodeMessage(m *msg.Message) outgoing {
	kind := parser.EVENT
	if len(m.Attachments) > 0 {
		kind = parser.BINARY_EVENT
	}
	text := make([]byte, 0, len(m.Namespace)+len(m.Event)+len(m.Payload)+32)
	text = append(text, '4') // Engine.IO's message packet
	text = appendHeader(text, kind, len(m.Attachments), m.Namespace)
	text = appendList(text, []any{m.Event, &arguments{payload: m.Payload, spread: m.Spread}})
	o := outgoing{seq: m.Seq, packets: buffers(text[1:], m.Attachments), options: &socket.WriteOptions{}}
	o.options.PreEncoded = true
	if kind == parser.EVENT {
		// With it a WebSocket transport need not put the packet together again.
		o.options.WsPreEncodedFrame = types.NewStringBuffer(text)
	}
	return o
}

// Send gives m to the sockets it is for, and returns how many those are: of its
// namespace, those that may view; of these the one it is to, or else those in
// any of its rooms; but not the one it is not for. It never blocks. emitted is
// not part of what Socket.IO clients get.
//
// Only one goroutine may call it at a time.
func (d *Door) Send(e msg.Emission, _ func()) (sockets int) {
	m := e.Message
	d.newest.Store(m) // before anybody is picked; see past
	s := d.spaces.find(m.Namespace)
	if s == nil {
		return 0
	}
	var o outgoing // encoded when somebody wants it
	encoded := func() outgoing {
		if o.packets == nil {
			o = encodeMessage(m)
		}
		return o
	}
	d.sending++
	held := 0
	// Nothing is written under the lock: the library may close a client in the
	// middle of a write, and that takes the lock again.
	s.mu.Lock()
	d.audience = d.audience[:0]
	s.pick(m, d.sending, func(to *member) {
		if to.state == live {
			d.audience = append(d.audience, to)
			return
		}
		if len(to.held) == maxHeld {
			to.held = slices.Delete(to.held, 0, 1)
			to.session.missed.Add(1)
		}
		to.held = append(to.held, encoded())
		held++
	})
	s.mu.Unlock()
	for _, to := range d.audience {
		to.deliver(encoded())
	}
	sockets = len(d.audience) + held
	clear(d.audience)
	return sockets
}

// pick calls take once for each member m is for. The caller holds the lock.
func (s *space) pick(m *msg.Message, sending uint64, take func(*member)) {
	consider := func(to *member) {
		if to.state != deaf && to.id != m.Except && to.asked != sending {
			to.asked = sending
			take(to)
		}
	}
	switch {
	case m.To != "":
		if to := s.members[m.To]; to != nil {
			consider(to)
		}
	case len(m.Rooms) > 0:
		for _, room := range m.Rooms {
			for to := range s.rooms[room] {
				consider(to)
			}
		}
	default:
		for _, to := range s.members {
			consider(to)
		}
	}
}

// deliver puts o in the client's line, which is the library's; see queued.
func (m *member) deliver(o outgoing) {
	m.session.sent.Add(1)
	m.socket.Client().WriteToEngine(o.packets, o.options)
}

// catchUp sends the last messages the client asked for on connect, then those
// that were held meanwhile, and makes it live: it gets each message once, in order.
func (m *member) catchUp() {
	past, unrecorded := m.past()
	m.newest = nil
	for _, p := range past {
		m.deliver(encodeMessage(p))
	}
	for held := m.takeHeld(); len(held) > 0; held = m.takeHeld() {
		for _, o := range held {
			if unrecorded == nil || o.seq != unrecorded.Seq {
				m.deliver(o)
			}
		}
	}
}

// past returns the last messages the client asked for on connect, without those
// that are held for it: all that is held comes later.
//
// The emitter sends a message first, and then recent learns of it. So one message
// may be sent before the client was admitted and not be in recent: the newest at
// that moment, which is therefore added. Send may just be about to hold it, so
// it is also returned as unrecorded; else that is nil.
func (m *member) past() (past []*msg.Message, unrecorded *msg.Message) {
	if m.last == 0 {
		return nil, nil
	}
	newest := m.newest
	last, _ := m.door.opts.Recent.Last(m.space.name, nil, nil, m.last)
	held := m.heldNow() // some may be among the last meanwhile
	newestKnown := newest == nil || held[newest.Seq]
	for _, r := range last {
		newestKnown = newestKnown || r.Seq == newest.Seq
		if !held[r.Seq] {
			past = append(past, r.Message)
		}
	}
	if !newestKnown && newest.Namespace == m.space.name && newest.To == "" && len(newest.Rooms) == 0 {
		past = append(withRoomFor(newest, past, m.last), newest)
		unrecorded = newest
	}
	return withinHalf(past), unrecorded
}

// withRoomFor returns past without the oldest message of m's stream, if the
// stream has n already.
func withRoomFor(m *msg.Message, past []*msg.Message, n int) []*msg.Message {
	oldest, same := -1, 0
	for i, p := range past {
		if p.Event != m.Event {
			continue
		}
		if same++; oldest < 0 {
			oldest = i
		}
	}
	if same < n {
		return past
	}
	return slices.Delete(past, oldest, oldest+1)
}

// withinHalf returns the newest of past that fill at most half of what may wait
// for a client: more would make it look too slow before it has read anything.
func withinHalf(past []*msg.Message) []*msg.Message {
	frames, size := 0, 0
	for i := len(past) - 1; i >= 0; i-- {
		frames += 1 + len(past[i].Attachments)
		size += past[i].Size()
		if frames > maxWaitingFrames/2 || size > maxWaitingBytes/2 {
			return past[i+1:]
		}
	}
	return past
}

// heldNow returns which messages are held.
func (m *member) heldNow() map[uint64]bool {
	m.space.mu.Lock()
	defer m.space.mu.Unlock()
	held := make(map[uint64]bool, len(m.held))
	for _, o := range m.held {
		held[o.seq] = true
	}
	return held
}

// takeHeld returns what is held; the member is live when that is nothing.
func (m *member) takeHeld() []outgoing {
	m.space.mu.Lock()
	defer m.space.mu.Unlock()
	held := m.held
	m.held = nil
	if len(held) == 0 {
		m.state = live
	}
	return held
}
