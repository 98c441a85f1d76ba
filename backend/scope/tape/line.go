package tape

import (
	"sync"

	"emitscope/backend/msg"
)

// maxWaiting is how many messages may wait to be written, for one recording: more
// than a second of all that a hub of this kind has ever emitted.
const maxWaiting = 1 << 16

// line holds records between those who tell of them and the one who writes them.
// Push is all that the emitter pays for a recording: a short lock and a pointer, for
// a record is never changed.
//
// All methods may be called from any goroutine.
type line struct {
	most     int // messages
	maxBytes int64

	mu      sync.Mutex
	waiting []*msg.Record // room for most of them, so that it never grows under the lock
	spare   []*msg.Record
	bytes   int64  // payloads of waiting
	dropped uint64 // that found no room since take
	closed  bool
}

func newLine(most int, maxBytes int64) *line {
	return &line{most: most, maxBytes: maxBytes, waiting: make([]*msg.Record, 0, most), spare: make([]*msg.Record, 0, most)}
}

// push adds rec, or counts it as dropped where it has no room.
func (l *line) push(rec *msg.Record) {
	size := int64(rec.Size())
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
	case len(l.waiting) == l.most || l.bytes+size > l.maxBytes && len(l.waiting) > 0:
		l.dropped++
	default:
		l.waiting = append(l.waiting, rec)
		l.bytes += size
	}
}

// take returns what waits, and how many found no room. The records are the caller's
// until it gives the slice back.
func (l *line) take() (batch []*msg.Record, dropped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, dropped = l.waiting, l.dropped
	l.waiting, l.spare = l.spare, nil
	l.bytes, l.dropped = 0, 0
	return batch, dropped
}

// give takes a slice back that take has given out.
func (l *line) give(batch []*msg.Record) {
	clear(batch)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = batch[:0]
}

// empty reports whether nothing waits, and nothing is to be counted.
func (l *line) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) == 0 && l.dropped == 0
}

// isLong reports whether so much waits that who writes is likely to stay behind.
func (l *line) isLong() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) > l.most/8 || l.bytes > l.maxBytes/8
}

// close ends the line: whatever is pushed from now on came after the end.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}
