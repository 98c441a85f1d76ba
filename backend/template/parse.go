package template

import (
	"errors"
	"strings"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// parser reads a template in two passes. The first finds the holes, and has a text
// of the same length in which each is filled checked as JSON, so that a mistake is
// where it is said to be. The second leaves out white space, and reads each hole
// with the fields before it in view.
type parser struct {
	text   string
	reply  bool // what a client said may be repeated
	holes  []hole
	out    Template
	before []byte            // the compact text since the last hole
	fields map[string]number // by name; of two with the same name the later
	names  []string          // of fields, in the order of the text
}

// hole is what stands between {{ and }}, which are at begin-2 and end.
type hole struct {
	begin, end int
	inString   bool
}

func parse(text string, reply bool) (*Template, error) {
	p := &parser{text: text, reply: reply, fields: map[string]number{}}
	if len(text) > MaxText {
		return nil, fault.Newf(fault.TooLarge, "the template has %d bytes; at most %d are allowed", len(text), MaxText).
			WithCode(code).WithHint("make it shorter")
	}
	if !utf8.ValidString(text) {
		return nil, fault.Newf(fault.Invalid, "the template is not text in UTF-8").WithCode(code).WithHint("save it as UTF-8")
	}
	if err := p.findHoles(); err != nil {
		return nil, err
	}
	if err := p.checkJSON(); err != nil {
		return nil, err
	}
	if err := p.build(); err != nil {
		return nil, err
	}
	return &p.out, nil
}

// code is that of every error about a template.
const code = "invalid_template"

// bad is an error about text[from:to].
func (p *parser) bad(from, to int, format string, args ...any) *fault.Error {
	before := p.text[:from]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	e := fault.Newf(fault.Invalid, "line %d, column %d: "+format, append([]any{line, column}, args...)...)
	return e.WithCode(code).WithPlace(utf8.RuneCountInString(before), utf8.RuneCountInString(p.text[from:to]))
}

// findHoles finds the holes, and which of them are in strings.
func (p *parser) findHoles() error {
	inString := false
	for at := 0; at < len(p.text); at++ {
		switch {
		case strings.HasPrefix(p.text[at:], "{{"):
			h := hole{begin: at + 2, end: p.holeEnd(at + 2), inString: inString}
			if h.end < 0 {
				return p.bad(at, at+2, "this {{ has no }} behind it").WithHint(`close it, or to write the two characters put \u007b{ into the string`)
			}
			p.holes = append(p.holes, h)
			at = h.end + 1
		case p.text[at] == '"':
			inString = !inString
		case p.text[at] == '\\' && inString:
			at++ // what is behind it ends nothing
		}
	}
	return nil
}

// holeEnd returns where the }} is that ends a hole, passing over quoted text; -1:
// nowhere.
func (p *parser) holeEnd(at int) int {
	quoted := false
	for ; at < len(p.text); at++ {
		switch {
		case !quoted && strings.HasPrefix(p.text[at:], "}}"):
			return at
		case p.text[at] == '"':
			quoted = !quoted
		case quoted && p.text[at] == '\\':
			at++
		}
	}
	return -1
}

// checkJSON reports where the text is no JSON, whatever fills its holes.
func (p *parser) checkJSON() error {
	filled := []byte(p.text)
	for _, h := range p.holes {
		with := "null"
		if h.inString {
			with = ""
		}
		// White space behind null, so that a digit next to the hole stays a mistake.
		for i := range filled[h.begin-2 : h.end+2] {
			switch {
			case i < len(with):
				filled[h.begin-2+i] = with[i]
			default:
				filled[h.begin-2+i] = ' '
			}
		}
	}
	_, err := jsontext.Compact(filled)
	var wrong *jsontext.SyntaxError
	if errors.As(err, &wrong) {
		return p.bad(wrong.At, min(wrong.At+1, len(p.text)), "%s", wrong.What).WithHint("a template is JSON with {{…}} in the place of a value, or within a string")
	}
	return err
}

// build makes the parts of a text that checkJSON has passed.
func (p *parser) build() error {
	key, last := "", "" // of the value that comes next; the last string
	next := 0
	for at := 0; at < len(p.text); {
		if next < len(p.holes) && at == p.holes[next].begin-2 {
			h := p.holes[next]
			if err := p.addHole(h, key); err != nil {
				return err
			}
			next, at, key = next+1, h.end+2, ""
			continue
		}
		switch c := p.text[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
		case c == '"':
			var err error
			begin := at + 1
			if at, next, err = p.addString(at, next); err != nil {
				return err
			}
			key, last = "", p.text[begin:at-1]
		case c == '-' || '0' <= c && c <= '9':
			end := at + 1 + len(p.text[at+1:]) - len(strings.TrimLeft(p.text[at+1:], "0123456789.eE+-"))
			if n, ok := parseNum(p.text[at:end]); ok {
				p.addField(key, literal(n))
			}
			p.before = append(p.before, p.text[at:end]...)
			at, key = end, ""
		default:
			if key = ""; c == ':' {
				key = last
			}
			p.before = append(p.before, c)
			at++
		}
	}
	p.out.tail = p.before
	return nil
}

// addString adds the string that begins at at, with its holes from next on. It
// returns what comes behind it.
func (p *parser) addString(at, next int) (behind, hole int, err error) {
	for begin := at; ; {
		if next < len(p.holes) && at == p.holes[next].begin-2 {
			if err := p.addHole(p.holes[next], ""); err != nil {
				return 0, 0, err
			}
			at, next = p.holes[next].end+2, next+1
			continue
		}
		c := p.text[at]
		p.before = append(p.before, c)
		at++
		if c == '\\' {
			p.before = append(p.before, p.text[at])
			at++
		}
		if c == '"' && at-1 > begin {
			return at, next, nil
		}
	}
}

// addHole reads a hole, and ends the text before it.
func (p *parser) addHole(h hole, key string) error {
	value, err := p.readHole(h, key)
	if err != nil {
		return err
	}
	p.out.parts = append(p.out.parts, part{before: p.before, value: value, inString: h.inString})
	p.before = nil
	return nil
}

// addField has the holes behind it find the number of a field.
func (p *parser) addField(key string, n number) {
	if key == "" {
		return
	}
	if p.fields[key] == nil {
		p.names = append(p.names, key)
	}
	p.fields[key] = n
}
