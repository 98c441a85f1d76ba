// Package lane holds accepted messages until the emitter takes them: one
// bounded line for each namespace, with its schedule and what to do when full.
package lane

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// Lane is one namespace's line of accepted messages, oldest first.
//
// It is bounded twice, by count and by payload bytes, because a thousand 1 MiB
// messages hurt as much as a million small ones. Push never blocks.
//
// With a pace the messages leave on a grid that is fixed when the pace is set:
// slot k begins at start + At(k), and a message takes the first slot that begins
// after it was accepted and that no message before it has taken. A slot without
// a message is just empty. A message that is dropped for a newer one leaves its
// turn behind: were the turn to begin anew with each newer message, a producer
// faster than the pace would put it off for ever.
//
// A line of messages that have a time of their own is a Lane, too: it has no grid, and
// its order is that of their times. What it holds is a promise as a slot is.
//
// All methods may be called from any goroutine; only one may call take.
type Lane struct {
	namespace string
	epoch     time.Time // what due counts from
	timed     bool      // every message has a LeaveAt

	// due is when the first message's turn comes, in ns since epoch, or idle. The
	// emitter reads it for all lanes before each message, so it takes no lock.
	due   atomic.Int64
	paced atomic.Bool

	mu         sync.Mutex
	settings   msg.LaneSettings
	configured bool
	closed     bool
	line       ring
	bytes      int64
	start      time.Time // when slot 0 began
	next       int64     // first slot that no message has taken
	keyed      map[string]uint64
	used       time.Time // when a message last came or left
	held       time.Time // until then nothing leaves, on purpose
}

const idle = math.MaxInt64

func newLane(namespace string, s msg.LaneSettings, configured bool, epoch time.Time) *Lane {
	now := time.Now()
	l := &Lane{namespace: namespace, epoch: epoch, settings: s, configured: configured, start: now, used: now}
	l.due.Store(idle)
	l.paced.Store(s.Pace.Set())
	l.index()
	return l
}

// push adds m at the end. It returns the messages that had to leave for it, m
// itself among them where the policy says so, or errClosed, or an error of kind
// Full or TooLarge; woke reports that the line was empty before.
func (l *Lane) push(m *msg.Message) (drops []msg.Drop, woke bool, err error) {
	size := int64(m.Size())
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, false, errClosed
	case size > l.settings.MaxBytes:
		return nil, false, fault.Newf(fault.TooLarge, "the message is %d bytes; lane %s holds at most %d", size, l.namespace, l.settings.MaxBytes)
	}
	since := int64(m.Accepted.Sub(l.epoch))
	key, keyed := l.key(m)
	if at, waits := l.keyed[key]; keyed && waits {
		old := l.line.at(at)
		// Its place is kept, unless the larger message does not fit in before it.
		for l.bytes+size-int64(old.Size()) > l.settings.MaxBytes && l.line.first() != old {
			drops = append(drops, l.drop(msg.Oldest, &since))
		}
		if grown := l.bytes + size - int64(old.Size()); grown <= l.settings.MaxBytes {
			drops = append(drops, msg.Drop{Message: old.Message, Reason: msg.Replaced, OnPurpose: l.isHeld()})
			old.Message, l.bytes = m, grown
			l.schedule()
			return drops, false, nil
		}
		drops = append(drops, l.drop(msg.Replaced, &since))
	}
	if l.full(size) {
		switch l.settings.Full {
		case msg.RejectWhenFull:
			return nil, false, fault.Newf(fault.Full, "lane %s is full: %d messages and %d bytes wait of at most %d and %d",
				l.namespace, l.line.len(), l.bytes, l.settings.Capacity, l.settings.MaxBytes).
				WithHint("wait and send it again, or change what the lane does when full")
		case msg.DropNewest:
			return []msg.Drop{{Message: m, Reason: msg.Newest, OnPurpose: l.isHeld()}}, false, nil
		}
		for l.full(size) { // drop-oldest, and latest with too many keys
			drops = append(drops, l.drop(msg.Oldest, &since))
		}
	}
	woke = l.line.len() == 0
	at := l.line.push(place{m, since})
	if l.timed {
		woke = l.line.sortIn() == l.line.head
		l.bytes += size
		l.used = m.Accepted
		l.schedule()
		return nil, woke, nil
	}
	if keyed {
		l.keyed[key] = at
	}
	l.bytes += size
	l.used = m.Accepted
	if woke || drops != nil {
		l.schedule()
	}
	return drops, woke, nil
}

// drop removes the first message. Its turn goes to the next one, or, where there
// is none, to the one that is about to come, which waits since then.
func (l *Lane) drop(why msg.Reason, coming *int64) msg.Drop {
	p := l.pop()
	heir := coming
	if l.line.len() > 0 {
		heir = &l.line.first().since
	}
	*heir = min(*heir, p.since)
	return msg.Drop{Message: p.Message, Reason: why, OnPurpose: l.isHeld()}
}

func (l *Lane) full(more int64) bool {
	return l.line.len() >= l.settings.Capacity || l.bytes+more > l.settings.MaxBytes
}

