package sio

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// Clients returns a description of every connection that has joined a namespace,
// oldest first. Its id is that of its first socket.
func (d *Door) Clients() []msg.Client {
	var clients []msg.Client
	for _, s := range d.all() {
		if c, ok := s.client(); ok {
			clients = append(clients, c)
		}
	}
	slices.SortFunc(clients, func(a, b msg.Client) int { return a.Since.Compare(b.Since) })
	return clients
}

// Disconnect closes the connection that carries the socket with this id, and
// reports whether there was one. The client is told in a way that makes it stay
// away, after what waits for it. Disconnect does not wait for that.
func (d *Door) Disconnect(id string) bool {
	s := d.sessionOf(id)
	if s == nil {
		return false
	}
	for _, m := range s.showOut() {
		m.socket.Disconnect(false)
	}
	s.engine.Close(outbox.ErrDisconnected, websocket.ClosePolicyViolation)
	return true
}

// SetSlowPolicy says what happens from now on when the outbox of the connection that
// carries the socket with this id is full, and reports whether there is one.
func (d *Door) SetSlowPolicy(id string, p msg.SlowPolicy) bool {
	s := d.sessionOf(id)
	if s == nil {
		return false
	}
	s.out.SetSlowPolicy(p)
	return true
}

// Pulses calls each with the pulse of every connection that Clients has, in no
// order. It is for one caller; see outbox.Outbox.Pulse.
func (d *Door) Pulses(each func(msg.Pulse)) {
	d.mu.Lock()
	named := slices.AppendSeq(make([]*session, 0, len(d.named)), maps.Values(d.named))
	d.mu.Unlock()
	for _, s := range named {
		if !s.engine.IsAlive() {
			continue
		}
		p := s.out.Pulse()
		p.ID, p.Address, p.Since = s.name(), s.engine.Address(), s.since
		each(p)
	}
}

// Members are the ids of the connections that are in a namespace, in no order.
func (d *Door) Members(namespace string) []string {
	s := d.spaces.find(namespace)
	if s == nil {
		return nil
	}
	s.mu.Lock()
	members := slices.AppendSeq(make([]*member, 0, len(s.members)), maps.Values(s.members))
	s.mu.Unlock()
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.session.name()
	}
	return ids
}

// Break cuts the connection whose first socket has this id off without a word, and
// reports whether there was one. Clients come back from that by themselves.
func (d *Door) Break(id string) bool {
	s := d.byName(id)
	if s == nil {
		return false
	}
	s.engine.Break(outbox.ErrBroken)
	return true
}

// SetDrain has the connection whose first socket has this id get so many messages a
// second at most, and reports whether there is one; 0: as many as it reads.
func (d *Door) SetDrain(id string, perSecond float64) bool {
	s := d.byName(id)
	if s == nil {
		return false
	}
	s.out.SetDrain(perSecond)
	return true
}

// Client describes the connection whose first socket has this id, and reports
// whether there is one.
func (d *Door) Client(id string) (msg.Client, bool) {
	s := d.byName(id)
	if s == nil {
		return msg.Client{}, false
	}
	return s.client()
}

// byName returns the session whose first socket has this id; nil when there is none.
func (d *Door) byName(id string) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.named[id]
}

// sessionOf returns the session that carries the socket with this id, or whose
// first one did; nil when there is none.
func (d *Door) sessionOf(id string) *session {
	for _, s := range d.all() {
		found := s.name() == id || slices.ContainsFunc(s.sockets(), func(m *member) bool { return m.id == id })
		if found && id != "" && s.engine.IsAlive() {
			return s
		}
	}
	return nil
}

// client describes the session; false before it has joined a namespace, and when
// it closes.
func (s *session) client() (msg.Client, bool) {
	id, members := s.name(), s.sockets()
	if id == "" || !s.engine.IsAlive() {
		return msg.Client{}, false
	}
	return s.describe(id, members), true
}

func (s *session) describe(id string, members []*member) msg.Client {
	c := msg.Client{
		ID: id, Door: msg.DoorSocketIO, Transport: s.engine.Transport(), Address: s.engine.Address(), Name: s.calledBy(), Agent: s.agent,
		Since: s.since, Sent: s.out.Sent(), Missed: s.out.Missed(), Lag: s.out.Lag(), Slow: s.out.SlowPolicy(), Drain: s.out.Drain(),
		RoundTrip: s.engine.RoundTrip(),
	}
	for _, m := range members {
		c.Key = cmp.Or(c.Key, m.caller.Key)
		c.Namespaces = append(c.Namespaces, m.space.name)
		c.Rooms = append(c.Rooms, m.space.roomsOf(m)...)
	}
	slices.Sort(c.Namespaces)
	slices.Sort(c.Rooms)
	c.Rooms = slices.Compact(c.Rooms)
	return c
}

// left tells of a session that has ended, if it ever was in a namespace. members are
// those it was still in, or was shown out of; one that leaves politely has left them
// one by one.
func (s *session) left(members []*member, reason error) {
	id := s.name()
	if id == "" {
		return
	}
	c := s.describe(id, members)
	if len(members) == 0 {
		c.Namespaces, c.Key = s.lastIn()
	}
	s.door.opts.Left(outbox.DepartureOf(c, reason))
}

// Addressee returns the connection that carries the socket with this id, as the
// only one a message in a namespace is for, and reports whether there is one.
func (d *Door) Addressee(id, namespace string) (to msg.Addressee, ok bool) {
	s := d.sessionOf(id)
	if s == nil {
		return to, false
	}
	to.Door = msg.DoorSocketIO
	for _, m := range s.sockets() {
		to.Namespaces = append(to.Namespaces, m.space.name)
		if m.space.name == namespace && m.tap != nil {
			to.Socket = m.id
		}
	}
	slices.Sort(to.Namespaces)
	return to, true
}
