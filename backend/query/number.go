package query

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// span is a value as precise as it was written: 14:30 is all of that minute.
// Both ends belong to it.
type span struct{ from, to int64 }

// numberTerm asks for a number: a size, a duration in ns, a time in ns since 1970.
type numberTerm struct {
	field  string
	op     string
	get    func(*msg.Record) (int64, bool)
	values []numberValue
}

type numberValue struct {
	value
	span span
}

func (p *parser) numberTerm(name string, f field, op string, values []value) (cond, error) {
	t := &numberTerm{name, op, f.number, make([]numberValue, len(values))}
	for i, v := range values {
		t.values[i].value = v
		if v.any() {
			t.values[i].span = span{math.MinInt64, math.MaxInt64}
			continue
		}
		s, wrong := f.read(v.text)
		if wrong != "" {
			return nil, p.bad(v.from, v.to, "%s cannot be %q", name, fault.Clip(v.text)).WithHint("%s", wrong)
		}
		t.values[i].span = s
	}
	return t, nil
}

func (t *numberTerm) match(r *msg.Record, left int) (bool, int) {
	n, has := t.get(r)
	if left = pay(left, perValue*len(t.values)); !has || left < 0 {
		return false, left
	}
	for i := range t.values {
		if t.values[i].span.holds(t.op, n) {
			return true, left
		}
	}
	return false, left
}

// holds reports whether n is in the span, or on that side of its beginning which
// op says: after 14:30 is after 14:30:00.
func (s span) holds(op string, n int64) bool {
	if isOrder(op) {
		return holds(op, cmp.Compare(n, s.from))
	}
	return s.from <= n && n <= s.to
}

func (t *numberTerm) cost() int { return perValue * len(t.values) }

func (t *numberTerm) write(b *strings.Builder) { writeTerm(b, t.field, t.op, t.values) }

func readCount(text string) (span, string) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return span{}, "it is a whole number, such as 200"
	}
	return span{n, n}, ""
}

func readSize(text string) (span, string) {
	number := strings.TrimRight(text, "BKMGTbkmgti")
	unit := 1.0
	switch strings.ToLower(text[len(number):]) {
	case "", "b":
	case "k", "kb":
		unit = 1e3
	case "m", "mb":
		unit = 1e6
	case "g", "gb":
		unit = 1e9
	case "ki", "kib":
		unit = 1 << 10
	case "mi", "mib":
		unit = 1 << 20
	case "gi", "gib":
		unit = 1 << 30
	default:
		number = ""
	}
	n, err := strconv.ParseFloat(number, 64)
	if bytes := n * unit; err == nil && 0 <= bytes && bytes < math.MaxInt64 {
		return span{int64(math.Round(bytes)), int64(math.Round(bytes))}, ""
	}
	return span{}, "it is a number of bytes, such as 200, 1.5KiB or 2MB"
}

func readDuration(text string) (span, string) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return span{}, "it is a number and a unit, such as 1.5ms, 200µs or 2s"
	}
	return span{int64(d), int64(d)}, ""
}

// readTime reads a time of day, which is of today where the hub is, or a whole one.
func readTime(text string) (span, string) {
	const minute, second = time.Minute, time.Second
	for _, layout := range [...]struct {
		text  string
		is    time.Duration
		ofDay bool
	}{
		{"15:04:05", second, true}, {"15:04", minute, true},
		{time.RFC3339, second, false}, {"2006-01-02T15:04Z07:00", minute, false},
		{"2006-01-02T15:04:05", second, false}, {"2006-01-02T15:04", minute, false},
	} {
		t, err := time.ParseInLocation(layout.text, text, time.Local)
		if err != nil {
			continue
		}
		if layout.ofDay {
			year, month, day := time.Now().Date()
			t = time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
		}
		if t.Year() < 1970 || t.Year() > 2200 {
			break // beyond what nanoseconds since 1970 can say
		}
		length := layout.is
		if i := strings.LastIndexAny(text, ".,"); i >= 0 { // as precise as it has decimals
			for i++; i < len(text) && '0' <= text[i] && text[i] <= '9' && length > 1; i++ {
				length /= 10
			}
		}
		return span{t.UnixNano(), t.UnixNano() + int64(length) - 1}, ""
	}
	return span{}, "it is a time of today such as 14:30 or 14:30:05.5, or 2026-01-02T14:30:05Z"
}
