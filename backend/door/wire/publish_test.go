package wire_test

import (
	"errors"
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
