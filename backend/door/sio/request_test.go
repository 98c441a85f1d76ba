package sio_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// later is the answer to a request that is on its way.
type later struct {
	status int
	body   string
	err    error
}

// pollLater sends a poll, and returns when the door has it.
func (p *pollPeer) pollLater(ctx context.Context) <-chan later {
	p.h.t.Helper()
	before := p.h.Polls()
	answer := make(chan later, 1)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.h.url+p.query, nil)
	if err != nil {
		p.h.t.Fatal(err)
	}
	go func() {
		resp, err := p.h.client.Do(r)
		if err != nil {
			answer <- later{err: err}
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		answer <- later{resp.StatusCode, string(body), err}
	}()
	testkit.Eventually(p.h.t, func() bool { return p.h.Polls() > before }, "the poll to wait at the door")
	return answer
}

func TestABodyOverTheLimitIsRefused(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxFrame = 1000 })
	for name, body := range map[string]io.Reader{
		"with a length":    strings.NewReader(`42/ws,["e","` + strings.Repeat("x", 2000) + `"]`),
		"without a length": io.MultiReader(strings.NewReader(`42/ws,["e",1]`+"\x1e"), strings.NewReader(strings.Repeat(`42/ws,["e",1]`+"\x1e", 100))),
	} {
		t.Run(name, func(t *testing.T) {
			p := h.pollPeer()
			(&socket{p, t}).join("/ws")
			resp, err := h.client.Post(h.url+p.query, "text/plain", body)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), `"too_large"`) {
				t.Errorf("got %d %s, want 413 too_large", resp.StatusCode, text)
			}
			if got := h.accepted(0); len(got) != 0 {
				t.Errorf("got %d events in intake, want none of the body", len(got))
			}
			if got := (&socket{p, t}).ack("/ws", `["leave","x"]`); got["ok"] != true {
				t.Errorf("afterwards: got %v, want the session to go on", got)
			}
		})
	}
}

func TestAFrameOverTheLimitClosesTheWebSocket(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxFrame = 1000 })
	s := h.webSocket()
	s.join("/ws")
	s.send(`42/ws,["e","` + strings.Repeat("x", 2000) + `"]`)
	if err := s.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("got %v, want the close code 1009", err)
	}
}

func TestABodyThatIsNotEngineIOClosesTheSession(t *testing.T) {
	h := newHub(t)
	for _, body := range []string{"", "abc", "4x\x1e9", "b!!!"} {
		p := h.pollPeer()
		waiting := p.pollLater(t.Context())
		if status, text := p.post(body); status != http.StatusBadRequest {
			t.Errorf("%q: got %d %s, want 400", body, status, text)
		}
		if got := <-waiting; got.status != http.StatusOK || got.body != "1" {
			t.Errorf("%q: the poll that waited got %+v, want the close packet", body, got)
		}
		if status, text := p.poll(); status != http.StatusBadRequest {
			t.Errorf("%q: the next poll got %d %s, want 400", body, status, text)
		}
	}
}

func TestASecondPollClosesTheSessionAndBothAreAnswered(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	waiting := p.pollLater(t.Context())
	if status, body := p.poll(); status != http.StatusBadRequest {
		t.Errorf("the second: got %d %s, want 400", status, body)
	}
	if got := <-waiting; got.status != http.StatusOK || got.body != "1" {
		t.Errorf("the first: got %+v, want the close packet", got)
	}
}

func TestAPollThatIsGivenUpClosesTheSession(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	ctx, cancel := context.WithCancel(t.Context())
	waiting := p.pollLater(ctx)
	cancel()
	<-waiting
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 }, "the session to be closed")
}

func TestAPollIsAnsweredWhenTheClientIsDisconnected(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	id := (&socket{p, t}).join("/ws")
	waiting := p.pollLater(t.Context())
	if !h.Disconnect(id) {
		t.Fatal("got false, want the client to be known")
	}
	if got := <-waiting; got.body != "41/ws," {
		t.Errorf("got %+v, want Socket.IO's disconnect", got)
	}
}

