package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
)

// answer is what the hub said to one request.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

// ask sends one request. A header Host says what the hub is called; a path is
// sent as it is spelled.
func ask(t testing.TB, c *http.Client, method, url, body string, header http.Header) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Host = header.Get("Host")
	res, err := c.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
		return answer{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		t.Errorf("%s %s: read the answer: %v", method, url, err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func makeKey(t testing.TB, c *http.Client, url, name, scopes string) (secret string) {
	t.Helper()
	body, _ := json.Marshal(wire.NewKey{Name: name, Scopes: scopes})
	got := ask(t, c, "POST", url+"/api/v1/keys", string(body), nil)
	if got.status != http.StatusCreated {
		t.Fatalf("make the key %s: got %d %s", name, got.status, got.body)
	}
	var made wire.MadeKey
	got.into(t, &made)
	return made.Secret
}

// configured returns the flags for settings in a file.
func configured(t testing.TB, settings string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--config", file}
}

// bystander is a healthy client. Whatever is done to the hub, it gets its message.
type bystander struct {
	h    *hub
	s    *rawSocket
	told int
}

func newBystander(t testing.TB, h *hub) *bystander {
	t.Helper()
	b := &bystander{h: h, s: dial(t, h)}
	b.s.subscribe("/bystander")
	return b
}

func (b *bystander) check(t testing.TB) {
	t.Helper()
	if got := get(t, b.h, "/api"); got != `{"result":"OK"}` {
		t.Errorf("after it GET /api says %s", got)
	}
	b.told++
	post(t, b.h, fmt.Sprintf(`{"namespace":"/bystander","event":"e","data":%d}`, b.told))
	if got := b.s.events(b.told); got[b.told-1] != fmt.Sprint(b.told) {
		t.Errorf("after it a healthy client got %s, want %d", got[b.told-1], b.told)
	}
}

// doorways are one request to each door, as a browser or a client sends it first.
func doorways() map[string]struct{ method, path, body string } {
	return map[string]struct{ method, path, body string }{
		"page":                {"GET", "/", ""},
		"open answer":         {"GET", "/api", ""},
		"publish":             {"POST", "/api/v1/messages", oneMessage},
		"read":                {"GET", "/api/v1/messages", ""},
		"stream":              {"GET", "/api/v1/stream", ""},
		"change a lane":       {"PATCH", "/api/v1/lanes/%2Fws", `{"interval":"1s"}`},
		"share":               {"PATCH", "/api/v1/sharing", `{"on":true}`},
		"make a key":          {"POST", "/api/v1/keys", `{"name":"stolen","scopes":"admin"}`},
		"metrics":             {"GET", "/metrics", ""},
		"Socket.IO polling":   {"GET", "/socket.io/?EIO=4&transport=polling", ""},
		"Socket.IO WebSocket": {"GET", "/socket.io/?EIO=4&transport=websocket", ""},
		"native WebSocket":    {"GET", "/websocket", ""},
		"feed":                {"GET", "/api/v1/feed", ""},
	}
}

const oneMessage = `{"namespace":"/attacked","event":"e","data":1}`

// handshake are the headers that make a request a WebSocket handshake.
func handshake(path string, more http.Header) http.Header {
	h := more.Clone()
	if h == nil {
		h = http.Header{}
	}
	if strings.Contains(path, "websocket") || strings.Contains(path, "feed") {
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", "websocket")
		h.Set("Sec-WebSocket-Version", "13")
		h.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	}
	return h
}

func TestANameThatOnlyPointsHereOpensNoDoor(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	port := h.url[strings.LastIndexByte(h.url, ':'):]
	for _, host := range []string{"evil.example", "evil.example" + port, "127.0.0.1.evil.example" + port, "localhost.evil.example", "2130706433", "0.0.0.0" + port, "[::ffff:203.0.113.9]" + port} {
		for name, d := range doorways() {
			for _, origin := range []string{"", "http://" + host} {
				header := handshake(d.path, http.Header{"Host": {host}})
				if origin != "" {
					header.Set("Origin", origin)
				}
				if got := ask(t, http.DefaultClient, d.method, h.url+d.path, d.body, header); got.status != http.StatusForbidden || !strings.Contains(got.body, `"code":"wrong_host"`) {
					t.Errorf("%s, called %s, Origin %q: got %d %.200s, want 403 wrong_host", name, host, origin, got.status, got.body)
				}
			}
		}
	}
	b.check(t)
}

func TestPagesOfOtherSitesComeInByNoDoor(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	port := h.url[strings.LastIndexByte(h.url, ':'):]
	for name, page := range map[string]http.Header{
		"another site":           {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		"with our name in front": {"Origin": {"http://127.0.0.1.evil.example" + port}},
		"two origins":            {"Origin": {h.url, "https://evil.example"}},
		"a file":                 {"Origin": {"null"}},
		"another scheme":         {"Origin": {"chrome-extension://abcdefgh"}},
		"an image's request":     {"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}},
		"a frame's":              {"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}},
	} {
		for door, d := range doorways() {
			if door == "open answer" {
				continue // any page may read it
			}
			if got := ask(t, http.DefaultClient, d.method, h.url+d.path, d.body, handshake(d.path, page)); got.status != http.StatusForbidden || !strings.Contains(got.body, `"code":"wrong_origin"`) {
				t.Errorf("%s from %s: got %d %.200s, want 403 wrong_origin", door, name, got.status, got.body)
			}
		}
	}
	if got := ask(t, http.DefaultClient, "GET", h.url+"/api", "", http.Header{"Origin": {"https://evil.example"}}); got.status != http.StatusOK {
		t.Errorf("GET /api from another site: got %d, want 200: it is open to all", got.status)
	}
	b.check(t)
}

func TestOddSpellingsOfAPathAreNoWayAround(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	evil := http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{
		"/api/v1/%73tats", "//api/v1/stats", "/api/./v1/stats", "/api/x/../v1/stats", "/%61pi/v1/stats", "/api%2fv1%2fstats", "/api/v1/stats/", "/api//v1/stats",
		"/api/../api/v1/stats", "/%2e%2e/api/v1/stats", "/./api", "//api", "/%61pi", "/api/", "/api?x=1/../v1/stats#", "/api/%2e%2e/metrics", "/api;/v1/stats",
		"//socket.io/?EIO=4&transport=polling", "/socket.io/./?EIO=4&transport=polling", "/%73ocket.io/?EIO=4&transport=polling", "/x/../socket.io/?EIO=4&transport=polling",
		"//websocket", "/./websocket", "/%77ebsocket", "/x/../websocket", "/api/v1/%66eed", "/api//v1/stream", "/API/v1/stats",
	} {
		for _, method := range []string{"GET", "POST"} {
			got := ask(t, noFollow, method, h.url+path, "", handshake(path, evil))
			if strings.HasPrefix(path, "/api?") && method == "GET" {
				if got.body != `{"result":"OK"}` && strings.TrimSpace(got.body) != `{"result":"OK"}` && got.status < 400 {
					t.Errorf("%s %s: got %d %.200s, want the open answer or a refusal", method, path, got.status, got.body)
				}
				continue
			}
			if got.status < 400 || got.status >= 500 || strings.Contains(got.body, `"emitted"`) {
				t.Errorf("%s %s: got %d %.200s, want a refusal", method, path, got.status, got.body)
			}
		}
	}
	b.check(t)
}

func TestAPageOfThisMachineMayNotChangeTheHub(t *testing.T) {
	h := startHub(t)
	page := http.Header{"Origin": {"http://localhost:5173"}}
	for name, want := range map[string]int{"publish": 202, "read": 200, "change a lane": 403, "share": 403, "make a key": 403} {
		d := doorways()[name]
		if got := ask(t, http.DefaultClient, d.method, h.url+d.path, d.body, page); got.status != want {
			t.Errorf("%s: got %d %.200s, want %d", name, got.status, got.body, want)
		}
	}
}

// behindProxy is what a proxy on this machine sends for somebody elsewhere.
func behindProxy() http.Header { return http.Header{"X-Forwarded-For": {"203.0.113.9"}} }

func TestWhoComesByAProxyOfThisMachineIsNotOfThisMachine(t *testing.T) {
	h := startHub(t)
	for name, d := range doorways() {
		if name == "page" || name == "open answer" || strings.Contains(name, "Socket") {
			continue // public, or the key comes inside
		}
		if got := ask(t, http.DefaultClient, d.method, h.url+d.path, d.body, handshake(d.path, behindProxy())); got.status != http.StatusUnauthorized {
			t.Errorf("%s: got %d %.200s, want 401", name, got.status, got.body)
		}
	}
	raw := dialBy(t, websocket.DefaultDialer, h.url, behindProxy())
	raw.send(`{"type":"subscribe","namespace":"/ws"}`)
	raw.await("error", 1)
	select {
	case <-raw.done:
	case <-time.After(patience):
		t.Error("a WebSocket whose first frame is no key is still open")
	}
}

func TestGuessingKeysIsHeldUpAndKnownKeysAreNot(t *testing.T) {
	h := startHub(t, configured(t, "[limits]\nmax_failed_keys = 10\n")...)
	b := newBystander(t, h)
	known := makeKey(t, http.DefaultClient, h.url, "known", "view")
	const guesses = 2000
	held := 0
	for i := range guesses {
		header := behindProxy()
		header.Set("Authorization", fmt.Sprintf("Bearer es_%026d", i))
		switch got := ask(t, http.DefaultClient, "GET", h.url+"/api/v1/stats", "", header); got.status {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			held++
			if got.header.Get("Retry-After") == "" {
				t.Fatal("429 without Retry-After")
			}
		default:
			t.Fatalf("guess %d: got %d %s", i, got.status, got.body)
		}
	}
	if want := guesses - 10; held != want {
		t.Errorf("%d of %d guesses were held up, want %d: all after the tenth", held, guesses, want)
	}
	header := behindProxy()
	header.Set("Authorization", "Bearer "+known)
	if got := ask(t, http.DefaultClient, "GET", h.url+"/api/v1/stats", "", header); got.status != http.StatusOK {
		t.Errorf("the known key, from the same address: got %d %s, want 200", got.status, got.body)
	}
	if lines := strings.Count(h.out.String(), "\n"); lines > 200 {
		t.Errorf("%d guesses made %d log lines, want at most 200", guesses, lines)
	}
	if metrics := get(t, h, "/metrics"); !strings.Contains(metrics, fmt.Sprintf(`emitscope_limit_reached_total{limit="max_failed_keys"} %d`, held)) {
		t.Errorf("the metrics do not count %d for max_failed_keys", held)
	}
	b.check(t)
}
