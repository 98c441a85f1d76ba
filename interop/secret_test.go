package interop

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
)

// secrets are what must be nowhere, and what was said and written meanwhile.
type secrets struct {
	t    *testing.T
	h    *hub
	all  map[string]string // value: what it is
	said map[string]string // by whom: text
}

// ask is ask as somebody elsewhere, whose answer must hold no secret.
func (s *secrets) ask(who, method, path, body string, header http.Header) answer {
	s.t.Helper()
	got := ask(s.t, http.DefaultClient, method, s.h.url+path, body, header)
	s.said[fmt.Sprintf("the answer to %s (%s %s, %d)", who, method, strings.SplitN(path, "?", 2)[0], got.status)] = fmt.Sprint(got.header) + got.body
	return got
}

// elsewhere is what comes with a request of another machine, by a proxy.
func elsewhere(more ...string) http.Header {
	h := behindProxy()
	for i := 0; i < len(more); i += 2 {
		h.Add(more[i], more[i+1])
	}
	return h
}

// useEverywhere shows a secret to every door, in every way it may be shown, and in
// ways it may not.
func (s *secrets) useEverywhere(name, secret string) {
	t, h := s.t, s.h
	t.Helper()
	message := `{"namespace":"/secret","event":"e","data":1}`
	quoted, _ := json.Marshal(secret)
	for who, header := range map[string]http.Header{
		"Bearer": elsewhere("Authorization", "Bearer "+secret), "bearer": elsewhere("Authorization", "bearer  "+secret+" "),
		"Basic": elsewhere("Authorization", "Basic "+secret), "no scheme": elsewhere("Authorization", secret), "too much": elsewhere("Authorization", "Bearer "+secret+" "+secret),
		"a cookie": elsewhere("Cookie", "emitscope_"+h.url[strings.LastIndexByte(h.url, ':')+1:]+"="+secret), "X-API-Key": elsewhere("X-Api-Key", secret),
	} {
		who = name + " as " + who
		s.ask(who, "POST", "/api/v1/messages", message, header)
		s.ask(who, "GET", "/api/v1/stats", "", header)
		s.ask(who, "GET", "/api/v1/keys", "", header)
		s.ask(who, "GET", "/socket.io/?EIO=4&transport=polling", "", header)
	}
	for _, path := range []string{
		"/api/v1/stats?key=" + secret, "/api/v1/messages?q=" + secret + "&token=" + secret, "/socket.io/?EIO=4&transport=polling&key=" + secret,
		"/socket.io/?EIO=4&transport=polling&sid=" + secret, "/websocket?access_token=" + secret, "/?k=" + secret, "/api/v1/session?key=" + secret,
	} {
		got := s.ask(name+" in a URL", "GET", path, "", elsewhere())
		if got.status == http.StatusOK && strings.HasPrefix(path, "/api/v1/stats") {
			t.Errorf("a key in a URL's query let somebody in")
		}
	}
	for _, body := range []string{
		`{"key":` + string(quoted) + `}`, `{"kye":` + string(quoted) + `}`, `{"key":[` + string(quoted) + `]}`, `{"key":` + string(quoted), `{"key":` + string(quoted) + `}` + string(quoted), string(quoted),
	} {
		got := s.ask(name+" in a session", "POST", "/api/v1/session", body, elsewhere())
		for _, cookie := range (&http.Response{Header: got.header}).Cookies() {
			s.all[cookie.Value] = "the cookie of " + name
			for who, text := range s.said {
				if strings.HasPrefix(who, "the answer to "+name+" in a session") && got.header.Get("Set-Cookie") != "" {
					s.said[who] = strings.ReplaceAll(text, cookie.Value, "") // where it belongs
				}
			}
			s.ask(name+"'s cookie", "GET", "/api/v1/stats", "", elsewhere("Cookie", cookie.Name+"="+cookie.Value))
			s.ask(name+"'s cookie as a key", "GET", "/api/v1/stats", "", elsewhere("Authorization", "Bearer "+cookie.Value))
			s.ask(name+"'s cookie publishing", "POST", "/api/v1/messages", message, elsewhere("Cookie", cookie.Name+"="+cookie.Value))
		}
	}
	for _, frame := range []string{
		`{"type":"auth","key":` + string(quoted) + `}`, `{"type":"auth","kye":` + string(quoted) + `}`, `{"type":"auth","key":[` + string(quoted) + `]}`, `{"key":` + string(quoted), string(quoted),
		`{"type":"subscribe","namespace":"/secret","key":` + string(quoted) + `}`,
	} {
		for _, path := range []string{"/websocket", "/api/v1/feed"} {
			s.connect(name+" in a frame to "+path, path, elsewhere(), frame, `{"type":"publish","id":1,"namespace":"/secret","event":"e","data":1}`)
		}
	}
	s.connect(name+" with a handshake", "/websocket", elsewhere("Authorization", "Bearer "+secret), `{"type":"subscribe","namespace":"/secret"}`)
	s.connect(name+" with a feed's handshake", "/api/v1/feed", elsewhere("Authorization", "Bearer "+secret))
	for _, auth := range []string{`{"key":` + string(quoted) + `}`, `{"key":[` + string(quoted) + `]}`, `{"token":` + string(quoted) + `}`, string(quoted), `{"key":` + string(quoted)} {
		s.connect(name+" in auth", "/socket.io/?EIO=4&transport=websocket", elsewhere(), `40/secret,`+auth, `42/secret,0["publish",{"event":"e","data":1}]`)
	}
}

