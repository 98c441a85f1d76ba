package outbox

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// Tap is one subscription's way into its client's outbox. Of what is emitted it
// lets through what the client has not been given as the past.
//
// A client that joins late wants the last messages first and then all that
// follow, each once and in order, while the emitter goes on. So its tap is made
// closed: it holds what is emitted from then on. Then the past is looked up,
// and Open puts one behind the other.
type Tap struct {
	out *Outbox
	// from is the Order up to which nothing is let through: 0 lets all through,
	// closed nothing.
	from atomic.Uint64

	mu        sync.Mutex
	held      []heldFrame // oldest first, while the tap is closed
	heldBytes int
	missed    uint64 // held and dropped again
}

type heldFrame struct {
	frame []byte
	order uint64
}

const closedTap = math.MaxUint64

// NewTap returns a tap that lets everything through to o.
func NewTap(o *Outbox) *Tap { return &Tap{out: o} }

// NewLateTap returns a tap that holds everything until Open, within the bounds
// of o; beyond them the oldest is missed.
func NewLateTap(o *Outbox) *Tap {
	t := &Tap{out: o}
	t.from.Store(closedTap)
	return t
}

// Open puts past in the outbox, oldest first, then what was held and is not part
// of the past, and lets through what comes. upTo is the Order of the newest
// emission that the past could contain. Of past only the newest that fill half
// of the outbox are put there: a client that asks for the last messages should
// not be slow from the start. Only the first call counts.
func (t *Tap) Open(past [][]byte, upTo uint64) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from.Load() != closedTap {
		return
	}
	for _, f := range t.out.half(past) {
		t.out.Push(f, now)
	}
	if t.missed > 0 {
		t.out.miss(t.missed)
	}
	for _, h := range t.held {
		if h.order > upTo {
			t.out.Push(h.frame, now)
		}
	}
	t.held = nil
	t.from.Store(upTo)
}

// push lets a frame through, or holds it. It reports whether the client gets it.
func (t *Tap) push(frame []byte, order uint64, now time.Time) bool {
	if order > t.from.Load() {
		return t.out.Push(frame, now)
	}
	return t.hold(frame, order, now)
}

func (t *Tap) hold(frame []byte, order uint64, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch from := t.from.Load(); {
	case order > from: // it was opened just now
		return t.out.Push(frame, now)
	case from != closedTap:
		return false // the client has it, as part of the past
	}
	t.held = append(t.held, heldFrame{frame, order})
	t.heldBytes += len(frame)
	for len(t.held) > t.out.opts.MaxFrames || len(t.held) > 1 && t.heldBytes > t.out.opts.MaxBytes {
		t.heldBytes -= len(t.held[0].frame)
		t.held = t.held[1:]
		t.missed++
	}
	return true
}

// stride is how many outboxes get a frame before the emitter may see to another
// lane. A push takes 30 to 300 ns, the latter where it wakes a writer.
const stride = 64

// Fan puts the frame of e in the outboxes behind taps, and returns how many took
// it. After every 64 it calls giveWay, which may send another message meanwhile,
// by way of other taps; nil: it does not.
func Fan(taps []*Tap, frame []byte, e msg.Emission, giveWay func()) (sockets int) {
	now := time.Now()
	for i, t := range taps {
		if i%stride == stride-1 && giveWay != nil {
			giveWay()
			now = time.Now()
		}
		if t.push(frame, e.Order, now) {
			sockets++
		}
	}
	return sockets
}

// half returns the newest of frames that fill at most half of the outbox.
func (o *Outbox) half(frames [][]byte) [][]byte {
	from, size := len(frames), 0
	for from > 0 && len(frames)-from < o.opts.MaxFrames/2 && size+len(frames[from-1]) <= o.opts.MaxBytes/2 {
		from--
		size += len(frames[from])
	}
	return frames[from:]
}

// miss counts messages that were dropped before they came here.
func (o *Outbox) miss(count uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.missed += count
	o.gap += count
}
