package lane

import (
	"iter"

	"emitscope/backend/msg"
)

// ring is a first-in, first-out line that grows as it fills and gives its
// memory back when it has drained. Each place has a number that stays the same
// while its message waits.
type ring struct {
	slots []*msg.Message // length is a power of two, or 0
	head  uint64         // number of the first message
	tail  uint64         // number the next one gets
}

// keepSlots is how much of an empty ring is kept for the next burst: 8 KiB.
const keepSlots = 1024

func (r *ring) len() int                     { return int(r.tail - r.head) }
func (r *ring) first() *msg.Message          { return *r.slot(r.head) }
func (r *ring) slot(at uint64) **msg.Message { return &r.slots[at&uint64(len(r.slots)-1)] }
func (r *ring) push(m *msg.Message) (at uint64) {
	if r.len() == len(r.slots) {
		r.grow()
	}
	*r.slot(r.tail) = m
	r.tail++
	return r.tail - 1
}

func (r *ring) pop() (m *msg.Message, at uint64) {
	p := r.slot(r.head)
	m, *p = *p, nil
	r.head++
	if r.len() == 0 && len(r.slots) > keepSlots {
		r.slots = nil
	}
	return m, r.head - 1
}

func (r *ring) replace(at uint64, m *msg.Message) (old *msg.Message) {
	p := r.slot(at)
	old, *p = *p, m
	return old
}

func (r *ring) all() iter.Seq2[uint64, *msg.Message] {
	return func(yield func(uint64, *msg.Message) bool) {
		for at := r.head; at < r.tail; at++ {
			if !yield(at, *r.slot(at)) {
				return
			}
		}
	}
}

func (r *ring) grow() {
	bigger := ring{slots: make([]*msg.Message, max(16, 2*len(r.slots))), head: r.head, tail: r.tail}
	for at, m := range r.all() {
		*bigger.slot(at) = m
	}
	*r = bigger
}
