package reply

import (
	"container/heap"
	"math"
	"sync"
	"time"

	"emitscope/backend/msg"
)

// Bounds of the replies that wait for their delay: how many, where nobody sets it,
// and how many bytes of what they reply to, which is kept for their templates.
const (
	DefaultMaxWaiting = 10_000
	maxWaitingBytes   = 64 << 20
)

// waiter is a reply that waits.
type waiter struct {
	due   time.Time
	order uint64 // those due at one time go in the order they came
	rule  *rule
	heard *msg.Message
}

// line holds the replies that wait, the one due first at its head. All methods may
// be called from any goroutine.
type line struct {
	most   int
	sooner chan struct{} // capacity 1: another waiter is at the head

	mu      sync.Mutex
	waiters byDue
	bytes   int
	order   uint64
	closed  bool
}

func newLine(most int) *line { return &line{most: most, sooner: make(chan struct{}, 1)} }

// add reports whether there was room.
func (l *line) add(w waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := w.heard.Size()
	if l.closed || len(l.waiters) >= l.most || l.bytes+size > maxWaitingBytes {
		return false
	}
	l.order++
	w.order = l.order
	l.bytes += size
	heap.Push(&l.waiters, w)
	if l.waiters[0].order == w.order {
		select {
		case l.sooner <- struct{}{}:
		default:
		}
	}
	return true
}

// take removes and returns the waiter whose time has come. Where there is none,
// next says how long until there will be.
func (l *line) take(now time.Time) (w waiter, next time.Duration, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiters) == 0 {
		return waiter{}, math.MaxInt64, false
	}
	if next := l.waiters[0].due.Sub(now); next > 0 {
		return waiter{}, next, false
	}
	w, _ = heap.Pop(&l.waiters).(waiter)
	l.bytes -= w.heard.Size()
	return w, 0, true
}

// removeGone takes out and returns the waiters of rules that are gone.
func (l *line) removeGone() (removed []waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var left byDue
	for _, w := range l.waiters {
		if w.rule.gone.Load() {
			l.bytes -= w.heard.Size()
			removed = append(removed, w)
		} else {
			left = append(left, w)
		}
	}
	heap.Init(&left)
	l.waiters = left
	return removed
}

func (l *line) byRule() map[*rule]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := make(map[*rule]int)
	for _, w := range l.waiters {
		counts[w.rule]++
	}
	return counts
}

func (l *line) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiters)
}

// close forgets what waits, and has no more room.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.waiters, l.bytes = true, nil, 0
}

// byDue is a heap.
type byDue []waiter

func (h byDue) Len() int      { return len(h) }
func (h byDue) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h byDue) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}

// Push appends a waiter; package heap calls it.
func (h *byDue) Push(w any) { *h = append(*h, w.(waiter)) } //nolint:errcheck,forcetypeassert // nobody else calls it

// Pop removes the last waiter; package heap calls it.
func (h *byDue) Pop() any {
	last := len(*h) - 1
	w := (*h)[last]
	(*h)[last] = waiter{}
	*h = (*h)[:last]
	return w
}
