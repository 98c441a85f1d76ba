package interop

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// deep and wide are JSON that is small to send and costly to keep.
func deep(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

func wide(keys int) string {
	b := &strings.Builder{}
	b.WriteString("{")
	for i := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"%d":0`, i)
	}
	b.WriteString("}")
	return b.String()
}

func TestDeepAndWideJSONIsRefusedByEveryDoor(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)
	raw, sio := dial(t, h), dialPackets(t, h, "/attacked")
	for i, one := range []struct{ name, data, limit string }{
		{"9000 levels", deep(9000), "max_json_depth"},
		{"65 levels", deep(65), "max_json_depth"},
		{"100,000 keys", wide(100_000), "max_json_keys"},
		{"10,001 keys in 3 objects", `[` + wide(5000) + `,{"a":` + wide(5000) + `}]`, "max_json_keys"},
	} {
		if len(one.data) > 1<<20-256 {
			t.Fatalf("%s are %d bytes: max_body would refuse them", one.name, len(one.data))
		}
		counted := reached(t, h, one.limit)
		refused := func(door, got string) {
			t.Helper()
			if !strings.Contains(got, one.limit) {
				t.Errorf("%s, %s: got %.300s, want a refusal that names %s", door, one.name, got, one.limit)
			}
			now := reached(t, h, one.limit)
			if now == counted {
				t.Errorf("%s, %s: %s was not counted as reached", door, one.name, one.limit)
			}
			counted = now
		}
		body := `{"namespace":"/attacked","event":"e","data":` + one.data + `}`
		status, got := tryPost(t, h, body)
		refused("REST", got)
		line := upload(t, h, "/api/v1/messages", -1, strings.NewReader(body+"\n"), "Content-Type: application/x-ndjson\r\n")
		refused("NDJSON", line.body)
		if status != http.StatusBadRequest || line.status != http.StatusBadRequest {
			t.Errorf("%s: got %d, and %d in a line, want 400", one.name, status, line.status)
		}
		raw.send(`{"type":"publish","id":%d,"namespace":"/attacked","event":"e","data":%s}`, i, one.data)
		refused("WebSocket", raw.await("error", i+1)[i])
		sio.send(fmt.Sprintf(`42/attacked,%d["publish",{"event":"e","data":%s}]`, i, one.data))
		refused("Socket.IO", sio.await(fmt.Sprintf("43/attacked,%d[", i)))
		sio.send(fmt.Sprintf(`42/attacked,%d["said",%s]`, 100+i, one.data)) // any event a client says is looked at, too
		refused("what a client says", sio.await(fmt.Sprintf("43/attacked,%d[", 100+i)))
	}
	// Deeper than any decoder goes: refused before intake is asked.
	if status, got := tryPost(t, h, `{"namespace":"/attacked","event":"e","data":`+deep(400_000)+`}`); status != http.StatusBadRequest {
		t.Errorf("REST, 400,000 levels: got %d %.300s, want 400", status, got)
	}
	sio.send(`42/attacked,999["publish",{"event":"e","data":` + deep(400_000) + `}]`)
	if got := sio.await("43/attacked,999["); !strings.Contains(got, `"ok":false`) {
		t.Errorf("Socket.IO, 400,000 levels: got %.300s, want a refusal", got)
	}
	for name, body := range map[string]string{"a session": `{"key":` + deep(100_000) + `}`, "a new key": `{"name":"a","scopes":` + deep(100_000) + `}`} {
		path := map[string]string{"a session": "/api/v1/session", "a new key": "/api/v1/keys"}[name]
		if got := ask(t, http.DefaultClient, "POST", h.url+path, body, nil); got.status != http.StatusBadRequest {
			t.Errorf("%s of 100,000 levels: got %d %.200s, want 400", name, got.status, got.body)
		}
	}
	wantMemory(t, h, before, 64<<20)
	b.check(t)
}

func TestNoDoorTakesCompressedData(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	for _, path := range []string{"/websocket", "/socket.io/?EIO=4&transport=websocket", "/api/v1/feed"} {
		offering := websocket.Dialer{EnableCompression: true}
		conn, res, err := offering.Dial("ws"+strings.TrimPrefix(h.url, "http")+path, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		_ = res.Body.Close()
		if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("%s: the hub agrees to %q, want nothing", path, got)
		}
		// A frame marked as compressed all the same.
		if _, err := conn.NetConn().Write([]byte{0x80 | 0x40 | 0x01, 0x80, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, path+": a frame marked as compressed", conn, websocket.CloseProtocolError)
		_ = conn.Close()
	}
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "gzip, gzip"} {
		for path, kind := range map[string]string{
			"/api/v1/messages": "application/json", "/api/v1/messages?": "application/x-ndjson", "/api/v1/session": "application/json",
			"/socket.io/?EIO=4&transport=polling&sid=" + session(t, h): "text/plain",
		} {
			got := upload(t, h, path, 20, strings.NewReader("\x1f\x8b\x08\x00aaaaaaaaaaaaaaaa"), "Content-Type: "+kind+"\r\nContent-Encoding: "+coding+"\r\n")
			if got.status != http.StatusUnsupportedMediaType && got.status != http.StatusBadRequest {
				t.Errorf("%s as %s: got %d %.200s, want 415 or 400", path, coding, got.status, got.body)
			}
		}
	}
	b.check(t)
}

func TestLineBreaksReachNoHeaderAndNoStream(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	stream, err := http.Get(h.url + "/api/v1/stream?namespace=/attacked")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	const evil = `a\r\nSet-Cookie: stolen=1\r\n\r\nevent: forged\ndata: 1\n\n`
	for name, body := range map[string]string{
		"event":     `{"namespace":"/attacked","event":"` + evil + `","data":1}`,
		"namespace": `{"namespace":"/attacked` + evil + `","event":"e","data":1}`,
		"room":      `{"namespace":"/attacked","event":"e","rooms":["` + evil + `"],"data":1}`,
		"field":     `{"` + evil + `":1}`,
		"key":       `{"name":"` + evil + `","scopes":"view"}`,
	} {
		path := "/api/v1/messages"
		if name == "key" {
			path = "/api/v1/keys"
		}
		got := ask(t, http.DefaultClient, "POST", h.url+path, body, http.Header{"Origin": {"http://localhost:1"}})
		if name == "key" {
			got = ask(t, http.DefaultClient, "POST", h.url+path, body, nil)
		}
		if got.status != http.StatusBadRequest || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s with line breaks: got %d %v %.200s, want 400 without a cookie", name, got.status, got.header, got.body)
		}
	}
	const escaped = "%0d%0aSet-Cookie:%20stolen=1%0d%0a%0d%0a"
	for _, path := range []string{
		"/api/v1/lanes/%2Fx" + escaped, "/api/v1/clients/" + escaped, "/api/v1/keys/" + escaped, "/" + escaped, "/api/v1/messages?q=" + escaped, "/api/v1/messages/" + escaped,
		"/api/v1/stream?namespace=" + escaped, "/api/v1/points?namespace=/ws&span=" + escaped, "/socket.io/?EIO=4&transport=" + escaped, "/socket.io/?EIO=4&transport=polling&sid=" + escaped,
		"//" + escaped + "/..", "/api/v1/docs/" + escaped,
	} {
		for _, method := range []string{"GET", "DELETE"} {
			noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			got := ask(t, noFollow, method, h.url+path, "", http.Header{"Idempotency-Key": {"a\tb"}})
			if got.header.Get("Set-Cookie") != "" || strings.ContainsAny(got.header.Get("Location"), "\r\n") {
				t.Errorf("%s %s: a line of the path became a header: %v", method, path, got.header)
			}
		}
	}
	post(t, h, `{"namespace":"/attacked","event":"e","data":"event: forged\n\ndata: 2\n\n"}`)
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: forged") || strings.HasPrefix(lines.Text(), "data: 2") {
			t.Errorf("a payload became lines of the stream: %s", lines.Text())
		}
		if strings.Contains(lines.Text(), "forged") {
			break
		}
	}
	b.check(t)
}
