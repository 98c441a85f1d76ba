package query_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/jsontext"
	"emitscope/backend/query"
)

// FuzzParse holds that no text breaks the parser, and that what a filter says
// of itself is the same filter.
func FuzzParse(f *testing.F) {
	for _, asked := range []string{
		`event:tick ns:/ws/* -(a OR "b c") NOT data."x y"[0].z>=-1.5e3,2`, "size>1KiB late<1ms time>14:30\nroom:a,b OR key:*",
		`"\u00e9\ud83d\ude00\n"`, "((a OR b) c) OR d", "a\x00", "--((x", `data:*`, "event!=a data.x!=1",
	} {
		f.Add(asked, payload)
	}
	f.Fuzz(func(t *testing.T, asked, payload string) {
		filter, err := query.Parse(asked)
		if err != nil {
			return
		}
		written := filter.String()
		again, err := query.Parse(written)
		if len(written) > query.MaxBytes {
			return // escapes are longer than what they stand for
		}
		if err != nil || again.String() != written {
			t.Fatalf("%q is written %q, which is %q (%v)", asked, written, again, err)
		}
		r := tick()
		if doc, err := jsontext.Compact([]byte(payload)); err == nil {
			r.Payload = doc
		}
		if got, want := again.Match(r), filter.Match(r); got != want {
			t.Fatalf("%q selects: %v; written %q: %v; payload %s", asked, want, written, got, r.Payload)
		}
	})
}

// FuzzDataTerm holds that a term finds in a payload what encoding/json does.
func FuzzDataTerm(f *testing.F) {
	for _, value := range []string{"AAPL", "251.5", "9007199254740993", "189.3", "null", "true", "r*", "Caf*ü*", "-2.5E+3", "", "0.0", "a\"b"} {
		for op := range uint8(5) {
			f.Add(payload, "symbol", "", op, value, false)
			f.Add(payload, "tags", "1", op, value, true)
			f.Add(payload, "inner", "a", op, value, false)
			f.Add(`"{\"x\":[1,\"a\"]}"`, "x", "1", op, value, false)
		}
	}
	f.Fuzz(func(t *testing.T, payload, key, inner string, op uint8, value string, isQuoted bool) {
		doc, err := jsontext.Compact([]byte(payload))
		if err != nil || !utf8.ValidString(key+inner+value) || strings.ContainsFunc(key+inner+value, unicode.IsControl) || hugeExponent.MatchString(payload+" "+value) {
			return
		}
		path := []string{key}
		if inner != "" {
			path = append(path, inner)
		}
		ops := []string{":", "=", ">", ">=", "<", "<="}
		c := comparison{op: ops[int(op)%len(ops)], value: value, isQuoted: isQuoted || !plainValue.MatchString(value)}
		asked := "data"
		for _, k := range path {
			asked += "." + quote(k)
		}
		asked += c.op
		if c.isQuoted {
			asked += quote(value)
		} else {
			asked += value
		}
		filter, err := query.Parse(asked)
		if err != nil {
			if len(asked) > query.MaxBytes {
				return
			}
			t.Fatalf("%q: %v", asked, err)
		}
		r := tick()
		r.Payload = doc
		if got, want := filter.Match(r), c.holdsIn(decoded(doc), path); got != want {
			t.Fatalf("%q of %s: got %v, want %v", asked, doc, got, want)
		}
	})
}

var (
	hugeExponent = regexp.MustCompile(`[eE][+-]?0*[0-9]{4}`) // big.Rat would write them out
	plainValue   = regexp.MustCompile(`^[\pL\pN_./*+-]+$`)
	jsonNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	return strings.TrimSpace(b.String())
}

func decoded(doc []byte) any {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	_ = d.Decode(&v)
	return v
}

// comparison is the reference: slow, and plainly what the documentation says.
type comparison struct {
	op, value string
	isQuoted  bool
}

func (c comparison) holdsIn(v any, path []string) bool {
	for _, key := range path {
		for text, isText := v.(string); isText; text, isText = v.(string) {
			doc, err := jsontext.Compact([]byte(text))
			if err != nil {
				return false
			}
			v = decoded(doc)
		}
		var there bool
		switch in := v.(type) {
		case map[string]any:
			v, there = in[key]
		case []any:
			i, err := strconv.ParseUint(key, 10, 30)
			if there = err == nil && strconv.FormatUint(i, 10) == key && i < uint64(len(in)); there {
				v = in[i]
			}
		}
		if !there {
			return false
		}
	}
	if c.isGlob() && strings.Trim(c.value, "*") == "" {
		return true
	}
	all, isArray := v.([]any)
	if !isArray {
		return c.holds(v)
	}
	for _, one := range all {
		if c.holds(one) {
			return true
		}
	}
	return false
}

func (c comparison) isGlob() bool {
	return !c.isQuoted && c.op == ":" && strings.Contains(c.value, "*")
}

func (c comparison) holds(v any) bool {
	var text string
	isText := false
	switch v := v.(type) {
	case string:
		text, isText = v, true
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	case nil:
		text = "null"
	default:
		return false
	}
	switch {
	case c.isGlob():
		parts := strings.Split(c.value, "*")
		for i, part := range parts {
			parts[i] = regexp.QuoteMeta(part)
		}
		return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(text)
	case !c.isQuoted && jsonNumber.MatchString(c.value):
		return jsonNumber.MatchString(text) && c.is(rational(text).Cmp(rational(c.value)))
	case isText:
		return c.is(strings.Compare(text, c.value))
	}
	return !c.isQuoted && c.value == text && (c.op == ":" || c.op == "=")
}

func (c comparison) is(order int) bool {
	return strings.Contains(c.op, "=") && order == 0 || c.op == ":" && order == 0 || c.op[0] == '<' && order < 0 || c.op[0] == '>' && order > 0
}

func rational(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

// FuzzSearch holds that free text is found where its letters stand, small or not.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{"aapl", "CAFÉ", "ababac", "Ω", "K", "İ", "\\", `"}`, "😀", "aaa"} {
		f.Add(payload, text)
		f.Add(`"ABABABAC \u00c9\u212a \ud83d\ude00 \\ \ud800 aab"`, text)
	}
	f.Fuzz(func(t *testing.T, payload, text string) {
		doc, err := jsontext.Compact([]byte(payload))
		if err != nil || !utf8.ValidString(text) || text == "" || strings.ContainsFunc(text, unicode.IsControl) {
			return
		}
		filter, err := query.Parse(quote(text))
		if err != nil {
			return // too long
		}
		r := tick()
		r.Event, r.Namespace, r.Payload = "", "", doc
		want := strings.Contains(strings.Map(lower, unescaped(doc)), strings.Map(lower, text))
		if got := filter.Match(r); got != want {
			t.Fatalf("%q in %s: got %v, want %v", text, doc, got, want)
		}
	})
}

// unescaped undoes the escapes in JSON text, string by string.
func unescaped(doc []byte) string {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).ReplaceAllStringFunc(string(doc), func(str string) string {
		var text string
		_ = json.Unmarshal([]byte(str), &text)
		return `"` + text + `"`
	})
}

func lower(r rune) rune {
	if l := unicode.ToLower(r); (l < utf8.RuneSelf) == (r < utf8.RuneSelf) {
		return l
	}
	return r
}
