package sio

import (
	"time"

	"github.com/zishang520/socket.io/servers/socket/v3"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// expect has the answer to e given to whoever waits for it. s is nil where nobody
// is in the namespace.
//
// The library keeps the acks that are awaited of each socket, by the packet's id:
// that is the message's number, which no other packet has.
func (s *space) expect(e msg.Emission) {
	m := s.viewer(e.To)
	if m == nil {
		e.Ack.Answered(msg.Answer{Err: errLeft()})
		return
	}
	acks := m.socket.Acks()
	acks.Store(e.Seq, func(args []any, err error) {
		if err != nil {
			e.Ack.Answered(msg.Answer{Err: err})
			return
		}
		e.Ack.Answered(answerOf(args, time.Since(e.At)))
	})
	time.AfterFunc(e.Ack.Within, func() { acks.Delete(e.Seq) }) // or a client that never answers would fill the memory
	select {
	case <-m.stay.leaving: // maybe before the ack was stored, so that nobody has told
		e.Ack.Answered(msg.Answer{Err: errLeft()})
	default:
	}
}

// viewer returns the socket with this id, if it may view; nil: there is none.
func (s *space) viewer(id string) *member {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.members[id]; m != nil && m.tap != nil {
		return m
	}
	return nil
}

// giveUp tells those who wait for this socket's acks that it is leaving. The library
// forgets the acks after that.
func (m *member) giveUp() {
	close(m.stay.leaving)
	m.socket.Acks().Range(func(_ uint64, ack socket.Ack) bool {
		ack(nil, errLeft())
		return true
	})
}

func errLeft() error {
	return fault.Newf(fault.NotFound, "the client left before it confirmed the message").WithCode("client_left").
		WithHint("nobody knows whether it got it; look at Clients for why it left")
}

// answerOf reads what came with an ack: the one argument itself, or all of them as
// an array.
func answerOf(args []any, after time.Duration) msg.Answer {
	if len(args) == 0 {
		return msg.Answer{Payload: []byte(noArguments), Spread: true, RoundTrip: after}
	}
	in, ok := args[0].(*arguments)
	if !ok {
		return msg.Answer{Payload: []byte(noArguments), Spread: true, RoundTrip: after}
	}
	a := msg.Answer{Payload: in.payload, Spread: true, Attachments: in.attachments, RoundTrip: after}
	if l, err := scanList(in.payload); err == nil && l.elements == 1 {
		a.Payload, a.Spread = in.payload[l.first.from:l.first.to], false
	}
	// The decoder has seen to the brackets only.
	payload, err := jsontext.Compact(a.Payload)
	if err != nil {
		return msg.Answer{RoundTrip: after, Err: fault.Newf(fault.Invalid, "the client confirmed the message with what is not valid: %s", fault.From(err).Message).
			WithCode("invalid_ack").WithHint("look at what its program hands to the callback")}
	}
	a.Payload = payload
	return a
}
