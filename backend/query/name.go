package query

import (
	"slices"
	"strings"

	"emitscope/backend/msg"
)

// nameTerm asks for a name: that of a namespace, an event, a client.
type nameTerm struct {
	field  string
	op     string
	get    func(*msg.Record) string
	values []nameValue
}

// nameValue is a name, or names with a wildcard.
type nameValue struct {
	value
	pattern *pattern // nil: text is the name
}

func nameValues(values []value) []nameValue {
	out := make([]nameValue, len(values))
	for i, v := range values {
		v.quoted = v.quoted && !isPlain(v.text) // a name is the same with quotes and without
		out[i] = nameValue{value: v}
		if v.isGlob {
			out[i].pattern = newPattern(v.text)
		}
	}
	return out
}

// is reports whether the value is that name. No name is a value of its own,
// written "", and none that a wildcard stands for.
func (v *nameValue) is(name string) bool {
	if v.pattern == nil {
		return v.text == name
	}
	return name != "" && found(v.pattern, name, false)
}

func newNameTerm(field string, get func(*msg.Record) string, op string, values []value) *nameTerm {
	return &nameTerm{field, op, get, nameValues(values)}
}

func (t *nameTerm) match(r *msg.Record, left int) (bool, int) {
	name := t.get(r)
	for i := range t.values {
		if left = pay(left, perValue+perByte*len(name)); left < 0 {
			return false, left
		}
		if t.values[i].is(name) {
			return true, left
		}
	}
	return false, left
}

func (t *nameTerm) cost() int { return 20 * len(t.values) }

func (t *nameTerm) write(b *strings.Builder) { writeTerm(b, t.field, t.op, t.values) }

// namesTerm asks for one name of several: rooms.
type namesTerm struct {
	field  string
	op     string
	get    func(*msg.Record) []string
	values []nameValue
}

func newNamesTerm(field string, get func(*msg.Record) []string, op string, values []value) *namesTerm {
	return &namesTerm{field, op, get, nameValues(values)}
}

func (t *namesTerm) match(r *msg.Record, left int) (bool, int) {
	names := t.get(r)
	length := 0
	for _, name := range names {
		length += perValue + perByte*len(name)
	}
	for i := range t.values {
		v := &t.values[i]
		if left = pay(left, perValue+length); left < 0 {
			return false, left
		}
		if len(names) == 0 && v.is("") || slices.ContainsFunc(names, v.is) {
			return true, left
		}
	}
	return false, left
}

func (t *namesTerm) cost() int { return 40 * len(t.values) }

func (t *namesTerm) write(b *strings.Builder) { writeTerm(b, t.field, t.op, t.values) }

// writeTerm appends a term as a query has it. What was read with != is written as
// the denial of =.
func writeTerm[V interface{ write(*strings.Builder) }](b *strings.Builder, field, op string, values []V) {
	b.WriteString(field)
	b.WriteString(strings.TrimPrefix(op, "!"))
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		v.write(b)
	}
}
