package recent

import "emitscope/backend/msg"

// overhead is about what a record takes besides payload, rooms and attachments:
// the Record, its Message and their names, and its place in a ring.
const overhead = 640

// cost estimates the bytes that are kept alive with rec. Of a payload the whole
// capacity counts: white space was taken out of it, but not out of memory.
func cost(rec *msg.Record) int64 {
	n := overhead + cap(rec.Payload)
	for _, a := range rec.Attachments {
		n += cap(a) + 24
	}
	for _, room := range rec.Rooms {
		n += len(room) + 16
	}
	return int64(n)
}

// slot is one record's place. It repeats the seq, so that whoever looks through
// thousands of slots touches the records only of those that count.
type slot struct {
	seq   uint64
	order uint64 // in which it was observed
	cost  int64
	rec   *msg.Record
}

// ring is a queue of slots that grows as it fills. Its caller bounds it.
type ring struct {
	slots       []slot // len is 0 or a power of two
	first, next uint64 // absolute positions; what is kept is [first, next)
	bytes       int64
	dropped     uint64 // the highest seq that was
	forgotten   uint64 // the highest Order that was
}

func (r *ring) len() int { return int(r.next - r.first) }

func (r *ring) at(pos uint64) *slot { return &r.slots[pos&uint64(len(r.slots)-1)] }

func (r *ring) push(s slot) {
	if r.len() == len(r.slots) {
		grown := ring{slots: make([]slot, max(4, 2*len(r.slots)))}
		for pos := r.first; pos < r.next; pos++ {
			*grown.at(pos) = *r.at(pos)
		}
		r.slots = grown.slots
	}
	*r.at(r.next) = s
	r.next++
	r.bytes += s.cost
}

// drop forgets the oldest and returns its place, so that others can too.
func (r *ring) drop() {
	s := r.at(r.first)
	r.bytes -= s.cost
	r.dropped = max(r.dropped, s.seq)
	r.forgotten = max(r.forgotten, s.rec.Order)
	*s = slot{}
	r.first++
}

// before appends to out the slots that stand before pos, newest first, until
// out is full. It returns the position to go on from, and false at the end.
func (r *ring) before(pos uint64, out []slot) (rest []slot, from uint64, more bool) {
	for pos = min(pos, r.next); pos > r.first && len(out) < cap(out); {
		pos--
		out = append(out, *r.at(pos))
	}
	return out, pos, pos > r.first
}

// after appends to out the slots from pos on, not beyond end, oldest first, until
// out is full. It returns the position to go on from, and false at the end.
func (r *ring) after(pos, end uint64, out []slot) (rest []slot, to uint64, more bool) {
	for pos = max(pos, r.first); pos < end && len(out) < cap(out); pos++ {
		out = append(out, *r.at(pos))
	}
	return out, pos, pos < end
}
