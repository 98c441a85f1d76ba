package lane

import (
	"iter"

	"emitscope/backend/msg"
)

// place is one message in the line.
type place struct {
	*msg.Message
	// since is when somebody began to wait for this message's turn: it, or the one
	// whose turn it took over; in ns since the lane's epoch.
	since int64
}

// ring is a first-in, first-out line that grows as it fills and gives its
// memory back when it has drained. Each place has a number that stays the same
// while its message waits.
type ring struct {
	places []place // length is a power of two, or 0
	head   uint64  // number of the first message
	tail   uint64  // number the next one gets
}

// keepPlaces is how much of an empty ring is kept for the next burst: 16 KiB.
const keepPlaces = 1024

func (r *ring) len() int           { return int(r.tail - r.head) }
func (r *ring) first() *place      { return r.at(r.head) }
func (r *ring) at(n uint64) *place { return &r.places[n&uint64(len(r.places)-1)] }
func (r *ring) push(p place) (n uint64) {
	if r.len() == len(r.places) {
		r.grow()
	}
	*r.at(r.tail) = p
	r.tail++
	return r.tail - 1
}

// sortIn puts the last message where its time to leave says, behind those with the
// same, and returns the number of that place. Mostly it is there already.
func (r *ring) sortIn() (n uint64) {
	n = r.tail - 1
	for ; n > r.head && r.at(n-1).LeaveAt.After(r.at(n).LeaveAt); n-- {
		a, b := r.at(n-1), r.at(n)
		*a, *b = *b, *a
	}
	return n
}

func (r *ring) pop() (p place, n uint64) {
	at := r.at(r.head)
	p, *at = *at, place{}
	r.head++
	if r.len() == 0 && len(r.places) > keepPlaces {
		r.places = nil
	}
	return p, r.head - 1
}

func (r *ring) all() iter.Seq2[uint64, *msg.Message] {
	return func(yield func(uint64, *msg.Message) bool) {
		for n := r.head; n < r.tail; n++ {
			if !yield(n, r.at(n).Message) {
				return
			}
		}
	}
}

func (r *ring) grow() {
	bigger := ring{places: make([]place, max(16, 2*len(r.places))), head: r.head, tail: r.tail}
	for n := r.head; n < r.tail; n++ {
		*bigger.at(n) = *r.at(n)
	}
	*r = bigger
}
