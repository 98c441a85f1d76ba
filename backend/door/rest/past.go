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
		return past{}, fault.Newf(fault.Invalid, "Last-Event-ID %q is not the number of a message", fault.Clip(id)).
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
// emitted after that reaches s by Send.
func (d *Door) missing(s *stream, p past) beginning {
	upTo := d.o.Recent.Newest()
	s.tap.Open(nil, upTo)
	if p.back {
		return d.since(s, p.seen, upTo)
	}
	if p.newest == 0 {
		return beginning{}
	}
	found := emitted(d.o.Recent.Page(s.filter, 0, lookBack), 0, upTo)
	slices.SortFunc(found, byOrder)
	return beginning{records: found[max(0, len(found)-p.newest):]}
}

// since returns what was emitted after the message with the number seen. Where
// that one is not kept any more, nobody knows how much is missing: the client is
// told so, and gets what has a higher number.
//
// All that is kept is looked through, for lanes with a pace do not emit in the
// order of the numbers. Of what is found the newest that fit into an outbox are
// sent: no more should wait for one client, wherever it waits.
func (d *Door) since(s *stream, seen, upTo uint64) beginning {
	last, known := d.o.Recent.Get(seen)
	known = known && last.Outcome == msg.Emitted
	var after uint64
	if known {
		after = last.Order
	}
	var found []*msg.Record
	for before, more := uint64(0), true; more; {
		page := d.o.Recent.Page(s.filter, before, pageSize)
		if more = len(page) == pageSize; more {
			before = page[len(page)-1].Seq
		}
		found = append(found, emitted(page, after, upTo)...)
	}
	if known {
		// The oldest are forgotten first: as long as it is kept, all after it are.
		_, known = d.o.Recent.Get(seen)
	} else {
		found = slices.DeleteFunc(found, func(rec *msg.Record) bool { return rec.Seq <= seen })
	}
	slices.SortFunc(found, byOrder)
	fit := d.fitting(found)
	begin := beginning{missed: !known || len(fit) < len(found), records: slices.Clone(fit)}
	if known {
		begin.count = uint64(len(found) - len(fit))
	}
	return begin
}

// emitted leaves of a page what streams show and has an Order above after, up to
// upTo.
func emitted(page []*msg.Record, after, upTo uint64) []*msg.Record {
	return slices.DeleteFunc(page, func(rec *msg.Record) bool {
		return rec.Outcome != msg.Emitted || rec.Direct() || rec.Order <= after || rec.Order > upTo
	})
}

func byOrder(a, b *msg.Record) int { return cmp.Compare(a.Order, b.Order) }

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
