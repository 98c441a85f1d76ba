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

var sessionID = regexp.MustCompile(`"sid":"([^"]+)"`)

// session begins a Socket.IO session by polling and returns its id.
func session(t testing.TB, h *hub) string {
	t.Helper()
	opened := get(t, h, "/socket.io/?EIO=4&transport=polling")
	id := sessionID.FindStringSubmatch(opened)
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
	const belowZero = "a frame with a length below zero"
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
		belowZero: func(c net.Conn) error {
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
			code := websocket.CloseMessageTooBig
			if attack == belowZero { // which no frame may say, however large
				code = websocket.CloseProtocolError
			}
			wantClosed(t, door+": "+attack, conn, code)
			_ = conn.Close()
			<-sent
		}
	}
	wantReached(t, h, "max_frame", "max_fragments")
	wantMemory(t, h, before, 64<<20)
	b.check(t)
}
