package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// misspelled returns the first field of the object in data that encoding/json
// took for one of ours although it is written differently, such as "Event".
// data was decoded without an error. Only the object's own fields are looked at;
// what clients send has no objects in it but their data.
//
// encoding/json takes letters for equal that differ only in case, and a few
// beyond ASCII for those they look like. All our names are small letters, digits
// and underscores, so a name it took is ours if it has neither large letters nor
// anything beyond ASCII, and no list of names is needed.
func misspelled(data []byte) (name string, found bool) {
	i := 0
	for i < len(data) && isSpace(data[i]) {
		i++
	}
	if i == len(data) || data[i] != '{' {
		return "", false
	}
	isKey := true // whether the next text is a field's name
	depth := 1
	for i++; i < len(data) && depth > 0; i++ {
		switch data[i] {
		case '"':
			end := endOfText(data, i)
			if isKey {
				if !exact(data[i:end]) {
					return unquoted(data[i:end]), true
				}
				isKey = false
			}
			i = end - 1
		case ',':
			isKey = depth == 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return "", false
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// endOfText returns where the text ends whose first quote is at i.
func endOfText(data []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return len(data)
		}
		i += n
		escapes := 0
		for data[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}

// exact reports whether a name, with its quotes, is spelled as all of ours are.
func exact(quoted []byte) bool {
	plain := true
	for _, b := range quoted {
		if b >= 'A' && b <= 'Z' || b >= utf8.RuneSelf || b == '\\' {
			plain = false
		}
	}
	if plain {
		return true
	}
	return !strings.ContainsFunc(unquoted(quoted), func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf })
}

func unquoted(text []byte) (s string) {
	_ = json.Unmarshal(text, &s) // it was decoded before
	return s
}
