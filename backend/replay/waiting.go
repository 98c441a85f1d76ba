package replay

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"emitscope/backend/msg"
)

// waiting are the messages that the hub has taken, or is about to, until something has
// become of them.
//
// All methods may be called from any goroutine.
type waiting struct {
	settled chan struct{} // capacity 1: none is left

	mu      sync.Mutex
	number  uint64 // of the last message ever
	entries map[uint64]entry
	bytes   int
	gone    uint64 // of this replay
	newest  uint64 // number of the newest of them
	left    mark   // that one
}

// mark is a moment of the recording, and when it was played.
type mark struct {
	at     time.Time // zero: not known yet
	played time.Duration
	round  uint64
}

func newWaiting() *waiting {
	return &waiting{settled: make(chan struct{}, 1), entries: map[uint64]entry{}}
}

// reset begins with another replay. What is left of the one before is not told apart
// from what never was.
func (w *waiting) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries, w.bytes, w.gone, w.left, w.newest = map[uint64]entry{}, 0, 0, mark{}, w.number
}

// add returns the number of a message that is about to be handed in.
func (w *waiting) add(e entry) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number++
	w.entries[w.number] = e
	w.bytes += e.rec.Size()
	return w.number
}

// remove forgets one that does not wait, and returns it. The caller holds mu.
func (w *waiting) remove(number uint64) (e entry, waited bool) {
	if e, waited = w.entries[number]; waited {
		delete(w.entries, number)
		if w.bytes -= e.rec.Size(); len(w.entries) == 0 {
			select {
			case w.settled <- struct{}{}:
			default:
			}
		}
	}
	return e, waited
}

// refused tells that the hub did not take one.
func (w *waiting) refused(number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(number)
}

// observe tells what became of one.
func (w *waiting) observe(number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, waited := w.remove(number)
	if !waited {
		return
	}
	w.gone++
	if number > w.newest {
		w.newest, w.left = number, mark{at: e.rec.At, played: e.played, round: e.round}
	}
}

// back returns what is to be played yet after all, in order.
func (w *waiting) back(messages []*msg.Message) []entry {
	slices.SortFunc(messages, func(a, b *msg.Message) int { return cmp.Compare(a.Replayed, b.Replayed) })
	w.mu.Lock()
	defer w.mu.Unlock()
	entries := make([]entry, 0, len(messages))
	for _, m := range messages {
		if e, waited := w.remove(m.Replayed); waited {
			entries = append(entries, e)
		}
	}
	return entries
}

// jump says from where it goes on.
func (w *waiting) jump(to mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newest, w.left = w.number, to
}

// load returns how much waits.
func (w *waiting) load() (messages, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.entries), w.bytes
}

// progress returns how many messages have left, and the last one of them.
func (w *waiting) progress() (gone uint64, left mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone, w.left
}

// settle waits until none is left, but no longer than that.
func (w *waiting) settle(most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for n, _ := w.load(); n > 0; n, _ = w.load() {
		select {
		case <-w.settled:
		case <-timer.C:
			return
		}
	}
}
