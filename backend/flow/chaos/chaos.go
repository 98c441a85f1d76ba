// Package chaos makes a namespace misbehave on purpose, so that those who write its
// clients can see what they do then: messages are held back, dropped, sent twice or in
// another order, the lane stalls, clients are cut off or read slowly.
//
// It stands between the lanes and the emitter, which asks it for the message whose
// turn it is. So what is held back still leaves by the one emitter, and while no fault
// is on, all that it costs is to look at one flag.
package chaos

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// lanes hold the messages that wait; see package emit. Hold lets nothing out of one
// until then; the zero time lets it out at once.
type lanes interface {
	Take(now time.Time) (t msg.Turn, next time.Time, ok bool)
	TakeSlot(now time.Time, busy []string) (t msg.Turn, ok bool)
	Hold(namespace string, until time.Time) error
}

// watcher is told what became of messages that are not emitted. It never blocks.
type watcher interface{ Observe(r *msg.Record) }

// clients are those who get messages.
type clients interface {
	// Members are the ids of those who get a namespace's messages.
	Members(namespace string) []string
	// Break cuts a connection off without a word, as a broken network does.
	Break(id string) bool
	// SetDrain has a client get so many messages a second at most; 0: as many as it reads.
	SetDrain(id string, perSecond float64) bool
}

// MaxPlaces is how many namespaces can have faults at once: more are no trial any more.
const MaxPlaces = 32

// What is held back at most, over all namespaces. Beyond that the oldest of the
// namespace in question leaves sooner than was drawn.
const (
	maxHeld      = 10_000
	maxHeldBytes = 64 << 20
)

// Options are what Faults need. All must be set.
type Options struct {
	Lanes   lanes
	Watch   watcher
	Clients clients
	Wake    func() // has the emitter ask anew; it must not block
	// Ended is told of the faults of a namespace whose time is over. It may block.
	Ended func(namespace string)
}

// Faults are all that are on. All methods may be called from any goroutine, but only
// the emitter's may call Take and TakeSlot, and Run is called once.
type Faults struct {
	o       Options
	changed chan struct{} // capacity 1: Run should look again
	totals  [msg.FaultKinds]atomic.Uint64

	// any is set while places has any: no other cost is paid on the way of messages
	// without faults.
	any atomic.Bool

	mu        sync.Mutex
	places    map[string]*place
	held      int
	heldBytes int
	stopped   bool
	emptied   chan struct{} // capacity 1: held became 0
}

// New returns Faults of which none is on.
func New(o Options) *Faults {
	return &Faults{o: o, changed: make(chan struct{}, 1), emptied: make(chan struct{}, 1), places: make(map[string]*place)}
}

// Set puts faults on a namespace, in place of those it has. The errors are Invalid,
// TooMany where too many namespaces have some or its lane cannot be made, and Stopping.
func (f *Faults) Set(namespace string, s msg.FaultSettings) (msg.FaultState, error) {
	if err := msg.CheckNamespace(namespace); err != nil {
		return msg.FaultState{}, err
	}
	if err := s.Check(); err != nil {
		return msg.FaultState{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.places[namespace]
	switch {
	case f.stopped:
		return msg.FaultState{}, fault.Newf(fault.Stopping, "the hub is stopping")
	case p == nil && len(f.places) >= MaxPlaces:
		return msg.FaultState{}, fault.Newf(fault.TooMany, "%d namespaces have faults; more are not possible", MaxPlaces).WithCode("too_many_faults").
			WithHint("switch those of another namespace off")
	}
	now := time.Now()
	until := time.Time{} // also ends the stall that is on
	if s.Stall > 0 {
		until = now.Add(s.Stall)
	}
	if err := f.o.Lanes.Hold(namespace, until); err != nil {
		return msg.FaultState{}, err
	}
	if p == nil {
		p = &place{namespace: namespace}
		f.places[namespace] = p
		f.any.Store(true)
	}
	for s.Seed == 0 {
		s.Seed = rand.Uint64N(1 << 53) // JSON readers know no larger ones exactly
	}
	p.begin(s, now)
	if s.Stall > 0 {
		f.count(p, msg.FaultStall, 1)
	}
	f.tell()
	return p.state(), nil
}

// Clear switches the faults of a namespace off; NotFound: it has none. What was held
// back is due at once, in its order.
func (f *Faults) Clear(namespace string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.places[namespace]
	if p == nil || !p.on {
		return noFaults(namespace)
	}
	f.end(p, time.Now())
	f.tell()
	return nil
}

// ClearAll switches all of them off, and returns whose they were.
func (f *Faults) ClearAll() (namespaces []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for _, p := range f.places {
		if p.on {
			f.end(p, now)
			namespaces = append(namespaces, p.namespace)
		}
	}
	f.tell()
	slices.Sort(namespaces)
	return namespaces
}

// List returns the faults that are on, by namespace.
func (f *Faults) List() []msg.FaultState {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []msg.FaultState
	for _, p := range f.places {
		if p.on {
			all = append(all, p.state())
		}
	}
	slices.SortFunc(all, func(a, b msg.FaultState) int { return strings.Compare(a.Namespace, b.Namespace) })
	return all
}

// One returns the faults of one namespace; NotFound: it has none.
func (f *Faults) One(namespace string) (msg.FaultState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.places[namespace]; p != nil && p.on {
		return p.state(), nil
	}
	return msg.FaultState{}, noFaults(namespace)
}

func noFaults(namespace string) error {
	return fault.Newf(fault.NotFound, "no faults are on in %s", namespace).WithHint("GET /api/v1/faults lists those that are")
}

// Total is how often faults of a kind have happened since the start.
func (f *Faults) Total(k msg.FaultKind) uint64 { return f.totals[k].Load() }

// count is for who holds mu.
func (f *Faults) count(p *place, k msg.FaultKind, n int) {
	p.counts[k] += uint64(n)
	f.totals[k].Add(uint64(n))
}

// end switches a place's faults off. The caller holds mu.
func (f *Faults) end(p *place, now time.Time) {
	_ = f.o.Lanes.Hold(p.namespace, time.Time{}) // freeing a lane cannot fail
	p.end(now)
	f.forget(p)
}

// forget drops a place that is of no use any more. The caller holds mu.
func (f *Faults) forget(p *place) {
	if !p.on && p.waiting() == 0 {
		delete(f.places, p.namespace)
		f.any.Store(len(f.places) > 0)
	}
}

// tell has the emitter and Run look again. The caller holds mu.
func (f *Faults) tell() {
	f.o.Wake()
	signal(f.changed)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
