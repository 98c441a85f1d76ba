package rest

import (
	"net/http"
	"slices"
	"strconv"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// lookBack is how many of the newest messages are looked at for what a stream
// begins with.
const lookBack = 1000

// past says which messages a stream begins with, though they were emitted
// before it was opened.
type past struct {
	newest int         // so many of the newest
	after  *msg.Record // all emitted after this one; nil: as newest says
}

// pastOf reads the parameter "last", or, from a client that was here before,
// which message it saw last. Where that one is not known any more the stream
// begins with what has a higher number.
func (d *Door) pastOf(r *http.Request) (past, error) {
	n, err := intParam(r, "last", 0)
	if err != nil {
		return past{}, err
	}
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		return past{newest: min(n, msg.MaxLast)}, nil
	}
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return past{}, fault.Newf(fault.Invalid, "Last-Event-ID %q is not the number of a message", clip(id)).
			WithCode("invalid_parameter").WithHint("repeat an id of this stream, or leave the header out")
	}
	if rec, ok := d.o.Recent.Get(seq); ok && rec.Outcome == msg.Emitted {
		return past{newest: lookBack, after: rec}, nil
	}
	return past{newest: lookBack, after: &msg.Record{Message: &msg.Message{Seq: seq}}}, nil
}

// has reports whether rec is part of the past that is wanted.
func (p past) has(rec *msg.Record) bool {
	switch {
	case rec.Outcome != msg.Emitted || rec.Direct():
		return false
	case p.after == nil:
		return true
	case p.after.At.IsZero():
		return rec.Seq > p.after.Seq
	default: // lanes with a pace do not emit in the order of the numbers
		return rec.At.After(p.after.At)
	}
}

// missing returns what s begins with, in the order it was emitted. Whatever is
// emitted from here on reaches s by Send.
func (d *Door) missing(s *stream, p past) []*msg.Record {
	var found []*msg.Record
	if p.newest > 0 {
		found = d.o.Recent.Page(s.filter, 0, lookBack)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.eve.Message != nil && s.filter.Match(s.eve.Message) {
		eve := &msg.Record{Message: s.eve.Message, Outcome: msg.Emitted, At: s.eve.at}
		known := slices.ContainsFunc(found, func(rec *msg.Record) bool { return rec.Seq == eve.Seq })
		if !known {
			found = append([]*msg.Record{eve}, found...)
		}
	}
	found = slices.DeleteFunc(found, func(rec *msg.Record) bool {
		_, queued := s.since[rec.Seq]
		return queued || !p.has(rec)
	})
	slices.SortFunc(found, func(a, b *msg.Record) int { return b.At.Compare(a.At) })
	found = found[:min(len(found), p.newest)]
	slices.Reverse(found)
	s.since = nil
	return found
}
