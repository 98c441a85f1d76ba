package access_test

import (
	"net/http"
	"strings"
	"testing"

	"emitscope/backend/access"
)

func preflight(o string) map[string]string {
	return map[string]string{
		"Origin": o, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization",
		"Access-Control-Request-Private-Network": "true",
	}
}

func TestPreflightsOfAllowedPagesAreAnsweredInFrontOfTheDoors(t *testing.T) {
	h := guarded(t, access.Options{AllowNullOrigin: true})
	for _, o := range []string{"http://localhost:5173", "wails://wails", "http://wails.localhost", "null"} {
		w := request{method: "OPTIONS", header: preflight(o)}.send(t, h, nil)
		if w.Code != http.StatusNoContent {
			t.Fatalf("%s: got %d, want 204", o, w.Code)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":          o,
			"Access-Control-Allow-Credentials":     "true",
			"Access-Control-Allow-Methods":         "GET, HEAD, POST, PUT, PATCH, DELETE",
			"Access-Control-Allow-Headers":         "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
			"Access-Control-Max-Age":               "600",
			"Access-Control-Allow-Private-Network": "true",
			"Vary":                                 "Origin, Access-Control-Request-Private-Network",
		} {
			if got := strings.Join(w.Header().Values(name), ", "); got != want {
				t.Errorf("%s: %s: got %q, want %q", o, name, got, want)
			}
		}
	}
}

func TestPreflightsOfOtherPagesAreRefused(t *testing.T) {
	h := guarded(t, access.Options{})
	for _, o := range []string{"http://evil.example", "null"} {
		w := request{method: "OPTIONS", header: preflight(o)}.send(t, h, nil)
		if w.Code != http.StatusForbidden || w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Access-Control-Allow-Private-Network") != "" {
			t.Errorf("%s: got %d %v, want 403 without CORS headers", o, w.Code, w.Header())
		}
	}
}

func TestAllowedPagesMayReadAnswersAndRefusals(t *testing.T) {
	h := guarded(t, access.Options{})
	for _, header := range []map[string]string{
		origin("http://localhost:5173"),
		{"Origin": "http://localhost:5173", "Authorization": "Bearer es_wrong"},
	} {
		w := request{header: header}.send(t, h, nil)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != "http://localhost:5173" {
			t.Errorf("%v: got %q, want the page's origin", header, got)
		}
		if got := w.Header().Get("Vary"); got != "Origin" {
			t.Errorf("%v: got Vary %q, want Origin", header, got)
		}
	}
}

func TestAnswersToProgramsNameNoOrigin(t *testing.T) {
	w := request{}.send(t, guarded(t, access.Options{}), nil)
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" || w.Header().Get("Vary") != "Origin" {
		t.Errorf("got %v, want no allowed origin, and Vary: Origin", w.Header())
	}
}

func TestPagesCannotBeFramedOrMistakenForSomethingElse(t *testing.T) {
	w := request{path: "/"}.send(t, guarded(t, access.Options{}), nil)
	if w.Header().Get("X-Frame-Options") != "SAMEORIGIN" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %v, want X-Frame-Options and X-Content-Type-Options", w.Header())
	}
}
