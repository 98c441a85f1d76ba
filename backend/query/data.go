package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// dataTerm asks for a value in the payload.
type dataTerm struct {
	path   string // as it is written, without data
	tokens []string
	op     string
	values []dataValue
}

// dataValue is a value to compare with. Without quotes it is a number or a word
// such as true wherever it looks like one, and text besides.
type dataValue struct {
	value
	pattern  *pattern // nil: no wildcard
	number   jsontext.Decimal
	isNumber bool
}

// dataTerm reads a term that began at start with data. Where no operator follows,
// it was a word to look for, such as data.csv.
func (p *parser) dataTerm(start int) (cond, error) {
	p.at = start + len("data")
	t := &dataTerm{}
	if err := p.path(t); err != nil {
		return nil, err
	}
	t.path = p.text[start+len("data") : p.at]
	head := p.text[start:p.at]
	if strings.HasPrefix(p.text[p.at:p.end], "!=") {
		p.at++
		head += "!"
	}
	if t.op = p.operator(&head); t.op == "" {
		if strings.Contains(t.path, `"`) {
			return nil, p.bad(start, p.at, "a comparison is missing here").WithHint("ask whether it is there with data.x:*")
		}
		return p.word(start)
	}
	values, err := p.readValues(t.op)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		t.values = append(t.values, newDataValue(v))
	}
	if t.op == "!=" {
		return noneOf(t), nil
	}
	return t, nil
}

// path reads .key, ."any key" and [0], as many as there are.
func (p *parser) path(t *dataTerm) error {
	for p.at < p.end {
		start := p.at
		token, err := "", error(nil)
		switch {
		case p.text[p.at] == '.' && p.at+1 < p.end && p.text[p.at+1] == '"':
			p.at++
			token, err = p.quoted()
		case p.text[p.at] == '.':
			p.at++
			if token = p.key(); token == "" {
				return p.bad(start, p.at, "a key is missing after this dot").WithHint(`write it like data.price, or data."last price"`)
			}
		case p.text[p.at] == '[':
			rest := strings.TrimLeft(p.text[p.at+1:p.end], "0123456789")
			end := p.end - len(rest)
			if token = p.text[p.at+1 : end]; token == "" || !strings.HasPrefix(rest, "]") {
				return p.bad(start, end, "this is not the place of an element").WithHint("it is counted from 0: data.legs[0].price")
			}
			p.at = end + 1
		default:
			return nil
		}
		if err != nil {
			return err
		}
		t.tokens = append(t.tokens, jsontext.Token(token))
	}
	return nil
}

// key passes a key without quotes.
func (p *parser) key() string {
	start := p.at
	for p.at < p.end {
		r, n := utf8.DecodeRuneInString(p.text[p.at:p.end])
		if unicode.IsSpace(r) || strings.ContainsRune(`"().[]:=<>!`, r) {
			break
		}
		p.at += n
	}
	return p.text[start:p.at]
}

func newDataValue(v value) dataValue {
	d := dataValue{value: v}
	switch {
	case v.isGlob:
		d.pattern = newPattern(v.text)
	case !v.quoted:
		d.number, d.isNumber = jsontext.ParseDecimal([]byte(v.text))
	}
	return d
}

func (t *dataTerm) match(r *msg.Record, left int) (bool, int) {
	found, left := t.find(r.Payload, left)
	if found == nil {
		return false, left
	}
	for i := range t.values {
		if left = pay(left, perValue+perByte*len(found)); left < 0 {
			return false, left
		}
		if t.holds(&t.values[i], found) {
			return true, left
		}
	}
	return false, left
}

// find returns the value that the path names, nil for none, and what it leaves of
// left. Whoever sends JSON inside of a JSON string, as many programs do, means what
// is in it.
func (t *dataTerm) find(doc []byte, left int) (value []byte, rest int) {
	for _, token := range t.tokens {
		for len(doc) > 0 && doc[0] == '"' {
			if left = pay(left, unwrapOf*len(doc)); left < 0 {
				return nil, left
			}
			doc = jsontext.Unwrap(doc)
		}
		if left = pay(left, perByte*len(doc)); len(doc) == 0 || left < 0 {
			return nil, left
		}
		ok := false
		switch doc[0] {
		case '{':
			doc, ok = jsontext.Member(doc, token)
		case '[':
			doc, ok = jsontext.Element(doc, token)
		}
		if !ok {
			return nil, left
		}
	}
	return doc, left
}

// holds reports whether v holds of a JSON value, or of an element of it.
func (t *dataTerm) holds(v *dataValue, doc []byte) bool {
	if v.any() {
		return true
	}
	if doc[0] != '[' {
		return t.holdsOf(v, doc)
	}
	for element := range jsontext.Elements(doc) {
		if t.holdsOf(v, element) {
			return true
		}
	}
	return false
}

func (t *dataTerm) holdsOf(v *dataValue, doc []byte) bool {
	switch doc[0] {
	case '{', '[':
		return false
	case '"':
		return t.holdsOfText(v, doc[1:len(doc)-1])
	}
	switch {
	case v.pattern != nil:
		return found(v.pattern, doc, false)
	case v.isNumber:
		number, ok := jsontext.ParseDecimal(doc)
		return ok && holds(t.op, number.Compare(v.number))
	}
	return !v.quoted && !isOrder(t.op) && string(doc) == v.text
}

// holdsOfText does the same for what stands between a string's quotes. A string
// that is a number counts as one: many programs send numbers so.
func (t *dataTerm) holdsOfText(v *dataValue, content []byte) bool {
	if v.pattern != nil {
		return found(v.pattern, content, true)
	}
	if v.isNumber {
		number, ok := jsontext.ParseDecimal(content)
		return ok && holds(t.op, number.Compare(v.number))
	}
	return holds(t.op, compareText(content, v.text))
}

func (t *dataTerm) cost() int { return 500 * (1 + len(t.tokens)) * len(t.values) }

func (t *dataTerm) write(b *strings.Builder) { writeTerm(b, "data"+t.path, t.op, t.values) }
