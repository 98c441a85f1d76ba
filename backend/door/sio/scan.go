package sio

import "errors"

var (
	errNoArray  = errors.New("the packet's payload is not a JSON array")
	errBrackets = errors.New("the brackets in the packet's payload do not match")
	errTrailing = errors.New("there is more text after the packet's payload")
)

// list is where the first two elements of a JSON array are in a text. Only
// their places are noted: a packet of a million elements costs no more.
type list struct {
	elements      int
	first, second span
	comma         int // after the first element, when there are more
	end           int // after the closing bracket
}

type span struct{ from, to int }

// scanList finds the elements of the JSON array that is all of text but white
// space. It sees to strings, brackets and the commas between the elements;
// whether the elements themselves are JSON is left to intake, which reads each
// byte anyway.
func scanList(text []byte) (list, error) {
	var l list
	at := skipSpace(text, 0)
	if at == len(text) || text[at] != '[' {
		return l, errNoArray
	}
	at = skipSpace(text, at+1)
	if at < len(text) && text[at] == ']' {
		l.end = at + 1
		return l, onlySpace(text, l.end)
	}
	for {
		to, err := skipValue(text, at)
		if err != nil {
			return l, err
		}
		switch l.elements++; l.elements {
		case 1:
			l.first = span{at, to}
		case 2:
			l.second = span{at, to}
		}
		at = skipSpace(text, to)
		if at == len(text) {
			return l, errBrackets
		}
		switch text[at] {
		case ']':
			l.end = at + 1
			return l, onlySpace(text, l.end)
		case ',':
			if l.elements == 1 {
				l.comma = at
			}
			at = skipSpace(text, at+1)
		default:
			return l, errNoArray
		}
	}
}

// skipValue returns where the value that begins at text[at] ends.
func skipValue(text []byte, at int) (int, error) {
	var room [64]byte
	open := room[:0] // the brackets that would close those we are in
	for start := at; at < len(text); {
		switch c := text[at]; c {
		case '"':
			var ok bool
			if at, ok = skipString(text, at); !ok {
				return 0, errBrackets
			}
		case '[':
			open = append(open, ']')
			at++
		case '{':
			open = append(open, '}')
			at++
		case ']', '}':
			if len(open) == 0 {
				return ended(start, at)
			}
			if open[len(open)-1] != c {
				return 0, errBrackets
			}
			open = open[:len(open)-1]
			at++
		case ',', ' ', '\t', '\r', '\n':
			if len(open) == 0 {
				return ended(start, at)
			}
			at++
			continue // not the end of anything
		default:
			at++
			continue // a number or a word goes on
		}
		if len(open) == 0 {
			return at, nil
		}
	}
	return 0, errBrackets
}

// ended is the end of a number or a word, which has at least one character.
func ended(start, at int) (int, error) {
	if at == start {
		return 0, errNoArray
	}
	return at, nil
}

// skipString returns where the string that begins at text[at] ends.
func skipString(text []byte, at int) (end int, ok bool) {
	for at++; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case '"':
			return at + 1, true
		}
	}
	return 0, false
}

func skipSpace(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') {
		at++
	}
	return at
}

func onlySpace(text []byte, at int) error {
	if skipSpace(text, at) < len(text) {
		return errTrailing
	}
	return nil
}
