package jsontext_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

func TestCompactKeepsEveryByteButWhiteSpaceBetweenTokens(t *testing.T) {
	for in, want := range map[string]string{
		" { \"a\" : [ 1 , 2.50 , -0e+9 ] ,\n\t\"b c\" : \"x \\u003c y\" } ": `{"a":[1,2.50,-0e+9],"b c":"x \u003c y"}`,
		"12345678901234567890": "12345678901234567890",
		`"<script>&"`:          `"<script>&"`,
		`{"a":1,"a":2}`:        `{"a":1,"a":2}`,
		`[ ]`:                  `[]`,
		`{ }`:                  `{}`,
		` null`:                `null`,
	} {
		got, err := jsontext.Compact([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("Compact(%q): got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestCompactNamesTheByteWhereJSONIsBroken(t *testing.T) {
	for in, want := range map[string]string{
		``:              "at byte 0",
		`{"a":1} x`:     "at byte 8",
		`{"a" 1}`:       "at byte 5",
		`[1,]`:          "at byte 3",
		`{"a":1,}`:      "at byte 7",
		"\"a\x00\"":     "at byte 2",
		"\"\xff\"":      "at byte 1",
		`"\x"`:          "at byte 2",
		`01`:            "at byte 1",
		`tru`:           "at byte 3",
		`"open`:         "at byte 5",
		"1\x00":         "at byte 1",
		`{"a":[1,2}`:    "at byte 9",
		`{"deep":"\u00`: "at byte 13",
	} {
		_, err := jsontext.Compact([]byte(in))
		if !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Compact(%q): got %v, want an Invalid error %s", in, err, want)
		}
	}
}

func TestCompactAllows64LevelsAndNoMore(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := jsontext.Compact(nest(jsontext.MaxDepth)); err != nil {
		t.Errorf("%d levels: got %v, want no error", jsontext.MaxDepth, err)
	}
	if _, err := jsontext.Compact(nest(jsontext.MaxDepth + 1)); fault.From(err) == nil || fault.From(err).Code != "too_deep" {
		t.Errorf("%d levels: got %v, want too_deep", jsontext.MaxDepth+1, err)
	}
}

func TestBoundsSayHowDeepAPayloadMayBe(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	for _, most := range []int{1, 64, 1000} {
		b := jsontext.Bounds{MaxDepth: most}
		if _, err := b.Compact(nest(most)); err != nil {
			t.Errorf("%d levels of %d: got %v, want no error", most, most, err)
		}
		_, err := b.Compact(nest(most + 1))
		if e := fault.From(err); !errors.Is(err, fault.Invalid) || e.Code != jsontext.TooDeep || !strings.Contains(e.Message, strconv.Itoa(most)+" levels") || !strings.Contains(e.Hint, "raise limits.max_json_depth") {
			t.Errorf("%d levels of %d: got %v, want too_deep with the limit and its setting", most+1, most, err)
		}
	}
}

func TestBoundsCountTheKeysOfAllObjectsTogether(t *testing.T) {
	b := jsontext.Bounds{MaxKeys: 3}
	for in, fits := range map[string]bool{
		`{"a":{"b":1},"c":"{\"d\":1}"}`:   true,
		`[{"a":1},{"a":1},{"a":1}]`:       true,
		`[1,2,3,4,5]`:                     true,
		`[{"a":1},{"a":1},{"a":1,"b":2}]`: false,
		`{"a":{"b":{"c":{"d":1}}}}`:       false,
		`{"a":1,"a":1,"a":1,"a":1}`:       false,
	} {
		_, err := b.Compact([]byte(in))
		if fits && err != nil {
			t.Errorf("%s: got %v, want no error", in, err)
		}
		if e := fault.From(err); !fits && (!errors.Is(err, fault.Invalid) || e.Code != jsontext.TooManyKeys || !strings.Contains(e.Message, "more than 3 keys") || !strings.Contains(e.Hint, "raise limits.max_json_keys")) {
			t.Errorf("%s: got %v, want too_many_keys with the limit and its setting", in, err)
		}
	}
}

func TestCompactAllows10000KeysAndNoMore(t *testing.T) {
	object := func(n int) []byte { return []byte("[" + strings.TrimSuffix(strings.Repeat(`{"k":1},`, n), ",") + "]") }
	if _, err := jsontext.Compact(object(10_000)); err != nil {
		t.Errorf("10000 keys: got %v, want no error", err)
	}
	if _, err := jsontext.Compact(object(10_001)); fault.From(err) == nil || fault.From(err).Code != jsontext.TooManyKeys {
		t.Errorf("10001 keys: got %v, want %s", err, jsontext.TooManyKeys)
	}
}

func TestCompactAllocatesItsAnswerAndNothingElse(t *testing.T) {
	doc := []byte(`{"a":[1,{"b":[[2]]}],"c":"d"}`)
	if n := testing.AllocsPerRun(100, func() { _, _ = jsontext.Bounds{MaxDepth: 9, MaxKeys: 9}.Compact(doc) }); n != 1 {
		t.Errorf("got %v allocations, want 1", n)
	}
}

func TestCompactHoldsNoMemoryForWhiteSpace(t *testing.T) {
	got, err := jsontext.Compact([]byte("[1" + strings.Repeat(" ", 1<<20) + "]"))
	if err != nil || cap(got) > 64 {
		t.Errorf("got capacity %d, %v, want about 3 bytes", cap(got), err)
	}
}

func TestLookup(t *testing.T) {
	doc := []byte(`{"symbol":"AAPL","legs":[{"price":1.5},{"price":2.5}],"a/b":1,"m~n":2,"\u0041":3,"x":{},"n":null,"t":true,"symbol":"NVDA"}`)
	for pointer, want := range map[string]string{
		"/symbol": `"NVDA"`, "/legs/1/price": "2.5", "/legs": `[{"price":1.5},{"price":2.5}]`,
		"/a~1b": "1", "/m~0n": "2", "/A": "3", "/x": "{}", "/n": "null", "/t": "true",
		"/legs/2": "", "/legs/01": "", "/legs/-": "", "/symbol/0": "", "/none": "", "/x/y": "",
	} {
		got, ok := jsontext.Lookup(doc, pointer)
		if string(got) != want || ok != (want != "") {
			t.Errorf("Lookup(%s): got %q %v, want %q", pointer, got, ok, want)
		}
	}
}

func TestWhatAKeyMeansIsFoundByItsToken(t *testing.T) {
	for _, key := range []string{`a`, `~/~1`, `\u0041\n\"`, `\ud83d\ude00`, `\ud83d`, ``} {
		doc := []byte(`{"x":0,"` + key + `":1}`)
		var want map[string]int
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		text := string(jsontext.Text([]byte(key)))
		if want[text] != 1 {
			t.Errorf("%s: got %q, want what encoding/json reads: %v", key, text, want)
		}
		if value, found := jsontext.Member(doc, jsontext.Token(text)); !found || string(value) != "1" {
			t.Errorf("%s: got %s, %v for the token %q", key, value, found, jsontext.Token(text))
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	doc := []byte(`{"a":[1,2,{"b\u0063":"x"}],"symbol":"AAPL"}`)
	if n := testing.AllocsPerRun(100, func() {
		jsontext.Lookup(doc, "/symbol")
		jsontext.Lookup(doc, "/a/2/bc")
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func FuzzCompact(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"\u00e9",null,true,false]}`, ` [ ] `, `"\ud800"`, "\"\xff\"", `{"a":}`, `-`, `1e`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := jsontext.Compact(in)
		if depthOf(in) > jsontext.MaxDepth || bytes.Count(in, []byte(":")) > jsontext.MaxKeys {
			return // refused for another reason than syntax
		}
		if valid := json.Valid(in) && utf8.Valid(in); valid != (err == nil) {
			t.Fatalf("Compact(%q): got %v, want accepted: %v", in, err, valid)
		}
		if err != nil {
			return
		}
		var want bytes.Buffer
		if err := json.Compact(&want, in); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("Compact(%q): got %q, want %q", in, got, want.Bytes())
		}
	})
}

// depthOf is an upper bound: brackets in strings count too.
func depthOf(in []byte) int { return bytes.Count(in, []byte("[")) + bytes.Count(in, []byte("{")) }

func FuzzLookup(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,{"c~/":"d"}]},"a":{"b":[2]}}`), "/a/b/0")
	f.Add([]byte(`{"\ud83d\ude00":1,"\ud800":2}`), "/😀")
	f.Add([]byte(`["x",{"~1":3}]`), "/1/~01")
	f.Fuzz(func(t *testing.T, in []byte, pointer string) {
		doc, err := jsontext.Compact(in)
		if err != nil || jsontext.CheckPointer(pointer) != nil {
			return
		}
		got, ok := jsontext.Lookup(doc, pointer)
		want, there := lookupByReflection(t, doc, pointer)
		if ok != there {
			t.Fatalf("Lookup(%s, %q): got found=%v, want %v", doc, pointer, ok, there)
		}
		if ok && !bytes.Equal(got, want) {
			t.Fatalf("Lookup(%s, %q): got %s, want %s", doc, pointer, got, want)
		}
	})
}

// lookupByReflection is the simple model: encoding/json, level by level.
func lookupByReflection(t *testing.T, doc []byte, pointer string) (json.RawMessage, bool) {
	undo := strings.NewReplacer("~1", "/", "~0", "~")
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = undo.Replace(token)
		switch doc[0] {
		case '{':
			var o map[string]json.RawMessage
			if err := json.Unmarshal(doc, &o); err != nil {
				t.Fatal(err)
			}
			v, ok := o[token]
			if !ok {
				return nil, false
			}
			doc = v
		case '[':
			var a []json.RawMessage
			if err := json.Unmarshal(doc, &a); err != nil {
				t.Fatal(err)
			}
			i, err := strconv.Atoi(token)
			if err != nil || strconv.Itoa(i) != token || i < 0 || i >= len(a) {
				return nil, false
			}
			doc = a[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

func BenchmarkCompact200Bytes(b *testing.B) {
	doc := []byte(`{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"volume":48217940,"venue":"XNAS","ts":1763814734406,"note":"` + strings.Repeat("x", 72) + `"}`)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsontext.Compact(doc); err != nil {
			b.Fatal(err)
		}
	}
}
