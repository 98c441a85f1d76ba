package sio

import (
	"sync"

	"github.com/zishang520/socket.io/servers/socket/v3"

	"emitscope/backend/fault"
)

// root is the namespace that is always there.
const root = "/"

// spaces are the namespaces that have, or are about to have, members.
type spaces struct {
	most      int // Options.MaxNamespaces
	mostRooms int // Options.MaxRooms
	reached   func(limit string)

	// connectMu is held while the library handles a CONNECT packet, and while
	// empty namespaces are removed. The library looks a namespace up twice for
	// each CONNECT; were it removed between, a second one without our admission
	// would be made in its place.
	connectMu sync.Mutex
	admitted  *stay // by the CONNECT packet that is handled; nil: not yet, or never
	// pin stands in each namespace of the library as a socket that never leaves:
	// the library removes a namespace when its last socket has left, and would
	// do so at the wrong moments. Taking the pin out is how we remove one.
	pin *socket.Socket

	mu      sync.RWMutex
	byName  map[string]*space
	emptied []*space // maybe without members; looked at before the next CONNECT
}

// space is one namespace with its members.
type space struct {
	name    string
	library socket.Namespace
	all     *spaces

	mu      sync.Mutex
	members map[string]*member // by socket id
	viewers []*member          // those of members that may view, in no order
	rooms   map[string]map[*member]struct{}
}

// newSpaces lets the library serve any namespace: admit says who may come in,
// and join is called once somebody has.
func newSpaces(io *socket.Server, admit socket.NamespaceMiddleware, join func(*socket.Socket), o Options) *spaces {
	all := &spaces{
		most: o.MaxNamespaces, mostRooms: o.MaxRooms, reached: o.Reached,
		pin: socket.MakeSocket(), byName: make(map[string]*space),
	}
	joined := func(args ...any) { join(args[0].(*socket.Socket)) } //nolint:errcheck // the library's contract

	// Whether a name is valid is for admit to say, who can explain it.
	match := func(_ string, _ map[string]any, next func(error, bool)) { next(nil, true) }
	others := io.Of(socket.ParentNspNameMatchFn(&match), nil)
	others.Use(admit)
	_ = others.On("connection", joined) // On fails for no listener only

	first := io.Sockets()
	first.Use(admit)
	_ = first.On("connection", joined)
	_ = first.On("new_namespace", func(args ...any) {
		all.add(args[0].(socket.Namespace)) //nolint:errcheck // the library's contract
	})
	all.add(first)
	return all
}

func (all *spaces) add(n socket.Namespace) {
	n.Sockets().Store(all.pin.Id(), all.pin)
	s := &space{
		name: n.Name(), library: n, all: all,
		members: make(map[string]*member), rooms: make(map[string]map[*member]struct{}),
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.byName[s.name] = s
	all.emptied = append(all.emptied, s)
}

// connecting runs handle, which gives the library a CONNECT packet, when all
// that is empty has been removed. Namespaces come and go at no other time. It
// returns the stay of the socket that was admitted; nil: it was refused.
func (all *spaces) connecting(handle func()) *stay {
	all.connectMu.Lock()
	defer all.connectMu.Unlock()
	all.sweep()
	all.admitted = nil
	handle()
	return all.admitted
}

func (all *spaces) sweep() {
	all.mu.Lock()
	emptied := all.emptied
	all.emptied = nil
	var gone []*space
	for _, s := range emptied {
		if s.name != root && all.byName[s.name] == s && s.isEmpty() {
			delete(all.byName, s.name)
			gone = append(gone, s)
		}
	}
	all.mu.Unlock()
	for _, s := range gone {
		s.library.Remove(all.pin) // the last socket: the library lets go of the namespace
		// A refused socket may leave later. The pin keeps that from removing
		// a namespace of the same name made since.
		s.library.Sockets().Store(all.pin.Id(), all.pin)
	}
}

// find returns the namespace of this name, nil when nobody is in it.
func (all *spaces) find(name string) *space {
	all.mu.RLock()
	defer all.mu.RUnlock()
	return all.byName[name]
}

// admit adds m. The id of a Socket.IO 2 client is that of its session, so one that
// comes back before its last socket has left would take that one's place.
func (s *space) admit(m *member) error {
	s.all.mu.RLock()
	spaces := len(s.all.byName)
	s.all.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[m.id] != nil {
		return fault.Newf(fault.Conflict, "the connection has a socket in this namespace").WithHint("wait until it has left")
	}
	if len(s.members) == 0 && spaces > s.all.most+1 { // one is the root
		s.all.reached("max_namespaces")
		return fault.Newf(fault.TooMany, "clients are connected to %d namespaces; more are not allowed", s.all.most).
			WithHint("connect to one that is in use, or raise limits.max_namespaces")
	}
	s.members[m.id] = m
	if m.tap != nil {
		m.place = len(s.viewers)
		s.viewers = append(s.viewers, m)
	}
	return nil
}

// drop removes m, if it is still there.
func (s *space) drop(m *member) {
	s.mu.Lock()
	if s.members[m.id] != m {
		s.mu.Unlock()
		return
	}
	delete(s.members, m.id)
	if m.tap != nil {
		last := s.viewers[len(s.viewers)-1]
		s.viewers[m.place], last.place = last, m.place
		s.viewers[len(s.viewers)-1] = nil
		s.viewers = s.viewers[:len(s.viewers)-1]
		m.tap.Close() // for a Send that has picked it
	}
	for room := range m.rooms {
		s.leave(m, room)
	}
	empty := len(s.members) == 0
	s.mu.Unlock()
	if empty && s.name != root {
		s.all.mu.Lock()
		s.all.emptied = append(s.all.emptied, s)
		s.all.mu.Unlock()
	}
}

func (s *space) isEmpty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.members) == 0
}

// joinRooms puts m in all of rooms, or in none when they would be too many.
func (s *space) joinRooms(m *member, rooms []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[m.id] != m {
		return nil // it has left
	}
	more := 0
	for _, r := range rooms {
		if _, in := m.rooms[r]; !in {
			more++
		}
	}
	if len(m.rooms)+more > s.all.mostRooms {
		s.all.reached("max_rooms")
		return fault.Newf(fault.TooMany, "a socket can be in %d rooms; it is in %d", s.all.mostRooms, len(m.rooms)).
			WithHint("leave some first, or raise limits.max_rooms")
	}
	if m.rooms == nil {
		m.rooms = make(map[string]struct{})
	}
	for _, r := range rooms {
		m.rooms[r] = struct{}{}
		if s.rooms[r] == nil {
			s.rooms[r] = make(map[*member]struct{})
		}
		s.rooms[r][m] = struct{}{}
	}
	return nil
}

func (s *space) leaveRooms(m *member, rooms []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rooms {
		s.leave(m, r)
	}
}

func (s *space) leave(m *member, room string) {
	delete(m.rooms, room)
	delete(s.rooms[room], m)
	if len(s.rooms[room]) == 0 {
		delete(s.rooms, room)
	}
}

// roomsOf returns the rooms m is in, in no order.
func (s *space) roomsOf(m *member) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	rooms := make([]string, 0, len(m.rooms))
	for r := range m.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}
