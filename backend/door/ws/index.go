package ws

import (
	"maps"
	"slices"
	"sync"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// index knows who gets which message. A send collects whom it is for under its
// lock and sends without it, for sending takes milliseconds where there are
// thousands; nothing else under the lock takes more than microseconds.
type index struct {
	mu     sync.Mutex
	spaces map[string]*space
	sends  uint64

	crowds outbox.Crowds // the emitter's
}

// space is one namespace's subscriptions.
type space struct {
	byClient map[string]*subscription
	all      *row            // those to all events
	byEvent  map[string]*row // the others
	byRoom   map[string]*row
}

// row is a list of subscriptions from which one can be removed at once.
type row struct {
	seats []seat
	taps  []*outbox.Tap // those of the seats: a message to all of them takes a copy
}

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

	tap    *outbox.Tap // into out
	places []*place
	mark   uint64 // the send that has reached it last; a message may be for several of its rooms
}

// wants reports whether an event was asked for.
func (s *subscription) wants(event string) bool {
	return len(s.events) == 0 || slices.Contains(s.events, event)
}

// add puts s in place of old, which may be nil, and the answer in its outbox
// before anything else of s.
//
// Unless s has a tap of its own, it takes over that of old, so that what is
// being sent this moment is not lost: it may come right after the answer, even
// if only old wanted it. With a tap of its own nothing of old follows.
func (x *index) add(s, old *subscription, answer []byte) {
	now := time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	if old != nil {
		x.drop(old)
		if s.tap == nil {
			s.tap = old.tap
		} else {
			old.tap.Close()
		}
	}
	if s.tap == nil {
		s.tap = outbox.NewTap(s.out)
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
}

// join subscribes s in place of old, with the last messages of each stream
// before the live ones: no gap, and none twice.
func (d *Door) join(s, old *subscription, n int, answer []byte) {
	s.tap = outbox.NewLateTap(s.out)
	d.index.add(s, old, answer)
	past, upTo := d.opts.Recent.Last(s.namespace, s.events, s.rooms, n)
	frames := make([][]byte, len(past))
	for i, r := range past {
		frames[i] = eventFrame(r.Message, r.At)
	}
	s.tap.Open(frames, upTo)
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
	r.taps = append(r.taps, s.tap)
	s.places = append(s.places, p)
}

// stand gives the place to the row's last one.
func (p *place) stand() {
	r := p.row
	last := len(r.seats) - 1
	r.seats[p.at], r.taps[p.at] = r.seats[last], r.taps[last]
	*r.seats[p.at].at = p.at
	r.seats[last], r.taps[last] = seat{}, nil
	r.seats, r.taps = r.seats[:last], r.taps[:last]
}

// remove ends a subscription: nothing of it follows, not even what is being sent
// this moment.
func (x *index) remove(s *subscription) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(s)
	s.tap.Close()
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

// members are the clients that have subscribed to a namespace.
func (x *index) members(namespace string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	sp := x.spaces[namespace]
	if sp == nil {
		return nil
	}
	return slices.Collect(maps.Keys(sp.byClient))
}

func forgetEmpty(rows map[string]*row, name string) {
	if r := rows[name]; r != nil && len(r.seats) == 0 {
		delete(rows, name)
	}
}

// Send puts e in the outbox of every subscriber it is for and returns how many
// those are. The frame is made once, if anybody gets it. Send never blocks; the
// emitter's goroutine calls it. Every few pushes it calls giveWay, which may call
// Send for a message of another namespace.
func (d *Door) Send(e msg.Emission, giveWay func()) (sockets int) {
	return d.index.send(e, giveWay)
}

func (x *index) send(e msg.Emission, giveWay func()) (sockets int) {
	crowd := x.audience(e.Message, x.crowds.Take())
	if len(crowd) > 0 {
		sockets = outbox.Fan(crowd, eventFrame(e.Message, e.At), e, giveWay)
	}
	x.crowds.Return(crowd)
	return sockets
}

// audience appends the taps of those m is for, each once.
func (x *index) audience(m *msg.Message, taps []*outbox.Tap) []*outbox.Tap {
	x.mu.Lock()
	defer x.mu.Unlock()
	sp := x.spaces[m.Namespace]
	switch {
	case sp == nil:
	case m.To != "":
		if s := sp.byClient[m.To]; s != nil && s.wants(m.Event) {
			taps = append(taps, s.tap)
		}
	case len(m.Rooms) > 0:
		x.sends++
		for _, name := range m.Rooms {
			taps = sp.byRoom[name].once(taps, m, x.sends)
		}
	default:
		taps = sp.all.each(taps, m)
		taps = sp.byEvent[m.Event].each(taps, m)
	}
	return taps
}

// each appends the taps of all but the client that m leaves out. A nil row is an
// empty one.
func (r *row) each(taps []*outbox.Tap, m *msg.Message) []*outbox.Tap {
	switch {
	case r == nil:
	case m.Except == "":
		taps = append(taps, r.taps...)
	default:
		for _, seat := range r.seats {
			if seat.sub.client != m.Except {
				taps = append(taps, seat.sub.tap)
			}
		}
	}
	return taps
}

// once appends the taps of those who wait for m's event and were not reached by
// way of another room. A nil row is an empty one.
func (r *row) once(taps []*outbox.Tap, m *msg.Message, mark uint64) []*outbox.Tap {
	if r == nil {
		return taps
	}
	for _, seat := range r.seats {
		if s := seat.sub; s.mark != mark && s.client != m.Except && s.wants(m.Event) {
			s.mark = mark
			taps = append(taps, s.tap)
		}
	}
	return taps
}
