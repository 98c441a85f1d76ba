package ws

import (
	"slices"
	"sync"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// index knows who gets which message. Its lock is held for a whole Send, and
// otherwise only for what takes a microsecond, so nobody who subscribes can hold
// up the emitter.
type index struct {
	mu     sync.Mutex
	spaces map[string]*space
	sends  uint64

	// newest is the message sent last. Those before it are known to whoever keeps
	// the newest messages; this one perhaps not yet.
	newest        *msg.Message
	newestEmitted time.Time
}

// space is one namespace's subscriptions.
type space struct {
	byClient map[string]*subscription
	all      *row            // those to all events
	byEvent  map[string]*row // the others
	byRoom   map[string]*row
}

// row is a list of subscriptions from which one can be removed at once.
type row struct{ seats []seat }

type seat struct {
	sub *subscription
	at  *int // where the subscription notes the number of this seat
}

// place is where a subscription sits.
type place struct {
	row *row
	at  int
}

// subscription is one client's wish to get one namespace's messages. The index's
// lock guards what follows the blank line.
type subscription struct {
	client    string // its id
	namespace string
	events    []string // none: all
	rooms     []string
	out       *outbox.Outbox

	places []*place
	mark   uint64   // the Send that has reached it last; a message may be for several of its rooms
	joins  *joining // set while the last messages are being fetched
}

// wants reports whether an event was asked for.
func (s *subscription) wants(event string) bool {
	return len(s.events) == 0 || slices.Contains(s.events, event)
}

// hears reports whether a message to these rooms is for the subscription.
func (s *subscription) hears(rooms []string) bool {
	return len(rooms) == 0 || slices.ContainsFunc(rooms, func(r string) bool { return slices.Contains(s.rooms, r) })
}

// add puts s in place of old, which may be nil, and the answer in its outbox
// before anything else. It returns the message that was sent last.
func (x *index) add(s, old *subscription, answer []byte) (newest *msg.Message, emitted time.Time) {
	now := time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	if old != nil {
		x.drop(old)
	}
	sp := x.spaces[s.namespace]
	if sp == nil {
		if x.spaces == nil {
			x.spaces = make(map[string]*space)
		}
		sp = &space{
			byClient: make(map[string]*subscription), all: &row{}, byEvent: make(map[string]*row), byRoom: make(map[string]*row),
		}
		x.spaces[s.namespace] = sp
	}
	sp.byClient[s.client] = s
	if len(s.events) == 0 {
		s.sit(sp.all)
	}
	for _, e := range s.events {
		s.sit(rowOf(sp.byEvent, e))
	}
	for _, r := range s.rooms {
		s.sit(rowOf(sp.byRoom, r))
	}
	s.out.Must(answer, now)
	return x.newest, x.newestEmitted
}

func rowOf(rows map[string]*row, name string) *row {
	r := rows[name]
	if r == nil {
		r = &row{}
		rows[name] = r
	}
	return r
}

func (s *subscription) sit(r *row) {
	p := &place{row: r, at: len(r.seats)}
	r.seats = append(r.seats, seat{sub: s, at: &p.at})
	s.places = append(s.places, p)
}

// stand gives the place to the row's last one.
func (p *place) stand() {
	r := p.row
	last := len(r.seats) - 1
	r.seats[p.at] = r.seats[last]
	*r.seats[p.at].at = p.at
	r.seats[last] = seat{}
	r.seats = r.seats[:last]
}

func (x *index) remove(s *subscription) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(s)
}

// drop forgets a subscription. The caller holds mu.
func (x *index) drop(s *subscription) {
	for _, p := range s.places {
		p.stand()
	}
	s.places = nil
	sp := x.spaces[s.namespace]
	for _, e := range s.events {
		forgetEmpty(sp.byEvent, e)
	}
	for _, r := range s.rooms {
		forgetEmpty(sp.byRoom, r)
	}
	delete(sp.byClient, s.client)
	if len(sp.byClient) == 0 {
		delete(x.spaces, s.namespace)
	}
}

func forgetEmpty(rows map[string]*row, name string) {
	if r := rows[name]; r != nil && len(r.seats) == 0 {
		delete(rows, name)
	}
}

// Send puts m in the outbox of every subscriber it is for and returns how many
// those are. The frame is made once, if anybody gets it. Send never blocks; one
// goroutine calls it.
func (d *Door) Send(e msg.Emission, _ func()) (sockets int) {
	return d.index.send(e.Message, e.At)
}

func (x *index) send(m *msg.Message, emitted time.Time) int {
	delivery := delivery{m: m, emitted: emitted, now: time.Now()}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.newest, x.newestEmitted = m, emitted
	sp := x.spaces[m.Namespace]
	switch {
	case sp == nil:
	case m.To != "":
		if s := sp.byClient[m.To]; s != nil && s.wants(m.Event) {
			delivery.to(s)
		}
	case len(m.Rooms) > 0:
		x.sends++
		for _, name := range m.Rooms {
			if r := sp.byRoom[name]; r != nil {
				delivery.once(r, x.sends)
			}
		}
	default:
		delivery.each(sp.all)
		if r := sp.byEvent[m.Event]; r != nil {
			delivery.each(r)
		}
	}
	return delivery.sockets
}

// delivery is one message on its way to its subscribers.
type delivery struct {
	m       *msg.Message
	emitted time.Time
	now     time.Time
	frame   []byte // nil until somebody gets it
	sockets int
}

func (d *delivery) each(r *row) {
	for i := range r.seats {
		d.to(r.seats[i].sub)
	}
}

// once delivers to those in a room that wait for the event and were not reached
// by way of another room.
func (d *delivery) once(r *row, mark uint64) {
	for i := range r.seats {
		if s := r.seats[i].sub; s.mark != mark && s.wants(d.m.Event) {
			s.mark = mark
			d.to(s)
		}
	}
}

func (d *delivery) to(s *subscription) {
	if s.client == d.m.Except {
		return
	}
	if d.frame == nil {
		d.frame = eventFrame(d.m, d.emitted)
	}
	if s.joins != nil {
		s.joins.hold(d.m.Seq, d.frame)
		d.sockets++
	} else if s.out.Push(d.frame, d.now) {
		d.sockets++
	}
}
