package sio

import (
	"strconv"
	"time"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// The Socket.IO packets of events.
const (
	eventPacket       = parser.EVENT
	binaryEventPacket = parser.BINARY_EVENT
)

// messageFrame makes the outbox entry of m that all clients of a revision share:
// one WebSocket frame, and one more for each attachment. Revisions differ in
// those only, and in that no client of revision 3 gets an offset. Order 0: nobody does.
func messageFrame(m *msg.Message, order uint64, revision int) []byte {
	kind, room := eventPacket, link.MaxHeader+len(m.Namespace)+len(m.Event)+len(m.Payload)+32
	if len(m.Attachments) > 0 {
		kind = binaryEventPacket
	}
	for _, a := range m.Attachments {
		room += link.MaxHeader + 1 + len(a)
	}
	text := make([]byte, link.MaxHeader, room)
	text = append(text, '4') // Engine.IO's message packet
	text = appendHeader(text, kind, len(m.Attachments), m.Namespace)
	if m.Ack != nil {
		text = strconv.AppendUint(text, m.Seq, 10) // the packet's id, which the ack brings back
	}
	text = appendEvent(text, m.Event, m.Payload, m.Spread)
	if order > 0 && revision != 3 && m.Ack == nil {
		text = appendOffset(text, order)
	}
	frame := link.Finish(text, link.OpText)
	for _, a := range m.Attachments {
		if revision == 3 {
			frame = append(link.AppendHeader(frame, link.OpBinary, len(a)+1), 4) // the packet's type
		} else {
			frame = link.AppendHeader(frame, link.OpBinary, len(a))
		}
		frame = append(frame, a...)
	}
	return frame
}

// audience is whom one message is for. While it is sent the emitter may send
// others in between, so each Send takes one for itself.
type audience struct {
	taps []*outbox.Tap
	old  []*outbox.Tap // of revision 3, where that makes a difference
}

// Send gives e to the sockets it is for, and returns how many those are: of its
// namespace, those that may view; of these the one it is to, or else those in
// any of its rooms; but not the one it is not for. It never blocks, and calls
// giveWay now and then, which may call Send.
//
// Only one goroutine may call it at a time.
func (d *Door) Send(e msg.Emission, giveWay func()) (sockets int) {
	s := d.spaces.find(e.Namespace)
	if e.Ack != nil {
		s.expect(e)
	}
	if s == nil {
		return 0
	}
	if e.Callback != nil {
		return s.answer(e.Message)
	}
	to := d.takeAudience()
	d.sending++
	s.pick(e.Message, d.sending, d.opts.Recovery > 0, to)
	if len(to.taps) > 0 {
		sockets = outbox.Fan(to.taps, messageFrame(e.Message, d.offsetOf(e.Order), 4), e, giveWay)
	}
	if len(to.old) > 0 {
		sockets += outbox.Fan(to.old, messageFrame(e.Message, 0, 3), e, giveWay)
	}
	clear(to.taps)
	clear(to.old)
	d.audiences = append(d.audiences, to)
	return sockets
}

// answer gives a client's callback the argument it waits for. Whoever waits for
// it may wait for ever, so it is not dropped like what is sent to many.
func (s *space) answer(m *msg.Message) (sockets int) {
	one := s.viewer(m.To)
	if one == nil || !one.session.out.Must(ackFrame(m), time.Now()) {
		return 0
	}
	return 1
}

// ackFrame makes the outbox entry that answers a callback.
func ackFrame(m *msg.Message) []byte {
	text := make([]byte, link.MaxHeader, link.MaxHeader+len(m.Namespace)+len(m.Payload)+32)
	text = append(text, '4') // Engine.IO's message packet
	text = appendHeader(text, parser.ACK, 0, m.Namespace)
	text = strconv.AppendUint(text, *m.Callback, 10)
	text = append(append(append(text, '['), m.Payload...), ']')
	return link.Finish(text, link.OpText)
}

func (d *Door) takeAudience() *audience {
	if n := len(d.audiences); n > 0 {
		to := d.audiences[n-1]
		d.audiences = d.audiences[:n-1]
		to.taps, to.old = to.taps[:0], to.old[:0]
		return to
	}
	return &audience{}
}

// offsetOf is the order that messageFrame writes: none where nobody comes back.
func (d *Door) offsetOf(order uint64) uint64 {
	if d.opts.Recovery > 0 {
		return order
	}
	return 0
}

// pick adds to an audience those whom m is for.
func (s *space) pick(m *msg.Message, sending uint64, offsets bool, to *audience) {
	s.mu.Lock()
	defer s.mu.Unlock()
	differs := len(m.Attachments) > 0 || offsets
	consider := func(one *member) {
		if one.tap == nil || one.id == m.Except || one.asked == sending {
			return
		}
		one.asked = sending
		if differs && one.session.engine.Revision() == 3 {
			to.old = append(to.old, one.tap)
		} else {
			to.taps = append(to.taps, one.tap)
		}
	}
	switch {
	case m.To != "":
		if one := s.members[m.To]; one != nil {
			consider(one)
		}
	case len(m.Rooms) > 0:
		for _, room := range m.Rooms {
			for one := range s.rooms[room] {
				consider(one)
			}
		}
	default:
		for _, one := range s.viewers {
			consider(one)
		}
	}
}

// catchUp sends the last messages the client asked for on connect, then those
// that were emitted meanwhile, and lets through what comes: it gets each message
// once, in order.
func (m *member) catchUp() {
	if m.was != nil {
		m.recover(m.was)
		return
	}
	if m.last == 0 {
		m.tap.Open(nil, 0)
		return
	}
	past, upTo := m.door.opts.Recent.Last(m.space.name, nil, nil, m.last)
	m.tap.Open(m.framesOf(past), upTo)
}

// framesOf makes the outbox entries of messages for this client. They have no offset:
// newer ones may have gone before them.
func (m *member) framesOf(past []*msg.Record) [][]byte {
	frames := make([][]byte, len(past))
	for i, r := range past {
		frames[i] = messageFrame(r.Message, 0, m.session.engine.Revision())
	}
	return frames
}
