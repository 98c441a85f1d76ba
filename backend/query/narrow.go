package query

import "math"

// Who looks for messages among very many need not ask a filter about each: what is
// here says which of them it cannot select. All it may be asked about is still up to
// Match.

// MaySelect reports whether f can select a message with these names. False means
// that it selects none.
func (f Filter) MaySelect(namespace, event string) bool {
	return f.cond == nil || f.cond.ofStream(namespace, event) != never
}

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

func (a and) ofStream(namespace, event string) answer {
	least := always
	for _, c := range a.written {
		least = min(least, c.ofStream(namespace, event))
	}
	return least
}

func (o or) ofStream(namespace, event string) answer {
	most := never
	for _, c := range o.written {
		most = max(most, c.ofStream(namespace, event))
	}
	return most
}

func (n not) ofStream(namespace, event string) answer {
	return always - n.of.ofStream(namespace, event)
}

func (t *nameTerm) ofStream(namespace, event string) answer {
	name := event
	switch t.field {
	case "event":
	case "ns":
		name = namespace
	default:
		return perhaps
	}
	for i := range t.values {
		if t.values[i].is(name) {
			return always
		}
	}
	return never
}

func (t *textTerm) ofStream(namespace, event string) answer {
	if found(t.pattern, event, false) || found(t.pattern, namespace, false) {
		return always
	}
	return perhaps
}

func (*namesTerm) ofStream(string, string) answer  { return perhaps }
func (*numberTerm) ofStream(string, string) answer { return perhaps }
func (*dataTerm) ofStream(string, string) answer   { return perhaps }

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
