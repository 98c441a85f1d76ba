package sio

import (
	"github.com/zishang520/socket.io/servers/socket/v3"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// event takes one event of the client. The library calls it for one event of a
// socket after the other, in the order they were sent.
func (m *member) event(args []any) {
	name, _ := args[0].(string)
	in, ok := args[1].(*arguments)
	if !ok || !m.door.inside.enter() {
		return
	}
	defer m.door.inside.leave()
	defer in.done()
	done, err := m.take(name, in)
	if done.Answered {
		return
	}
	var answer wire.Ack
	if err != nil {
		e := fault.From(err)
		answer = wire.Ack{Code: e.Code, Message: e.Message, Hint: e.Hint}
		if e.Kind == fault.Internal {
			m.door.log.Error("Event not taken", "client", m.id, "namespace", m.space.name, "error", err)
		} else {
			m.door.log.Debug("Event refused", "client", m.id, "namespace", m.space.name, "error", err)
		}
	} else {
		answer = wire.Ack{OK: true, Seq: done.LastSeq}
	}
	if ack, ok := args[len(args)-1].(socket.Ack); ok {
		ack([]any{answer}, nil)
	}
}

// take does what the event asks for: some are for the hub, all others are messages.
func (m *member) take(name string, in *arguments) (done msg.Receipt, err error) {
	switch name { // of msg.Requests
	case "publish":
		return m.publish(in)
	case "join":
		rooms, err := decodeRooms(in)
		if err != nil {
			return done, err
		}
		return done, m.space.joinRooms(m, rooms)
	case "leave":
		rooms, err := decodeRooms(in)
		if err != nil {
			return done, err
		}
		m.space.leaveRooms(m, rooms)
		return done, nil
	case "last":
		return done, m.sendLast(in)
	default:
		return m.say(name, in)
	}
}

// say hands in what a client says to the others.
func (m *member) say(name string, in *arguments) (msg.Receipt, error) {
	said := msg.Draft{
		Namespace: m.space.name, Event: name, Payload: in.payload, Spread: in.spread,
		Attachments: in.attachments, Said: true,
	}
	if m.tap != nil { // what a rule answers is not for who may not view
		said.Callback = in.callback
	}
	return m.accept(said)
}

// publish hands in a message in somebody's name.
func (m *member) publish(in *arguments) (msg.Receipt, error) {
	var p wire.Publish
	if err := decodeOne("publish", in, &p); err != nil {
		return msg.Receipt{}, err
	}
	d, err := p.Draft()
	if err != nil {
		return msg.Receipt{}, err
	}
	if d.Namespace == "" {
		d.Namespace = m.space.name
	}
	if len(in.attachments) > 0 {
		if len(d.Attachments) > 0 {
			return msg.Receipt{}, fault.Newf(fault.Invalid, "attachments come both as binary and in base64").WithCode("invalid_attachment").
				WithHint(`leave out "attachments", for Socket.IO carries binary itself`)
		}
		d.Attachments = in.attachments
	}
	return m.accept(d)
}

// accept hands d to intake.
func (m *member) accept(d msg.Draft) (msg.Receipt, error) {
	if !m.caller.Scopes.Has(msg.MayPublish) {
		return msg.Receipt{}, fault.Newf(fault.Forbidden, "this connection may not publish").WithHint("connect with a key that may")
	}
	d.Origin = msg.Origin{Door: msg.DoorSocketIO, Client: m.id, Address: m.host(), Key: m.caller.Key, Local: m.caller.Local}
	return m.door.opts.Intake.Accept(d)
}

// sendLast sends the last messages of one stream, or of all, once more.
func (m *member) sendLast(in *arguments) error {
	if !m.caller.Scopes.Has(msg.MayView) {
		return fault.Newf(fault.Forbidden, "this connection may not view").WithHint("connect with a key that may")
	}
	q := wire.Last{N: 1}
	if len(in.payload) > len(noArguments) || !in.spread {
		if err := decodeOne("last", in, &q); err != nil {
			return err
		}
	}
	if q.N < 1 || q.N > msg.MaxLast {
		return fault.Newf(fault.Invalid, "n is %d; it is 1 to %d", q.N, msg.MaxLast).WithCode("invalid_last")
	}
	var events []string
	if q.Event != "" {
		events = []string{q.Event}
	}
	last, _ := m.door.opts.Recent.Last(m.space.name, events, m.space.roomsOf(m), q.N)
	outbox.NewLateTap(m.session.out).Open(m.framesOf(last), 0) // it holds nothing: this is the past only
	return nil
}

// decodeOne reads the one argument of a reserved event.
func decodeOne(event string, in *arguments, v any) error {
	if in.spread {
		return fault.Newf(fault.Invalid, "%s takes one argument, an object", event).WithCode("invalid_type")
	}
	return wire.DecodeStrict(in.payload, v)
}

// decodeRooms reads a room's name, or an array of them, or several arguments.
func decodeRooms(in *arguments) ([]string, error) {
	var rooms []string
	if !in.spread && len(in.payload) > 0 && in.payload[0] == '"' {
		rooms = make([]string, 1)
		if err := wire.DecodeStrict(in.payload, &rooms[0]); err != nil {
			return nil, err
		}
	} else if err := wire.DecodeStrict(in.payload, &rooms); err != nil {
		return nil, err
	}
	if len(rooms) == 0 {
		return nil, fault.Newf(fault.Invalid, "no room is named").WithCode("invalid_room").WithHint("give a name or an array of names")
	}
	return rooms, msg.CheckRooms(rooms)
}
