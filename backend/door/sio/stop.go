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

// all returns the sessions there are now, in no order.
func (d *Door) all() []*session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.sessions))
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
		for _, m := range s.showOut() {
			s.must(eventFrame(m.space.name, "expelled", wire.ErrorOf(why)))
			if why.Kind == fault.Unauthorized && !slices.ContainsFunc(m.grants, func(c msg.Caller) bool { return !match(c) }) {
				m.socket.Disconnect(false)
			}
		}
		s.engine.Close(why, websocket.ClosePolicyViolation)
	}
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
