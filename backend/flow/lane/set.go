package lane

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// DefaultMaxLanes is how many lanes a Set has at most when nobody says otherwise.
const DefaultMaxLanes = 256

// Options of a Set. Zero values mean the defaults.
type Options struct {
	// Configured are lanes that are there from the start and never expire, however
	// many. Their settings must have passed Check.
	Configured map[string]msg.LaneSettings
	// Wake is called, by whoever causes it, when a message may have become due
	// earlier than Take said; it must not block. It must be set.
	Wake func()
	// MaxLanes bounds what a stranger can create by inventing namespaces; default
	// DefaultMaxLanes. As many namespaces may have a line for replies.
	MaxLanes int
	// Reached is told, by the setting's name, of each lane that is not made because
	// there are too many; nil: nobody is. It must not block, nor call the Set.
	Reached func(limit string)
}

// expireAfter is how long a lane nobody configured may be idle.
const expireAfter = time.Hour

// Set is all lanes of the hub. A lane is made by the first message for it.
//
// Beside each namespace's lane runs an unpaced line of its own for messages to
// one socket (replies): an answer does not wait for the schedule of the news. And
// another one for messages that have a time of their own (a replay's): they neither
// wait for the lane nor take its slots. It is as large as a lane that nobody has
// changed, and rejects beyond.
//
// All methods may be called from any goroutine, but only one goroutine, the
// emitter's, may call Take and TakeSlot.
type Set struct {
	o       Options
	epoch   time.Time
	waiting atomic.Int64  // messages in all lines
	drained chan struct{} // capacity 1: waiting became 0

	mu     sync.RWMutex
	lanes  map[string]*Lane
	direct map[string]*Lane
	timed  map[string]*Lane
	closed bool

	// every is a snapshot of all lines for Take; replaced whenever one comes or goes.
	every atomic.Pointer[[]*Lane]
}

// New returns a Set with the configured lanes.
func New(o Options) *Set {
	o.MaxLanes = cmp.Or(o.MaxLanes, DefaultMaxLanes)
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	s := &Set{
		o: o, epoch: time.Now(), drained: make(chan struct{}, 1),
		lanes: make(map[string]*Lane), direct: make(map[string]*Lane), timed: make(map[string]*Lane),
	}
	for ns, settings := range o.Configured {
		s.lanes[ns] = newLane(ns, settings, true, s.epoch)
	}
	s.snapshot()
	return s
}

// Push puts m at the end of its line. It returns the messages that had to leave
// for it, or an error: Full where the lane rejects, TooMany where m would need
// one lane too many, TooLarge, Stopping after Close.
func (s *Set) Push(m *msg.Message) ([]msg.Drop, error) {
	for {
		l, err := s.line(m)
		if err != nil {
			return nil, err
		}
		s.count(1) // before the emitter can take it, so that the sum is never too small
		drops, woke, err := l.push(m)
		if err != nil {
			s.count(-1)
			if errors.Is(err, errClosed) {
				continue // it expired just now: line makes another, or says that all are closed
			}
			return nil, err
		}
		if woke {
			s.o.Wake()
		}
		s.count(-len(drops))
		return drops, nil
	}
}

