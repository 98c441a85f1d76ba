package interop

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// reached returns how often somebody was refused because of a limit.
func reached(t testing.TB, h *hub, limit string) int {
	t.Helper()
	line := regexp.MustCompile(`emitscope_limit_reached_total\{limit="` + limit + `"\} (\S+)`).FindStringSubmatch(get(t, h, "/metrics"))
	if line == nil {
		t.Fatalf("the metrics do not have the limit %s", limit)
	}
	n, err := strconv.ParseFloat(line[1], 64)
	if err != nil {
		t.Fatalf("the limit %s was reached %s times: %v", limit, line[1], err)
	}
	return int(n)
}

func wantReached(t testing.TB, h *hub, limits ...string) {
	t.Helper()
	for _, limit := range limits {
		if reached(t, h, limit) == 0 {
			t.Errorf("%s was not counted as reached", limit)
		}
	}
}

// peakBytes is the most memory the hub has had so far; 0 where the system does not say.
func peakBytes(t testing.TB, h *hub) int {
	t.Helper()
	return memoryOf(t, h, "VmHWM")
}

func memoryOf(t testing.TB, h *hub, what string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Process.Pid))
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(what + `:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		return 0
	}
	kib, _ := strconv.Atoi(string(found[1]))
	return kib << 10
}

// wantMemory fails when what was done since before took the hub more than most bytes
// more at any time.
func wantMemory(t testing.TB, h *hub, before, most int) {
	t.Helper()
	after := peakBytes(t, h)
	t.Logf("memory: %.1f MiB at most before, %.1f MiB at most since", float64(before)/(1<<20), float64(after)/(1<<20))
	if after-before > most {
		t.Errorf("the hub took %d MiB more, want at most %d", (after-before)>>20, most>>20)
	}
}

// giant is JSON text of about n bytes that is only made as it is read.
func giant(n int64) io.Reader {
	return io.MultiReader(strings.NewReader(`{"namespace":"/attacked","event":"e","data":"`), io.LimitReader(endless('x'), n), strings.NewReader(`"}`))
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// upload sends a body and returns the answer, also one that comes before the body
// is through. length below 0: chunked.
func upload(t testing.TB, h *hub, path string, length int64, body io.Reader, header string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	how := fmt.Sprintf("Content-Length: %d", length)
	if length < 0 {
		how = "Transfer-Encoding: chunked"
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s\r\n", path, strings.TrimPrefix(h.url, "http://"), how, header)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if length >= 0 {
			_, _ = io.Copy(conn, body) // the hub may close it
			return
		}
		piece := make([]byte, 32<<10)
		for {
			n, err := body.Read(piece)
			if _, failed := fmt.Fprintf(conn, "%x\r\n%s\r\n", n, piece[:n]); failed != nil || err != nil {
				return
			}
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		_ = conn.Close()
		<-sent
		return answer{} // it was closed without a word
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	_ = res.Body.Close()
	_ = conn.Close()
	<-sent
	return answer{res.StatusCode, res.Header, string(text)}
}

// session begins a Socket.IO session by polling and returns its id.
func session(t testing.TB, h *hub) string {
	t.Helper()
	opened := get(t, h, "/socket.io/?EIO=4&transport=polling")
	id := regexp.MustCompile(`"sid":"([^"]+)"`).FindStringSubmatch(opened)
	if id == nil {
		t.Fatalf("no session in %s", opened)
	}
	return id[1]
}

// packets is a Socket.IO client that speaks packets as they are written.
type packets struct {
	t    testing.TB
	conn *websocket.Conn
}

func dialPackets(t testing.TB, h *hub, namespace string) packets {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	p := packets{t, conn}
	p.await("0")
	p.send("40" + namespace + ",")
	p.await("40" + namespace)
	return p
}

func (p packets) send(packet string) {
	p.t.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		p.t.Fatalf("send %.80s: %v", packet, err)
	}
}

// await returns the first packet that begins so.
func (p packets) await(begin string) string {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, packet, err := p.conn.ReadMessage()
		if err != nil {
			p.t.Fatalf("await %s: %v", begin, err)
		}
		if strings.HasPrefix(string(packet), begin) {
			return string(packet)
		}
	}
}

