package sio

import "emitscope/backend/door/eio"

// Sessions is how many connections the door and the engine know of.
func (d *Door) Sessions() (ours, engines int) { return len(d.all()), len(d.engine.Sessions()) }

// Spaces is how many namespaces there are, the root included.
func (d *Door) Spaces() int {
	d.spaces.mu.RLock()
	defer d.spaces.mu.RUnlock()
	return len(d.spaces.byName)
}

// Limits of the package.
const (
	MaxStrangers = maxStrangers
	JoinTime     = joinTime
)

// Seats is how many seats are taken, and how many hosts are counted for them.
func (d *Door) Seats() (taken, hosts int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seats, len(d.strangers) + len(d.guests)
}

// Sockets is how many sockets the library and we have in namespaces.
func (d *Door) Sockets() int {
	d.spaces.mu.RLock()
	defer d.spaces.mu.RUnlock()
	n := 0
	for _, s := range d.spaces.byName {
		s.mu.Lock()
		n += len(s.members) + s.library.Sockets().Len() - 1 // one is the pin
		s.mu.Unlock()
	}
	return n
}

// Engine is what serves the sessions.
func (d *Door) Engine() *eio.Server { return d.engine }

// AwaitedAcks is how many acks of a namespace's sockets the library keeps a place for.
func (d *Door) AwaitedAcks(namespace string) (n int) {
	s := d.spaces.find(namespace)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members {
		n += m.socket.Acks().Len()
	}
	return n
}
