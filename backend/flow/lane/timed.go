package lane

import "emitscope/backend/msg"

// makeTimed returns a namespace's line for messages that have a time of their own. Its
// lane is made, too: that is where a namespace is seen and changed.
func (s *Set) makeTimed(namespace string) (*Lane, error) {
	if _, err := s.make(s.lanes, namespace, false); err != nil {
		return nil, err
	}
	l, err := s.make(s.timed, namespace, false)
	if err == nil && !l.timed { // it is new, and nobody else has found it yet
		l.timed = true
		l.paced.Store(true)
	}
	return l, err
}

// Recall takes back what came by a door and still waits for its turn. What the emitter
// has taken by then is sent.
func (s *Set) Recall(door msg.Door) (back []*msg.Message) {
	for _, l := range *s.every.Load() {
		back = append(back, l.recall(door)...)
	}
	s.count(-len(back))
	return back
}

// recall removes the messages that came by a door and still wait. Those that stay take
// the first free slots, as if the others had never been there.
func (l *Lane) recall(door msg.Door) (back []*msg.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var stay ring
	for l.line.len() > 0 {
		p, _ := l.line.pop()
		if p.Origin.Door != door {
			stay.push(p)
			continue
		}
		back = append(back, p.Message)
		l.bytes -= int64(p.Size())
	}
	l.line = stay
	l.index()
	l.schedule()
	return back
}
