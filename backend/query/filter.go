// Package query is the language in which people say which messages they want to
// see, find or plot. docs/queries.md describes it to them.
package query

import (
	"math"
	"strings"
	"time"

	"emitscope/backend/msg"
)

// Limits on a query. They bound what one viewer can cost the emitter, which asks
// every open viewer's filter about every message.
const (
	MaxBytes  = 4096
	MaxTerms  = 64
	MaxValues = 256 // in all terms together
	MaxDepth  = 16  // of parentheses and negations
)

// Filter selects messages. The zero Filter selects all of them. It is never
// changed once it is made, and may be used from any goroutine.
type Filter struct {
	cond    cond // nil: all
	isCheap bool // it costs next to nothing, whatever the message
}

// Parse reads a query. docs/queries.md has the language; in short:
//
//	event:tick ns:/ws/* data.price>250 -(room:test OR source:reply) "free text"
//
// All terms must hold. OR binds tighter than the white space between terms, as
// people write "trips to paris OR rome", so a term that is added to a query always
// narrows it. Each line is a query of its own, and all lines must hold: whatever
// one line says, a quote or a parenthesis in it reaches no further.
//
// An error is Invalid, has the code invalid_query, and says where it is.
func Parse(query string) (Filter, error) {
	p := parser{text: query}
	c, err := p.query()
	if err != nil {
		return Filter{}, err
	}
	return newFilter(c), nil
}

// Stream selects messages by exact names; an empty one means any.
func Stream(namespace, event string) Filter {
	var terms []cond
	add := func(field, name string) {
		if name != "" {
			terms = append(terms, newNameTerm(field, nameOf(field), ":", []value{exactly(name)}))
		}
	}
	add("ns", namespace)
	add("event", event)
	return newFilter(allOf(terms))
}

// Between selects what ended from a moment on and before another one; a zero time sets
// no bound. The error is Invalid: nothing can end at such a time.
func Between(from, to time.Time) (Filter, error) {
	const layout = "2006-01-02T15:04:05.000000000Z07:00"
	var terms []string
	if !from.IsZero() {
		terms = append(terms, "time>="+from.UTC().Format(layout))
	}
	if !to.IsZero() {
		terms = append(terms, "time<"+to.UTC().Format(layout))
	}
	return Parse(strings.Join(terms, " "))
}

func newFilter(c cond) Filter { return Filter{cond: c, isCheap: c != nil && c.cost() <= cheap} }

// And returns the filter that selects what both do.
func (f Filter) And(g Filter) Filter {
	var both []cond
	for _, c := range []cond{f.cond, g.cond} {
		if c != nil {
			both = append(both, c)
		}
	}
	return newFilter(allOf(both))
}

// All reports whether f is the zero Filter, which selects every message.
func (f Filter) All() bool { return f.cond == nil }

// Match reports whether the filter selects r. It allocates nothing, except where
// it looks into JSON inside of a JSON string.
func (f Filter) Match(r *msg.Record) bool {
	if f.cond == nil {
		return true
	}
	selects, _ := f.cond.match(r, math.MaxInt)
	return selects
}

// String returns f as a query on one line. Parsed again it selects the same.
func (f Filter) String() string {
	if f.cond == nil {
		return ""
	}
	var b strings.Builder
	f.cond.write(&b)
	return b.String()
}

// Equal reports whether f and g are the same query, written in the same order.
func (f Filter) Equal(g Filter) bool { return f.String() == g.String() }

// View is what a viewer wants to see.
type View struct {
	Number    uint64 // the viewer's own, by which it knows a frame to be of this view
	Filter    Filter // selects the rows
	Highlight Filter // marks those of them it selects; the zero Filter marks none
}

// Series is one number of each message that a query selects.
type Series struct {
	ID      int64  // the viewer's own
	Query   string // as it was written; two with one text ask for the same
	Filter  Filter // of Query
	Pointer string // has passed jsontext.CheckPlace
}
