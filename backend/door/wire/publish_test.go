package wire_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

func TestDecodeStrictSaysWhatIsWrongAndWhere(t *testing.T) {
	for in, want := range map[string]struct{ code, text string }{
		`{"event":"e","evnt":1}`:                  {"unknown_field", `"evnt"`},
		`{"` + strings.Repeat("x", 5000) + `":1}`: {"unknown_field", "…"},
		`{"Event":"e"}`:                           {"unknown_field", `"Event"`},
		` {"data":{"a":[1,"\"}"]},"DATA":1}`:      {"unknown_field", `"DATA"`},
		`{"event":"a\"b","room\u017f":[]}`:        {"unknown_field", `"roomſ"`},
		`{"\u0045vent":"e"}`:                      {"unknown_field", `"Event"`},
		`{"nameſpace":"/q"}`:                      {"unknown_field", `"nameſpace"`},
		`{"Last":1}`:                              {"unknown_field", `"Last"`},
		`{"event":1}`:                             {"invalid_type", `"event" is of type number, but a string`},
		`{"last":1.5}`:                            {"invalid_type", `"last" is of type number, but a whole number`},
		`{"rooms":"a"}`:                           {"invalid_type", `"rooms" is of type string, but an array`},
		`[]`:                                      {"invalid_type", "an object is wanted"},
		`{"event":"e"} x`:                         {"invalid_json", "at byte 14"},
		`{"event":"e"}{}`:                         {"invalid_json", "at byte 13"},
		`{"event":`:                               {"invalid_json", "at byte 9"},
		`{"event" "e"}`:                           {"invalid_json", "at byte 9"},
		``:                                        {"invalid_json", "at byte 0"},
		"{\"event\":\"\xff\"}":                    {"invalid_json", "not UTF-8 at byte 10"},
		strings.Repeat("[", 900) + "x":            {"invalid_json", "at byte 900"},
		"{" + strings.Repeat(`"a":1,`, 20_000):    {"invalid_json", "at byte 120001"},
		strings.Repeat("[", 20_000):               {"too_deep", "the text nests deeper than 10000 levels"},
	} {
		var v wire.SocketIn
		err := wire.DecodeStrict([]byte(in), &v)
		if !errors.Is(err, fault.Invalid) {
			t.Errorf("DecodeStrict(%.40q): got %v, want an Invalid error", in, err)
			continue
		}
		if f := fault.From(err); f.Code != want.code || !strings.Contains(f.Message, want.text) || len(f.Message) > 200 {
			t.Errorf("DecodeStrict(%.40q): got %s %q, want %s and %q", in, f.Code, f.Message, want.code, want.text)
		}
	}
}

func TestDecodeStrictTakesAnyFieldInsideData(t *testing.T) {
	for _, in := range []string{
		`{"event":"E","data":{"Event":1,"a":{"B":"\\"},"C":["D",{"E":2}]},"rooms":["F"]}`,
		`{"\u0065vent":"E"}`,
		"\t{ \"event\" : \"A\\\\\" , \"data\" : \"\\\"Event\\\":1,\" }\n",
	} {
		var v wire.SocketIn
		if err := wire.DecodeStrict([]byte(in), &v); err != nil {
			t.Errorf("DecodeStrict(%s): got %v, want it taken", in, err)
		}
	}
}

