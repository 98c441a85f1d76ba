package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// things is a shelf that nobody writes to disk.
type things struct {
	check func(value []byte) error
	all   []msg.Named
}

func (b *things) List() []msg.Named { return b.all }

func (b *things) Put(name string, value []byte) (made bool, err error) {
	if err := b.check(value); err != nil {
		return false, err
	}
	had := b.Remove(name) == nil
	b.all = append(b.all, msg.Named{Name: name, Value: value})
	return !had, nil
}

func (b *things) Remove(name string) error {
	i := slices.IndexFunc(b.all, func(t msg.Named) bool { return t.Name == name })
	if i < 0 {
		return fault.Newf(fault.NotFound, "nothing is saved as %q", name)
	}
	b.all = slices.Delete(b.all, i, i+1)
	return nil
}

func TestQueriesAreSavedListedAndForgotten(t *testing.T) {
	h := startHub(t)
	put := func(path, query string, status int) {
		t.Helper()
		got := decode[wire.SavedQuery](t, h.do(http.MethodPut, path, strings.NewReader(`{"query":`+query+`}`), "Content-Type", "application/json"), status)
		if got.Query == "" || got.Name == "" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	put("/api/v1/queries/late%20ticks", `"late>1ms"`, http.StatusCreated)
	put("/api/v1/queries/late%20ticks", `"event:tick late>1ms"`, http.StatusOK)
	put("/api/v1/queries/a%2Fb", `"\"x\" OR y\n-(ns:/z)"`, http.StatusCreated)
	put("/api/v1/queries/%2F", `"z"`, http.StatusCreated)
	want := wire.SavedQueryList{Queries: []wire.SavedQuery{
		{Name: "late ticks", Query: "event:tick late>1ms"}, {Name: "a/b", Query: "\"x\" OR y\n-(ns:/z)"}, {Name: "/", Query: "z"},
	}}
	if diff := cmp.Diff(want, decode[wire.SavedQueryList](t, h.get("/api/v1/queries"), http.StatusOK)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if a := h.do(http.MethodDelete, "/api/v1/queries/a%2Fb", nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/queries/a%2Fb", nil), http.StatusNotFound, "not_found")
	wantError(t, h.do(http.MethodDelete, "/api/v1/queries/a/b", nil), http.StatusNotFound, "not_found")
}

func TestAQueryThatIsNoneIsNotSaved(t *testing.T) {
	h := startHub(t)
	for body, code := range map[string]string{
		`{"query":"x:"}`: "invalid_query", `{"query":" "}`: "invalid_query", `{"query":"x","more":1}`: "unknown_field", `{"query":`: "invalid_json",
	} {
		wantError(t, h.do(http.MethodPut, "/api/v1/queries/x", strings.NewReader(body), "Content-Type", "application/json"), http.StatusBadRequest, code)
	}
}
