// Package recent keeps the newest messages in bounded memory: all of them in
// one ring for the viewers, and the last ones of each stream for clients that
// join late.
package recent

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Options bound a Recent. Zero values mean the defaults.
type Options struct {
	MaxMessages int   // in the ring; default 20,000
	MaxBytes    int64 // in the ring, payloads and an estimate of the rest; default 64 MiB
	TailBytes   int64 // for the last messages of all streams together; default 32 MiB
}

// DefaultBudget is what is remembered without a word about it, in bytes.
const DefaultBudget = defaultMaxBytes + defaultTailBytes

const (
	defaultMaxBytes  = 64 << 20
	defaultTailBytes = 32 << 20
)

// Recent keeps what was observed last. Memory is at most MaxBytes + TailBytes, or
// the budget, and usually less, for both hold the same records.
//
// All methods may be called from any goroutine. Observe waits for a reader no
// longer than it takes to copy 256 places, for readers look through the ring
// piece by piece, and so does who lowers the budget.
type Recent struct {
	maxMessages int
	budgeting   sync.Mutex // one change of the bounds at a time

	mu      sync.Mutex
	most    int64 // bytes in the ring
	ring    ring
	evicted uint64
	tails   tails
	sending []msg.Emission // begun and not yet observed; more than one only when one gives way to another
	newest  uint64         // the Order of the last one begun
}

// Usage says how full a Recent is.
type Usage struct {
	Messages  int   // in the ring
	Bytes     int64 // in the ring
	Evicted   uint64
	Streams   int // with a tail
	TailBytes int64
}

// New returns an empty Recent.
func New(o Options) *Recent {
	return &Recent{
		maxMessages: cmp.Or(o.MaxMessages, 20_000),
		most:        cmp.Or(o.MaxBytes, defaultMaxBytes),
		tails:       newTails(cmp.Or(o.TailBytes, defaultTailBytes)),
	}
}

// Sending tells that e is about to be sent. Until Observe tells what became of
// it, it counts as emitted, to nobody yet: whoever asks what was emitted, and
// gets by itself all that is sent from that moment on, must not miss it.
func (r *Recent) Sending(e msg.Emission) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sending = append(r.sending, e)
	r.newest = e.Order
}

// Observe keeps rec and forgets the oldest ones that have no room beside it, in
// the order of their coming: a slow lane's message stays as long as a fast
// lane's of the same moment, whatever its seq.
func (r *Recent) Observe(rec *msg.Record) {
	s := slot{seq: rec.Seq, cost: cost(rec), rec: rec}
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec.Outcome == msg.Emitted {
		r.sending = slices.DeleteFunc(r.sending, func(e msg.Emission) bool { return e.Message == rec.Message })
	}
	s.order = r.ring.next
	r.ring.push(s)
	for r.ring.len() > r.maxMessages || r.ring.bytes > r.most {
		r.ring.drop()
		r.evicted++
	}
	if rec.Outcome == msg.Emitted && !rec.Direct() {
		r.tails.add(s)
	}
}

// pieceLen is how many places are looked at before others have their turn.
const pieceLen = 256

// SetBudget has r remember at most so many bytes from now on, in the place of
// MaxBytes and TailBytes: a third of them for the streams' last messages. What is
// beyond them is forgotten, the oldest first, when it returns. With 0 bytes
// nothing is remembered.
func (r *Recent) SetBudget(bytes int) {
	r.budgeting.Lock()
	defer r.budgeting.Unlock()
	budget := int64(max(bytes, 0))
	forTails := budget / 3
	for more := true; more; {
		more = r.shrink(budget - forTails)
	}
	r.mu.Lock()
	over := r.tails.limit(forTails)
	r.mu.Unlock()
	for _, t := range over {
		r.mu.Lock()
		r.tails.trim(t)
		r.mu.Unlock()
	}
}

// shrink bounds the ring and forgets a piece of what is too much; true: there is
// more. Until all of it is gone the bound is what is there, or Observe would have
// to do the rest.
func (r *Recent) shrink(most int64) (more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range pieceLen {
		if r.ring.bytes <= most {
			break
		}
		r.ring.drop()
		r.evicted++
	}
	r.most = max(most, r.ring.bytes)
	return r.ring.bytes > most
}

// Clear forgets what was observed before it was called, and returns how many
// messages that were. What is being sent meanwhile stays.
func (r *Recent) Clear() (messages int) {
	r.mu.Lock()
	r.tails = newTails(r.tails.most)
	upTo := r.ring.next
	r.mu.Unlock()
	for more := true; more; {
		var n int
		n, more = r.clearPiece(upTo)
		messages += n
	}
	return messages
}

// clearPiece forgets some of what stands before a position; true: there is more.
func (r *Recent) clearPiece(upTo uint64) (dropped int, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for dropped < pieceLen && r.ring.first < upTo {
		r.ring.drop()
		dropped++
	}
	return dropped, r.ring.first < upTo
}

// Page returns up to limit records that f selects, with a seq below before,
// newest first by seq; before 0 means from the newest. Asking again with before
// set to the last one's seq never returns a record twice and leaves none out.
func (r *Recent) Page(f query.Filter, before uint64, limit int) []*msg.Record {
	if limit <= 0 {
		return nil
	}
	if before == 0 {
		before = math.MaxUint64
	}
	var page []slot // newest first
	r.scan(func(s slot) bool {
		full := len(page) == limit
		if s.seq >= before || full && s.seq < page[limit-1].seq || !f.Match(s.rec) {
			return true
		}
		if full {
			page = page[:limit-1]
		}
		// Records come nearly in the order of seq, so this is nearly always the end.
		at, _ := slices.BinarySearchFunc(page, s.seq, func(a slot, seq uint64) int { return cmp.Compare(seq, a.seq) })
		page = slices.Insert(page, at, s)
		return true
	})
	return records(page)
}

