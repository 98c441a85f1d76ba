package query

import (
	"cmp"
	"slices"
	"strings"

	"emitscope/backend/msg"
)

// cond is a condition that a message meets or not.
type cond interface {
	// match pays for each term out of left, in ns, before it asks it. A rest below
	// zero means that it could not pay, and that there is no answer.
	match(r *msg.Record, left int) (selects bool, rest int)
	// cost says about how long match takes with a payload of 400 bytes, in ns.
	cost() int
	// write appends the condition as a query has it.
	write(b *strings.Builder)
	// given says what match answers for messages of which so much is known.
	given(k known) answer
	// within returns what the numbers of a field lie between of all that match
	// selects.
	within(field string) span
}

// and holds when all of its conditions do, or when one does.
type and struct{ list }
type or struct{ list }

// not holds when its condition does not.
type not struct{ of cond }

// list keeps conditions as they were written, and as they are asked: the cheap
// ones first, for names decide most messages and payloads are long.
type list struct{ written, asked []cond }

func newList(written []cond) list {
	asked := slices.Clone(written)
	slices.SortStableFunc(asked, func(a, b cond) int { return cmp.Compare(a.cost(), b.cost()) })
	return list{written, asked}
}

// allOf returns the condition that all hold, nil when there are none.
func allOf(conds []cond) cond {
	var flat []cond
	for _, c := range conds {
		if inner, ok := c.(and); ok {
			flat = append(flat, inner.written...)
		} else {
			flat = append(flat, c)
		}
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return and{newList(flat)}
}

// oneOf returns the condition that one holds; there must be one.
func oneOf(conds []cond) cond {
	var flat []cond
	for _, c := range conds {
		if inner, ok := c.(or); ok {
			flat = append(flat, inner.written...)
		} else {
			flat = append(flat, c)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return or{newList(flat)}
}

// noneOf returns the condition that c does not hold.
func noneOf(c cond) cond {
	if inner, ok := c.(not); ok {
		return inner.of
	}
	return not{c}
}

func (a and) match(r *msg.Record, left int) (bool, int) {
	for _, c := range a.asked {
		var selects bool
		if selects, left = c.match(r, left); !selects || left < 0 {
			return false, left
		}
	}
	return true, left
}

func (o or) match(r *msg.Record, left int) (bool, int) {
	for _, c := range o.asked {
		var selects bool
		if selects, left = c.match(r, left); selects || left < 0 {
			return selects, left
		}
	}
	return false, left
}

func (n not) match(r *msg.Record, left int) (bool, int) {
	selects, left := n.of.match(r, left)
	return !selects, left
}

func (l list) cost() (sum int) {
	for _, c := range l.written {
		sum += c.cost()
	}
	return sum
}

func (n not) cost() int { return n.of.cost() }

func (a and) write(b *strings.Builder) {
	for i, c := range a.written {
		if i > 0 {
			b.WriteByte(' ')
		}
		c.write(b)
	}
}

func (o or) write(b *strings.Builder) {
	for i, c := range o.written {
		if i > 0 {
			b.WriteString(" OR ")
		}
		if _, isAnd := c.(and); isAnd {
			inParentheses(b, c)
		} else {
			c.write(b)
		}
	}
}

func (n not) write(b *strings.Builder) {
	b.WriteByte('-')
	switch n.of.(type) {
	case and, or:
		inParentheses(b, n.of)
	default:
		n.of.write(b)
	}
}

func inParentheses(b *strings.Builder, c cond) {
	b.WriteByte('(')
	c.write(b)
	b.WriteByte(')')
}
