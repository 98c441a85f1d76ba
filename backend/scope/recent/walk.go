package recent

import (
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Walk shows the records that f selects to see, the oldest first by when they were
// observed, until it returns false; with a limit only the newest so many of them.
// It ends with what was newest when it began, however slowly it is read. What is
// forgotten meanwhile is left out. It holds no more than 256 places at a time.
func (r *Recent) Walk(f query.Filter, limit int, see func(*msg.Record) bool) {
	r.mu.Lock()
	pos, end := r.ring.first, r.ring.next
	r.mu.Unlock()
	if limit > 0 {
		pos = max(pos, r.newestOf(f, limit, end))
	}
	piece := make([]slot, 0, pieceLen)
	for more := true; more; {
		r.mu.Lock()
		piece, pos, more = r.ring.after(pos, end, piece[:0])
		r.mu.Unlock()
		for _, s := range piece {
			if f.Match(s.rec) && !see(s.rec) {
				return
			}
		}
	}
}

// newestOf returns the position of the limit-th newest record before end that f
// selects, 0 when there are fewer.
func (r *Recent) newestOf(f query.Filter, limit int, end uint64) uint64 {
	piece := make([]slot, 0, pieceLen)
	for pos, more := end, true; more; {
		r.mu.Lock()
		piece, pos, more = r.ring.before(pos, piece[:0])
		r.mu.Unlock()
		for i, s := range piece {
			if !f.Match(s.rec) {
				continue
			}
			if limit--; limit == 0 {
				return pos + uint64(len(piece)-1-i)
			}
		}
	}
	return 0
}

// Forgotten returns the highest number of a message that is not kept any more, 0
// when all are. Of those with a higher number none is missing.
func (r *Recent) Forgotten() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ring.dropped
}