// Get returns the record with that seq while it is in the ring.
func (r *Recent) Get(seq uint64) (rec *msg.Record, found bool) {
	r.scan(func(s slot) bool {
		if s.seq == seq {
			rec, found = s.rec, true
		}
		return !found
	})
	return rec, found
}

// Last returns what a client that joins a namespace late should see first, in
// the order in which it was emitted: of each stream the last n messages, at most
// msg.MaxLast, that went to everybody or to one of rooms. It counts for each
// stream, so that a quiet one is not drowned by a loud one. Without events, all
// of them are meant.
//
// All that was emitted up to the Order upTo was considered, and nothing after.
func (r *Recent) Last(namespace string, events, rooms []string, n int) (past []*msg.Record, upTo uint64) {
	n = min(n, msg.MaxLast)
	r.mu.Lock()
	upTo = r.newest
	last := r.underway()
	found := r.tails.find(namespace, events)
	r.mu.Unlock()

	last = slices.DeleteFunc(last, func(s slot) bool {
		return s.rec.Namespace != namespace || s.rec.Direct() || len(events) > 0 && !slices.Contains(events, s.rec.Event)
	})
	begun := last
	for _, t := range found {
		r.mu.Lock()
		tail, _, _ := t.before(t.next, make([]slot, 0, msg.MaxLast))
		r.mu.Unlock()
		last = append(last, slices.DeleteFunc(tail, func(s slot) bool {
			return s.rec.Order > upTo || slices.ContainsFunc(begun, func(b slot) bool { return b.rec.Message == s.rec.Message })
		})...)
	}
	slices.SortStableFunc(last, func(a, b slot) int { // newest first
		return cmp.Or(cmp.Compare(b.rec.Order, a.rec.Order), cmp.Compare(b.order, a.order))
	})
	taken := make(map[string]int) // by event
	last = slices.DeleteFunc(last, func(s slot) bool {
		if !reaches(s.rec.Message, rooms) || taken[s.rec.Event] >= n {
			return true
		}
		taken[s.rec.Event]++
		return false
	})
	slices.Reverse(last)
	return records(last), upTo
}

// Since returns what was emitted after an Order, up to the Order upTo, for a socket of
// a namespace: to everybody, to one of rooms, or to it alone, but no answer that
// somebody waits for. whole says whether nothing of that is forgotten by now.
func (r *Recent) Since(namespace, socket string, rooms []string, order uint64) (past []*msg.Record, upTo uint64, whole bool) {
	upTo = r.Newest()
	r.scan(func(s slot) bool {
		rec := s.rec
		if rec.Outcome == msg.Emitted && order < rec.Order && rec.Order <= upTo && rec.Namespace == namespace && isFor(rec.Message, socket, rooms) {
			past = append(past, rec)
		}
		return true
	})
	slices.SortFunc(past, func(a, b *msg.Record) int { return cmp.Compare(a.Order, b.Order) })
	r.mu.Lock()
	defer r.mu.Unlock()
	return past, upTo, r.ring.forgotten <= order && order <= upTo
}

// isFor reports whether m is an event for a socket in rooms.
func isFor(m *msg.Message, socket string, rooms []string) bool {
	switch {
	case m.Except == socket || m.Ack != nil || m.Callback != nil:
		return false
	case m.To != "":
		return m.To == socket
	}
	return reaches(m, rooms)
}

// Newest returns the Order of the newest emission that Page and Get know of.
func (r *Recent) Newest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest
}

// underway returns what is being sent, newest first. The caller holds mu.
func (r *Recent) underway() []slot {
	slots := make([]slot, 0, len(r.sending))
	for _, e := range slices.Backward(r.sending) {
		rec := e.Record()
		slots = append(slots, slot{seq: e.Seq, order: math.MaxUint64, rec: &rec})
	}
	return slots
}

// Usage returns how much is kept, and how many left the ring for want of room.
func (r *Recent) Usage() Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Usage{
		Messages: r.ring.len(), Bytes: r.ring.bytes, Evicted: r.evicted,
		Streams: len(r.tails.byName), TailBytes: r.tails.bytes,
	}
}

// scan shows what is being sent and then each record in the ring to see, the
// newest first, until it returns false. Those that leave meanwhile are not seen;
// nothing is seen twice.
func (r *Recent) scan(see func(slot) bool) {
	piece := make([]slot, 0, pieceLen)
	for pos, more := uint64(math.MaxUint64), true; more; {
		r.mu.Lock()
		var begun []slot
		if pos == math.MaxUint64 {
			begun = r.underway()
		}
		piece, pos, more = r.ring.before(pos, piece[:0])
		r.mu.Unlock()
		for _, s := range begun {
			if !see(s) {
				return
			}
		}
		for _, s := range piece {
			if !see(s) {
				return
			}
		}
	}
}

// reaches reports whether m goes to a member of rooms.
func reaches(m *msg.Message, rooms []string) bool {
	return len(m.Rooms) == 0 || slices.ContainsFunc(m.Rooms, func(room string) bool { return slices.Contains(rooms, room) })
}

func records(slots []slot) []*msg.Record {
	out := make([]*msg.Record, len(slots))
	for i, s := range slots {
		out[i] = s.rec
	}
	return out
}
