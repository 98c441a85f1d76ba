package outbox

import (
	"math"
	"time"

	"emitscope/backend/msg"
)

// Tap is one subscription's way into its client's outbox. Of what is emitted it
// lets through what the client has not been given as the past.
//
// A client that joins late wants the last messages first and then all that
// follow, each once and in order, while the emitter goes on. So its tap is made
// late: it holds what is emitted from then on. Then the past is looked up,
// and Open puts one behind the other.
type Tap struct {
	out *Outbox

	// The outbox's lock guards these.
	from uint64 // the Order up to which nothing is let through: 0 lets all through, shut nothing
	late *late  // until a late tap is opened or closed
}

// late is what a tap holds.
type late struct {
	frames []heldFrame // oldest first
	bytes  int
	missed uint64 // held and dropped again
}

type heldFrame struct {
	frame []byte
	order uint64
}

const shut = math.MaxUint64

// NewTap returns a tap that lets everything through to o.
func NewTap(o *Outbox) *Tap { return &Tap{out: o} }

// NewLateTap returns a tap that holds everything until Open, within the bounds
// of o; beyond them the oldest is missed.
func NewLateTap(o *Outbox) *Tap { return &Tap{out: o, from: shut, late: &late{}} }

// Open puts past in the outbox, oldest first, then what was held and is not part
// of the past, and lets through what comes. upTo is the Order of the newest
// emission that the past could contain. Of past only the newest that fill half
// of the outbox are put there: a client that asks for the last messages should
// not be slow from the start. Only the first call counts.
func (t *Tap) Open(past [][]byte, upTo uint64) {
	now := time.Now()
	o := t.out
	o.mu.Lock()
	held := t.late
	if held == nil {
		o.mu.Unlock()
		return
	}
	t.late, t.from = nil, upTo
	slow := false
	for _, f := range o.half(past) {
		_, s := o.offer(f, now)
		slow = slow || s
	}
	o.missed += held.missed
	o.gap += held.missed
	for _, h := range held.frames {
		if h.order > upTo {
			_, s := o.offer(h.frame, now)
			slow = slow || s
		}
	}
	if slow {
		o.giveUp(ErrSlow)
	} else {
		o.mu.Unlock()
	}
}

// Close lets nothing through any more, not even what is being sent this moment:
// what comes after it in the outbox is not from this tap.
func (t *Tap) Close() {
	t.out.mu.Lock()
	defer t.out.mu.Unlock()
	t.late, t.from = nil, shut
}

// push lets a frame through, or holds it. It reports whether the client gets it.
func (t *Tap) push(frame []byte, order uint64, now time.Time) bool {
	o := t.out
	o.mu.Lock()
	if order > t.from {
		return o.push(frame, now)
	}
	defer o.mu.Unlock()
	if t.late == nil {
		return false // the client has it, as part of the past
	}
	t.late.hold(heldFrame{frame, order}, o)
	return true
}

// hold keeps a frame, and drops the oldest ones beyond the bounds of o, whose lock
// the caller holds.
func (l *late) hold(h heldFrame, o *Outbox) {
	l.frames = append(l.frames, h)
	l.bytes += len(h.frame)
	for len(l.frames) > o.opts.MaxFrames || len(l.frames) > 1 && l.bytes > o.opts.MaxBytes {
		o.reach(len(l.frames) > o.opts.MaxFrames)
		l.bytes -= len(l.frames[0].frame)
		l.frames = l.frames[1:]
		l.missed++
	}
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