// DecodeStrict relies on it.
func TestEveryNameOnTheWireIsInSmallLetters(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`.*json:\"([^\",]*)")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range names.FindAllSubmatch(text, -1) {
			if !regexp.MustCompile(`^[a-z0-9_]+$`).Match(found[1]) {
				t.Errorf("%s: got the name %q, want small letters, digits and underscores", file, found[1])
			}
		}
	}
}

func TestDecodeStrictKeepsNothingOfItsInput(t *testing.T) {
	in := []byte(`{"event":"e","data":{"a":1},"rooms":["r"]}` + " \n")
	var p wire.Publish
	if err := wire.DecodeStrict(in, &p); err != nil {
		t.Fatal(err)
	}
	clear(in)
	if p.Event != "e" || string(p.Data) != `{"a":1}` || p.Rooms[0] != "r" {
		t.Errorf("got %+v, want what was decoded", p)
	}
}

func TestDraftReadsSourceTimeInEverySpelling(t *testing.T) {
	want := time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)
	for _, in := range []string{
		`"2026-01-02T15:04:05.123456789Z"`, `"2026-01-02T16:04:05.123456789+01:00"`, `1767366245123456789`, `"1767366245123456789"`,
	} {
		d, err := wire.Publish{Event: "e", SourceTime: []byte(in)}.Draft()
		if err != nil || !d.Source.Equal(want) {
			t.Errorf("source_time %s: got %v, %v, want %v", in, d.Source, err, want)
		}
	}
	for _, in := range []string{``, `null`} {
		d, err := wire.Publish{Event: "e", SourceTime: []byte(in)}.Draft()
		if err != nil || !d.Source.IsZero() {
			t.Errorf("source_time %q: got %v, %v, want the zero time", in, d.Source, err)
		}
	}
}

func TestDraftRefusesASourceTimeItCannotKeep(t *testing.T) {
	for _, in := range []string{`""`, `"now"`, `1.5`, `-1`, `{}`, `true`, `99999999999999999999`, `"1969-12-31T23:59:59Z"`, `"2262-01-01T00:00:00Z"`} {
		_, err := wire.Publish{Event: "e", SourceTime: []byte(in)}.Draft()
		if f := fault.From(err); f == nil || f.Code != "invalid_source_time" {
			t.Errorf("source_time %s: got %v, want invalid_source_time", in, err)
		}
	}
}

func TestDraftRefusesANumberThatIsNotNanoseconds(t *testing.T) {
	for _, in := range []string{`0`, `1767366245`, `"1767366245"`, `1767366245123`, `1767366245123456`, `946684799999999999`} {
		_, err := wire.Publish{Event: "e", SourceTime: []byte(in)}.Draft()
		if f := fault.From(err); f == nil || f.Code != "invalid_source_time" || !strings.Contains(f.Hint, "ns") {
			t.Errorf("source_time %s: got %v, want invalid_source_time with a hint that names ns", in, err)
		}
	}
	for _, in := range []string{`946684800000000000`, `"1999-12-31T23:59:59Z"`} {
		if d, err := (wire.Publish{Event: "e", SourceTime: []byte(in)}).Draft(); err != nil || d.Source.IsZero() {
			t.Errorf("source_time %s: got %v, %v, want it taken", in, d.Source, err)
		}
	}
}

func TestDraftTakesOnForEventButNotBoth(t *testing.T) {
	d, err := wire.Publish{On: "tick"}.Draft()
	if err != nil || d.Event != "tick" {
		t.Errorf("on: got %q, %v, want tick", d.Event, err)
	}
	if _, err := (wire.Publish{Event: "a", On: "b"}).Draft(); !errors.Is(err, fault.Invalid) {
		t.Errorf("both: got %v, want an Invalid error", err)
	}
}

func TestDraftWithoutDataIsNull(t *testing.T) {
	d, err := wire.Publish{Event: "e"}.Draft()
	if err != nil || string(d.Payload) != "null" {
		t.Errorf("got %q, %v, want null", d.Payload, err)
	}
}

func FuzzDecodeStrict(f *testing.F) {
	for _, s := range []string{`{"type":"publish","id":7,"event":"e","data":[1],"source_time":1}`, `{"on":"x","source_time":"2026-01-02T15:04:05Z"}`, `{"last":"x"}`, `[`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v wire.SocketIn
		if err := wire.DecodeStrict(in, &v); err != nil {
			if !errors.Is(err, fault.Invalid) {
				t.Fatalf("DecodeStrict(%q): got %v, want an Invalid error", in, err)
			}
			return
		}
		if _, err := v.Draft(); err != nil && !errors.Is(err, fault.Invalid) {
			t.Fatalf("Draft of %q: got %v, want an Invalid error", in, err)
		}
	})
}

func BenchmarkDecodeStrict(b *testing.B) {
	rows := strings.Repeat(`{"symbol":"AAPL","price":231.42,"venue":"XNAS"},`, 1000)
	for _, c := range []struct{ name, in string }{
		{"small", `{"type":"publish","id":7,"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"venue":"XNAS"}}`},
		{"50KB", `{"type":"publish","event":"tick","data":[` + rows + `1]}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := []byte(c.in)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				var v wire.SocketIn
				if err := wire.DecodeStrict(in, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestDraftTakesAttachmentsThatDataNames(t *testing.T) {
	var p wire.Publish
	in := `{"event":"e","data":[{"_placeholder":true,"num":1},{"a":{"num":0,"_placeholder":true}}],"args":true,"attachments":["AP8=","aGk="]}`
	if err := wire.ReadPublish([]byte(in), &p); err != nil {
		t.Fatal(err)
	}
	d, err := p.Draft()
	if err != nil || !d.Spread || len(d.Attachments) != 2 || string(d.Attachments[0]) != "\x00\xff" || string(d.Attachments[1]) != "hi" {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestAttachmentsAndPlaceholdersThatDoNotFitAreRefused(t *testing.T) {
	for in, code := range map[string]string{
		`{"event":"e","data":{"_placeholder":true,"num":1},"attachments":["AA=="]}`:   "invalid_attachment",
		`{"event":"e","data":{"_placeholder":true,"num":-1},"attachments":["AA=="]}`:  "invalid_attachment",
		`{"event":"e","data":{"_placeholder":true,"num":0.5},"attachments":["AA=="]}`: "invalid_attachment",
		`{"event":"e","data":{"_placeholder":true},"attachments":["AA=="]}`:           "invalid_attachment",
		`{"event":"e","data":1,"attachments":["AA=="]}`:                               "invalid_attachment",
		`{"event":"e","attachments":["AA=="]}`:                                        "invalid_attachment",
		`{"event":"e","data":{"_placeholder":true,"num":0},"attachments":["?"]}`:      "invalid_type",
		`{"event":"e","data":{"_placeholder":true,"num":0}}`:                          "", // data like any other
	} {
		var p wire.Publish
		err := wire.ReadPublish([]byte(in), &p)
		if err == nil {
			_, err = p.Draft()
		}
		got := ""
		if err != nil {
			got = fault.From(err).Code
		}
		if got != code {
			t.Errorf("%s: got %q (%v), want %q", in, got, err, code)
		}
	}
}
