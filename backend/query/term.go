package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/jsontext"
)

// value is one value of a term, or free text.
type value struct {
	text   string
	quoted bool // text and nothing else: no number, no wildcard
	isGlob bool // * stands for any characters
	from   int  // where it stands in the query ...
	to     int  // ... and ends
}

func exactly(text string) value { return value{text: text, quoted: true} }

// any reports whether the value is *, which asks only that there is something.
func (v value) any() bool { return v.isGlob && strings.Trim(v.text, "*") == "" }

// write appends the value as a query has it.
func (v value) write(b *strings.Builder) {
	if v.quoted {
		writeQuoted(b, v.text)
	} else {
		b.WriteString(v.text)
	}
}

// term reads a term, at whose first character the parser stands.
func (p *parser) term() (cond, error) {
	start := p.at
	if p.text[start] == '"' {
		text, err := p.quoted()
		if err != nil {
			return nil, err
		}
		if err := p.apart(); err != nil {
			return nil, err
		}
		return p.freeText(value{text: text, quoted: true, from: start, to: p.at})
	}
	p.skipWord(":=<>")
	head := p.text[start:p.at]
	if head == "data" || strings.HasPrefix(head, "data.") || strings.HasPrefix(head, "data[") {
		return p.dataTerm(start)
	}
	if op := p.operator(&head); op != "" {
		return p.fieldTerm(start, head, op)
	}
	return p.word(start)
}

// word reads free text without quotes that began at start.
func (p *parser) word(start int) (cond, error) {
	p.at = start
	p.skipWord("")
	if err := p.apart(); err != nil {
		return nil, err
	}
	text := p.text[start:p.at]
	return p.freeText(value{text: text, isGlob: strings.Contains(text, "*"), from: start, to: p.at})
}

// freeText makes a term that looks for v everywhere.
func (p *parser) freeText(v value) (cond, error) {
	if strings.Trim(v.text, "*") == "" && !v.quoted || v.text == "" {
		return nil, p.bad(v.from, v.to, "this looks for nothing").WithHint("write the text to look for, or take this out")
	}
	return newTextTerm(v), nil
}

// skipWord passes what can be in a word that is not quoted, up to one of stops.
func (p *parser) skipWord(stops string) {
	for p.at < p.end {
		r, n := utf8.DecodeRuneInString(p.text[p.at:p.end])
		if unicode.IsSpace(r) || strings.ContainsRune(`"()`, r) || strings.ContainsRune(stops, r) {
			return
		}
		p.at += n
	}
}

// apart refuses what follows a term without white space between.
func (p *parser) apart() error {
	if p.at == p.end || p.text[p.at] == ')' {
		return nil
	}
	if r, n := utf8.DecodeRuneInString(p.text[p.at:p.end]); !unicode.IsSpace(r) {
		return p.bad(p.at, p.at+n, "a space is missing before this").WithHint("put a space between two terms, or all of the text in quotes")
	}
	return nil
}

// operator passes an operator and returns it, or "" where none stands. The ! of
// a != was read as a part of head, and is taken off it.
func (p *parser) operator(head *string) string {
	for _, op := range [...]string{">=", "<=", ":", "=", ">", "<"} {
		if strings.HasPrefix(p.text[p.at:p.end], op) {
			p.at += len(op)
			if less, ok := strings.CutSuffix(*head, "!"); ok && op == "=" {
				*head, op = less, "!="
			}
			return op
		}
	}
	return ""
}

// readValues reads the values after an operator.
func (p *parser) readValues(op string) ([]value, error) {
	var all []value
	for {
		v, err := p.value(op)
		if err != nil {
			return nil, err
		}
		if p.values++; p.values > MaxValues {
			return nil, p.bad(v.from, v.to, "the query has more than %d values", MaxValues).WithHint("a wildcard may stand for many: event:tick*")
		}
		all = append(all, v)
		if p.at == p.end || p.text[p.at] != ',' {
			break
		}
		p.at++
	}
	if isOrder(op) && len(all) > 1 {
		return nil, p.bad(all[1].from, all[len(all)-1].to, "%s compares with one value, not with several", op).WithHint("take the others out")
	}
	return all, p.apart()
}

func (p *parser) value(op string) (value, error) {
	start := p.at
	if p.at < p.end && p.text[p.at] == '"' {
		text, err := p.quoted()
		return value{text: text, quoted: true, from: start, to: p.at}, err
	}
	p.skipWord(",")
	text := p.text[start:p.at]
	if text == "" {
		return value{}, p.bad(p.at, p.at, "a value is missing here").WithHint(`no value at all is written ""`)
	}
	if strings.ContainsRune(":=<>", rune(text[0])) {
		return value{}, p.bad(start, start+1, "a value cannot begin with %c", text[0]).
			WithHint("compare without the colon, such as size>200, or put the value in quotes")
	}
	return value{text: text, isGlob: op == ":" && strings.Contains(text, "*"), from: start, to: p.at}, nil
}

// isOrder reports whether an operator asks which of two values is greater.
func isOrder(op string) bool { return op[0] == '<' || op[0] == '>' }

// holds reports whether an operator holds between two values that compare as
// order says.
func holds(op string, order int) bool {
	switch op {
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	}
	return order == 0
}

// quoted reads text in quotes, with JSON's escapes.
func (p *parser) quoted() (string, error) {
	var b strings.Builder
	open := p.at
	for p.at++; p.at < p.end; {
		switch c := p.text[p.at]; c {
		case '"':
			p.at++
			return b.String(), nil
		case '\\':
			n := escapeLen(p.text[p.at:p.end])
			if n == 0 {
				return "", p.bad(p.at, min(p.at+2, p.end), `this is not an escape`).WithHint(`in quotes \ is written \\ and " is written \"`)
			}
			r, n := jsontext.Rune([]byte(p.text[p.at:min(p.at+12, p.end)]))
			b.WriteRune(r)
			p.at += n
		default:
			b.WriteByte(c)
			p.at++
		}
	}
	return "", p.bad(open, p.end, "this quote is not closed").WithHint(`close it with "; inside of quotes " is written \"`)
}

// escapeLen returns how long the escape at the start of text is; 0: it is none.
func escapeLen(text string) int {
	if len(text) < 2 {
		return 0
	}
	if strings.IndexByte(`"\/bfnrt`, text[1]) >= 0 {
		return 2
	}
	if text[1] != 'u' || len(text) < 6 {
		return 0
	}
	if strings.Trim(text[2:6], "0123456789abcdefABCDEF") != "" {
		return 0
	}
	return 6
}

// isPlain reports whether text means itself without quotes, too.
func isPlain(text string) bool {
	for i, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./", r) && (r != ':' || i == 0) {
			return false
		}
	}
	return text != ""
}

// writeQuoted appends text so that quoted reads it.
func writeQuoted(b *strings.Builder, text string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r): // none is above U+009F
			b.WriteString(`\u00`)
			b.WriteByte(hex[r>>4])
			b.WriteByte(hex[r&15])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
