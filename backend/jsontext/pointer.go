package jsontext

import (
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// MaxPointer bounds a JSON pointer, in bytes.
const MaxPointer = 256

// CheckPointer returns an Invalid error unless p is a JSON pointer (RFC 6901)
// to something inside a payload, such as "/symbol" or "/legs/0/price".
func CheckPointer(p string) error {
	if len(p) < 2 || len(p) > MaxPointer || p[0] != '/' || !utf8.ValidString(p) {
		return fault.Newf(fault.Invalid, "key %q is not a JSON pointer", fault.Clip(p)).
			WithCode("invalid_setting").WithHint(`write it like "/symbol", at most %d bytes`, MaxPointer)
	}
	for i := range len(p) {
		if p[i] == '~' && (i+1 == len(p) || p[i+1] != '0' && p[i+1] != '1') {
			return fault.Newf(fault.Invalid, "key %q is not a JSON pointer: ~ stands only in ~0 and ~1", fault.Clip(p)).
				WithCode("invalid_setting")
		}
	}
	return nil
}

// Lookup returns the JSON text that pointer names inside doc, as a part of doc,
// and whether it is there. Of repeated keys the last counts. It allocates
// nothing. doc must come from Compact and pointer have passed CheckPointer.
func Lookup(doc []byte, pointer string) ([]byte, bool) {
	for pointer != "" && len(doc) > 0 {
		token := pointer[1:]
		pointer = ""
		if i := strings.IndexByte(token, '/'); i >= 0 {
			token, pointer = token[:i], token[i:]
		}
		var found bool
		switch doc[0] {
		case '{':
			doc, found = Member(doc, token)
		case '[':
			doc, found = Element(doc, token)
		}
		if !found {
			return nil, false
		}
	}
	return doc, len(doc) > 0
}

// Member returns the last member of the object doc whose key is token, written as
// in a JSON pointer.
func Member(doc []byte, token string) (value []byte, found bool) {
	for at := 1; doc[at] != '}'; {
		keyEnd := skip(doc, at)
		valueEnd := skip(doc, keyEnd+1)
		if keyIs(doc[at+1:keyEnd-1], token) {
			value, found = doc[keyEnd+1:valueEnd], true
		}
		if at = valueEnd; doc[at] == ',' {
			at++
		}
	}
	return value, found
}

// Element returns the element of the array doc whose index token writes.
func Element(doc []byte, token string) ([]byte, bool) {
	want := 0
	if token == "" || len(token) > 9 || token[0] == '0' && len(token) > 1 {
		return nil, false
	}
	for _, c := range []byte(token) {
		if c < '0' || c > '9' {
			return nil, false
		}
		want = want*10 + int(c-'0')
	}
	for value := range Elements(doc) {
		if want == 0 {
			return value, true
		}
		want--
	}
	return nil, false
}

// Elements goes through the elements of the array doc.
func Elements(doc []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for at := 1; doc[at] != ']'; {
			end := skip(doc, at)
			if !yield(doc[at:end]) {
				return
			}
			if at = end; doc[at] == ',' {
				at++
			}
		}
	}
}

// Members goes through the members of the object doc: the text between a key's
// quotes, and the value.
func Members(doc []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for at := 1; doc[at] != '}'; {
			keyEnd := skip(doc, at)
			valueEnd := skip(doc, keyEnd+1)
			if !yield(doc[at+1:keyEnd-1], doc[keyEnd+1:valueEnd]) {
				return
			}
			if at = valueEnd; doc[at] == ',' {
				at++
			}
		}
	}
}

// skip returns where the value that begins at doc[at] ends.
func skip(doc []byte, at int) int {
	depth := 0
	for at < len(doc) {
		switch c := doc[at]; c {
		case '"':
			for at++; doc[at] != '"'; at++ {
				if doc[at] == '\\' {
					at++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at // the end of what contains a number or word
			}
			depth--
		case ',', ':':
			if depth == 0 {
				return at
			}
		}
		at++
		if depth == 0 && (doc[at-1] == '"' || doc[at-1] == '}' || doc[at-1] == ']') {
			return at
		}
	}
	return at
}

// keyIs reports whether the text between a key's quotes means the same string
// as a pointer's token, with the escapes of both undone.
func keyIs(key []byte, token string) bool {
	for len(key) > 0 && token != "" {
		k, n := Rune(key)
		key = key[n:]
		t, n := utf8.DecodeRuneInString(token)
		if t == '~' && len(token) > 1 {
			t, n = '~', 2
			if token[1] == '1' {
				t = '/'
			}
		}
		token = token[n:]
		if k != t {
			return false
		}
	}
	return len(key) == 0 && token == ""
}

// Token returns a key as a JSON pointer has it.
func Token(key string) string {
	if !strings.ContainsAny(key, "~/") { // as nearly every key
		return key
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// Text returns what the text between a string's quotes means, as Rune decodes it.
func Text(content []byte) []byte {
	text := make([]byte, 0, len(content))
	for len(content) > 0 {
		r, n := Rune(content)
		text, content = utf8.AppendRune(text, r), content[n:]
	}
	return text
}

// Rune decodes the first character of the text between a string's quotes, as
// encoding/json does: a surrogate without its other half becomes U+FFFD.
func Rune(text []byte) (r rune, size int) {
	if text[0] != '\\' {
		return utf8.DecodeRune(text)
	}
	switch text[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hex4(text[2:6])
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(text[8:12])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	}
	return rune(text[1]), 2
}

func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		switch {
		case c >= 'a':
			c -= 'a' - 10
		case c >= 'A':
			c -= 'A' - 10
		default:
			c -= '0'
		}
		r = r<<4 | rune(c)
	}
	return r
}
