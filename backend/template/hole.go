package template

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/jsontext"
)

// expression reads what stands in one hole:
//
//	expression = term { ("+" | "-") term }
//	term       = number | function | field | data { ".key" | "[0]" }
//
// Fields are those before the hole that have a number; in quotes, any of them, also
// one that is called like a function.
type expression struct {
	*parser
	begin, at, end int
}

// term is a value; one that can be reckoned with is a number besides.
type term struct {
	value
	number
}

// readHole reads a hole. With a key it is the whole value of that field.
func (p *parser) readHole(h hole, key string) (value, error) {
	x := &expression{parser: p, begin: h.begin, at: h.begin, end: h.end}
	first, err := x.term()
	if err != nil {
		return nil, err
	}
	total := sum{{first.number, 1}}
	for x.space(); x.at < x.end; x.space() {
		op := x.text[x.at]
		if op != '+' && op != '-' || first.number == nil {
			return nil, x.bad(x.at, x.end, "this is one too many").WithHint("%s", x.known())
		}
		x.at++
		from := x.at
		next, err := x.term()
		if err != nil {
			return nil, err
		}
		if next.number == nil {
			return nil, x.bad(from, x.at, "only numbers can be added").WithHint("%s", x.known())
		}
		sign := int64(1)
		if op == '-' {
			sign = -1
		}
		total = append(total, sum{{next.number, sign}}...)
	}
	n := first.number
	if len(total) > 1 {
		n = total
	}
	if first.value != nil && len(total) == 1 { // of what a client said, which may be a number, both are there
		if n != nil {
			p.addField(key, n)
		}
		return first.value, nil
	}
	slot := p.out.slots
	p.out.slots++
	p.addField(key, earlier(slot))
	return numeric{n, slot}, nil
}

// term reads one term.
func (x *expression) term() (term, error) {
	x.space()
	from := x.at
	switch {
	case x.at == x.end:
		return term{}, x.bad(x.begin, x.at, "a value is missing here").WithHint("%s", x.known())
	case x.text[x.at] == '"':
		name, err := x.quoted()
		if err != nil {
			return term{}, err
		}
		return x.field(from, name[1:len(name)-1])
	case x.isNumber():
		n, err := x.literal()
		return term{number: literal(n)}, err
	}
	name := x.name()
	if name == "" {
		_, size := utf8.DecodeRuneInString(x.text[x.at:])
		return term{}, x.bad(from, from+size, "no value begins like this").WithHint("%s", x.known())
	}
	return x.named(from, name)
}

// named reads what follows the name of a function; another name is a field's.
func (x *expression) named(from int, name string) (term, error) {
	switch name {
	case "now":
		return x.clock()
	case "seq":
		return term{number: sequence{}}, nil
	case "id":
		return term{value: identity{}}, nil
	case "rand":
		return x.random(from)
	case "pick":
		return x.pick(from)
	case "walk":
		return x.walk(from)
	case "data", "event", "namespace", "client":
		if !x.reply {
			return term{}, x.bad(from, x.at, "%s is what a client said, which only a reply rule knows", name).
				WithHint("%s", x.known())
		}
		return x.said(name)
	}
	return x.field(from, name)
}

func (x *expression) field(from int, name string) (term, error) {
	if n := x.fields[name]; n != nil {
		return term{number: n}, nil
	}
	e := x.bad(from, x.at, "there is no function, and before this no field with a number, that is called %q", name)
	return term{}, e.WithHint("%s", x.known())
}

// known is the hint that says what a hole may have.
func (x *expression) known() string {
	hint := `known are now, now ms, seq, id, rand 1 10, pick "a" "b", walk 100 0.5`
	if x.reply {
		hint += ", data.field, event, namespace, client"
	}
	if len(x.names) > 0 {
		hint += fmt.Sprintf(", and the fields %q", x.names[:min(len(x.names), 8)])
	}
	return hint
}

func (x *expression) clock() (term, error) {
	x.space()
	from := x.at
	name := x.name()
	if name == "" {
		return term{value: clock{}}, nil
	}
	u, ok := unit(name)
	if !ok {
		return term{}, x.bad(from, x.at, "%q is no unit of time", name).WithHint("write now, or now with s, ms, us or ns")
	}
	return term{number: u}, nil
}

// two reads the two numbers of a function, with the same count of decimals.
func (x *expression) two(from int, name, like string) (a, b num, err error) {
	for _, n := range []*num{&a, &b} {
		if x.space(); !x.isNumber() {
			return a, b, x.bad(from, x.at, "%s wants two numbers", name).WithHint("write it like %s", like)
		}
		if *n, err = x.literal(); err != nil {
			return a, b, err
		}
	}
	decimals := max(a.decimals, b.decimals)
	a, ok := a.to(decimals)
	b, ok2 := b.to(decimals)
	if !ok || !ok2 {
		return a, b, x.bad(from, x.at, "these numbers are too long").WithHint("write fewer digits")
	}
	return a, b, nil
}

func (x *expression) random(from int) (term, error) {
	low, high, err := x.two(from, "rand", "rand 1 10, or rand 0.00 1.00 for two decimals")
	if err != nil {
		return term{}, err
	}
	if high.v < low.v {
		return term{}, x.bad(from, x.at, "the first number is above the second").WithHint("write the lower one first")
	}
	return term{number: random{low, uint64(high.v-low.v) + 1}}, nil
}

