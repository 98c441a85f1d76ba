package ws

import (
	"maps"
	"slices"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// Clients lists the connected clients, in no order. Viewers are not clients:
// they get no messages.
func (d *Door) Clients() []msg.Client {
	sockets := d.sockets()
	list := make([]msg.Client, len(sockets))
	for i, s := range sockets {
		list[i] = s.client()
	}
	return list
}

// Pulses calls each with the pulse of every client, in no order. It is for one
// caller; see outbox.Outbox.Pulse.
func (d *Door) Pulses(each func(msg.Pulse)) {
	for _, s := range d.sockets() {
		p := s.out.Pulse()
		p.ID, p.Address, p.Since = s.id, s.address, s.since
		each(p)
	}
}

func (d *Door) sockets() []*socket {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.AppendSeq(make([]*socket, 0, len(d.clients)), maps.Values(d.clients))
}

// find returns the client with that id; nil when there is none.
func (d *Door) find(id string) *socket {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clients[id]
}

// Client describes the client with that id, and reports whether there is one.
func (d *Door) Client(id string) (msg.Client, bool) {
	s := d.find(id)
	if s == nil {
		return msg.Client{}, false
	}
	return s.client(), true
}

// Disconnect closes the client with that id, and reports whether there was one.
func (d *Door) Disconnect(id string) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.Shut(outbox.ErrDisconnected, websocket.ClosePolicyViolation)
	return true
}

// SetSlowPolicy says what happens from now on when the outbox of the client with
// that id is full, and reports whether there is one.
func (d *Door) SetSlowPolicy(id string, p msg.SlowPolicy) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.out.SetSlowPolicy(p)
	return true
}

// Members are the ids of those who get a namespace's messages, in no order.
func (d *Door) Members(namespace string) []string { return d.index.members(namespace) }

// Break cuts the client with that id off without a word, and reports whether there was
// one.
func (d *Door) Break(id string) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.Break(outbox.ErrBroken)
	return true
}

// SetDrain has the client with that id get so many messages a second at most, and
// reports whether there is one; 0: as many as it reads.
func (d *Door) SetDrain(id string, perSecond float64) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.out.SetDrain(perSecond)
	return true
}

// left tells of a client that was let in and has left.
func (s *socket) left(reason error) {
	if s.caller().Scopes == 0 {
		return
	}
	s.door.opts.Left(outbox.DepartureOf(s.client(), reason))
}

// Addressee returns the client with that id as the only one a message in a
// namespace is for, and reports whether there is one.
func (d *Door) Addressee(id, namespace string) (to msg.Addressee, ok bool) {
	s := d.find(id)
	if s == nil {
		return to, false
	}
	to = msg.Addressee{Door: msg.DoorWebSocket, Namespaces: s.client().Namespaces}
	if slices.Contains(to.Namespaces, namespace) {
		to.Socket = id
	}
	return to, true
}
