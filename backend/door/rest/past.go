package rest

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// lookBack is how many of the newest messages are looked at for those that a
// stream with "last" begins with.
const lookBack = 1000

// pageSize is how many messages are looked up at once for a client that was
// here before. Each page looks through all that is kept, 20,000 messages unless
// set otherwise: five times with this size, and 100 KB at once.
const pageSize = 4000

// past says which messages a stream begins with, though they were emitted
// before it was opened.
type past struct {
	newest int  // so many of the newest; a client that was here before: any number
	back   bool // the client was here before
	seen   uint64
}

// pastOf reads the parameter "last", or, from a client that was here before,
// which message it saw last.
func (d *Door) pastOf(r *http.Request) (past, error) {
	n, err := intParam(r, "last", 0)
	if err == nil {
		err = msg.CheckLast(n)
	}
	if err != nil {
		return past{}, err
	}
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		return past{newest: n}, nil
	}
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return past{}, fault.Newf(fault.Invalid, "Last-Event-ID %q is not the number of a message", clip(id)).
			WithCode("invalid_parameter").WithHint("repeat an id of this stream, or leave the header out")
	}
	return past{newest: math.MaxInt, back: true, seen: seq}, nil
}

// beginning is what a stream sends first.
type beginning struct {
	missed  bool   // something was emitted, or may have been, that is not sent
	count   uint64 // of what was missed; 0: nobody knows
	records []*msg.Record
}

// missing returns what s begins with, in the order it was emitted. Whatever is
// emitted from here on reaches s by Send.
func (d *Door) missing(s *stream, p past) beginning {
	if p.back {
		return d.since(s, p.seen)
	}
	var found []*msg.Record
	if p.newest > 0 {
		found = d.o.Recent.Page(s.filter, 0, lookBack)
	}
	found = d.settle(s, found, streamed)
	return beginning{records: found[max(0, len(found)-p.newest):]}
}

// since returns what was emitted after the message with the number seen. Where
// that one is not kept any more, nobody knows how much is missing: the client is
// told so, and gets what has a higher number.
//
// All that is kept is looked through, for lanes with a pace do not emit in the
// order of the numbers. Of what is found the newest that fit into an outbox are
// sent: no more should wait for one client, wherever it waits.
func (d *Door) since(s *stream, seen uint64) beginning {
	if s.eve.Message != nil && s.eve.Seq == seen { // perhaps not yet among the recent ones
		d.settle(s, nil, func(*msg.Record) bool { return false })
		return beginning{}
	}
	after, known := d.o.Recent.Get(seen)
	known = known && after.Outcome == msg.Emitted
	wanted := func(rec *msg.Record) bool { return streamed(rec) && rec.Seq > seen }
	if known {
		wanted = func(rec *msg.Record) bool { return streamed(rec) && rec.At.After(after.At) }
	}
	var found []*msg.Record
	for before, more := uint64(0), true; more; {
		page := d.o.Recent.Page(s.filter, before, pageSize)
		if more = len(page) == pageSize; more {
			before = page[len(page)-1].Seq
		}
		found = append(found, slices.DeleteFunc(page, func(rec *msg.Record) bool { return !wanted(rec) })...)
	}
	if known {
		// The oldest are forgotten first: as long as it is kept, all after it are.
		_, known = d.o.Recent.Get(seen)
	}
	found = d.settle(s, found, wanted)
	fit := d.fitting(found)
	begin := beginning{missed: !known || len(fit) < len(found), records: slices.Clone(fit)}
	if known {
		begin.count = uint64(len(found) - len(fit))
	}
	return begin
}

// streamed reports whether rec is of what streams show.
func streamed(rec *msg.Record) bool { return rec.Outcome == msg.Emitted && !rec.Direct() }

// settle ends the time in which the past is looked up. It returns what is wanted
// of found, in the order of emission, without what has come to s by Send
// meanwhile and with the last message before that, which may not be among the
// recent ones yet.
func (d *Door) settle(s *stream, found []*msg.Record, wanted func(*msg.Record) bool) []*msg.Record {
	d.mu.Lock()
	queued := s.since
	s.since = nil
	d.mu.Unlock()
	if s.eve.Message != nil && s.filter.Match(s.eve.Message) {
		eve := &msg.Record{Message: s.eve.Message, Outcome: msg.Emitted, At: s.eve.at}
		known := slices.ContainsFunc(found, func(rec *msg.Record) bool { return rec.Seq == eve.Seq })
		if !known {
			found = append([]*msg.Record{eve}, found...)
		}
	}
	found = slices.DeleteFunc(found, func(rec *msg.Record) bool {
		_, sent := queued[rec.Seq]
		return sent || !wanted(rec)
	})
	slices.SortStableFunc(found, func(a, b *msg.Record) int { return b.At.Compare(a.At) })
	slices.Reverse(found)
	return found
}

// fitting returns the newest of found that fit into an outbox, at least one.
func (d *Door) fitting(found []*msg.Record) []*msg.Record {
	maxFrames := cmp.Or(max(d.o.Outbox.MaxFrames, 0), outbox.DefaultMaxFrames)
	maxBytes := cmp.Or(max(d.o.Outbox.MaxBytes, 0), outbox.DefaultMaxBytes)
	from, size := len(found), 0
	for from > 0 && len(found)-from < maxFrames {
		size += frameSize(found[from-1].Message)
		if size > maxBytes && from < len(found) {
			break
		}
		from--
	}
	return found[from:]
}
