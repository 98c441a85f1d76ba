package trial

import (
	"bytes"
	"math"
	"strconv"
)

// A message's data is
//
//	{"due":1790000000000000000,"id":1234567890,"n":42,"pad":"xxx…"}
//
// due is when the message was due, in ns since 1970; id is the trial's, n the
// message's number. The names are in alphabetical order, so a server that decodes
// the data into a map and encodes it again sends the same bytes.
const (
	dueField = `"due":`
	idField  = `"id":`
	numField = `"n":`
	padField = `"pad":"`
)

// appendData appends the data of message n, of exactly size bytes, where size is
// at least MinSize.
func appendData(to []byte, due int64, id uint32, n int64, size int) []byte {
	begin := len(to)
	to = append(to, `{`+dueField...)
	to = strconv.AppendInt(to, due, 10)
	to = append(to, `,`+idField...)
	to = strconv.AppendUint(to, uint64(id), 10)
	to = append(to, `,`+numField...)
	to = strconv.AppendInt(to, n, 10)
	to = append(to, `,`+padField...)
	const pad = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	for more := size - (len(to) - begin) - len(`"}`); more > 0; more -= len(pad) {
		to = append(to, pad[:min(more, len(pad))]...)
	}
	return append(to, `"}`...)
}

// mark is what a subscriber reads of a message.
type mark struct {
	due int64  // ns since 1970
	id  uint32 // 0: the message is not of a trial
	n   int64  // -1: not there
}

// scanner finds the mark in messages. It looks first where the last one was, for
// in the messages of one connection that hardly moves; a whole search of 250 bytes
// costs as much as everything else done with them.
type scanner struct{ hint int }

// scan returns the mark of a message; false: there is none. It believes nothing:
// the bytes are from a server that may be wrong.
func (s *scanner) scan(message []byte) (m mark, ok bool) {
	at := s.hint
	if at >= len(message) || !bytes.HasPrefix(message[at:], []byte(dueField)) {
		at = bytes.Index(message, []byte(dueField))
		if at < 0 {
			return mark{}, false
		}
		s.hint = at
	}
	due, rest, ok := number(message[at+len(dueField):])
	if !ok {
		return mark{}, false
	}
	m = mark{due: due, n: -1}
	id, rest, ok := numberOf(rest, idField)
	if !ok || id > math.MaxUint32 {
		return m, true
	}
	n, _, ok := numberOf(rest, numField)
	if !ok {
		return m, true
	}
	m.id, m.n = uint32(id), n
	return m, true
}

// numberOf reads a field that comes next, or else anywhere in text.
func numberOf(text []byte, field string) (n int64, rest []byte, ok bool) {
	next := text
	if len(next) > 0 && next[0] == ',' {
		next = next[1:]
	}
	if !bytes.HasPrefix(next, []byte(field)) {
		at := bytes.Index(text, []byte(field))
		if at < 0 {
			return 0, text, false
		}
		next = text[at:]
	}
	return number(next[len(field):])
}

// number reads a whole number that is not negative and fits 63 bits, after white
// space.
func number(text []byte) (n int64, rest []byte, ok bool) {
	begin := 0
	for begin < len(text) && text[begin] == ' ' {
		begin++
	}
	const mostDigits = 19 // as many always fit 64 bits
	var sum uint64
	i := begin
	for ; i < len(text) && i-begin <= mostDigits; i++ {
		d := text[i] - '0'
		if d > 9 {
			break
		}
		sum = sum*10 + uint64(d)
	}
	if i == begin || i-begin > mostDigits || sum > math.MaxInt64 {
		return 0, text, false
	}
	return int64(sum), text[i:], true
}
