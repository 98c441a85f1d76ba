package outbox

import "time"

// entry is one frame that waits.
type entry struct {
	frame []byte
	at    time.Duration // when it was pushed, since the outbox was made
	turn  uint64        // its place among all frames, of both rings
}

const (
	smallRing = 16 // entries a ring may keep while its client is idle
	// calm is how long a larger ring must have been less than a quarter full
	// before it is given back: bursts come again soon, idle clients stay idle.
	calm = 5 * time.Second
)

// ring is a queue that grows by doubling and is reused. Its length is 0 or a
// power of two.
type ring struct {
	buf    []entry
	head   int
	n      int
	bytes  int           // of the frames in it
	wanted time.Duration // when it was last a quarter full, since the outbox was made
}

func (r *ring) push(e entry) {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = e
	r.n++
	r.bytes += len(e.frame)
	if r.n > len(r.buf)/4 {
		r.wanted = e.at
	}
}

func (r *ring) grow() {
	buf := make([]entry, max(4, 2*len(r.buf)))
	kept := copy(buf, r.buf[r.head:])
	copy(buf[kept:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}

// front is the oldest entry. There must be one.
func (r *ring) front() *entry { return &r.buf[r.head] }

func (r *ring) pop() entry {
	e := r.buf[r.head]
	r.buf[r.head] = entry{} // lets go of the frame
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	r.bytes -= len(e.frame)
	return e
}

// large reports whether the ring should be looked at again once it is calm.
func (r *ring) large() bool { return len(r.buf) > smallRing }

// shrink gives an empty, large ring back when it has been calm long enough.
func (r *ring) shrink(now time.Duration) {
	if r.n == 0 && r.large() && now-r.wanted >= calm {
		*r = ring{}
	}
}
