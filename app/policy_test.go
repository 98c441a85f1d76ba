//go:build desktop

package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheWindowsPageRunsItsOwnScriptsAlone(t *testing.T) {
	w := httptest.NewRecorder()
	withPolicy(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	got := map[string]string{}
	for rule := range strings.SplitSeq(w.Header().Get("Content-Security-Policy"), ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(rule), " ")
		got[name] = sources
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}
