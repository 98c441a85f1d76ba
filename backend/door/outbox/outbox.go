// Package outbox holds one client's bounded line of ready-made frames.
//
// A frame is whatever the door puts on the wire in one piece: a WebSocket frame
// with its header, a chunk of server-sent events. A broadcast is made once and
// the same bytes wait in many outboxes, so nobody ever changes a frame.
package outbox

import (
	"sync"
	"time"

	"emitscope/backend/msg"
)

// Defaults of Options.
const (
	DefaultMaxFrames = 4096
	DefaultMaxBytes  = 8 << 20
)

// What one write takes at most. More frames at once save system calls, but past
// a few hundred there is nothing left to save; the bytes bound how much is on
// its way, and thus cannot be dropped any more, when a client stalls.
const (
	batchFrames = 256
	batchBytes  = 256 << 10
)

// maxControls is how many control frames wait; see Control.
const maxControls = 8

// Options say how much may wait, and what happens beyond.
type Options struct {
	MaxFrames int            // default DefaultMaxFrames
	MaxBytes  int            // default DefaultMaxBytes
	Slow      msg.SlowPolicy // default msg.SlowDropOldest

	// MissedFrame makes the frame that tells the client how many messages were
	// dropped just before the one that follows it. It must not call the outbox.
	// Nil: the client is not told.
	MissedFrame func(count uint64) []byte

	// Overflow is called once when the outbox gives up on its client, with
	// ErrSlow or ErrFlooded, after everything that waited was thrown away. It
	// runs on the goroutine that pushed, so it must not block; it ends with a
	// call of Close. Nil: Close(reason).
	Overflow func(reason error)

	// Reached is told when the outbox has no room for what should wait: outbox_frames
	// or outbox_bytes, whichever was in the way first. That is once until nothing
	// waits any more, however much is dropped meanwhile. It must not block or call
	// the outbox. Nil: nobody is told.
	Reached func(limit string)
}

func (o Options) withDefaults() Options {
	if o.MaxFrames <= 0 {
		o.MaxFrames = DefaultMaxFrames
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	return o
}

// HoldsPast reports whether Tap.Open leaves nothing out of a past of so many frames,
// with so many bytes.
func (o Options) HoldsPast(frames, bytes int) bool {
	o = o.withDefaults()
	return frames <= o.MaxFrames/2 && bytes <= o.MaxBytes/2
}

// Outbox holds the frames that wait for one client until Run writes them, or Fetch
// returns them, oldest first, many at a time.
//
// It is bounded by count and by bytes: of messages that do not fit, the oldest
// are dropped and counted, or the client is given up, as Options.Slow says. One
// frame always fits into an empty outbox, however large. Besides what waits, up
// to 256 frames or 256 KiB (or one frame) can be on their way in a write.
//
// No method but Run, Fetch, WaitBelow and WaitAnswers blocks. All may be called from any
// goroutine; Run only once. An outbox nothing waits in takes a few hundred bytes.
type Outbox struct {
	opts  Options
	start time.Time
	wake  chan struct{} // capacity 1: wakes Run or Fetch when there is something to do

	mu       sync.Mutex
	messages ring // may be dropped
	answers  ring // must not be dropped
	controls [][]byte
	turn     uint64 // of the last frame pushed
	asleep   bool   // Run or Fetch waits for wake
	full     bool   // it was, since the last time nothing waited
	flying   flight
	shrunk   chan struct{} // made by wait, closed when a write has ended

	peak  peak  // since Pulse was last called
	drain drain // how fast it may be emptied

	sent   uint64 // messages taken and not dropped
	missed uint64 // messages dropped
	gap    uint64 // messages dropped that the client has not been told of
	state  state
	reason error    // why it is closed
	last   [][]byte // written after everything else
}

// flight is the batch that is being written.
type flight struct {
	frames, bytes int
	at            time.Duration // when its oldest frame was pushed
}

type state uint8

const (
	open   state = iota
	gaveUp       // takes nothing more; waits for Close
	closed       // takes nothing more; Run flushes
	ended        // Run has returned; everything was let go
)

// New returns an empty outbox; nothing leaves it until Run or Fetch.
func New(opts Options) *Outbox {
	return &Outbox{opts: opts.withDefaults(), start: time.Now(), wake: make(chan struct{}, 1)}
}

// Push puts a message in line. When the outbox is full, older messages make
// room, or the client is given up. It reports whether the message was taken.
//
// now is the current time: one reading of the clock serves a whole broadcast.
func (o *Outbox) Push(frame []byte, now time.Time) bool {
	o.mu.Lock()
	return o.push(frame, now)
}

// push is Push for who holds mu, which push releases.
func (o *Outbox) push(frame []byte, now time.Time) bool {
	taken, slow := o.offer(frame, now)
	if slow {
		o.giveUp(ErrSlow)
	} else {
		o.mu.Unlock()
	}
	return taken
}

// offer puts a message in line if it may, or says that the client is too slow
// for the policy. The caller holds mu.
func (o *Outbox) offer(frame []byte, now time.Time) (taken, slow bool) {
	if o.state != open {
		return false, false
	}
	if !o.fits(len(frame)) {
		o.reach(o.messages.n+o.answers.n >= o.opts.MaxFrames)
		if o.opts.Slow == msg.SlowDisconnect {
			o.missed++
			return false, true
		}
		if !o.makeRoom(len(frame)) {
			o.missed++
			o.gap++
			return false, false
		}
	}
	o.sent++
	o.put(&o.messages, frame, now)
	return true, false
}

// Miss counts a message that the client may have wanted and does not get.
func (o *Outbox) Miss() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == open {
		o.missed++
		o.gap++
	}
}