// connect opens a WebSocket, sends the frames and keeps what comes back within a
// moment.
func (s *secrets) connect(who, path string, header http.Header, frames ...string) {
	s.t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.h.url, "http")+path, header)
	if err != nil {
		if res != nil {
			text := make([]byte, 4096)
			n, _ := res.Body.Read(text)
			s.said[who+", handshake"] = string(text[:n])
		}
		return
	}
	defer conn.Close()
	_ = res.Body.Close()
	for _, frame := range frames {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(frame)) // it may be closed by now
	}
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(patience))
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	var back strings.Builder
	for {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			fmt.Fprint(&back, err)
			break
		}
		back.Write(frame)
	}
	s.said[fmt.Sprintf("%s, frames %d", who, len(s.said))] = back.String()
}

// wantNone fails for each secret in the text.
func (s *secrets) wantNone(where, text string) {
	s.t.Helper()
	for secret, what := range s.all {
		if i := strings.Index(text, secret); i >= 0 {
			s.t.Errorf("%s has %s: %q", where, what, text[max(0, i-80):min(len(text), i+len(secret)+20)])
		}
	}
}

// Whatever is done with keys, rightly or wrongly, they are told once and kept
// nowhere.
func TestNoSecretIsKeptLoggedOrToldAgain(t *testing.T) {
	data := t.TempDir()
	h := startHub(t, append(configured(t, "[limits]\nmax_failed_keys = 100000\n"), "--data-dir", data, "--log-level", "debug", "--log-format", "json")...)
	s := &secrets{t: t, h: h, all: map[string]string{}, said: map[string]string{}}
	watching := dial(t, h)
	watching.subscribe("/secret")
	feed, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/feed", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	shown := make(chan string)
	go func() {
		var text strings.Builder
		for {
			_, frame, err := feed.ReadMessage()
			if err != nil {
				shown <- text.String()
				return
			}
			text.Write(frame)
		}
	}()

	made := map[string]string{}
	for _, scopes := range []string{"view", "publish", "admin", "view publish admin"} {
		made[scopes] = makeKey(t, http.DefaultClient, h.url, "key for "+scopes, scopes)
	}
	var link wire.ViewLink
	ask(t, http.DefaultClient, "POST", h.url+"/api/v1/sharing/link", "", nil).into(t, &link)
	made["the view link"] = link.Key
	for name, secret := range made {
		s.all[secret] = "the key for " + name
	}
	for name, secret := range made {
		s.useEverywhere(name, secret)
	}
	const wrong = "es_wrongwrongwrongwrongwrong1"
	s.all[wrong] = "a wrong key"
	s.useEverywhere("a wrong key", wrong)
	ask(t, http.DefaultClient, "POST", h.url+"/api/v1/messages", `{"namespace":"/secret","event":"last","data":1}`, nil)
	for _, name := range []string{"key%20for%20view", "View%20link"} {
		if got := ask(t, http.DefaultClient, "DELETE", h.url+"/api/v1/keys/"+name, "", nil); got.status != http.StatusNoContent {
			t.Errorf("revoke %s: got %d %s", name, got.status, got.body)
		}
	}
	s.useEverywhere("a revoked key", made["view"])
	if len(s.all) < len(made)+4 { // keys that may view have a cookie
		t.Errorf("there were %d secrets, want the keys and at least three cookies", len(s.all))
	}

	for _, path := range []string{
		"/metrics", "/api/v1/messages?limit=1000", "/api/v1/audit?limit=1000", "/api/v1/clients", "/api/v1/keys", "/api/v1/sharing", "/api/v1/limits", "/api/v1/stats", "/api/v1/lanes",
		"/api/v1/session", "/api/v1/openapi.json", "/readyz",
	} {
		s.wantNone("GET "+path, get(t, h, path))
	}
	for who, text := range s.said {
		s.wantNone(who, text)
	}
	watching.mu.Lock()
	s.wantNone("what a client got", strings.Join(watching.got, "\n"))
	watching.mu.Unlock()
	_ = feed.Close()
	s.wantNone("what a viewer got", <-shown)
	_ = watching.conn.Close()
	h.stop(t)
	s.wantNone("the log", h.out.String())
	if !strings.Contains(h.out.String(), `"level":"DEBUG"`) {
		t.Error("the log has no line for debugging: nothing was looked through")
	}
	files := 0
	err = filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		s.wantNone(filepath.Base(path), string(text))
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("looked through %d files: %v", files, err)
	}
	if info, err := os.Stat(filepath.Join(data, "keys.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("keys.json: got %v, %v, want a file for its owner only", info.Mode(), err)
	}
}
