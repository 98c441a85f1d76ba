package alert

import (
	"sync"
	"time"

	"emitscope/backend/msg"
)

// What one shape alert may cost. Looking is done beside the emitter and takes at
// most one part in restShare of a processor; what comes faster is not looked at.
const (
	maxStreams  = 16 // watched by one alert
	sampleEvery = 50 * time.Millisecond
	maxPayload  = 64 << 10 // bytes; larger ones are not looked at
	maxWaiting  = 64       // samples, over all alerts
	restShare   = 20
)

// sample is a message that will be looked at.
type sample struct {
	shape   *shape
	event   string
	payload []byte
}

// shape is what one shape alert knows. The emitter takes mu to see whether it is a
// message's turn; all else is only looked at by Watch, under its own lock.
type shape struct {
	namespace, event string // event may be empty: all
	learn            int

	mu     sync.Mutex
	turns  map[string]time.Time // of each stream, when its last sample was taken
	unseen bool                 // there were more streams than maxStreams

	streams map[string]*stream
	changes []msg.ShapeChange // told since it was all right, each once
}

// stream is one event's shape.
type stream struct {
	outline outline
	differs lookback
}

func newShape(a msg.Alert) *shape {
	return &shape{namespace: a.Namespace, event: a.Event, learn: a.Learn, turns: map[string]time.Time{}, streams: map[string]*stream{}}
}

// wants reports whether a record is to be looked at. It waits for no more than
// another message of the same alert.
func (s *shape) wants(r *msg.Record) bool {
	if r.Namespace != s.namespace || s.event != "" && r.Event != s.event {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.turns[r.Event]
	if !known && len(s.turns) == maxStreams {
		s.unseen = true
		return false
	}
	if known && r.At.Sub(last) < sampleEvery {
		return false
	}
	s.turns[r.Event] = r.At
	return true
}

// look learns from a message, or compares it with what was learned.
func (s *shape) look(one sample) {
	st := s.streams[one.event]
	if st == nil {
		st = &stream{}
		s.streams[one.event] = st
	}
	if st.outline.learned < s.learn {
		st.outline.learn(one.payload)
		return
	}
	changes := st.outline.compare(one.payload)
	st.differs.note(len(changes) > 0)
	for _, c := range changes {
		c.Event = one.event
		s.note(c)
	}
}

// note remembers a change that was not told yet, as long as there are not too many.
func (s *shape) note(c msg.ShapeChange) {
	if len(s.changes) == maxChanges {
		return
	}
	for _, known := range s.changes {
		if known == c {
			return
		}
	}
	s.changes = append(s.changes[:len(s.changes):len(s.changes)], c) // events share the old ones
}

// value returns the stream whose messages differ most, and by how many.
func (s *shape) value() (differ int, event string, known bool) {
	for name, st := range s.streams {
		if st.outline.learned < s.learn {
			continue
		}
		n := st.differs.count()
		if !known || n > differ || n == differ && name < event {
			differ, event, known = n, name, true
		}
	}
	if differ == 0 {
		s.changes = nil
	}
	return differ, event, known
}

func (s *shape) state() msg.OutlineState {
	state := msg.OutlineState{Streams: len(s.streams)}
	for _, st := range s.streams {
		if st.outline.learned < s.learn {
			state.Learning++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Partial = s.unseen
	return state
}
