package udp

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// Bounds on what one line may make of itself.
const (
	maxValues = 1024    // of one line
	maxText   = 1 << 20 // bytes of payloads: each value of a line has its unit and label again
	maxNumber = 64      // bytes of a number; a double needs less than 30
	maxNames  = 4096    // names that are kept for the next line; with one more, all are forgotten
)

// logEvent is the event of a line that is only text.
const logEvent = "log"

// reader makes drafts of lines in Teleplot's text form. It keeps its memory for the
// next ones: a draft holds until reset.
type reader struct {
	namespace string
	event     string // of all drafts, which then have their names in the data; empty: the name is the event
	origin    msg.Origin

	drafts []msg.Draft
	text   []byte            // payloads
	names  map[string]string // so that a name that comes again allocates nothing
}

func (r *reader) reset(origin msg.Origin) {
	clear(r.drafts)
	r.drafts, r.text, r.origin = r.drafts[:0], r.text[:0], origin
}

// sample is one value of a line.
type sample struct {
	name, label, unit []byte
	time              []byte // as written, in ms; empty: not said
	value             []byte
	isText            bool
	axes              [][]byte // x, y and z in the place of value; nil: there is one value
}

// line makes a draft of each value in a line, which has no line break, or of none
// where that would be more than maxValues or maxText, and reports false:
//
//	name:value   name:time:value   name:time:value;time:value   name:value§unit|flags
//	name:x:y|xy  name:x:y:time|xy  name:text|t                  >text  >time:text
//
// Of the flags only t, xy and xyz change what is meant; the others are about how
// Teleplot shows it. Pictures, shapes and commands are not taken.
func (r *reader) line(line []byte) bool {
	if text, isLog := bytes.CutPrefix(line, []byte(">")); isLog {
		at, text, found := bytes.Cut(text, []byte(":"))
		return found && r.add(sample{name: []byte(logEvent), time: at, value: text, isText: true})
	}
	name, rest, found := bytes.Cut(line, []byte(":"))
	if !found || bytes.IndexByte(name, '|') >= 0 { // as in 3D|…, JPG|…, and commands
		return false
	}
	rest, flags := cutFlags(rest)
	s := sample{isText: flags == "t"}
	s.name, s.label, _ = bytes.Cut(name, []byte(","))
	if s.name = bytes.TrimSpace(s.name); len(s.name) == 0 {
		return false
	}
	rest, s.unit, _ = bytes.Cut(rest, []byte("§"))
	before, from := len(r.drafts), len(r.text)
	for n := 0; ; n++ {
		one, more, isMore := bytes.Cut(rest, []byte(";"))
		if len(one) > 0 && (n == maxValues || !r.point(s, one, flags) || len(r.text)-from > maxText) {
			r.drafts, r.text = r.drafts[:before], r.text[:from]
			return false
		}
		if !isMore {
			return len(r.drafts) > before
		}
		rest = more
	}
}

// cutFlags takes the flags off the end of a line. Of them it returns the one that
// says what sort of value there is: t, xy, xyz, or none.
func cutFlags(rest []byte) (values []byte, kind string) {
	at := bytes.LastIndexByte(rest, '|')
	if at < 0 {
		return rest, ""
	}
	values, flags := rest[:at], rest[at+1:]
	if bytes.HasPrefix(flags, []byte("@")) { // statsd's sample rate, behind another flag
		if at := bytes.LastIndexByte(values, '|'); at >= 0 {
			values = values[:at]
		}
	}
	for flag := range bytes.SplitSeq(flags, []byte(",")) {
		switch string(bytes.TrimSpace(flag)) {
		case "t":
			kind = "t"
		case "xy":
			kind = "xy"
		case "xyz":
			kind = "xyz"
		}
	}
	return values, kind
}

// point reads one value of a line, with its time.
func (r *reader) point(s sample, text []byte, kind string) bool {
	if axes := len(kind); axes >= 2 { // xy, xyz
		parts := bytes.Split(text, []byte(":"))
		if len(parts) == axes+1 {
			s.time = parts[axes]
		} else if len(parts) != axes {
			return false
		}
		s.axes = parts[:axes]
		return r.add(s)
	}
	at, value, timed := bytes.Cut(text, []byte(":"))
	switch {
	case !timed:
		s.value = text
	case s.isText && !isNumber(at): // of a text, the colon is its own
		s.value = text
	default:
		s.time, s.value = at, value
		if !s.isText && bytes.IndexByte(value, ':') >= 0 {
			return false
		}
	}
	return r.add(s)
}

