package rest_test

import (
	"net/http"
	"testing"

	"emitscope/backend/door/wire"
)

func TestADraftIsSavedListedAndForgotten(t *testing.T) {
	h := startHub(t)
	const body = `{"namespace":"/x","event":"tick","data":"{\"a\": {{walk 1 2}}","rooms":["r"],"attachments":["AP8="]}`
	decode[wire.SavedDraft](t, h.ask(http.MethodPut, "/api/v1/drafts/not%20finished", body), http.StatusCreated)
	decode[wire.SavedDraft](t, h.ask(http.MethodPut, "/api/v1/drafts/not%20finished", body), http.StatusOK)
	list := decode[wire.SavedDraftList](t, h.get("/api/v1/drafts"), http.StatusOK)
	if len(list.Drafts) != 1 {
		t.Fatalf("got %+v, want one", list)
	}
	if d := list.Drafts[0]; d.Name != "not finished" || d.Data != `{"a": {{walk 1 2}}` || string(d.Attachments[0]) != "\x00\xff" || d.Rooms[0] != "r" {
		t.Errorf("got %+v, want it as it was written", d)
	}
	if a := h.ask(http.MethodDelete, "/api/v1/drafts/not%20finished", ""); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want it forgotten", a.status, a.body)
	}
	wantError(t, h.ask(http.MethodDelete, "/api/v1/drafts/not%20finished", ""), http.StatusNotFound, "not_found")
}

func TestADraftThatCouldNeverBeSentIsRefused(t *testing.T) {
	h := startHub(t)
	for body, code := range map[string]string{
		`{"namespace":"x","event":"e","data":""}`:                "invalid_namespace",
		`{"namespace":"","event":"disconnect","data":""}`:        "invalid_event",
		`{"namespace":"","event":"e","data":"","rooms":[""]}`:    "invalid_room",
		`{"namespace":"","event":"e","data":{}}`:                 "invalid_type",
		`{"namespace":"","event":"e","data":"","to":"somebody"}`: "unknown_field",
	} {
		wantError(t, h.ask(http.MethodPut, "/api/v1/drafts/x", body), http.StatusBadRequest, code)
	}
}

func TestATemplateIsFilledAsItsSeedSays(t *testing.T) {
	h := startHub(t)
	fill := func(body string) string {
		t.Helper()
		return string(decode[wire.FilledTemplate](t, h.ask(http.MethodPost, "/api/v1/template", body), http.StatusOK).Data)
	}
	if got, want := fill(`{"text":"{ \"n\": {{seq}}, \"big\": 12345678901234567890 }","skip":2}`), `{"n":3,"big":12345678901234567890}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const walk = `{"text":"[{{walk 100 1}}]","seed":7,"skip":`
	if a, b, next := fill(walk+`4}`), fill(walk+`4}`), fill(walk+`5}`); a != b || a == next {
		t.Errorf("got %s, %s, and then %s; want the same twice, and then another", a, b, next)
	}
	if len(h.taken()) > 0 {
		t.Error("something was sent")
	}
	wantError(t, h.ask(http.MethodPost, "/api/v1/template", `{"text":"{{wlak 1 1}}"}`), http.StatusBadRequest, "invalid_template")
	wantError(t, h.ask(http.MethodPost, "/api/v1/template", `{"text":"1","skip":1001}`), http.StatusBadRequest, "invalid_template")
	wantError(t, h.ask(http.MethodPost, "/api/v1/template", `{"text":"1","skip":-1}`), http.StatusBadRequest, "invalid_template")
}
