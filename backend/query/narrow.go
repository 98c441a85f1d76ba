package query

import (
	"math"

	"emitscope/backend/msg"
)

// Who looks for messages among very many need not ask a filter about each: what is
// here says which of them it cannot select. All it may be asked about is still up to
// Match.

// MaySelect reports whether f can select a message with these names. False means
// that it selects none.
func (f Filter) MaySelect(namespace, event string) bool {
	return f.maySelect(known{"ns": namespace, "event": event})
}

// MaySelectEmitted reports whether f can select a message that was just emitted, for
// everybody or for rooms. False means that it selects none.
func (f Filter) MaySelectEmitted() bool {
	return f.maySelect(known{"outcome": string(msg.Emitted), "reason": "", "to": ""})
}

func (f Filter) maySelect(k known) bool {
	return f.cond == nil || f.cond.given(k) != never
}

// known is what is known of a message: those of its fields that are one name.
type known map[string]string

// Within returns what the numbers of a field, "time" or "seq", lie between of all
// messages that f can select, both ends included: those of time in ns since 1970. Where from is
// above to, f selects none.
func (f Filter) Within(field string) (from, to int64) {
	s := everywhere()
	if f.cond != nil {
		s = f.cond.within(field)
	}
	return s.from, s.to
}

// answer is what is known of what a condition says of a message, in this order.
type answer int

const (
	never answer = iota
	perhaps
	always
)

func (a and) given(k known) answer {
	least := always
	for _, c := range a.written {
		least = min(least, c.given(k))
	}
	return least
}

func (o or) given(k known) answer {
	most := never
	for _, c := range o.written {
		most = max(most, c.given(k))
	}
	return most
}

func (n not) given(k known) answer {
	return always - n.of.given(k)
}

func (t *nameTerm) given(k known) answer {
	name, ok := k[t.field]
	if !ok {
		return perhaps
	}
	for i := range t.values {
		if t.values[i].is(name) {
			return always
		}
	}
	return never
}

func (t *textTerm) given(k known) answer {
	if found(t.pattern, k["event"], false) || found(t.pattern, k["ns"], false) {
		return always
	}
	return perhaps
}

func (*namesTerm) given(known) answer  { return perhaps }
func (*numberTerm) given(known) answer { return perhaps }
func (*dataTerm) given(known) answer   { return perhaps }

func everywhere() span { return span{math.MinInt64, math.MaxInt64} }

// nowhere is where nothing lies, and what it is joined with stays as it is.
func nowhere() span { return span{math.MaxInt64, math.MinInt64} }

func (a and) within(field string) span {
	s := everywhere()
	for _, c := range a.written {
		one := c.within(field)
		s = span{max(s.from, one.from), min(s.to, one.to)}
	}
	return s
}

func (o or) within(field string) span {
	s := nowhere()
	for _, c := range o.written {
		if one := c.within(field); one.from <= one.to {
			s = span{min(s.from, one.from), max(s.to, one.to)}
		}
	}
	return s
}

// within knows nothing of what a condition does not select: it may have been denied
// for another reason.
func (not) within(string) span { return everywhere() }

func (t *numberTerm) within(field string) span {
	if t.field != field {
		return everywhere()
	}
	s := nowhere()
	for i := range t.values {
		one := t.values[i].span.side(t.op)
		s = span{min(s.from, one.from), max(s.to, one.to)}
	}
	return s
}

// side returns where a number lies for which s holds.
func (s span) side(op string) span {
	switch {
	case op == ">" && s.from == math.MaxInt64, op == "<" && s.from == math.MinInt64:
		return nowhere()
	case op == ">":
		return span{s.from + 1, math.MaxInt64}
	case op == ">=":
		return span{s.from, math.MaxInt64}
	case op == "<":
		return span{math.MinInt64, s.from - 1}
	case op == "<=":
		return span{math.MinInt64, s.from}
	}
	return s
}

func (*nameTerm) within(string) span  { return everywhere() }
func (*namesTerm) within(string) span { return everywhere() }
func (*textTerm) within(string) span  { return everywhere() }
func (*dataTerm) within(string) span  { return everywhere() }
