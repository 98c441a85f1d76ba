package sio

import (
	"context"
	"maps"
	"slices"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

var errDisconnected = fault.Newf(fault.Forbidden, "disconnected by the hub")

// all returns the sessions there are now, in no order.
func (d *Door) all() []*session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.sessions))
}

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
	for _, m := range s.sockets() {
		m.socket.Disconnect(false)
	}
	s.engine.Close(errDisconnected, websocket.ClosePolicyViolation)
	return true
}

// Expel closes every connection that is here by the right of a caller that matches.
// Who comes in meanwhile is for Options.Welcome to refuse. Expel does not wait.
//
// Socket.IO has no words for the reason that clients would hand on, so they get the
// event "expelled" before, with the error as its argument. Those who have no right
// left are disconnected in a way that makes them stay away; the others come back in
// time, and are let in again or told why not.
func (d *Door) Expel(match func(c msg.Caller) bool, why *fault.Error) {
	for _, s := range d.all() {
		sockets := s.sockets()
		here := slices.ContainsFunc(sockets, func(m *member) bool { return slices.ContainsFunc(m.grants, match) })
		if !here && (len(sockets) > 0 || !match(s.caller)) {
			continue
		}
		for _, m := range sockets {
			s.must(eventFrame(m.space.name, "expelled", wire.ErrorOf(why)))
			if why.Kind == fault.Unauthorized && !slices.ContainsFunc(m.grants, func(c msg.Caller) bool { return !match(c) }) {
				m.socket.Disconnect(false)
			}
		}
		s.engine.Close(why, websocket.ClosePolicyViolation)
	}
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

// Announce refuses new clients from now on, and emits the event "stopping",
// without arguments, to those who are connected: they still get what waits in
// the lanes. Socket.IO has no word of its own for it but closing the connection.
func (d *Door) Announce() {
	d.leaving.Store(true)
	d.engine.Leave()
	for _, s := range d.all() {
		for _, m := range s.sockets() {
			s.must(eventFrame(m.space.name, "stopping"))
		}
	}
}

// Stop closes every connection in a way that makes clients come back when the
// hub is back; see eio.Server.Stop. It returns when all of the door's goroutines
// have ended, or when ctx ends.
func (d *Door) Stop(ctx context.Context) {
	d.leaving.Store(true)
	ended := d.engine.Stop(ctx)
	if !d.inside.close(ctx) || !ended {
		d.log.Warn("Clients cut off, stopping took too long")
	}
}