// key says what m competes with for a place in the line, where the policy is
// Latest: messages of the same event, to the same rooms, with the same value.
// A message without the value competes with none.
func (l *Lane) key(m *msg.Message) (string, bool) {
	if l.settings.Full != msg.Latest {
		return "", false
	}
	value, ok := jsontext.Lookup(m.Payload, l.settings.Key)
	if !ok {
		return "", false
	}
	key := make([]byte, 0, len(m.Event)+len(value)+32)
	key = append(key, m.Event...)
	for _, room := range m.Rooms {
		key = append(append(key, 0), room...)
	}
	return string(append(append(key, 0, 0), value...)), true
}

// index finds the keys of what waits, after the policy has changed. Of messages
// with equal keys that wait already, the last is the one to be replaced.
func (l *Lane) index() {
	l.keyed = nil
	if l.settings.Full != msg.Latest {
		return
	}
	l.keyed = make(map[string]uint64)
	for at, m := range l.line.all() {
		if key, ok := l.key(m); ok {
			l.keyed[key] = at
		}
	}
}

// pop removes the first message. The line must not be empty.
func (l *Lane) pop() place {
	p, at := l.line.pop()
	l.bytes -= int64(p.Size())
	if key, ok := l.key(p.Message); ok && l.keyed[key] == at {
		delete(l.keyed, key)
	}
	return p
}

// take removes the first message if its turn has come.
func (l *Lane) take(now time.Time) (msg.Turn, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line.len() == 0 || now.Before(l.held) {
		return msg.Turn{}, false
	}
	p := l.line.first()
	t := msg.Turn{Message: p.Message, Due: p.Accepted}
	if l.timed {
		if l.due.Load() > int64(now.Sub(l.epoch)) {
			return msg.Turn{}, false
		}
		t.Due = p.LeaveAt
	} else if pace := l.settings.Pace; pace.Set() {
		own, running := l.slot(p), pace.Slot(now.Sub(l.start))
		slot := max(own, l.free())
		if slot > running {
			return msg.Turn{}, false
		}
		if slot > own {
			t.Held = pace.At(slot) - pace.At(own)
		}
		if slot < running && l.settings.CatchUp == msg.Skip {
			t.Missed = int(running - slot)
			slot = running
		}
		t.Due, t.Period = l.start.Add(pace.At(slot)), pace.Period()
		l.next = slot + 1
	}
	if t.Due.Before(l.held) { // as they come, or a burst of all that is overdue
		t.Due, t.Held = l.held, l.held.Sub(t.Due)
	}
	if t.Held > 0 {
		t.Faults = t.Faults.With(msg.FaultStall)
	}
	l.pop()
	l.used = now
	l.schedule()
	return t, true
}

// slot is the one p leaves in if the emitter is punctual, as the line's first.
func (l *Lane) slot(p *place) int64 {
	waitsSince := l.epoch.Add(time.Duration(p.since))
	return max(l.next, l.settings.Pace.Slot(waitsSince.Sub(l.start))+1)
}

// schedule publishes when the first message's turn comes.
func (l *Lane) schedule() {
	if l.line.len() == 0 {
		l.due.Store(idle)
		return
	}
	p := l.line.first()
	due := p.Accepted
	if l.timed {
		due = p.LeaveAt
	} else if l.settings.Pace.Set() {
		due = l.start.Add(l.settings.Pace.At(max(l.slot(p), l.free())))
	}
	if due.Before(l.held) {
		due = l.held
	}
	l.due.Store(int64(due.Sub(l.epoch)))
}

// change puts new settings in force. A new pace begins a new grid, now; what
// waits stays, even when it is more than a smaller capacity allows. The error is
// errClosed, or of kind Invalid.
func (l *Lane) change(patch msg.LanePatch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	s, err := patch.Apply(l.settings)
	if err != nil {
		return err
	}
	l.become(s, true)
	return nil
}

// reset puts whole settings in force; false: the lane has expired.
func (l *Lane) reset(to msg.LaneSettings, configured bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.become(to, configured)
	return true
}

func (l *Lane) become(s msg.LaneSettings, configured bool) {
	newPace := s.Pace != l.settings.Pace
	l.settings, l.configured = s, configured
	if newPace {
		l.start, l.next = time.Now(), 0
		l.paced.Store(s.Pace.Set())
	}
	l.index()
	l.schedule()
}

func (l *Lane) state() msg.LaneState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return msg.LaneState{
		Namespace: l.namespace, Settings: l.settings, Configured: l.configured,
		Depth: l.line.len(), Bytes: l.bytes,
	}
}

// expired reports whether the lane may be forgotten, and closes it if so. One that
// is held is in use until then: without it, what comes would not be held.
func (l *Lane) expired(before time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.configured || l.line.len() > 0 || !l.used.Before(before) || l.held.After(before) {
		return false
	}
	l.closed = true
	return true
}

// close refuses what comes from now on and returns what still waits.
func (l *Lane) close() []*msg.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var left []*msg.Message
	for l.line.len() > 0 {
		left = append(left, l.pop().Message)
	}
	l.schedule()
	return left
}

// errClosed says that the lane takes nothing any more: it has expired, or the
// whole Set is closed.
var errClosed = errors.New("the lane is closed")
