package files

import (
	"math/big"
	"strings"
	"time"

	"emitscope/backend/jsontext"
)

// timeNames are the fields and columns that say when a message was made, the first one
// that is there.
func timeNames() []string { return []string{"time", "timestamp", "source_time", "emitted_time"} }

// timeIn finds when a message was made by the fields of an object; zero: it does not
// say so.
func timeIn(object []byte) (time.Time, error) {
	if firstOf(object) != '{' {
		return time.Time{}, nil
	}
	for _, name := range timeNames() {
		value := part(object, "/"+name)
		if value == nil {
			continue
		}
		text := string(value)
		if text[0] == '"' {
			text = string(jsontext.Text(value[1 : len(value)-1]))
		}
		return readTime(name, text)
	}
	return time.Time{}, nil
}

// lastYear is the last one whose every moment fits in 64 bits of nanoseconds.
const lastYear = 2261

// layouts are how times are written, besides as numbers; without a zone they are in
// UTC.
func layouts() []string {
	return []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}
}

// readTime reads a moment; empty text is the zero time.
func readTime(field, text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	wrong := bad("%s %q is not a time from 1970 to %d", field, clip(text), lastYear).WithField(field).
		WithHint("use RFC 3339, such as 2026-01-02T15:04:05.123Z, or a number since 1970 in s, ms, µs or ns")
	if t, is := epoch(text); is {
		if t.IsZero() {
			return t, wrong
		}
		return t, nil
	}
	for _, layout := range layouts() {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Before(time.Unix(0, 0)) || t.Year() > lastYear {
			return time.Time{}, wrong
		}
		return t.UTC(), nil
	}
	return time.Time{}, wrong
}

// epoch reads a number since 1970, in the unit that its size tells: today has 10 digits
// in seconds, 13 in ms, 16 in µs, 19 in ns. It is exact. The zero time is one that is
// too large, or negative.
func epoch(text string) (t time.Time, is bool) {
	const most = 40 // characters: an exponent must not make it huge
	if len(text) > most || strings.ContainsAny(text, "eExX_/pPiInN") {
		return time.Time{}, false
	}
	n, is := new(big.Rat).SetString(text)
	if !is {
		return time.Time{}, false
	}
	if n.Sign() < 0 {
		return time.Time{}, true
	}
	unit := int64(time.Second)
	for _, limit := range []int64{1e11, 1e14, 1e17} {
		if n.Cmp(new(big.Rat).SetInt64(limit)) < 0 {
			break
		}
		unit /= 1000
	}
	n.Mul(n, new(big.Rat).SetInt64(unit))
	ns := new(big.Int).Quo(n.Num(), n.Denom())
	if !ns.IsInt64() {
		return time.Time{}, true
	}
	if t = time.Unix(0, ns.Int64()).UTC(); t.Year() > lastYear {
		return time.Time{}, true
	}
	return t, true
}

// clip keeps a file's text from filling a sentence.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
