// Package meter counts what happens to messages and measures how steady the
// emits are: counters, percentiles of the last minute, points for the graphs,
// and the same for Prometheus.
//
// It watches and never blocks. Memory is bounded whatever the load: 256 lanes
// (at most 180 MB), or as many as Options say, and 4096 streams (20 MB) are told
// apart, and the rest is counted together.
package meter

import (
	"cmp"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// Bounds on what is told apart.
const (
	// DefaultMaxLanes is as many as the hub has at once when nobody says otherwise.
	DefaultMaxLanes = 256
	// MaxStreams is over all lanes. Further events are counted in their lane
	// under the empty event, which no message has.
	MaxStreams = 4096
)

// Other stands for all namespaces beyond Options.MaxLanes. It cannot be the name of a
// real one, for it does not begin with "/".
const Other = "other"

// Options are what a Meter needs. Lanes must be set.
type Options struct {
	Late  msg.LateLimit
	Lanes func() []msg.LaneState // the lanes as they are; called each 100 ms
	// MaxLanes is how many the hub has at most at once; default DefaultMaxLanes. Lanes
	// that expired stay here for an hour, so there can be more namespaces; they are
	// counted as Other. Each takes up to 670 KB.
	MaxLanes int
}

// Meter counts and measures. Observe, Accepted and Rejected are made to be
// called for each message: they do not allocate for a known stream and take a
// lock for well under a microsecond.
//
// All methods may be called from any goroutine.
type Meter struct {
	late    msg.LateLimit
	states  func() []msg.LaneState
	most    int // Options.MaxLanes
	started time.Time
	bounds  bounds
	descs   descs

	total struct { // since the start, over lanes that left too
		accepted, emitted, received, dropped, onPurpose, rejected, missed, late, delivered atomic.Uint64
	}
	streams atomic.Int64 // told apart, over all lanes

	// The map is replaced, never changed, so that looking up takes no lock.
	lanes    atomic.Pointer[map[string]*lane]
	changing sync.Mutex // held to replace it

	mu          sync.Mutex // what is below, and what lanes say is under it
	all         series
	allTen      timing      // of all lanes in the running ten seconds
	stepTimes   ring[int64] // when each step began, ns since 1970
	secondTimes ring[int64]
	tenTimes    ring[int64]
	second      time.Time // when the running second began
	ten         time.Time // when the running ten seconds began
	scale       *scale
	sum, sumAll timing // for adding up
}

// New returns a Meter. Points and rates need Run.
func New(o Options) *Meter {
	now := time.Now()
	m := &Meter{
		late: o.Late, states: o.Lanes, most: cmp.Or(o.MaxLanes, DefaultMaxLanes), started: now,
		second: now.Truncate(time.Second), ten: now.Truncate(longest),
		bounds: newBounds(), descs: newDescs(), scale: newScale(),
	}
	m.lanes.Store(&map[string]*lane{})
	return m
}

// Accepted counts n messages that were taken in for a namespace.
func (m *Meter) Accepted(namespace string, n int) {
	m.lane(namespace).accepted.Add(uint64(n))
	m.total.accepted.Add(uint64(n))
}

// Rejected counts one message that a full lane refused.
func (m *Meter) Rejected(namespace string) {
	m.lane(namespace).rejected.Add(1)
	m.total.rejected.Add(1)
}

// Observe counts what became of a message. It keeps nothing of r but names.
func (m *Meter) Observe(r *msg.Record) {
	l := m.lane(r.Namespace)
	for l.mu.Lock(); l.gone; l.mu.Lock() {
		l.mu.Unlock()
		l = m.lane(r.Namespace)
	}
	late := l.observe(r, m.late)
	s := l.streams[r.Event]
	if s == nil {
		s = m.stream(l, r.Event)
	}
	s.count.Add(1)
	if at := r.At.UnixNano(); at > s.last.Load() {
		s.last.Store(at)
	}
	l.mu.Unlock()

	switch r.Outcome {
	case msg.Received:
		m.total.received.Add(1)
	case msg.Dropped:
		m.total.dropped.Add(1)
	case msg.DroppedOnPurpose:
		m.total.onPurpose.Add(1)
	case msg.Emitted:
		m.total.emitted.Add(1)
		m.total.delivered.Add(uint64(r.Sockets))
	}
	if late > 0 {
		m.total.late.Add(late)
	}
	if r.Missed > 0 && !r.Direct() {
		m.total.missed.Add(uint64(r.Missed))
	}
}

// Counters returns the counters since the start. It takes no lock; under load
// they may be a few messages apart from one another.
func (m *Meter) Counters() msg.Counters {
	return msg.Counters{
		Accepted: m.total.accepted.Load(), Emitted: m.total.emitted.Load(),
		Received: m.total.received.Load(), Dropped: m.total.dropped.Load(), OnPurpose: m.total.onPurpose.Load(),
		Rejected: m.total.rejected.Load(), Missed: m.total.missed.Load(),
		Late: m.total.late.Load(), Delivered: m.total.delivered.Load(),
	}
}

// lane returns the lane of a namespace, and makes it when it is new.
func (m *Meter) lane(namespace string) *lane {
	if l := (*m.lanes.Load())[namespace]; l != nil {
		return l
	}
	m.changing.Lock()
	defer m.changing.Unlock()
	lanes := *m.lanes.Load()
	if len(lanes) >= m.most && lanes[namespace] == nil {
		namespace = Other
	}
	if l := lanes[namespace]; l != nil {
		return l
	}
	l := &lane{
		namespace: namespace, bounds: &m.bounds,
		dropped: map[msg.Reason]uint64{}, streams: map[string]*stream{},
	}
	lanes = maps.Clone(lanes)
	lanes[namespace] = l
	m.lanes.Store(&lanes)
	return l
}

// stream makes the stream of an event that l does not know yet, or returns the
// one for the rest when there are too many. The caller holds l.mu.
func (m *Meter) stream(l *lane, event string) *stream {
	if m.streams.Add(1) > MaxStreams {
		m.streams.Add(-1)
		event = ""
		if s := l.streams[event]; s != nil {
			return s
		}
	}
	s := &stream{event: event}
	l.streams[event] = s
	l.order = append(l.order, s)
	return s
}

// leave forgets a lane and its streams.
func (m *Meter) leave(l *lane) {
	m.changing.Lock()
	lanes := maps.Clone(*m.lanes.Load())
	delete(lanes, l.namespace)
	m.lanes.Store(&lanes)
	m.changing.Unlock()

	l.mu.Lock()
	l.gone = true
	streams := l.order
	l.mu.Unlock()
	m.uncount(streams)
}

// uncount makes room for other streams in place of those.
func (m *Meter) uncount(streams []*stream) {
	for _, s := range streams {
		if s.event != "" {
			m.streams.Add(-1)
		}
	}
}
