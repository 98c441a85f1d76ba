package wire_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
)

// published are texts of messages, plainly written or not, right or wrong.
var published = []string{
	`{"namespace":"/ws","event":"tick","data":{"p":1.5,"a":[1,"}",{}]}}`,
	` { "event" : "tick" , "data" : [ 1 , 2 ] } `,
	`{"event":"tick","data":"a \"quoted\" text"}`,
	`{"event":"tick","data":-1.5e3}`,
	`{"event":"tick","data":null}`,
	`{"event":"tick"}`,
	`{"on":"tick","data":true}`,
	`{}`,
	`{"event":"t\u0069ck","data":1}`,
	`{"event":"täglich","data":1}`,
	`{"event":"a","event":"b"}`,
	`{"data":1,"data":2}`,
	`{"event":"","event":"b"}`,
	`{"event":null}`,
	`{"event":7}`,
	`{"Event":"a"}`,
	`{"evnt":"a"}`,
	`{"event":"a","rooms":["x"],"source_time":"2026-01-02T15:04:05Z"}`,
	`{"event":"a","data":[1}`,
	`{"event":"a","data":{"x":[}]}}`,
	`{"event":"a","data":}`,
	`{"event":"a","data":1}x`,
	`{"event":"a","data":1`,
	`{"event":"a" "data":1}`,
	`{"event":"a",}`,
	`{"event":"a","data":tru}`,
	`[{"event":"a"}]`,
	"{\"event\":\"a\x01\"}",
	"{\"event\":\"a\",\"data\":\"\xff\"}",
	`{"type":"publish","id":7,"event":"a","data":1}`,
	`{"type":"publish","id":-0,"event":"a"}`,
	`{"type":"publish","id":007,"event":"a"}`,
	`{"type":"publish","id":1.5,"event":"a"}`,
	`{"type":"publish","id":1,"id":2,"event":"a"}`,
	`{"type":"publish","id":null,"event":"a"}`,
	`{"event":"a","type":"publish"}`,
	`{"type":"subscribe","namespace":"/ws","events":["tick"]}`,
	`{"type":"publish","type":"auth"}`,
	`{"type":"auth","key":"k"}`,
}

// samePublish fails unless p is what DecodeStrict makes of text; where its data
// is not valid, DecodeStrict must have refused the text for it.
func samePublish(t *testing.T, text string, p, want any, data []byte, err, wantErr error) {
	t.Helper()
	if err != nil || wantErr != nil {
		if err == nil {
			if _, bad := jsontext.Compact(data); data != nil && bad != nil {
				return // intake refuses it
			}
		}
		if diff := cmp.Diff(message(wantErr), message(err)); diff != "" {
			t.Errorf("%q: error (-DecodeStrict +this):\n%s", text, diff)
		}
		return
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("%q (-DecodeStrict +this):\n%s", text, diff)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func checkPlain(t *testing.T, text string) {
	t.Helper()
	var p, want wire.Publish
	err, wantErr := wire.ReadPublish([]byte(text), &p), wire.DecodeStrict([]byte(text), &want)
	samePublish(t, text, p, want, p.Data, err, wantErr)
	var in, wantIn wire.SocketIn
	err, wantErr = wire.ReadSocketIn([]byte(text), &in), wire.DecodeStrict([]byte(text), &wantIn)
	samePublish(t, text, in, wantIn, in.Data, err, wantErr)
}

func TestWhatIsReadQuicklyIsReadAsStrictly(t *testing.T) {
	for _, text := range published {
		checkPlain(t, text)
	}
}

func FuzzReadPublish(f *testing.F) {
	for _, text := range published {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) { // else DecodeStrict refuses it for that
			checkPlain(t, text)
		}
	})
}

func TestReadingKeepsNothingOfTheText(t *testing.T) {
	text := []byte(`{"namespace":"/ws","event":"tick","data":{"p":1}}`)
	var p wire.Publish
	if err := wire.ReadPublish(text, &p); err != nil {
		t.Fatal(err)
	}
	clear(text)
	if diff := cmp.Diff(wire.Publish{Namespace: "/ws", Event: "tick", Data: []byte(`{"p":1}`)}, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkReadSocketIn(b *testing.B) {
	text := []byte(`{"type":"publish","namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":187.23,"n":123456}}`)
	var in wire.SocketIn
	b.ReportAllocs()
	for b.Loop() {
		if err := wire.ReadSocketIn(text, &in); err != nil {
			b.Fatal(err)
		}
	}
}
