package access_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"emitscope/backend/access"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

const (
	loopback  = "127.0.0.1:50000"
	elsewhere = "192.0.2.7:50000"
)

func writeFile(path string, data []byte, perm fs.FileMode) error {
	return os.WriteFile(path, data, perm)
}

func openKeys(t *testing.T) *access.Keys {
	t.Helper()
	k, err := access.OpenKeys(filepath.Join(t.TempDir(), "keys.json"), writeFile)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func makeKey(t *testing.T, k *access.Keys, name string, s msg.Scopes) string {
	t.Helper()
	_, secret, err := k.Make(name, s)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// guarded is a guard in front of a door that answers with the caller's scopes.
func guarded(t *testing.T, o access.Options) http.Handler {
	t.Helper()
	return newGuard(t, o).Wrap(showScopes())
}

func showScopes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(msg.CallerOf(r.Context()).Scopes.String()))
	})
}

func newGuard(t *testing.T, o access.Options) *access.Guard {
	t.Helper()
	g, err := access.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// request is one request and what should become of it.
type request struct {
	method string // default GET
	path   string // default /api/v1/stats
	host   string // default 127.0.0.1:8092
	from   string // default loopback
	header map[string]string
	want   string // the scopes that came in, or the code of the refusal
}

func (q request) send(t *testing.T, h http.Handler, more map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	r := httptest.NewRequest(or(q.method, "GET"), or(q.path, "/api/v1/stats"), nil)
	r.Host, r.RemoteAddr = or(q.host, "127.0.0.1:8092"), or(q.from, loopback)
	for _, set := range []map[string]string{q.header, more} {
		for name, value := range set {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// outcome is the answer in the words of request.want.
func outcome(w *httptest.ResponseRecorder) string {
	if w.Code < 300 {
		return w.Body.String()
	}
	var e struct{ Code, Message, Hint string }
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Message == "" {
		return "an unreadable refusal: " + w.Body.String()
	}
	return e.Code
}

// check sends each request as it is, and as the handshake of a WebSocket.
func check(t *testing.T, h http.Handler, requests []request) {
	t.Helper()
	for _, q := range requests {
		got := outcome(q.send(t, h, nil))
		if got != q.want {
			t.Errorf("%+v: got %q", q, got)
		}
		if q.method != "" || q.header["Sec-Fetch-Mode"] == "navigate" {
			continue // no browser and no program shakes hands like that
		}
		handshake := map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		}
		if got := outcome(q.send(t, h, handshake)); got != q.want {
			t.Errorf("WebSocket handshake %+v: got %q", q, got)
		}
	}
}

const all = "view publish admin"

func origin(o string) map[string]string { return map[string]string{"Origin": o} }

func TestOnlyNamesOfThisMachineAreAnswered(t *testing.T) {
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	check(t, guarded(t, access.Options{AllowedHosts: []string{"Emit.example", "198.51.100.9", "2001:db8::9"}}), []request{
		{host: "127.0.0.1:8092", want: all},
		{host: "127.0.0.1", want: all},
		{host: "127.8.9.1:1", want: all},
		{host: "localhost:8092", want: all},
		{host: "LocalHost.:9999", want: all},
		{host: "[::1]:8092", want: all},
		{host: "[::ffff:127.0.0.1]:8092", want: all},
		{host: hostname + ":8092", want: ""},
		{host: strings.ToUpper(hostname) + ".local", want: ""},
		{host: "emit.example:443", want: all},
		{host: "198.51.100.9", want: all},
		{host: "[2001:DB8::9]:8092", want: all},

		{host: "evil.example", want: "wrong_host"},
		{host: "localhost.evil.example:8092", want: "wrong_host"},
		{host: "127.0.0.1.evil.example", want: "wrong_host"},
		{host: "0.0.0.0:8092", want: "wrong_host"},
		{host: "203.0.113.77:8092", want: "wrong_host"},
		{host: "2130706433", want: "wrong_host"},
		{host: "127.1", want: "wrong_host"},
		{host: "evil.example", path: "/api", want: "wrong_host"},
		{host: "127.0.0.1:8092@evil.example", want: "wrong_host"},
		{host: "127.0.0.1:", want: "wrong_host"},
		{host: "127.0.0.1:99999", want: "wrong_host"},
		{host: "[::1", want: "wrong_host"},
		{host: "[::1]x", want: "wrong_host"},
		{host: "::1", want: "wrong_host"},
		{host: "local host", want: "wrong_host"},
		{host: strings.Repeat("a", 300), want: "wrong_host"},
	})
}

func TestARequestWithoutAHostIsInvalid(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = ""
	w := httptest.NewRecorder()
	guarded(t, access.Options{}).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || outcome(w) != "wrong_host" {
		t.Errorf("got %d %s, want 400 wrong_host", w.Code, outcome(w))
	}
}

func TestOnLoopbackAnOriginDecides(t *testing.T) {
	check(t, guarded(t, access.Options{}), []request{
		{want: all}, // a program
		{header: origin("http://127.0.0.1:8092"), want: all},
		{host: "localhost", header: origin("http://localhost"), want: all},
		{host: "localhost:80", header: origin("http://localhost"), want: all},
		{host: "localhost", header: origin("https://localhost:443"), want: all},
		{header: origin("wails://wails"), want: all},
		{header: origin("wails://wails.localhost"), want: all},
		{header: origin("http://wails.localhost"), want: all},

		{header: origin("http://localhost:5173"), want: "view publish"},
		{header: origin("http://localhost:8092"), want: "view publish"}, // not the name in Host
		{header: origin("http://127.0.0.1:3000"), want: "view publish"},
		{header: origin("http://[::1]:5173"), want: "view publish"},
		{header: origin("https://localhost"), want: "view publish"},

		{header: origin("null"), want: "wrong_origin"},
		{header: origin(""), want: "wrong_origin"},
		{header: origin("http://evil.example"), want: "wrong_origin"},
		{header: origin("http://localhost.evil.example"), want: "wrong_origin"},
		{header: origin("http://127.0.0.1:8092.evil.example"), want: "wrong_origin"},
		{header: origin("http://127.0.0.1:8092/"), want: "wrong_origin"},
		{header: origin("http://localhost@evil.example"), want: "wrong_origin"},
		{header: origin("wails://evil"), want: "wrong_origin"},
		{header: origin("wails://wails.evil.example"), want: "wrong_origin"},
		{header: origin("file://"), want: "wrong_origin"},
		{header: origin("ftp://localhost"), want: "wrong_origin"},
		{header: origin("localhost"), want: "wrong_origin"},
		{method: "POST", header: origin("http://evil.example"), want: "wrong_origin"},
		{method: "OPTIONS", header: origin("http://evil.example"), want: "wrong_origin"},
	})
}

func TestTwoOriginsAreNone(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.RemoteAddr = "localhost:8092", loopback
	r.Header["Origin"] = []string{"http://localhost:8092", "http://evil.example"}
	w := httptest.NewRecorder()
	guarded(t, access.Options{}).ServeHTTP(w, r)
	if got := outcome(w); got != "wrong_origin" {
		t.Errorf("got %q, want wrong_origin", got)
	}
}

func TestTheRefusalOfANullOriginSaysHowToAllowIt(t *testing.T) {
	w := request{header: origin("null")}.send(t, guarded(t, access.Options{}), nil)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "--allow-null-origin") {
		t.Errorf("got %d %s, want 403 and --allow-null-origin", w.Code, w.Body)
	}
}

func TestANullOriginMayViewAndPublishOnceAllowed(t *testing.T) {
	check(t, guarded(t, access.Options{AllowNullOrigin: true}), []request{
		{header: map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, want: "view publish"},
		{header: origin("http://evil.example"), want: "wrong_origin"},
	})
}

func TestWhatBrowsersAskForWithoutAnOriginIsToldApart(t *testing.T) {
	site := func(site string, more ...string) map[string]string {
		h := map[string]string{"Sec-Fetch-Site": site}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	visit := site("cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
	framed := site("cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")
	check(t, guarded(t, access.Options{AllowedHosts: []string{"emit.example"}}), []request{
		{header: site("none"), want: all},
		{header: site("same-origin"), want: all},
		{header: site("same-site"), want: "view publish"},
		{host: "emit.example", header: site("same-site"), want: "wrong_origin"},
		{from: elsewhere, header: site("same-site"), want: "wrong_origin"},
		{header: site("cross-site"), want: "wrong_origin"},
		{path: "/socket.io/socket.io.js", header: site("cross-site", "Sec-Fetch-Mode", "no-cors"), want: "wrong_origin"},
		{header: site("something-new"), want: "wrong_origin"},

		{path: "/", header: visit, want: ""}, // comes in, without scopes
		{path: "/demo", header: visit, want: ""},
		{path: "/", header: framed, want: "wrong_origin"},
		{path: "/", method: "POST", header: visit, want: "wrong_origin"},
		{path: "/api/v1/stats", header: visit, want: "wrong_origin"},
		{path: "//api/v1/stats", header: visit, want: "wrong_origin"},
		{path: "/x/../api/v1/stats", header: visit, want: "wrong_origin"},
		{path: "/%61pi/v1/stats", header: visit, want: "wrong_origin"},
		{path: "/api%2Fv1/stats", header: visit, want: "wrong_origin"},
		{path: "/api/", header: visit, want: "wrong_origin"},
	})
}

func TestEveryPageMayAskForAPISpelledExactlySo(t *testing.T) {
	evil := map[string]string{"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
	check(t, guarded(t, access.Options{}), []request{
		{path: "/api", header: evil, want: ""}, // comes in, without scopes
		{path: "/api?x=1", header: evil, want: ""},
		{path: "/api", header: origin("null"), want: ""},
		{path: "/api", method: "HEAD", header: evil, want: ""},
		{path: "/api", method: "OPTIONS", header: evil, want: ""},
		{path: "/api", from: elsewhere, want: ""},

		{path: "/api", method: "POST", header: evil, want: "wrong_origin"},
		{path: "/api/", header: evil, want: "wrong_origin"},
		{path: "//api", header: evil, want: "wrong_origin"},
		{path: "/./api", header: evil, want: "wrong_origin"},
		{path: "/x/../api", header: evil, want: "wrong_origin"},
		{path: "/%61pi", header: evil, want: "wrong_origin"},
		{path: "/api%2Fv1/stats", header: evil, want: "wrong_origin"},
		{path: "/api%00", header: evil, want: "wrong_origin"},
		{path: "/API", header: evil, want: "wrong_origin"},
	})
}

func TestAHostThatIsNoneIsRefusedAtTheStart(t *testing.T) {
	for _, name := range []string{"", "http://x", "x:80", "[::1]:80", "a b", "x/y"} {
		if _, err := access.New(access.Options{AllowedHosts: []string{name}}); !errors.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, want an Invalid error", name, err)
		}
	}
}

// Whichever way a path is spelled, only "/api" itself is open to pages of others.
func TestNoSpellingOfAPathLetsAPageOfAnotherSiteIn(t *testing.T) {
	h := guarded(t, access.Options{Keys: openKeys(t)})
	visit := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
	for _, header := range []map[string]string{
		origin("http://evil.example"), origin("null"), {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", "Origin": "http://evil.example"}, visit,
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
			for _, path := range []string{
				"/api/v1/stats", "/api/v1/%73tats", "//api/v1/stats", "/api/./v1/stats", "/api//v1/stats", "/api/x/../v1/stats", "/./api/v1/stats",
				"/%61pi/v1/stats", "/api%2fv1%2fstats", "/api%2Fv1/stats", "/%2e/api/v1/stats", "/x/%2e%2e/api/v1/stats", "/%2Fapi/v1/stats",
				"/%61pi", "/ap%69", "/api%2f", "/api%2F", "/api/", "//api", "/./api", "/api/.", "/x/../api", "/api/%2e",
				"/api/v1/feed", "/api/v1/f%65ed", "/api/v1/keys", "/%61pi/v1/k%65ys", "/api/v1/sharing",
			} {
				w := request{method: method, path: path, header: header}.send(t, h, nil)
				if got := outcome(w); got != "wrong_origin" && method != "HEAD" || w.Code != http.StatusForbidden {
					t.Errorf("%s %s with %v: got %d %q, want a refusal", method, path, header, w.Code, got)
				}
			}
		}
	}
}

func TestWhatAProgramHereAsksForCostsTheGuardLittle(t *testing.T) {
	keys := openKeys(t)
	secret := makeKey(t, keys, "sensor", msg.MayPublish)
	h := newGuard(t, access.Options{Keys: keys}).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, set := range map[string]func(*http.Request){
		"without a key": func(*http.Request) {},
		"with a key":    func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) },
		"with a cookie": func(r *http.Request) { r.Header.Set("Cookie", "theme=dark") },
	} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/messages", nil)
		r.Host, r.RemoteAddr = "127.0.0.1:8092", loopback
		set(r)
		w := httptest.NewRecorder()
		// The caller, the context that holds it, and the request that has the context.
		if got := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); got > 3 {
			t.Errorf("%s: got %v allocations a request, want at most 3", name, got)
		}
	}
}

func BenchmarkWrap(b *testing.B) {
	keys, err := access.OpenKeys(filepath.Join(b.TempDir(), "keys.json"), writeFile)
	if err != nil {
		b.Fatal(err)
	}
	_, secret, err := keys.Make("sensor", msg.MayPublish)
	if err != nil {
		b.Fatal(err)
	}
	g, err := access.New(access.Options{Keys: keys})
	if err != nil {
		b.Fatal(err)
	}
	h := g.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, from := range []string{loopback, elsewhere} {
		b.Run(from, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodPost, "/api/v1/messages", nil)
			r.Host, r.RemoteAddr = "127.0.0.1:8092", from
			r.Header.Set("Authorization", "Bearer "+secret)
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}
