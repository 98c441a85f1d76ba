package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

func TestAnErrorSaysWhereInTheBodyItIs(t *testing.T) {
	const good = `{"event":"a"}`
	for _, c := range []struct{ name, kind, body, says, hint string }{
		{"the line", lines, good + "\n\n" + ` {"event" 1}` + "\n", "line 3: the text is not valid JSON", "start of the line"},
		{"the byte in the line", lines, "\r\n" + ` {"event" 1}`, "at byte 10", "start of the line"},
		{"the line of an unknown field", lines, good + "\n" + `{"evnt":1}`, `line 2: field "evnt"`, "spelling"},
		{"the line that was refused later", lines, good + "\n\n\n" + `{"event":""}` + "\n" + good, "line 4: the message has no event", "add"},
		{"the line after many that were taken", lines, strings.Repeat(good+"\n", 300) + `{"event":""}`, "line 301: the message has no event", "add"},
		{"the byte in a body", "application/json", " \n" + `{"event" 1}`, "the text is not valid JSON: a colon after an object's key is missing at byte 11", "start of the body"},
		{"the byte in an array", "application/json", "  [" + good + ",}", "from byte 17 on", "start of the body"},
		{"no line for a body", "application/json", `{"evnt":1}`, `field "evnt" is unknown`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := decode[wire.Error](t, startHub(t).post(c.body, "Content-Type", c.kind), http.StatusBadRequest)
			if !strings.Contains(e.Message, c.says) || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("got %q and %q, want %q and %q", e.Message, e.Hint, c.says, c.hint)
			}
			if c.kind != lines && strings.HasPrefix(e.Message, "line") {
				t.Errorf("got %q of a body without lines", e.Message)
			}
		})
	}
}

func TestAPatchSaysWhereBytesAreCountedFrom(t *testing.T) {
	a := startHub(t).do(http.MethodPatch, "/api/v1/lanes/%2Fws", strings.NewReader(`{"interval" 1}`), "Content-Type", "application/json")
	if e := wantError(t, a, http.StatusBadRequest, "invalid_json"); !strings.Contains(e.Message, "at byte 12") || !strings.Contains(e.Hint, "start of the body") {
		t.Errorf("got %q and %q", e.Message, e.Hint)
	}
}

func TestALineThatIsTooLongIsNamed(t *testing.T) {
	h := startHub(t)
	e := wantError(t, h.post(`{"event":"a"}`+"\n"+`{"event":"`+strings.Repeat("a", 2<<20)+`"}`, "Content-Type", lines), http.StatusRequestEntityTooLarge, "too_large")
	if !strings.HasPrefix(e.Message, "line 2: it is longer than 1048576 bytes") {
		t.Errorf("got %q", e.Message)
	}
}
