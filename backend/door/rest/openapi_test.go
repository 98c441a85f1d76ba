package rest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// document is what the tests look at of openapi.json.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		RequestBody struct {
			Content map[string]struct {
				Examples map[string]struct{ Value json.RawMessage }
			}
		}
		Responses map[string]any
	}
	Components struct{ Schemas map[string]any }
}

func readDocument(t *testing.T, h *hub) (document, string) {
	t.Helper()
	a := h.get("/api/v1/openapi.json")
	var doc document
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return doc, a.body
}

func TestTheDocumentIsAsReviewed(t *testing.T) {
	_, text := readDocument(t, startHub(t))
	testkit.Golden(t, "openapi.json", text)
}

func TestEveryRouteOfTheAPIIsInTheDocument(t *testing.T) {
	h := startHub(t)
	doc, _ := readDocument(t, h)
	in, out := h.door.Described()
	documented := 0
	for _, methods := range doc.Paths {
		documented += len(methods)
	}
	if documented != len(in) {
		t.Errorf("the document has %d operations, the door %d", documented, len(in))
	}
	for _, rt := range in {
		if _, ok := doc.Paths[rt[1]][strings.ToLower(rt[0])]; !ok {
			t.Errorf("%s %s is not in the document", rt[0], rt[1])
		}
	}
	for _, rt := range out {
		if strings.HasPrefix(rt[1], "/api") && !strings.HasPrefix(rt[1], "/api/v1/docs/") { // parts of the page
			t.Errorf("%s %s is left out of the document", rt[0], rt[1])
		}
	}
}

func TestEveryDocumentedOperationAnswersAsDocumented(t *testing.T) {
	h := startHub(t)
	h.emit(1, "/ws", "tick", "1")
	doc, _ := readDocument(t, h)
	fill := strings.NewReplacer("{seq}", "1", "{namespace}", "%2Fws", "{id}", "sio%2F1", "{name}", "a%2Fb")
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if seen[op.OperationID] {
				t.Errorf("operationId %s stands twice", op.OperationID)
			}
			seen[op.OperationID] = true
			method = strings.ToUpper(method)
			if method == http.MethodGet {
				method = http.MethodHead // a stream has no end
			}
			a := h.do(method, fill.Replace(path), nil)
			if _, ok := op.Responses[strconv.Itoa(a.status)]; !ok {
				t.Errorf("%s %s: got %d %s, which is not documented", method, path, a.status, a.body)
			}
		}
	}
}

func TestEveryExampleOfABodyIsAccepted(t *testing.T) {
	h := startHub(t)
	_, _, _ = h.made.Put("a", wire.SimulatorSetup{Feed: "sine"}) // has a feed
	h.confirms = true
	h.rules.all = []msg.RuleState{{Rule: msg.Rule{Name: "a"}}}
	h.drawer.all = []msg.Recording{{Name: "a"}}
	doc, _ := readDocument(t, h)
	sent := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			for contentType, media := range op.RequestBody.Content {
				for name, example := range media.Examples {
					body := string(example.Value)
					if contentType == lines {
						if err := json.Unmarshal(example.Value, &body); err != nil {
							t.Fatal(err)
						}
					}
					sent++
					a := h.do(strings.ToUpper(method), strings.NewReplacer("{namespace}", "%2Fws", "{id}", "sio%2F1", "{name}", "a").Replace(path), strings.NewReader(body), "Content-Type", contentType)
					if a.status >= 300 {
						t.Errorf("%s %s, example %s: got %d %s", method, path, name, a.status, a.body)
					}
				}
			}
		}
	}
	if sent == 0 {
		t.Error("the document has no examples")
	}
}

func TestEveryReferenceOfTheDocumentResolves(t *testing.T) {
	doc, text := readDocument(t, startHub(t))
	parts := strings.Split(text, `"#/components/schemas/`)
	for _, part := range parts[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
	if len(parts) == 1 {
		t.Error("the document has no references")
	}
}

func TestThePageOfTheDocumentNeedsNothingFromElsewhere(t *testing.T) {
	h := startHub(t, withUI(fstest.MapFS{"icon.svg": {}, "index.html": {}}))
	a := h.get("/api/v1/docs")
	wanted := regexp.MustCompile(`(?:src|href)="([^"#]+)`).FindAllStringSubmatch(a.body, -1)
	if len(wanted) < 3 {
		t.Errorf("got %q, want at least its style, its script and the mark", wanted)
	}
	for _, w := range wanted {
		path := w[1]
		if !strings.HasPrefix(path, "/") {
			path = "/api/v1/" + path
		}
		if a := h.get(path); a.status != http.StatusOK {
			t.Errorf("%s: got %d", w[1], a.status)
		}
	}
	if a.header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(a.header.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("got %v", a.header)
	}
}

func TestThePageOfTheDocumentUsesTheInterfacesFontsWhereThereAreAny(t *testing.T) {
	h := startHub(t, withUI(fstest.MapFS{"assets/inter-latin-wght-normal-Dx4k.woff2": {}}))
	const face = "url('/assets/inter-latin-wght-normal-Dx4k.woff2')"
	if css := h.get("/api/v1/docs/docs.css").body; !strings.Contains(css, face) {
		t.Errorf("got %.200s, want %s", css, face)
	}
	if css := startHub(t).get("/api/v1/docs/docs.css").body; strings.Contains(css, "url(") {
		t.Errorf("without an interface: got %.200s", css)
	}
}

func TestPagesOutsideTheInterfaceHaveItsColours(t *testing.T) {
	tokens, err := os.ReadFile("../../../frontend/src/styles/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	colour := regexp.MustCompile(`#[0-9a-f]{6}`)
	for _, file := range []string{"static/docs/docs.css", "static/nowhere.html"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := colour.FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s has no colours", file)
		}
		for _, c := range found {
			if !strings.Contains(string(tokens), c) {
				t.Errorf("%s has %s, which the interface has not", file, c)
			}
		}
	}
}

func TestThePageOfTheDocumentHasOnlyItsOwnParts(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"/api/v1/docs/index.html", "/api/v1/docs/none.js", "/api/v1/docs/..%2funbuilt.html"} {
		if a := h.get(path); a.status != http.StatusNotFound || !strings.Contains(a.body, `"not_found"`) {
			t.Errorf("%s: got %d %s", path, a.status, a.body)
		}
	}
}
