package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

// withNames calls each with method and path of every route that has a name in it.
func withNames(h *hub, each func(method, path string)) {
	described, _ := h.door.Described()
	for _, route := range described {
		if strings.Contains(route[1], "{name}") || strings.Contains(route[1], "{namespace}") {
			each(route[0], route[1])
		}
	}
}

func TestANameThatBeginsWithASlashIsNotTakenForAnother(t *testing.T) {
	h := startHub(t)
	withNames(h, func(method, path string) {
		got := h.do(method, strings.NewReplacer("{name}", "/a", "{namespace}", "/ws", "{id}", "1", "{seq}", "1").Replace(path), nil)
		if e := wantError(t, got, http.StatusNotFound, "not_found"); !strings.Contains(e.Hint, "percent-encoded: /api/v1/") {
			t.Errorf("%s %s: got hint %q, want how a name is written", method, path, e.Hint)
		}
	})
}

func TestASlashMayBeAllOfAName(t *testing.T) {
	h := startHub(t)
	withNames(h, func(method, path string) {
		a := h.do(method, strings.NewReplacer("{name}", "%2F", "{namespace}", "%2F", "{id}", "1", "{seq}", "1").Replace(path), nil)
		if strings.Contains(a.body, "there is nothing at") {
			t.Errorf("%s %s: got %s", method, path, a.body)
		}
	})
	if a := h.do(http.MethodPost, "/api/v1/alerts/%2F/acknowledge", nil); a.status != http.StatusNoContent || h.alarms.known[0] != "/ by " {
		t.Errorf("got %d %s and %q, want that the alert / is known", a.status, a.body, h.alarms.known)
	}
	wantError(t, h.do(http.MethodPost, "/api/v1/alerts//acknowledge", nil), http.StatusNotFound, "not_found")
	decode[wire.SavedQuery](t, h.ask(http.MethodPut, "/api/v1/queries/%2F", `{"query":"z"}`), http.StatusCreated)
}
