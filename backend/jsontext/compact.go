// Package jsontext reads JSON as the bytes it is: it checks a payload once, and then
// finds values and numbers in it without decoding the rest.
package jsontext

import (
	"bytes"
	"cmp"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// The bounds of a payload that nobody has set.
const (
	MaxDepth = 64     // levels of arrays and objects
	MaxKeys  = 10_000 // in all of its objects together
)

// The codes of the errors about a payload beyond its Bounds.
const (
	TooDeep     = "too_deep"
	TooManyKeys = "too_many_keys"
)

// Bounds are how much JSON may be in one payload. Who reads it spends stack on
// each level and memory on each key, far more than the few bytes they take here.
// 0 means the default.
type Bounds struct {
	MaxDepth int // levels of arrays and objects; default MaxDepth
	MaxKeys  int // in all objects together; default MaxKeys
}

// Compact does as the method does, within the default Bounds.
func Compact(src []byte) ([]byte, error) { return Bounds{}.Compact(src) }

// Compact returns a copy of the JSON text src without the white space between
// its tokens. Everything else stays byte for byte: escapes, the spelling and
// the precision of numbers, the order of keys, repeated keys.
//
// It is where a payload is validated, once: text that is not exactly one JSON
// value, is not UTF-8, or is beyond the bounds, is refused with an error of kind
// Invalid that names the byte (counted from 0); the first two with a SyntaxError.
func (b Bounds) Compact(src []byte) ([]byte, error) {
	s := scanner{
		src: src, out: make([]byte, 0, len(src)),
		maxDepth: cmp.Or(b.MaxDepth, MaxDepth), maxKeys: cmp.Or(b.MaxKeys, MaxKeys),
	}
	s.space()
	if err := s.value(0); err != nil {
		return nil, err
	}
	s.space()
	if s.at < len(src) {
		return nil, s.bad("there is more text after the JSON value")
	}
	if spare := cap(s.out) - len(s.out); spare > len(s.out)/4+64 {
		return bytes.Clone(s.out), nil // or a little JSON in much white space would hold all of its memory
	}
	return s.out, nil
}

// scanner reads JSON text (RFC 8259) by recursive descent; maxDepth bounds the
// recursion.
type scanner struct {
	src               []byte
	at                int // next byte to read
	out               []byte
	keys              int // seen so far
	maxDepth, maxKeys int
}

// SyntaxError says where a text stops being JSON, for those who say it in other
// words than "data" and "byte".
type SyntaxError struct {
	What string // is wrong, as a clause
	At   int    // byte, from 0
}

func (e *SyntaxError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the error for a person who sent a payload.
func (e *SyntaxError) Unwrap() error {
	return fault.Newf(fault.Invalid, "data is not valid JSON: %s at byte %d", e.What, e.At).WithCode("invalid_json")
}

func (s *scanner) bad(what string) error { return &SyntaxError{What: what, At: s.at} }

func (s *scanner) space() {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// copyFrom keeps the bytes from start to where the scanner stands.
func (s *scanner) copyFrom(start int) { s.out = append(s.out, s.src[start:s.at]...) }

func (s *scanner) value(depth int) error {
	if s.at == len(s.src) {
		return s.bad("the text ends where a value is wanted")
	}
	switch c := s.src[s.at]; {
	case c == '{' || c == '[':
		if depth == s.maxDepth {
			return fault.Newf(fault.Invalid, "data nests deeper than %d levels at byte %d", s.maxDepth, s.at).
				WithCode(TooDeep).WithHint("send what is deeper as text, or raise limits.max_json_depth")
		}
		return s.container(c, depth+1)
	case c == '"':
		return s.str()
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.bad("a value cannot begin like this")
}

func (s *scanner) container(open byte, depth int) error {
	shut := byte(']')
	if open == '{' {
		shut = '}'
	}
	s.out = append(s.out, open)
	s.at++
	s.space()
	if s.at < len(s.src) && s.src[s.at] == shut {
		s.out = append(s.out, shut)
		s.at++
		return nil
	}
	for {
		if open == '{' {
			if err := s.key(); err != nil {
				return err
			}
		}
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		if s.at == len(s.src) {
			return s.bad("the text ends inside an array or object")
		}
		c := s.src[s.at]
		if c != ',' && c != shut {
			return s.bad("a comma or the closing bracket is missing")
		}
		s.out = append(s.out, c)
		s.at++
		if c == shut {
			return nil
		}
		s.space()
	}
}

func (s *scanner) key() error {
	if s.at == len(s.src) || s.src[s.at] != '"' {
		return s.bad("an object's key in double quotes is wanted")
	}
	if s.keys == s.maxKeys {
		return fault.Newf(fault.Invalid, "data has more than %d keys in its objects: one too many is at byte %d", s.maxKeys, s.at).
			WithCode(TooManyKeys).WithHint("send it in parts, or raise limits.max_json_keys")
	}
	s.keys++
	if err := s.str(); err != nil {
		return err
	}
	s.space()
	if s.at == len(s.src) || s.src[s.at] != ':' {
		return s.bad("a colon after an object's key is missing")
	}
	s.out = append(s.out, ':')
	s.at++
	s.space()
	return nil
}

func (s *scanner) str() error {
	start := s.at
	s.at++
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == '"':
			s.at++
			s.copyFrom(start)
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < ' ':
			return s.bad("a control character inside a string must be escaped")
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, n := utf8.DecodeRune(s.src[s.at:])
			if r == utf8.RuneError && n == 1 {
				return s.bad("the text is not UTF-8")
			}
			s.at += n
		}
	}
	return s.bad("a string has no end")
}

func (s *scanner) escape() error {
	s.at++
	if s.at == len(s.src) {
		return s.bad("a string has no end")
	}
	switch s.src[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		s.at++
		for range 4 {
			if s.at == len(s.src) || !isHex(s.src[s.at]) {
				return s.bad(`four hex digits after \u are wanted`)
			}
			s.at++
		}
		return nil
	}
	return s.bad("an unknown escape")
}

func (s *scanner) number() error {
	start := s.at
	if s.src[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.src) && s.src[s.at] == '0' {
		s.at++
	} else if !s.digits() {
		return s.bad("a digit is wanted")
	}
	if s.at < len(s.src) && s.src[s.at] == '.' {
		s.at++
		if !s.digits() {
			return s.bad("a digit after the decimal point is wanted")
		}
	}
	if s.at < len(s.src) && (s.src[s.at] == 'e' || s.src[s.at] == 'E') {
		s.at++
		if s.at < len(s.src) && (s.src[s.at] == '+' || s.src[s.at] == '-') {
			s.at++
		}
		if !s.digits() {
			return s.bad("a digit in the exponent is wanted")
		}
	}
	s.copyFrom(start)
	return nil
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.src) && '0' <= s.src[s.at] && s.src[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

func (s *scanner) word(w string) error {
	start := s.at
	for i := range len(w) {
		if s.at == len(s.src) || s.src[s.at] != w[i] {
			return s.bad("only true, false and null are known words")
		}
		s.at++
	}
	s.copyFrom(start)
	return nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