// wantClosed reads until the connection ends, which has to be soon, with that code.
func wantClosed(t testing.TB, name string, conn *websocket.Conn, code int) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := conn.ReadMessage()
		if err == nil {
			continue
		}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%s: the connection is still open", name)
		}
		var closed *websocket.CloseError
		if errors.As(err, &closed) && closed.Code != code && closed.Code != websocket.CloseAbnormalClosure {
			t.Errorf("%s: closed with %v, want %d", name, closed, code)
		}
		return
	}
}

func TestGiantBodiesAreRefusedByEveryDoorWithoutBeingKept(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)
	const size = 256 << 20
	plain, lines := "Content-Type: application/json\r\n", "Content-Type: application/x-ndjson\r\n"
	polling := func() string { return "/socket.io/?EIO=4&transport=polling&sid=" + session(t, h) }
	for name, got := range map[string]answer{
		"one body":                 upload(t, h, "/api/v1/messages", size, giant(size), plain),
		"one body, chunked":        upload(t, h, "/api/v1/messages", -1, giant(size), plain),
		"one line":                 upload(t, h, "/api/v1/messages", size, giant(size), lines),
		"one line, chunked":        upload(t, h, "/api/v1/messages", -1, giant(size), lines),
		"a session's key":          upload(t, h, "/api/v1/session", -1, giant(size), plain),
		"a poll's packets":         upload(t, h, polling(), size, giant(size), "Content-Type: text/plain\r\n"),
		"a poll's packets,chunked": upload(t, h, polling(), -1, giant(size), "Content-Type: text/plain\r\n"),
	} {
		if got.status != http.StatusRequestEntityTooLarge && (got.status != http.StatusBadRequest || !strings.Contains(got.body, "bytes")) {
			t.Errorf("%s of 256 MiB: got %d %.200s, want 413", name, got.status, got.body)
		}
	}
	wantReached(t, h, "max_body")
	wantMemory(t, h, before, 64<<20)
	b.check(t)
}

// head is the beginning of a client's WebSocket frame: with a mask of zeros, so the
// payload may be sent as it is.
func head(first byte, length uint64) []byte {
	frame := []byte{first, 0x80 | 127}
	frame = binary.BigEndian.AppendUint64(frame, length)
	return append(frame, 0, 0, 0, 0)
}

func TestGiantFramesEndTheirConnectionOnly(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)
	const text, goOn, end = 0x01, 0x00, 0x80
	for attack, send := range map[string]func(net.Conn) error{
		"one frame of 256 MiB": func(c net.Conn) error {
			_, _ = c.Write(head(text|end, 256<<20))
			_, err := io.Copy(c, io.LimitReader(endless('x'), 256<<20))
			return err
		},
		"a frame that says it has 2^62 bytes": func(c net.Conn) error {
			_, _ = c.Write(head(text|end, 1<<62))
			_, err := io.Copy(c, io.LimitReader(endless('x'), 2<<20))
			return err
		},
		"a frame with a length below zero": func(c net.Conn) error {
			_, err := c.Write(head(text|end, 1<<63+1))
			return err
		},
		"a message in frames of 64 KiB without end": func(c net.Conn) error {
			piece := append(head(goOn, 64<<10), bytes.Repeat([]byte("x"), 64<<10)...)
			_, err := c.Write(head(text, 0))
			for i := 0; i < 1024 && err == nil; i++ {
				_, err = c.Write(piece)
			}
			return err
		},
		"a message of a million empty frames": func(c net.Conn) error {
			pieces := bytes.Repeat(head(goOn, 0), 1000)
			_, err := c.Write(head(text, 0))
			for i := 0; i < 1000 && err == nil; i++ {
				_, err = c.Write(pieces)
			}
			return err
		},
	} {
		for door, path := range map[string]string{"native": "/websocket", "Socket.IO": "/socket.io/?EIO=4&transport=websocket", "feed": "/api/v1/feed"} {
			conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				_ = send(conn.NetConn()) // the hub is to close it
			}()
			wantClosed(t, door+": "+attack, conn, websocket.CloseMessageTooBig)
			_ = conn.Close()
			<-sent
		}
	}
	wantReached(t, h, "max_frame", "max_fragments")
	wantMemory(t, h, before, 64<<20)
	b.check(t)
}

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
