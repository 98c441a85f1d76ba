package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// parser reads a query by recursive descent; MaxDepth bounds the recursion.
//
//	query  = line { "\n" line }
//	line   = { either }
//	either = denied { "OR" denied }
//	denied = { "-" | "NOT" } ( "(" line ")" | term )
//	term   = [ field operator value { "," value } | text ]
type parser struct {
	text                 string
	at                   int // next byte
	end                  int // of the line
	depth, terms, values int
}

// bad says what is wrong with the part of the query between two bytes.
func (p *parser) bad(from, to int, format string, args ...any) *fault.Error {
	characters := utf8.RuneCountInString
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_query").
		WithPlace(characters(p.text[:from]), characters(p.text[from:to]))
}

func (p *parser) query() (cond, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	var lines []cond
	for start := 0; start <= len(p.text); start = p.end + 1 {
		p.at, p.end = start, len(p.text)
		if i := strings.IndexByte(p.text[start:], '\n'); i >= 0 {
			p.end = start + i
		}
		c, err := p.line(-1)
		if err != nil {
			return nil, err
		}
		if c != nil {
			lines = append(lines, c)
		}
	}
	return allOf(lines), nil
}

// check refuses what is no text for a query at all.
func (p *parser) check() error {
	if len(p.text) > MaxBytes {
		return p.bad(MaxBytes, len(p.text), "the query is %d bytes; at most %d are allowed", len(p.text), MaxBytes).
			WithHint("leave something out")
	}
	if !utf8.ValidString(p.text) {
		return p.bad(0, len(p.text), "the query is not UTF-8").WithHint("send it as UTF-8")
	}
	for i, r := range p.text {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return p.bad(i, i+utf8.RuneLen(r), "the query has a control character, U+%04X", r).WithHint(`in quotes it is written \u%04x`, r)
		}
	}
	return nil
}

// line reads terms up to the end of the line or the parenthesis that closes the
// one at open; −1: none is open. It returns nil where there are no terms.
func (p *parser) line(open int) (cond, error) {
	var terms []cond
	for {
		p.space()
		if p.at == p.end {
			if open >= 0 {
				return nil, p.bad(open, open+1, "this parenthesis is not closed").WithHint(`close it with ")", or put the text in quotes`)
			}
			return allOf(terms), nil
		}
		if p.text[p.at] == ')' {
			if open < 0 {
				return nil, p.bad(p.at, p.at+1, "this parenthesis closes nothing").WithHint("take it out, or put the text in quotes")
			}
			return allOf(terms), nil
		}
		c, err := p.either()
		if err != nil {
			return nil, err
		}
		terms = append(terms, c)
	}
}

func (p *parser) either() (cond, error) {
	var choices []cond
	for {
		c, err := p.denied()
		if err != nil {
			return nil, err
		}
		choices = append(choices, c)
		p.space()
		if !p.pass("OR") {
			return oneOf(choices), nil
		}
	}
}

func (p *parser) denied() (cond, error) {
	p.depth++
	defer func() { p.depth-- }()
	p.space()
	start := p.at
	if p.depth > MaxDepth+1 {
		return nil, p.bad(start, min(start+1, p.end), "the query nests deeper than %d levels", MaxDepth).WithHint("take some parentheses out")
	}
	switch {
	case p.at == p.end || p.text[p.at] == ')':
		return nil, p.bad(p.at, p.at, "a term is missing here").WithHint("OR, NOT and - need a term behind them, such as event:tick")
	case p.is("OR"):
		return nil, p.bad(start, start+2, "OR needs a term before it").WithHint(`to search for the word, put it in quotes: "OR"`)
	case p.is("AND"):
		return nil, p.bad(start, start+3, "AND is not needed").WithHint(`white space means and; to search for the word, put it in quotes: "AND"`)
	case p.text[p.at] == '-' || p.is("NOT"):
		if !p.pass("NOT") {
			p.at++
		}
		c, err := p.denied()
		if err != nil {
			return nil, err
		}
		return noneOf(c), nil
	case p.text[p.at] == '(':
		p.at++
		c, err := p.line(start)
		if err != nil {
			return nil, err
		}
		p.at++
		if c == nil {
			return nil, p.bad(start, p.at, "there is nothing between these parentheses").WithHint("take them out")
		}
		return c, nil
	}
	if p.terms++; p.terms > MaxTerms {
		return nil, p.bad(start, start+1, "the query has more than %d terms", MaxTerms).
			WithHint("one term may have many values: event:a,b,c")
	}
	return p.term()
}

// is reports whether a word of the language stands here.
func (p *parser) is(word string) bool {
	rest := p.text[p.at:p.end]
	if !strings.HasPrefix(rest, word) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[len(word):])
	return len(rest) == len(word) || unicode.IsSpace(next) || next == '(' || next == ')'
}

// pass passes a word of the language, where it stands here.
func (p *parser) pass(word string) bool {
	if !p.is(word) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *parser) space() {
	p.at += len(p.text[p.at:p.end]) - len(strings.TrimLeftFunc(p.text[p.at:p.end], unicode.IsSpace))
}
