package rest

import (
	"maps"
	"slices"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// Clients returns the streams that are open.
func (d *Door) Clients() []msg.Client {
	streams := d.open()
	all := make([]msg.Client, len(streams))
	for i, s := range streams {
		all[i] = s.client()
	}
	return all
}

// Pulses calls each with the pulse of every open stream. It is for one caller; see
// outbox.Outbox.Pulse.
func (d *Door) Pulses(each func(msg.Pulse)) {
	for _, s := range d.open() {
		p := s.box.Pulse()
		p.ID, p.Address, p.Since = s.id, s.address, s.opened
		each(p)
	}
}

func (d *Door) open() []*stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.streams))
}

func (d *Door) find(id string) *stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.streams[id]
}

// Client describes one stream, and reports whether there is such a one.
func (d *Door) Client(id string) (msg.Client, bool) {
	s := d.find(id)
	if s == nil {
		return msg.Client{}, false
	}
	return s.client(), true
}

// Disconnect ends one stream at once, and reports whether there was such a one.
func (d *Door) Disconnect(id string) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.box.Close(outbox.ErrDisconnected)
	s.cut()
	return true
}

// SetSlowPolicy says what happens from now on when a stream's outbox is full, and
// reports whether there is such a one.
func (d *Door) SetSlowPolicy(id string, p msg.SlowPolicy) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.box.SetSlowPolicy(p)
	return true
}

// Members are the ids of the streams that a namespace's messages may be for, in no order.
func (d *Door) Members(namespace string) (ids []string) {
	for _, s := range d.open() {
		if s.namespace == "" || s.namespace == namespace {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// Break ends one stream without a word, and reports whether there was such a one.
func (d *Door) Break(id string) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.box.End(outbox.ErrBroken)
	s.cut()
	return true
}

// SetDrain has one stream get so many messages a second at most, and reports whether
// there is such a one; 0: as many as it reads.
func (d *Door) SetDrain(id string, perSecond float64) bool {
	s := d.find(id)
	if s == nil {
		return false
	}
	s.box.SetDrain(perSecond)
	return true
}

func (s *stream) client() msg.Client {
	c := msg.Client{
		ID: s.id, Door: msg.DoorREST, Transport: "sse", Address: s.address, Agent: s.agent, Key: s.caller.Key, Since: s.opened,
		Sent: s.box.Sent(), Missed: s.box.Missed(), Lag: s.box.Lag(), Slow: s.box.SlowPolicy(), Drain: s.box.Drain(),
	}
	if s.namespace != "" {
		c.Namespaces = []string{s.namespace}
	}
	return c
}

// ended tells of a stream that has ended.
func (d *Door) ended(s *stream) {
	if d.o.Left != nil {
		d.o.Left(outbox.DepartureOf(s.client(), s.box.Reason()))
	}
}

// Addressee reports whether there is a stream with that id. It has no messages of
// its own, for a browser would read them in any tab.
func (d *Door) Addressee(id, _ string) (to msg.Addressee, ok bool) {
	return msg.Addressee{Door: msg.DoorREST}, d.find(id) != nil
}