func (x *expression) walk(from int) (term, error) {
	start, step, err := x.two(from, "walk", "walk 100.00 0.05: where it begins, and its longest step")
	if err != nil {
		return term{}, err
	}
	if step.v <= 0 {
		return term{}, x.bad(from, x.at, "the step of a walk is not above 0").WithHint("write it like walk 100.00 0.05")
	}
	x.out.walks = append(x.out.walks, start)
	return term{number: walk{len(x.out.walks) - 1, start.decimals, step.v}}, nil
}

func (x *expression) pick(from int) (term, error) {
	var texts pick
	var nums pickNumber
	for x.space(); x.at < x.end && (x.text[x.at] != '+' && x.text[x.at] != '-' || x.isNumber()); x.space() {
		begin := x.at
		switch {
		case x.text[x.at] == '"':
			text, err := x.quoted()
			if err != nil {
				return term{}, err
			}
			texts = append(texts, text)
			continue
		case x.isNumber():
			n, err := x.literal()
			if err != nil {
				return term{}, err
			}
			nums = append(nums, n)
		default:
			if name := x.name(); name != "true" && name != "false" && name != "null" {
				return term{}, x.bad(begin, max(x.at, begin+1), "pick takes numbers and text in quotes").WithHint(`write it like pick "buy" "sell"`)
			}
		}
		texts = append(texts, x.text[begin:x.at])
	}
	switch {
	case len(texts) == 0:
		return term{}, x.bad(from, x.at, "pick has nothing to pick from").WithHint(`write it like pick "buy" "sell"`)
	case len(nums) == len(texts):
		return term{number: nums}, nil
	}
	return term{value: texts}, nil
}

func (x *expression) said(name string) (term, error) {
	switch name {
	case "event":
		return term{value: saidName(func(s *Said) string { return s.Event })}, nil
	case "namespace":
		return term{value: saidName(func(s *Said) string { return s.Namespace })}, nil
	case "client":
		return term{value: saidName(func(s *Said) string { return s.Client })}, nil
	}
	tokens, err := x.path()
	return term{value: saidData(tokens), number: saidData(tokens)}, err
}

// path reads .key, ."any key" and [0], as many as there are, as the query language
// has them, and returns the tokens of a JSON pointer.
func (x *expression) path() (tokens []string, err error) {
	for x.at < x.end && (x.text[x.at] == '.' || x.text[x.at] == '[') {
		from, token := x.at, ""
		x.at++
		switch {
		case x.text[from] == '[':
			rest := strings.TrimLeft(x.text[x.at:x.end], "0123456789")
			token = x.text[x.at : x.end-len(rest)]
			if x.at = x.end - len(rest); token == "" || !strings.HasPrefix(rest, "]") {
				return nil, x.bad(from, x.at, "this is not the place of an element").WithHint("it is counted from 0: data.legs[0].price")
			}
			x.at++
		case x.at < x.end && x.text[x.at] == '"':
			if token, err = x.quoted(); err != nil {
				return nil, err
			}
			token = string(jsontext.Text([]byte(token[1 : len(token)-1])))
		default:
			if token = x.name(); token == "" {
				return nil, x.bad(from, x.at, "a key is missing after this dot").WithHint(`write it like data.price, or data."last price"`)
			}
		}
		tokens = append(tokens, jsontext.Token(token))
	}
	return tokens, nil
}

func (x *expression) space() {
	for x.at < x.end && strings.IndexByte(" \t\r\n", x.text[x.at]) >= 0 {
		x.at++
	}
}

// name passes a name, which is letters, digits and _.
func (x *expression) name() string {
	rest := strings.TrimLeftFunc(x.text[x.at:x.end], func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) })
	from := x.at
	x.at = x.end - len(rest)
	return x.text[from:x.at]
}

// quoted passes text in quotes and returns it with them; it is a JSON string.
func (x *expression) quoted() (string, error) {
	from := x.at
	for x.at++; x.at < x.end && x.text[x.at] != '"'; x.at++ {
		if x.text[x.at] == '\\' {
			x.at++
		}
	}
	x.at = min(x.at+1, x.end)
	text := x.text[from:x.at]
	if _, err := jsontext.Compact([]byte(text)); err != nil {
		return "", x.bad(from, x.at, "this is not a text in quotes as JSON has it").WithHint(`write \" for a quote in it, and \\ for a backslash`)
	}
	return text, nil
}

// isNumber reports whether a number comes next. A sign belongs to it where a digit
// follows.
func (x *expression) isNumber() bool {
	rest := strings.TrimPrefix(x.text[x.at:x.end], "-")
	return rest != "" && '0' <= rest[0] && rest[0] <= '9'
}

func (x *expression) literal() (num, error) {
	from := x.at
	x.at++ // a sign, or a digit
	x.at = x.end - len(strings.TrimLeft(x.text[x.at:x.end], "0123456789."))
	text := x.text[from:x.at]
	_, isNumber := jsontext.ParseDecimal([]byte(text))
	n, ok := parseNum(text)
	if !isNumber || !ok || len(text) > len(n.append(nil)) {
		return num{}, x.bad(from, x.at, "%q is not a number that can be reckoned with", text).
			WithHint("write it like 231.42, with at most %d decimals and 18 digits", maxDecimals)
	}
	return n, nil
}
