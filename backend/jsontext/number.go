package jsontext

import (
	"bytes"
	"strconv"
	"strings"

	"emitscope/backend/fault"
)

// maxUnwrap is how often JSON inside a string inside JSON is looked into: as
// often as the interface shows it unwrapped.
const maxUnwrap = 3

// maxNumber is the longest text taken for a number, in bytes. A double needs
// less than 30.
const maxNumber = 64

// CheckPlace returns an Invalid error unless pointer says where a number may
// stand: a JSON pointer as CheckPointer wants it, or "" for the payload itself.
func CheckPlace(pointer string) error {
	if pointer == "" || CheckPointer(pointer) == nil {
		return nil
	}
	return fault.Newf(fault.Invalid, "pointer %q is not a JSON pointer", fault.Clip(pointer)).WithCode("invalid_pointer").
		WithHint(`write it like "/price" or "/legs/0/price", at most %d bytes; "" is the payload itself`, MaxPointer)
}

// NumberAt returns the number that pointer names inside payload, as Number does,
// and as it is written. It is part of payload where no string had to be unwrapped.
func NumberAt(payload []byte, pointer string) (text []byte, value float64, found bool) {
	for unwraps := 0; ; unwraps++ {
		at, rest := descend(payload, pointer)
		if len(at) == 0 {
			return nil, 0, false
		}
		if rest == "" {
			return number(at)
		}
		if at[0] != '"' || unwraps == maxUnwrap {
			return nil, 0, false
		}
		if payload = Unwrap(at); payload == nil {
			return nil, 0, false
		}
		pointer = rest
	}
}

// Number returns the finite JSON number that pointer names inside payload, and
// whether there is one. JSON inside a string is looked into, for many programs
// send emit(json.dumps(x)); a string that is wholly a JSON number is one, for
// exchanges send prices so. true, false, null and numbers beyond a double are
// none. pointer must have passed CheckPlace and payload come from Compact; where
// no string is unwrapped it allocates nothing.
func Number(payload []byte, pointer string) (value float64, found bool) {
	_, value, found = NumberAt(payload, pointer)
	return value, found
}

// descend follows pointer as far as objects and arrays go. It returns what it
// came to, and the rest of the pointer when that is a string; nothing when the
// pointer leads nowhere.
func descend(doc []byte, pointer string) (at []byte, rest string) {
	for pointer != "" && len(doc) > 0 {
		if doc[0] == '"' {
			return doc, pointer
		}
		token := pointer
		pointer = ""
		if i := strings.IndexByte(token[1:], '/'); i >= 0 {
			token, pointer = token[:i+1], token[i+1:]
		}
		found := false
		if doc, found = Lookup(doc, token); !found {
			return nil, ""
		}
	}
	return doc, pointer
}

// Unwrap returns the JSON that is inside of a JSON string, or nil where there is
// none that has parts.
func Unwrap(str []byte) []byte {
	content := bytes.TrimLeft(str[1:len(str)-1], " ")
	if len(content) == 0 || content[0] != '{' && content[0] != '[' && content[0] != '\\' {
		return nil
	}
	doc, err := Compact(Text(content))
	if err != nil {
		return nil
	}
	return doc
}

// number reads a value that is a number, or a string that is wholly one.
func number(value []byte) (text []byte, n float64, ok bool) {
	text = value
	if text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	if len(text) > maxNumber {
		return nil, 0, false
	}
	if _, isNumber := ParseDecimal(text); !isNumber {
		return nil, 0, false
	}
	n, err := strconv.ParseFloat(string(text), 64)
	return text, n, err == nil
}
