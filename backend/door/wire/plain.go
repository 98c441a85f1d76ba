package wire

import (
	"bytes"
	"strconv"
)

// ReadPublish is DecodeStrict for the one type that comes a hundred thousand
// times a second. What is written plainly, as nearly all of it is, is taken
// apart in one pass without reflection; DecodeStrict reads the rest, and says
// what is wrong.
//
// It leaves one thing to intake, which looks at each byte of the data anyway:
// whether that is valid JSON. p.Data may be anything that could be.
func ReadPublish(data []byte, p *Publish) error {
	*p = Publish{}
	if (&plain{text: data}).object(func(key, value []byte) bool { return p.plainField(key, value) }) {
		return nil
	}
	*p = Publish{}
	return DecodeStrict(data, p)
}

// ReadSocketIn is ReadPublish for what native clients send: publish frames are
// taken apart quickly, all others by DecodeStrict.
func ReadSocketIn(data []byte, in *SocketIn) error {
	*in = SocketIn{}
	isPublish := false
	read := (&plain{text: data}).object(func(key, value []byte) bool {
		switch string(key) {
		case "type":
			isPublish = string(value) == `"publish"`
			return isPublish
		case "id":
			id, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil || in.ID != nil || value[0] == '+' || len(value) > 1 && (value[0] == '0' || string(value[:2]) == "-0") {
				return false
			}
			in.ID = &id
			return true
		}
		return in.plainField(key, value)
	})
	if read && isPublish {
		in.Type = "publish"
		return nil
	}
	*in = SocketIn{}
	return DecodeStrict(data, in)
}

// plainField takes a field with its value as it is written, and reports whether
// it is one of a Publish that came for the first time, plainly written.
func (p *Publish) plainField(key, value []byte) bool {
	switch string(key) {
	case "namespace":
		return plainString(&p.Namespace, value)
	case "event":
		return plainString(&p.Event, value)
	case "on":
		return plainString(&p.On, value)
	case "data":
		if p.Data != nil {
			return false
		}
		p.Data = bytes.Clone(value)
		return true
	}
	return false
}

// plainString puts the text between value's quotes into s, which must be empty.
func plainString(s *string, value []byte) bool {
	if *s != "" || len(value) < 3 || value[0] != '"' {
		return false
	}
	*s = string(value[1 : len(value)-1])
	for _, c := range value[1 : len(value)-1] {
		if c < ' ' || c >= 0x7f || c == '\\' || c == '"' {
			return false
		}
	}
	return true
}

// plain reads a JSON object of which only the outermost level counts.
type plain struct {
	text []byte
	at   int
}

// object calls field with each key, without quotes, and its value as it is
// written. It reports whether field took them all and nothing is wrong between
// them; inside of values anything may be.
func (r *plain) object(field func(key, value []byte) bool) bool {
	if !r.next('{') {
		return false
	}
	for {
		if !r.next('"') {
			return false
		}
		n := bytes.IndexByte(r.text[r.at:], '"')
		if n < 0 {
			return false
		}
		key := r.text[r.at : r.at+n]
		r.at += n + 1
		if !r.next(':') {
			return false
		}
		value, ok := r.value()
		if !ok || !field(key, value) {
			return false
		}
		if r.next('}') {
			r.space()
			return r.at == len(r.text)
		}
		if !r.next(',') {
			return false
		}
	}
}

// next passes the byte c, where it stands there.
func (r *plain) next(c byte) bool {
	r.space()
	if r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *plain) space() {
	for r.at < len(r.text) && isSpace(r.text[r.at]) {
		r.at++
	}
}

// value passes one value, and returns it. Brackets of either kind are counted
// as one: where they do not match, the value is not valid, and intake says so.
func (r *plain) value() ([]byte, bool) {
	r.space()
	start, depth := r.at, 0
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case '"':
			r.at = endOfText(r.text, r.at)
			if depth == 0 {
				return r.text[start:r.at], true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return r.text[start:r.at], r.at > start // a number or word ends before it
			}
			if depth--; depth == 0 {
				r.at++
				return r.text[start:r.at], true
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return r.text[start:r.at], r.at > start
			}
		}
		r.at++
	}
	return nil, false
}
