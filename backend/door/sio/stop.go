package sio

import (
	"context"
	"slices"
	"time"

	"emitscope/backend/msg"
)

// flushTime is how long a client may take to read what waits for it before its
// connection is closed by us. The server gives Stop 0.8 s in all, and a client
// that is between two polls should not use that up.
const flushTime = 500 * time.Millisecond

// lookEvery is how often we look whether something has ended. The library tells
// nobody when a packet has reached the network.
const lookEvery = 2 * time.Millisecond

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
// away, and gets what waits for it if it reads that within flushTime.
func (d *Door) Disconnect(id string) bool {
	s := d.sessionOf(id)
	if s == nil || !d.enter() {
		return false
	}
	defer d.leave()
	s.mu.Lock()
	members := slices.Clone(s.members)
	s.mu.Unlock()
	for _, m := range members {
		m.socket.Disconnect(false)
	}
	await(context.Background(), flushTime, s.flushed)
	s.bye(closePolicy, "disconnected by the hub")
	return true
}

// sessionOf returns the session that carries the socket with this id, or whose
// first one did; nil when there is none.
func (d *Door) sessionOf(id string) *session {
	for _, s := range d.all() {
		s.mu.Lock()
		found := s.id == id || slices.ContainsFunc(s.members, func(m *member) bool { return m.id == id })
		s.mu.Unlock()
		if found && id != "" {
			return s
		}
	}
	return nil
}

// Announce refuses new clients from now on, and emits the event "stopping",
// without arguments, to those who are connected: they still get what waits in
// the lanes. Socket.IO has no word of its own for it but closing the connection.
func (d *Door) Announce() {
	d.enterPhase(leaving)
	for _, s := range d.all() {
		s.mu.Lock()
		members := slices.Clone(s.members)
		s.mu.Unlock()
		for _, m := range members {
			o := encodeMessage(&msg.Message{Namespace: m.space.name, Event: "stopping", Payload: []byte("[]"), Spread: true})
			m.socket.Client().WriteToEngine(o.packets, o.options)
		}
	}
}

// Stop closes every connection in a way that makes clients come back when the
// hub is back: a polling client gets Engine.IO's close packet, a WebSocket
// client the close code 1001. What waits for clients is flushed before, for at
// most flushTime; for so long a client that is between two polls is waited for.
// Stop returns when all of the door's goroutines have ended, or when ctx ends;
// then it cuts what is left. The library's own end with the connections.
func (d *Door) Stop(ctx context.Context) {
	d.enterPhase(leaving)
	await(ctx, flushTime, func() bool { return !slices.ContainsFunc(d.all(), func(s *session) bool { return !s.reachable() }) })
	ended := await(ctx, 0, func() bool {
		open := d.all() // some may just have connected
		for _, s := range open {
			if s.flushed() {
				s.bye(closeGoingAway, "the hub is stopping")
			} else {
				s.conn.Close(true) // it would not read our reason either
			}
		}
		return len(open) == 0 && d.active.Load() == 0
	})
	d.enterPhase(stopped)
	if ended {
		ended = await(ctx, 0, func() bool { return d.active.Load() == 0 })
	}
	if !ended {
		d.log.Warn("Clients cut off, stopping took too long", "connections", len(d.all()), "active", d.active.Load())
	}
	d.cutLinks()
}

// cutLinks closes the WebSocket connections that no session owns any more.
func (d *Door) cutLinks() {
	d.mu.Lock()
	links := make([]*link, 0, len(d.links))
	for l := range d.links {
		links = append(links, l)
	}
	d.mu.Unlock()
	for _, l := range links {
		l.Close()
	}
}

func (d *Door) enterPhase(p phase) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.phase = max(d.phase, p)
}

// await waits until done reports true, ctx ends, or limit has passed (0: there is
// none), and returns what done said last.
func await(ctx context.Context, limit time.Duration, done func() bool) bool {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return done()
		case <-look.C:
		}
	}
	return true
}
