package sio_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
)

func TestAFrameOverTheLimitClosesTheWebSocket(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxFrame = 1000 })
	s := h.webSocket()
	s.join("/ws")
	s.send(`42/ws,["e","` + strings.Repeat("x", 2000) + `"]`)
	if err := s.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("got %v, want the close code 1009", err)
	}
}

func TestAPollIsAnsweredWhenTheClientIsDisconnected(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	id := (&socket{p, t}).join("/ws")
	answer := make(chan string)
	go func() {
		var all string
		for !strings.HasSuffix(all, "1") { // Engine.IO's close packet
			_, body := p.poll()
			all += body + "\x1e"
			all = strings.TrimSuffix(all, "\x1e")
		}
		answer <- all
	}()
	if !h.Disconnect(id) {
		t.Fatal("got false, want the client to be known")
	}
	if got := strings.ReplaceAll(<-answer, "\x1e", ""); got != "41/ws,1" {
		t.Errorf("got %q, want Socket.IO's disconnect, and the end", got)
	}
}

func TestAnyOriginMayOpenAWebSocket(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Origin", "http://elsewhere.example") // access has let it pass
	s.join("/ws")
}

func TestAPollingClientBecomesAWebSocketClient(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	ws, _, err := h.dial(p.sid)
	if err != nil {
		t.Fatal(err)
	}
	ws.send("2probe")
	if got := ws.next(); got != "3probe" {
		t.Fatalf("got %q, want the answer to the probe", got)
	}
	h.emit(message(1, "/ws", "e", "1"))
	ws.send("5")
	s := &socket{ws, t}
	s.want(`42/ws,["e",1]`)
	if got := s.ack("/ws", `["e",2]`); got["ok"] != true {
		t.Errorf("got %v, want ok", got)
	}
	if c := h.Clients(); len(c) != 1 || c[0].Transport != "websocket" {
		t.Errorf("got %+v, want one client by websocket", c)
	}
}

// rawUpgrade opens a WebSocket without a library, and reads nothing of it.
func (h *hub) rawUpgrade(headers string) (net.Conn, *bufio.Reader, *http.Response) {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", headers)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("got %v, %v, want the protocol to be switched", resp, err)
	}
	return conn, r, resp
}

func TestAClientThatSendsAtOnceIsHeard(t *testing.T) {
	// Whoever reads before the library listens loses the CONNECT of some of these,
	// and they are cut off for joining nothing.
	h := newHub(t)
	for i := range 300 {
		conn, r, _ := h.rawUpgrade("")
		// The headers are here; "open" may be not.
		_, _ = conn.Write(append([]byte{0x81, 0x80 | 2, 0, 0, 0, 0}, "40"...))
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		for _, want := range []string{`0{"`, `40{"`} {
			var head [4]byte
			if _, err := io.ReadFull(r, head[:2]); err != nil {
				t.Fatalf("client %d: waiting for %s: %v", i, want, err)
			}
			size := int(head[1])
			if size == 126 {
				_, _ = io.ReadFull(r, head[2:4])
				size = int(head[2])<<8 | int(head[3])
			}
			text := make([]byte, size)
			if _, err := io.ReadFull(r, text); err != nil || !strings.HasPrefix(string(text), want) {
				t.Fatalf("client %d: got %s, %v, want %s", i, text, err, want)
			}
		}
	}
}

func TestAClientThatSendsAsSoonAsItIsConnectedIsHeard(t *testing.T) {
	// The library answers CONNECT before it knows the socket, and would close the
	// connection of a client that is faster.
	h := newHub(t)
	s := h.webSocket()
	for i := range 3000 {
		name := fmt.Sprintf("/%d", i%10)
		s.join(name)
		if got := s.ack(name, `["e",1]`); got["ok"] != true {
			t.Fatalf("got %v, want ok", got)
		}
		s.send("41" + name + ",")
	}
}

func TestAClientThatPollsAtOnceAfterAnAnswerIsHeard(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	for i := range 3000 {
		h.emit(message(uint64(i), "/ws", "e", "1"))
		if status, body := p.poll(); status != http.StatusOK || body != `42/ws,["e",1]` {
			t.Fatalf("poll %d: got %d %q, want the message", i, status, body)
		}
	}
}

func TestAClientThatIsCutOffWhileItJoinsLeavesNothingBehind(t *testing.T) {
	// The answer to its second CONNECT finds the outbox full, which closes the
	// session before the library knows the socket.
	h := newHub(t, func(o *sio.Options) { o.Outbox.MaxFrames = 1 })
	p := h.pollPeer()
	told, why := p.post("40/a,\x1e40/b,")
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 }, "the client to be cut off")
	// A session that is closed before the POST is done ends with its answer.
	if status, body := p.poll(); told == http.StatusOK && (status != http.StatusOK || body != "1") {
		t.Errorf("got %d %s after %d %s, want the close packet", status, body, told, why)
	}
	testkit.Eventually(t, func() bool {
		ours, engines := h.Sessions()
		return ours == 0 && engines == 0 && h.Sockets() == 0
	}, "the client to be forgotten")
}
