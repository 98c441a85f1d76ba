package lane

import (
	"time"

	"emitscope/backend/msg"
)

// Hold lets nothing out of a namespace's lane until then, and makes the lane where
// there is none, so that what comes meanwhile waits too; the zero time lets it out at
// once. Replies, and messages with a time of their own, go on: they have other lines.
//
// Nothing of it counts as late or missed: what was due meanwhile is due later. With
// msg.Skip the slots that went by are left out, with msg.Burst, and without a pace,
// all of it is due when the hold ends.
func (s *Set) Hold(namespace string, until time.Time) error {
	for {
		s.mu.Lock()
		l, err := s.lanes[namespace], error(nil)
		if l == nil && !until.IsZero() {
			l, err = s.make(s.lanes, namespace, false)
		}
		s.mu.Unlock()
		if l == nil {
			return err
		}
		if l.hold(until) || until.IsZero() {
			s.o.Wake()
			return nil
		}
	}
}

// hold reports false when the lane has expired.
func (l *Lane) hold(until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if now := time.Now(); !until.IsZero() {
		l.held = until
	} else if now.Before(l.held) {
		l.held = now
	}
	l.schedule()
	return true
}

// isHeld reports whether nothing leaves now.
func (l *Lane) isHeld() bool { return !l.held.IsZero() && time.Now().Before(l.held) }

// free is the first slot that does not begin while the lane is held, where slots that
// go by are left out; 0 where they are not, or it never was held.
func (l *Lane) free() int64 {
	if l.held.IsZero() || l.settings.CatchUp != msg.Skip {
		return 0
	}
	since := l.held.Sub(l.start)
	slot := l.settings.Pace.Slot(since)
	if l.settings.Pace.At(slot) < since {
		slot++
	}
	return slot
}
