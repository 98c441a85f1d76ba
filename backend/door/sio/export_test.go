package sio

import "github.com/zishang520/socket.io/servers/engine/v3"

// Sessions is how many connections the door and the library know of.
func (d *Door) Sessions() (ours, theirs int) { return len(d.all()), d.engine.Clients().Len() }

// Spaces is how many namespaces there are, the root included.
func (d *Door) Spaces() int {
	d.spaces.mu.RLock()
	defer d.spaces.mu.RUnlock()
	return len(d.spaces.byName)
}

// Links is how many WebSocket connections are open.
func (d *Door) Links() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.links)
}

// Limits of the package.
const (
	MaxNamespaces    = maxNamespaces
	MaxRoomsJoined   = maxRoomsJoined
	MaxWaitingFrames = maxWaitingFrames
	MaxStrangers     = maxStrangers
	JoinTime         = joinTime
)

// Seats is how many seats are taken, and by sessions of how many hosts that have
// joined no namespace.
func (d *Door) Seats() (taken, hosts int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seats, len(d.strangers)
}

// Polls is how many polls wait for an answer.
func (d *Door) Polls() int {
	n := 0
	for _, s := range d.all() {
		if p, ok := s.conn.Transport().(*polling); ok {
			p.mu.Lock()
			if p.poll != nil {
				n++
			}
			p.mu.Unlock()
		}
	}
	return n
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

// BreakOnFirstPacket makes every new connection break when Socket.IO sends its
// first packet.
func (d *Door) BreakOnFirstPacket() {
	_ = d.engine.On("connection", func(args ...any) {
		conn := args[0].(engine.Socket)
		_ = conn.Once("packetCreate", func(...any) { conn.Close(true) })
	})
}