// line returns the line m belongs in, which is made where there is none.
func (s *Set) line(m *msg.Message) (*Lane, error) {
	lines := s.lanes
	switch {
	case m.To != "":
		lines = s.direct
	case !m.LeaveAt.IsZero():
		lines = s.timed
	}
	s.mu.RLock()
	l, hasLane := lines[m.Namespace], s.lanes[m.Namespace] != nil
	s.mu.RUnlock()
	if l != nil && (hasLane || m.To != "") {
		return l, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.To != "" || m.LeaveAt.IsZero() {
		return s.make(lines, m.Namespace, false)
	}
	return s.makeTimed(m.Namespace)
}

// make returns the line of a namespace, a new one where there is none.
func (s *Set) make(lines map[string]*Lane, namespace string, configured bool) (*Lane, error) {
	if l := lines[namespace]; l != nil {
		return l, nil
	}
	switch {
	case s.closed:
		return nil, fault.Newf(fault.Stopping, "the hub is stopping").WithHint("send it again when the hub is back")
	case len(lines) >= s.o.MaxLanes:
		s.o.Reached("max_lanes")
		return nil, fault.Newf(fault.TooMany, "there are %d lanes already, and at most %d are allowed, so namespace %s gets none", len(lines), s.o.MaxLanes, namespace).
			WithCode("too_many_lanes").
			WithHint("use fewer namespaces (a lane nobody configured leaves when it was idle for %v), or raise limits.max_lanes", expireAfter)
	}
	l := newLane(namespace, msg.DefaultLaneSettings(), configured, s.epoch)
	lines[namespace] = l
	s.snapshot()
	return l, nil
}

// kinds returns the lines of each kind.
func (s *Set) kinds() []map[string]*Lane { return []map[string]*Lane{s.lanes, s.direct, s.timed} }

func (s *Set) snapshot() {
	every := make([]*Lane, 0, len(s.lanes)+len(s.direct)+len(s.timed))
	for _, lines := range s.kinds() {
		every = slices.AppendSeq(every, maps.Values(lines))
	}
	s.every.Store(&every)
}

// Take removes and returns the message whose turn it is. Where there is none,
// next says when the next one's turn comes; zero: nothing waits.
//
// A lane with a pace goes before all lanes without one, however long those have
// waited: a slot is a promise, and "as they come" is not. So is a message's own time.
func (s *Set) Take(now time.Time) (t msg.Turn, next time.Time, ok bool) {
	at := int64(now.Sub(s.epoch))
	for {
		var first, unpaced *Lane
		earliest, longest := int64(idle), int64(idle)
		for _, l := range *s.every.Load() {
			due := l.due.Load()
			if l.paced.Load() {
				if due < earliest {
					first, earliest = l, due
				}
			} else if due < longest {
				unpaced, longest = l, due
			}
		}
		if earliest > at {
			if first = unpaced; longest > at { // nothing waits there, or it is held
				if earliest = min(earliest, longest); earliest < idle {
					next = s.epoch.Add(time.Duration(earliest))
				}
				return msg.Turn{}, next, false
			}
		}
		if t, ok = first.take(now); ok {
			s.count(-1)
			return t, time.Time{}, true
		}
		// The message left otherwise (dropped for a newer one), or the lane's pace
		// changed meanwhile: look again.
	}
}

// TakeSlot removes and returns the message whose slot, or own time, has come, and that
// is of none of the busy namespaces; false where there is none.
func (s *Set) TakeSlot(now time.Time, busy []string) (msg.Turn, bool) {
	at := int64(now.Sub(s.epoch))
	for {
		var first *Lane
		earliest := at + 1
		for _, l := range *s.every.Load() {
			if l.paced.Load() && l.due.Load() < earliest && !slices.Contains(busy, l.namespace) {
				first, earliest = l, l.due.Load()
			}
		}
		if first == nil {
			return msg.Turn{}, false
		}
		if t, ok := first.take(now); ok {
			s.count(-1)
			return t, true
		}
	}
}

// List returns the lanes as they are now, by name.
func (s *Set) List() []msg.LaneState {
	s.mu.RLock()
	states := make([]msg.LaneState, 0, len(s.lanes))
	for _, l := range s.lanes {
		states = append(states, l.state())
	}
	s.mu.RUnlock()
	slices.SortFunc(states, func(a, b msg.LaneState) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return states
}

// Lane returns one lane as it is now, or an error of kind NotFound.
func (s *Set) Lane(namespace string) (msg.LaneState, error) {
	s.mu.RLock()
	l := s.lanes[namespace]
	s.mu.RUnlock()
	if l == nil {
		return msg.LaneState{}, noLane(namespace)
	}
	return l.state(), nil
}

func noLane(namespace string) error {
	return fault.Newf(fault.NotFound, "there is no lane %q", namespace).
		WithHint("a lane is made by its first message, or by PATCH; GET /api/v1/lanes lists them")
}

// Patch changes a lane's settings from this moment on, and makes the lane where
// there is none. From then on it is configured: it never expires.
func (s *Set) Patch(namespace string, p msg.LanePatch) (msg.LaneState, error) {
	if err := msg.CheckNamespace(namespace); err != nil {
		return msg.LaneState{}, err
	}
	if _, err := p.Apply(msg.DefaultLaneSettings()); err != nil && !s.has(namespace) {
		return msg.LaneState{}, err // a bad patch makes no lane
	}
	for {
		s.mu.Lock()
		l, err := s.make(s.lanes, namespace, true)
		s.mu.Unlock()
		if err != nil {
			return msg.LaneState{}, err
		}
		err = l.change(p)
		if errors.Is(err, errClosed) {
			continue // it expired just now: make it anew
		}
		if err != nil {
			return msg.LaneState{}, err
		}
		s.o.Wake()
		return l.state(), nil
	}
}

// Reset gives a lane that is there the settings it is to have when nobody has
// changed them, or an error of kind NotFound. Where nobody configured it, it may
// expire again. What waits stays.
func (s *Set) Reset(namespace string, to msg.LaneSettings, configured bool) (msg.LaneState, error) {
	s.mu.RLock()
	l := s.lanes[namespace]
	s.mu.RUnlock()
	if l == nil || !l.reset(to, configured) {
		return msg.LaneState{}, noLane(namespace)
	}
	s.o.Wake()
	return l.state(), nil
}

func (s *Set) has(namespace string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lanes[namespace] != nil
}

// Depth returns how many messages wait in a namespace's lane.
func (s *Set) Depth(namespace string) int {
	state, err := s.Lane(namespace)
	if err != nil {
		return 0
	}
	return state.Depth
}

// Relays reports whether what clients emit on a namespace is sent on.
func (s *Set) Relays(namespace string) bool {
	state, err := s.Lane(namespace)
	return err == nil && state.Settings.Relay
}

// Run forgets lanes nobody configured when they have been idle for long, and
// idle reply lines. It returns nil when ctx ends.
func (s *Set) Run(ctx context.Context) error {
	tick := time.NewTicker(expireAfter / 60)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			s.expire(now.Add(-expireAfter))
		}
	}
}

func (s *Set) expire(before time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, lines := range s.kinds() {
		for ns, l := range lines {
			if l.expired(before) {
				delete(lines, ns)
			}
		}
	}
	s.snapshot()
}

// WaitEmpty returns true when no message waits any more, or false when ctx ends
// before.
func (s *Set) WaitEmpty(ctx context.Context) bool {
	for s.waiting.Load() > 0 {
		select {
		case <-ctx.Done():
			return false
		case <-s.drained:
		}
	}
	return true
}

// Close refuses what comes from now on and returns what still waits.
func (s *Set) Close() []*msg.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var left []*msg.Message
	for _, l := range *s.every.Load() {
		left = append(left, l.close()...)
	}
	for _, lines := range s.kinds() {
		clear(lines)
	}
	s.snapshot()
	s.count(-len(left))
	return left
}

func (s *Set) count(more int) {
	if s.waiting.Add(int64(more)) == 0 {
		signal(s.drained)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
