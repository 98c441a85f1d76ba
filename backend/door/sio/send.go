package sio

import (
	"slices"
	"time"

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
func (d *Door) Send(m *msg.Message, _ time.Time) (sockets int) {
	d.newest.Store(m) // before anybody is picked; see catchUp
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
	past := m.past()
	for _, p := range past {
		m.deliver(encodeMessage(p))
	}
	for {
		held := m.takeHeld()
		if len(held) == 0 {
			return
		}
		for _, o := range held {
			if !contains(past, o.seq) {
				m.deliver(o)
			}
		}
	}
}

// past returns the last messages the client asked for on connect.
//
// The emitter sends a message first, and then recent learns of it. So one message
// may be sent already and not be in recent: the newest, which is therefore added.
// It cannot be more than one, and what came later is held.
func (m *member) past() []*msg.Message {
	if m.last == 0 {
		return nil
	}
	newest := m.door.newest.Load()
	var past []*msg.Message
	for _, r := range m.door.opts.Recent.Last(m.space.name, nil, nil, m.last) {
		past = append(past, r.Message)
	}
	if newest != nil && newest.Namespace == m.space.name && newest.To == "" && len(newest.Rooms) == 0 && !contains(past, newest.Seq) {
		past = append(past, newest)
		past = past[max(0, len(past)-m.last):]
	}
	return withinHalf(past)
}

func contains(messages []*msg.Message, seq uint64) bool {
	return slices.ContainsFunc(messages, func(m *msg.Message) bool { return m.Seq == seq })
}

// withinHalf returns the newest of past that fill at most half of what may wait
// for a client: more would make it look too slow before it has read anything.
func withinHalf(past []*msg.Message) []*msg.Message {
	size := 0
	for i := len(past) - 1; i >= 0; i-- {
		if size += past[i].Size(); size > maxWaitingBytes/2 {
			return past[i+1:]
		}
	}
	return past
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
