package rest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"emitscope/backend/door/rest"
	"emitscope/backend/msg"
)

// FuzzPost sends any bytes as any kind of body, whole and byte by byte. Whatever
// they are, the answer tells truly how many messages were taken, and it is the
// same both ways.
func FuzzPost(f *testing.F) {
	for _, body := range []string{
		`{"event":"a","data":{"p":1.50}}`, `[{"event":"a"},{"on":"b"}]`, "{\"event\":\"a\"}\n\n{\"event\":\"b\"}\r\n",
		`[{"event":"a"},{"event":""}]`, `[{"event":"a"}] x`, "{\"event\":\"\xff\"}", `[`, `{"event":"a"}` + "\x00", `[{"event":"a"}{"event":"b"}]`,
		`{"event":"a","source_time":1e400}`, `{"event":"a","rooms":[null]}`,
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(body), true)
	}
	w := newWorld()
	door, err := rest.New(w.options())
	if err != nil {
		f.Fatal(err)
	}
	w.door = door
	f.Fuzz(func(t *testing.T, body []byte, asLines bool) {
		contentType := "application/json"
		if asLines {
			contentType = lines
		}
		post := func(slowly bool) answer {
			w.room, w.accepted = 5, nil
			clear(w.depths)
			r := httptest.NewRequest(http.MethodPost, "/api/v1/messages", bytes.NewReader(body))
			if slowly {
				r = httptest.NewRequest(http.MethodPost, "/api/v1/messages", iotest.OneByteReader(bytes.NewReader(body)))
			}
			r.Header.Set("Content-Type", contentType)
			out := httptest.NewRecorder()
			door.ServeHTTP(out, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: msg.AllScopes})))

			var said struct {
				Accepted int
				Code     string
			}
			if err := json.Unmarshal(out.Body.Bytes(), &said); err != nil {
				t.Fatalf("%q: got %s", body, out.Body)
			}
			taken := w.taken()
			if said.Accepted != len(taken) || (out.Code == http.StatusAccepted) != (said.Code == "") {
				t.Fatalf("%q: got %d %s, and %d were taken", body, out.Code, out.Body, len(taken))
			}
			if out.Code == http.StatusAccepted && !asLines && !(json.Valid(body) && utf8.Valid(body)) {
				t.Fatalf("%q is not JSON, but was taken", body)
			}
			return answer{status: out.Code, body: out.Body.String()}
		}
		if whole, slow := post(false), post(true); whole.status != slow.status || whole.body != slow.body {
			t.Fatalf("%q: got %d %s, but byte by byte %d %s", body, whole.status, whole.body, slow.status, slow.body)
		}
	})
}