// Must puts a frame in line that may not be dropped: an answer, an error, a
// greeting. Messages make room for it. When such frames alone fill the outbox,
// the client is given up, for it asks without reading. It reports whether the
// frame was taken.
func (o *Outbox) Must(frame []byte, now time.Time) bool {
	o.mu.Lock()
	if o.state != open {
		o.mu.Unlock()
		return false
	}
	if !o.fits(len(frame)) {
		o.reach(o.messages.n+o.answers.n >= o.opts.MaxFrames)
		if o.opts.Slow == msg.SlowDisconnect && o.messages.n > 0 {
			o.giveUp(ErrSlow)
			return false
		}
		if !o.makeRoom(len(frame)) {
			o.giveUp(ErrFlooded)
			return false
		}
	}
	o.put(&o.answers, frame, now)
	o.mu.Unlock()
	return true
}

// Control puts a frame before everything that waits: a ping or a pong, which a
// client must see in time however much is before it. At most 8 wait, then the
// oldest of them makes room: only the newest ping needs its pong.
func (o *Outbox) Control(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state != open {
		return
	}
	if len(o.controls) == maxControls {
		o.controls = append(o.controls[:0], o.controls[1:]...)
	}
	o.controls = append(o.controls, frame)
	o.signal()
}

// fits reports whether size more bytes in one frame keep the bounds.
func (o *Outbox) fits(size int) bool {
	n := o.messages.n + o.answers.n
	return n == 0 || n < o.opts.MaxFrames && o.messages.bytes+o.answers.bytes+size <= o.opts.MaxBytes
}

// reach tells that the outbox is full, by count or else by bytes, unless it has
// been ever since that was told. The caller holds mu.
func (o *Outbox) reach(byCount bool) {
	if o.full {
		return
	}
	o.full = true
	switch {
	case o.opts.Reached == nil:
	case byCount:
		o.opts.Reached("outbox_frames")
	default:
		o.opts.Reached("outbox_bytes")
	}
}

// makeRoom drops the oldest messages until a frame of size bytes fits, and
// reports whether it does.
func (o *Outbox) makeRoom(size int) bool {
	for !o.fits(size) {
		if o.messages.n == 0 {
			return false
		}
		o.messages.pop()
		o.sent--
		o.missed++
		o.gap++
	}
	return true
}

func (o *Outbox) put(r *ring, frame []byte, now time.Time) {
	o.turn++
	r.push(entry{frame: frame, at: now.Sub(o.start), turn: o.turn})
	o.peak.frames = max(o.peak.frames, o.frames())
	o.peak.bytes = max(o.peak.bytes, o.bytes())
	o.signal()
}

// signal wakes Run or Fetch if it sleeps. The caller holds mu.
func (o *Outbox) signal() {
	if !o.asleep {
		return
	}
	o.asleep = false
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// giveUp throws away what waits and tells the owner. The caller holds mu, which
// giveUp releases.
func (o *Outbox) giveUp(reason error) {
	o.state, o.reason = gaveUp, reason
	o.sent -= uint64(o.messages.n)
	o.missed += uint64(o.messages.n)
	o.messages, o.answers = ring{}, ring{}
	o.mu.Unlock()
	if o.opts.Overflow == nil {
		o.Close(reason)
		return
	}
	o.opts.Overflow(reason)
}

// Close ends the outbox: it takes nothing more; Run writes what waits, then the
// frames in last, and returns reason, which must not be nil. Close does not
// wait for that. Who cannot wait either makes the write fail, or ends Run's
// context. It reports whether this call was the one that closed.
func (o *Outbox) Close(reason error, last ...[]byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state >= closed {
		return false
	}
	o.state, o.reason, o.last = closed, reason, last
	o.signal()
	return true
}

// Sent counts the messages that were pushed and not dropped.
func (o *Outbox) Sent() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent
}

// Missed counts the messages that were dropped, refused because answers filled the
// outbox, or counted by Miss.
func (o *Outbox) Missed() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.missed
}
