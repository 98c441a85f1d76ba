package rest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"emitscope/backend/door/rest"
)

func TestTheInterfaceIsServedWithItsTypesAndCaching(t *testing.T) {
	h := startHub(t, withUI(fstest.MapFS{
		"index.html":             {Data: []byte("<title>UI</title>")},
		"assets/index-a1b2c3.js": {Data: []byte("go()")},
		"icon.svg":               {Data: []byte("<svg/>")},
		"font.woff2":             {Data: []byte("font")},
	}))
	for path, want := range map[string][3]string{
		"/":                       {"<title>UI</title>", "text/html; charset=utf-8", "no-cache"},
		"/index.html":             {"<title>UI</title>", "text/html; charset=utf-8", "no-cache"},
		"/assets/index-a1b2c3.js": {"go()", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/icon.svg":               {"<svg/>", "image/svg+xml", "no-cache"},
		"/font.woff2":             {"font", "font/woff2", "no-cache"},
	} {
		a := h.get(path)
		got := [3]string{a.body, a.header.Get("Content-Type"), a.header.Get("Cache-Control")}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/assets/", "/assets", "/none.js", "/..%2frest.go"} {
		if a := h.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, a.status)
		}
	}
}

func TestWhereThereIsNothingAPersonGetsAPageAndAProgramAnError(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"/none", "/demo"} {
		a := h.get(path, "Accept", "text/html,application/xhtml+xml")
		if a.status != http.StatusNotFound || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || !strings.Contains(a.body, `href="/api/v1/docs"`) {
			t.Errorf("%s in a browser: got %d %s", path, a.status, a.body)
		}
		a = h.get(path, "Accept", "*/*")
		if a.status != http.StatusNotFound || !strings.Contains(a.body, `"code":"not_found"`) {
			t.Errorf("%s by a program: got %d %s", path, a.status, a.body)
		}
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	h := startHub(t, withUI(fstest.MapFS{"index.html": {Data: []byte("page")}}))
	first := h.get("/")
	if a := h.get("/", "If-None-Match", first.header.Get("ETag")); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("got %d %q, want 304", a.status, a.body)
	}
}

func TestBeforeTheFirstBuildAPageSaysHowToBuild(t *testing.T) {
	for name, h := range map[string]*hub{
		"none":  startHub(t),
		"empty": startHub(t, withUI(fstest.MapFS{".gitkeep": {}})),
	} {
		if a := h.get("/"); a.status != http.StatusOK || !strings.Contains(a.body, "make interface") {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
}

func TestEveryAnswerForbidsWhatItNeedNotDo(t *testing.T) {
	demo := func(o *rest.Options) { o.Demo = []byte("<script>\r\nrun()\r\n</script><style>a{}</style>") }
	h := startHub(t, withUI(fstest.MapFS{"index.html": {Data: []byte("page")}}), demo)
	for _, path := range []string{"/", "/demo", "/api", "/api/v1/docs", "/api/v1/stats", "/none", "/api/none", "/socket.io/socket.io.js"} {
		a := h.get(path)
		policy := a.header.Get("Content-Security-Policy")
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src ") {
			t.Errorf("%s: got %v", path, a.header)
		}
		script := policy[strings.Index(policy, "script-src")+1:]
		script, _, _ = strings.Cut(script, ";")
		if strings.Contains(script, "unsafe") {
			t.Errorf("%s: policy %q allows scripts that are not ours", path, policy)
		}
	}
}

// policyOf returns the directives of an answer's content security policy.
func policyOf(a answer) map[string][]string {
	all := map[string][]string{}
	for directive := range strings.SplitSeq(a.header.Get("Content-Security-Policy"), ";") {
		words := strings.Fields(directive)
		all[words[0]] = words[1:]
	}
	return all
}

func TestAPageLoadsFromItsHubAndCallsItAndNobodyElse(t *testing.T) {
	demo := func(o *rest.Options) { o.Demo = []byte("<script>run()</script><style>a{}</style>") }
	h := startHub(t, withUI(fstest.MapFS{"index.html": {Data: []byte("page")}}), demo)
	for _, path := range []string{"/", "/demo", "/api/v1/docs"} {
		policy := policyOf(h.get(path))
		for _, name := range []string{"default-src", "base-uri", "form-action", "frame-ancestors"} {
			if got := policy[name]; len(got) != 1 || got[0] != "'none'" {
				t.Errorf("%s: got %s %v, want 'none'", path, name, got)
			}
		}
		for _, name := range []string{"script-src", "style-src", "font-src", "img-src", "connect-src"} {
			got := policy[name]
			if len(got) == 0 || got[0] != "'self'" {
				t.Errorf("%s: got %s %v, want 'self' first", path, name, got)
			}
			for _, source := range got[min(1, len(got)):] {
				if !strings.HasPrefix(source, "'sha256-") && (name != "img-src" || source != "data:") {
					t.Errorf("%s: %s allows %s", path, name, source)
				}
			}
		}
	}
}

func TestWhatIsNoPageMayNeitherRunNorBeSentFromAForm(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"/api", "/api/v1/stats", "/api/v1/keys", "/api/v1/openapi.json", "/socket.io/socket.io.js", "/none", "/metrics"} {
		policy := policyOf(h.get(path))
		for _, name := range []string{"default-src", "base-uri", "form-action", "frame-ancestors"} {
			if got := policy[name]; len(got) != 1 || got[0] != "'none'" {
				t.Errorf("%s: got %s %v, want 'none'", path, name, got)
			}
		}
		if len(policy) != 4 {
			t.Errorf("%s: got %v", path, policy)
		}
	}
}

func TestThePolicyOfAPageAllowsItsOwnScriptsByHash(t *testing.T) {
	h := startHub(t, func(o *rest.Options) { o.Demo = []byte("<script>\r\nrun()\r\n</script><style>a{}</style>") })
	policy := h.get("/demo").header.Get("Content-Security-Policy")
	for _, text := range []string{"\nrun()\n", "a{}"} {
		sum := sha256.Sum256([]byte(text))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s of %q", policy, want, text)
		}
	}
	if a := startHub(t).get("/demo"); a.status != http.StatusNotFound {
		t.Errorf("without a page: got %d, want 404", a.status)
	}
}

func TestTheSocketIOClientIsServedWithoutAKey(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	for _, path := range rest.ClientScripts() {
		a := h.get(path)
		if a.status != http.StatusOK || !strings.Contains(a.body, "Socket.IO v4.8.4") || !strings.Contains(a.body, "MIT License") ||
			!strings.HasPrefix(a.header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s: got %d %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
}