// add makes a draft of a sample, unless its time or an axis is no number.
func (r *reader) add(s sample) bool {
	d := msg.Draft{Namespace: r.namespace, Event: r.event, Origin: r.origin}
	at := bytes.TrimSpace(s.time)
	stamp := false // the time is one of the sender's own
	if len(at) > 0 {
		var known bool
		if d.Source, known = sourceTime(at); !known {
			return false
		}
		stamp = d.Source.IsZero()
	}
	from := len(r.text)
	b := r.text // what is read of a line that turns out wrong is written over by the next
	b = append(b, '{')
	if d.Event == "" {
		d.Event = r.named(s.name)
	} else {
		b = jsontext.AppendString(append(b, `"name":`...), string(s.name))
		b = append(b, ',')
	}
	if s.axes == nil {
		b = appendValue(append(b, `"value":`...), s.value, s.isText)
	}
	for i, axis := range s.axes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"', "xyz"[i], '"', ':')
		var ok bool
		if b, ok = appendNumber(b, bytes.TrimSpace(axis)); !ok {
			return false
		}
	}
	for _, more := range [...]struct {
		key  string
		text []byte
	}{{"unit", s.unit}, {"label", s.label}} {
		if len(more.text) > 0 {
			b = append(append(append(b, `,"`...), more.key...), `":`...)
			b = jsontext.AppendString(b, string(more.text))
		}
	}
	if stamp {
		b, _ = appendNumber(append(b, `,"timestamp":`...), at)
	}
	b = append(b, '}')
	r.text = b
	d.Payload = r.text[from:]
	r.drafts = append(r.drafts, d)
	return true
}

// named returns a name as text.
func (r *reader) named(name []byte) string {
	if known, ok := r.names[string(name)]; ok {
		return known
	}
	if r.names == nil || len(r.names) == maxNames {
		r.names = map[string]string{}
	}
	fresh := string(name)
	if len(fresh) <= msg.MaxEvent { // a longer one is refused anyway
		r.names[fresh] = fresh
	}
	return fresh
}

// appendValue appends a value as JSON: a number where it is one, else text.
func appendValue(dst, value []byte, isText bool) []byte {
	if !isText {
		if number, ok := appendNumber(dst, bytes.TrimSpace(value)); ok {
			return number
		}
	}
	return jsontext.AppendString(dst, string(value))
}

// appendNumber appends a number, as it is written if JSON can have it so.
func appendNumber(dst, text []byte) ([]byte, bool) {
	if isJSON(text) {
		return append(dst, text...), true
	}
	value, ok := number(text)
	if !ok {
		return dst, false
	}
	return strconv.AppendFloat(dst, value, 'g', -1, 64), true
}

func isNumber(text []byte) bool {
	_, ok := number(bytes.TrimSpace(text))
	return ok
}

// number reads what a program prints as a finite number: 5, +5, .5, 5., 007, 1e3.
func number(text []byte) (value float64, ok bool) {
	if len(text) == 0 || len(text) > maxNumber || strings.Trim(string(text), "0123456789+-.eE") != "" {
		return 0, false
	}
	value, err := strconv.ParseFloat(string(text), 64)
	return value, err == nil && !math.IsInf(value, 0)
}

// isJSON reports whether text is a number as JSON has it.
func isJSON(text []byte) bool {
	if len(text) > maxNumber {
		return false
	}
	digits := func() (n int) {
		for n < len(text) && '0' <= text[n] && text[n] <= '9' {
			n++
		}
		text = text[n:]
		return n
	}
	is := func(chars string) bool {
		if len(text) == 0 || strings.IndexByte(chars, text[0]) < 0 {
			return false
		}
		text = text[1:]
		return true
	}
	is("-")
	if zero := is("0"); !zero && digits() == 0 {
		return false
	}
	if is(".") && digits() == 0 {
		return false
	}
	if is("eE") {
		is("+-")
		if digits() == 0 {
			return false
		}
	}
	return len(text) == 0
}

// The times that a message can have: from 2000, for less is counted from when
// the sender was switched on, to where nanoseconds end.
const (
	firstMS = 946_684_800_000
	lastMS  = 9_223_372_036_000
)

// sourceTime reads a time in ms since 1970, or one of the sender's own clock, which
// is the zero time. It reports false for what is no number.
func sourceTime(text []byte) (at time.Time, ok bool) {
	ms, ok := number(text)
	if !ok || ms < firstMS || ms > lastMS {
		return time.Time{}, ok
	}
	whole, rest := math.Modf(ms)
	return time.UnixMilli(int64(whole)).Add(time.Duration(rest * 1e6)).UTC(), true
}
