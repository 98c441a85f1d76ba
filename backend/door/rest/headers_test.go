package rest_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// raw sends a request as it is written, for a client of our own would not.
func (h *hub) raw(t *testing.T, request string) *http.Response {
	t.Helper()
	host := strings.TrimPrefix(h.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	line, rest, _ := strings.Cut(request, "\r\n")
	fmt.Fprintf(conn, "%s\r\nHost: %s\r\nConnection: close\r\n%s", line, host, rest)
	method, _, _ := strings.Cut(line, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	res.Body.Close()
	return res
}

func TestNothingThatACallerWritesBecomesAHeader(t *testing.T) {
	h := startHub(t)
	const evil = "%0d%0aX-Evil:%20yes%0d%0a"
	body := func(method, path, text string) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(text), text)
	}
	for _, request := range []string{
		"GET /" + evil + " HTTP/1.1\r\n\r\n",
		"GET /" + evil + " HTTP/1.1\r\nAccept: text/html\r\n\r\n",
		"GET /x/../" + evil + " HTTP/1.1\r\n\r\n", // answered by a redirect
		"GET //" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/v1/docs/" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/v1/messages?q=" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/v1/stats?" + evil + "=1 HTTP/1.1\r\n\r\n",
		"GET /api/v1/stream?namespace=" + evil + " HTTP/1.1\r\n\r\n",
		"HEAD /api/v1/stream?event=" + evil + " HTTP/1.1\r\n\r\n",
		"HEAD /api/v1/stream?namespace=/ws&event=" + evil + " HTTP/1.1\r\nLast-Event-ID: 1\r\n\r\n",
		"GET /api/v1/lanes/%2F" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/v1/lanes//" + evil + " HTTP/1.1\r\n\r\n",
		"GET /api/v1/x/../lanes/" + evil + "?" + evil + " HTTP/1.1\r\n\r\n",
		"PUT /api/v1/keys/" + evil + " HTTP/1.1\r\n\r\n",
		"DELETE /api/v1/keys/" + evil + " HTTP/1.1\r\n\r\n",
		"DELETE /api/v1/clients/" + evil + " HTTP/1.1\r\n\r\n",
		"EVIL%0d%0a /api HTTP/1.1\r\n\r\n",
		body("POST", "/api/v1/messages", `{"event":"a\r\nX-Evil: yes","namespace":"/a\r\nX-Evil: yes"}`),
		body("POST", "/api/v1/messages", `{"event":"a\r\nX-Evil: yes"}`),
		body("POST", "/api/v1/keys", `{"name":"a\r\nX-Evil: yes","scopes":"view"}`),
		body("POST", "/api/v1/session", `{"key":"a\r\nX-Evil: yes"}`),
	} {
		res := h.raw(t, request)
		for name, values := range res.Header {
			for _, value := range values {
				if strings.Contains(name, "Evil") || name != "Location" && strings.Contains(value, "Evil") || strings.ContainsAny(value, "\r\n") {
					t.Errorf("%q: got the header %s: %q", request, name, value)
				}
			}
		}
		if strings.Contains(res.Status, "Evil") {
			t.Errorf("%q: got status %q", request, res.Status)
		}
	}
}

func TestARedirectStaysOnTheHub(t *testing.T) {
	h := startHub(t)
	redirects := 0
	for _, path := range []string{
		"//evil.example", "//evil.example/..", "/x/..//evil.example", `/x/../\evil.example`, "/x/../%5cevil.example", "/x/../%2f%2fevil.example",
		"///evil.example/x/..", "/./http://evil.example",
	} {
		res := h.raw(t, "GET "+path+" HTTP/1.1\r\n\r\n")
		to := res.Header.Get("Location")
		if to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
			t.Errorf("%s: got %s to %q", path, res.Status, to)
		}
		if to == "" && res.StatusCode < 400 {
			t.Errorf("%s: got %s", path, res.Status)
		}
		if to != "" {
			redirects++
		}
	}
	if redirects == 0 {
		t.Error("nothing was redirected")
	}
}

func TestAMessageCannotPretendToBeAnotherEventOfAStream(t *testing.T) {
	h := startHub(t)
	r := h.listen(t, "")
	const odd = "a\n\nevent: stopping\ndata: {}\r\r\u2028"
	h.send(&msg.Message{Seq: 1, Namespace: "/ws", Event: odd, Payload: []byte(`"\n\nevent: stopping"`)})
	h.emit(2, "/ws", "tick", "1")
	first := r.next()
	if lines := strings.Split(strings.TrimSuffix(first, "\n"), "\n"); len(lines) != 2 || lines[0] != "id: 1" || strings.Contains(first, "\r") {
		t.Errorf("got %q, want an id and one line of data", first)
	}
	if got := r.ids(1); got[0] != "2" {
		t.Errorf("after it: got %q, want message 2", got)
	}
}

func TestWhatIsOddInANameComesBackEscaped(t *testing.T) {
	h := startHub(t)
	a := h.ask("POST", "/api/v1/keys", `{"name":"<script>\u2028","scopes":"view"}`)
	if made := decode[wire.MadeKey](t, a, http.StatusCreated); made.Key.Name != "<script>\u2028" {
		t.Errorf("got %q", made.Key.Name)
	}
	if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("got Content-Type %q", got)
	}
}
