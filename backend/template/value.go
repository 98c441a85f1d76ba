package template

import (
	"time"

	"emitscope/backend/jsontext"
)

// value fills a hole: a whole JSON value, or in a string what may stand between its
// quotes. What is not there is null, and in a string nothing.
type value interface {
	append(r *Run, to []byte, inString bool) []byte
}

// number is a value that can be reckoned with. It may be missing.
type number interface {
	number(r *Run) (num, bool)
}

// numeric writes a number, and keeps it for the fields behind it.
type numeric struct {
	number
	slot int
}

func (n numeric) append(r *Run, to []byte, inString bool) []byte {
	value, there := n.number.number(r)
	r.slots[n.slot] = slot{value, there}
	if !there {
		return appendNothing(to, inString)
	}
	return value.append(to)
}

func appendNothing(to []byte, inString bool) []byte {
	if inString {
		return to
	}
	return append(to, "null"...)
}

// literal is a number that was written.
type literal num

func (l literal) number(*Run) (num, bool) { return num(l), true }

// earlier is the number of a field before this one.
type earlier int

func (e earlier) number(r *Run) (num, bool) { return r.slots[e].num, r.slots[e].there }

// sum adds numbers up.
type sum []struct {
	number
	sign int64
}

func (s sum) number(r *Run) (total num, there bool) {
	for _, term := range s {
		n, there := term.number.number(r)
		if there {
			total, there = total.plus(term.sign, n)
		}
		if !there {
			return num{}, false
		}
	}
	return total, true
}

// sequence is the message's number.
type sequence struct{}

func (sequence) number(r *Run) (num, bool) { return num{v: int64(r.seq & (1<<63 - 1))}, true }

// unixTime is the time since 1970 in such units.
type unixTime time.Duration

func (u unixTime) number(r *Run) (num, bool) {
	return num{v: r.time().UnixNano() / int64(u)}, true
}

// random is a number between two, both included.
type random struct {
	low  num
	span uint64 // in units
}

func (d random) number(r *Run) (num, bool) {
	return num{d.low.v + int64(r.below(d.span)), d.low.decimals}, true
}

// walk begins where it was told to, and from then on goes up or down by a step at
// most.
type walk struct {
	index, decimals int
	step            int64
}

func (w walk) number(r *Run) (num, bool) {
	at := &r.walks[w.index]
	n := num{*at, w.decimals}
	*at = min(max(*at+int64(r.below(uint64(2*w.step+1)))-w.step, -maxUnits), maxUnits)
	return n, true
}

// pickNumber is one of some numbers.
type pickNumber []num

func (p pickNumber) number(r *Run) (num, bool) { return p[r.below(uint64(len(p)))], true }

// pick is one of some values, each in JSON.
type pick []string

func (p pick) append(r *Run, to []byte, inString bool) []byte {
	text := p[r.below(uint64(len(p)))]
	if inString && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	return append(to, text...)
}

// clock is the time in RFC 3339, to the millisecond, as JavaScript writes it.
type clock struct{}

func (clock) append(r *Run, to []byte, inString bool) []byte {
	to = appendQuote(to, inString)
	to = r.time().UTC().AppendFormat(to, "2006-01-02T15:04:05.000Z")
	return appendQuote(to, inString)
}

func appendQuote(to []byte, inString bool) []byte {
	if inString {
		return to
	}
	return append(to, '"')
}

// identity is a random UUID (version 4), another one in each hole.
type identity struct{}

func (identity) append(r *Run, to []byte, inString bool) []byte {
	a := r.random.Uint64()&^0xf000 | 0x4000
	b := r.random.Uint64()&^(3<<62) | 2<<62
	to = appendQuote(to, inString)
	for _, group := range [...]struct {
		of     uint64
		digits int
	}{{a >> 32, 8}, {a >> 16, 4}, {a, 4}, {b >> 48, 4}, {b, 12}} {
		if group.digits != 8 {
			to = append(to, '-')
		}
		for shift := 4 * (group.digits - 1); shift >= 0; shift -= 4 {
			to = append(to, "0123456789abcdef"[group.of>>shift&15])
		}
	}
	return appendQuote(to, inString)
}

// saidName is one of the names of what a client said.
type saidName func(*Said) string

func (name saidName) append(r *Run, to []byte, inString bool) []byte {
	switch {
	case r.said == nil:
		return appendNothing(to, inString)
	case inString:
		return jsontext.AppendText(to, name(r.said))
	}
	return jsontext.AppendString(to, name(r.said))
}

// saidData is a value in what a client said, by the tokens of a JSON pointer.
type saidData []string

func (d saidData) append(r *Run, to []byte, inString bool) []byte {
	found := d.find(r)
	switch {
	case found == nil:
		return appendNothing(to, inString)
	case !inString:
		return append(to, found...)
	case found[0] == '"':
		return append(to, found[1:len(found)-1]...)
	}
	return jsontext.AppendText(to, found)
}

func (d saidData) number(r *Run) (num, bool) {
	found := d.find(r)
	if len(found) == 0 || found[0] != '-' && (found[0] < '0' || found[0] > '9') {
		return num{}, false
	}
	return parseNum(string(found))
}

// find returns the value, nil for none. Whoever sends JSON inside of a JSON string,
// as many programs do, means what is in it.
func (d saidData) find(r *Run) []byte {
	if r.said == nil {
		return nil
	}
	doc, ok := r.said.Payload, len(r.said.Payload) > 0
	for _, token := range d {
		for ok && doc[0] == '"' {
			doc = jsontext.Unwrap(doc)
			ok = doc != nil
		}
		if !ok {
			return nil
		}
		switch doc[0] {
		case '{':
			doc, ok = jsontext.Member(doc, token)
		case '[':
			doc, ok = jsontext.Element(doc, token)
		default:
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return doc
}

// unit returns the unit that a name means.
func unit(name string) (u unixTime, ok bool) {
	switch name {
	case "s":
		return unixTime(time.Second), true
	case "ms":
		return unixTime(time.Millisecond), true
	case "us":
		return unixTime(time.Microsecond), true
	case "ns":
		return unixTime(time.Nanosecond), true
	}
	return 0, false
}