func TestRequestsTheLibraryCannotHandleAreRefused(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	for _, c := range []struct {
		method, query string
		want          int
	}{
		{"PUT", p.query, http.StatusMethodNotAllowed},
		{"GET", p.query + "&j=0", http.StatusBadRequest},
		{"GET", "/socket.io/?EIO=3&transport=polling", http.StatusBadRequest},
		{"GET", "/socket.io/?EIO=4&transport=webtransport", http.StatusBadRequest},
		{"GET", "/socket.io/?EIO=4&transport=polling&sid=unknown", http.StatusBadRequest},
		{"POST", "/socket.io/?EIO=4&transport=polling&sid=unknown", http.StatusBadRequest},
		{"GET", "/socket.io/", http.StatusBadRequest},
	} {
		r, _ := http.NewRequest(c.method, h.url+c.query, strings.NewReader(""))
		resp, err := h.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s %s: got %d, want %d", c.method, c.query, resp.StatusCode, c.want)
		}
	}
}

func TestAnyOriginMayOpenAWebSocket(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Origin", "http://elsewhere.example") // access has let it pass
	s.join("/ws")
}

func TestCompressionIsOff(t *testing.T) {
	h := newHub(t)
	_, _, resp := h.rawUpgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n")
	if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("got the extension %q, want none", got)
	}
}

func TestAPollingClientBecomesAWebSocketClient(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	waiting := p.pollLater(t.Context())
	ws, _, err := h.dial(p.sid)
	if err != nil {
		t.Fatal(err)
	}
	ws.send("2probe")
	if got := ws.next(); got != "3probe" {
		t.Fatalf("got %q, want the answer to the probe", got)
	}
	if got := <-waiting; got.body != "6" {
		t.Errorf("the poll that waited: got %+v, want a noop", got)
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

func TestAPollThatStillWaitsAfterTheUpgradeIsAnswered(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	ws, _, err := h.dial(p.sid)
	if err != nil {
		t.Fatal(err)
	}
	ws.send("2probe")
	ws.next()
	p.pollLater(t.Context()) // takes the noop, or not
	ws.send("5")
	(&socket{ws, t}).ack("/ws", `["e",1]`)
	testkit.Eventually(t, func() bool { return h.Polls() == 0 }, "the poll to be answered")
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
	// The library begins to read before it listens: without the link that holds
	// reading back, some of these get no answer.
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

// brokenConn breaks when the n-th write comes: 1 is the answer to the handshake,
// 2 the open packet.
type brokenConn struct {
	net.Conn
	writes atomic.Int32
}

func (c *brokenConn) Write(p []byte) (int, error) {
	if c.writes.Add(1) > 1 {
		return 0, errors.New("connection reset")
	}
	return len(p), nil
}

type hijackable struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

func TestAClientThatVanishesInItsHandshakeLeavesNothingBehind(t *testing.T) {
	h := newHub(t)
	for range 500 {
		here, there := net.Pipe()
		r := httptest.NewRequestWithContext(msg.WithScopes(t.Context(), msg.AllScopes), "GET", "/socket.io/?EIO=4&transport=websocket", nil)
		for name, value := range map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		} {
			r.Header.Set(name, value)
		}
		h.ServeHTTP(&hijackable{httptest.NewRecorder(), &brokenConn{Conn: here}}, r)
		there.Close()
	}
	testkit.Eventually(t, func() bool {
		ours, theirs := h.Sessions()
		return ours == 0 && theirs == 0 && h.Links() == 0
	}, "all vanished clients to be forgotten")
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
	// The library forgets which poll waits after it has answered the one before,
	// and would close the session of a client that is faster.
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

func TestAClientThatVanishesWhileItJoinsLeavesNothingBehind(t *testing.T) {
	h := newHub(t)
	h.BreakOnFirstPacket() // the answer to CONNECT, before the library knows the socket
	s := h.webSocket()
	s.send("40/ws,")
	_ = s.peer.(*wsPeer).ended()
	testkit.Eventually(t, func() bool {
		ours, theirs := h.Sessions()
		return ours == 0 && theirs == 0 && h.Links() == 0 && h.Sockets() == 0
	}, "the client to be forgotten")
}
