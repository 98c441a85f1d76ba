package eio_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/eio"
	"emitscope/backend/door/link"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

func TestAClientTalksByWebSocket(t *testing.T) {
	h := newHub(t)
	w := h.webSocket()
	w.send("4hello")
	w.want(t, "hello")
	_ = w.c.WriteMessage(websocket.BinaryMessage, []byte{1})
	w.want(t, "bytes \x01")
	w.say("back")
	w.wantNext("4back")
	w.session.Outbox().Push(append(link.Text("451-"), link.Binary([]byte("img"))...), time.Now())
	w.wantNext("451-", "bytes img")
	if got := w.session.Transport(); got != "websocket" {
		t.Errorf("got the transport %s, want websocket", got)
	}
	w.c.Close()
	_ = w.ended(t)
}

// handshake is a request for a WebSocket, as text.
func handshake(query string) string {
	return "GET /socket.io/?EIO=4&transport=websocket" + query + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
}

// connect opens a WebSocket without a library, and reads nothing but the answer.
func (h *hub) connect() (net.Conn, *bufio.Reader) {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	_, _ = io.WriteString(conn, handshake(""))
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("got %v %v, want a WebSocket", resp, err)
	}
	if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		h.t.Errorf("got the extension %s, want none: inflating goes past the limits", got)
	}
	return conn, r
}

func TestWhatAClientSendsAtOnceReachesItsOwner(t *testing.T) {
	h := newHub(t)
	for range 300 {
		conn, r := h.connect()
		_, _ = io.WriteString(conn, "\x81\x83\x00\x00\x00\x004hi") // before it has seen the open packet
		head := make([]byte, 4)
		if _, err := io.ReadFull(r, head[:2]); err != nil || head[1] > 125 {
			t.Fatalf("got %v %v, want a short frame", head, err)
		}
		packet := make([]byte, head[1])
		_, _ = io.ReadFull(r, packet)
		h.owner(sidOf(t, string(packet))).want(t, "hi")
	}
}

// fragile is a connection that breaks at the n-th write.
type fragile struct {
	net.Conn
	left atomic.Int32
}

func (c *fragile) Write(p []byte) (int, error) {
	if c.left.Add(-1) < 0 {
		return 0, errors.New("connection reset")
	}
	return len(p), nil
}

// hijackable is an answer whose connection can be taken over.
type hijackable struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// webSocketRequest asks for a WebSocket.
func webSocketRequest() *http.Request {
	r, _ := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake(""))))
	return r
}

func TestAClientThatVanishesInItsHandshakeLeavesNothingBehind(t *testing.T) {
	h := newHub(t)
	for i := range 300 {
		here, there := net.Pipe()
		conn := &fragile{Conn: here}
		conn.left.Store(int32(i % 3)) // at the answer, at the open packet, or later
		h.ServeHTTP(&hijackable{httptest.NewRecorder(), conn}, webSocketRequest())
		there.Close()
	}
	testkit.Eventually(t, func() bool { return len(h.Sessions()) == 0 }, "all sessions to be forgotten")
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.owners {
		_ = o.ended(t)
		if len(o.closed) != 0 {
			t.Error("an owner was told twice that its session has ended")
		}
	}
}

func TestClientsThatConnectAndAbortLeaveNothingBehind(t *testing.T) {
	h := newHub(t)
	before := runtime.NumGoroutine()
	for i := range 300 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, handshake(""))
		if i%2 == 0 {
			_, _ = conn.Read(make([]byte, 10))
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset
		conn.Close()
	}
	testkit.Eventually(t, func() bool { return len(h.Sessions()) == 0 && runtime.NumGoroutine() <= before+5 }, "all to be gone")
}

func TestAnIdleClientHasTwoGoroutines(t *testing.T) {
	h := newHub(t)
	before := runtime.NumGoroutine()
	const n = 50
	for range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, handshake(""))
	}
	testkit.Eventually(t, func() bool { return len(h.Sessions()) == n && runtime.NumGoroutine() <= before+2*n }, "two goroutines for each")
}

func TestAPollingClientComesOver(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	waiting := p.later(t.Context())
	w := p.upgrade()
	w.send("2probe")
	w.wantNext("3probe")
	if got := <-waiting; got.body != "6" {
		t.Errorf("the poll that waited: got %+v, want a noop at once", got)
	}
	p.say("one") // nobody fetches it
	p.wantPoll("4one")
	p.wantPoll("6") // nothing waits, and it should not poll any more
	p.say("two")
	w.send("5")
	w.wantNext("4two")
	w.send("4hello")
	p.want(t, "hello")
	if status, body := p.poll(); status != http.StatusBadRequest || !strings.Contains(body, `"code":3`) {
		t.Errorf("a poll afterwards: got %d %s, want 400", status, body)
	}
	w.c.Close()
	_ = p.ended(t)
}

func TestNothingOvertakesInAnUpgrade(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	for i := range 40 {
		entry := append(link.Text(fmt.Sprint("4", i)), link.Binary([]byte{byte(i)})...)
		p.session.Outbox().Push(entry, time.Now())
	}
	p.poll() // fetches 16 entries, of which the answer has 8
	w := p.upgrade()
	w.send("2probe")
	w.wantNext("3probe")
	p.say("last")
	w.send("5")
	for i := 8; i < 40; i++ {
		w.wantNext(fmt.Sprint("4", i), "bytes "+string([]byte{byte(i)}))
	}
	w.wantNext("4last")
}

func TestAPollThatWaitsWhenTheClientComesOverIsAnswered(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	w := p.upgrade()
	w.send("2probe")
	w.wantNext("3probe")
	waiting := p.later(t.Context())
	w.send("5")
	w.send("4hello")
	p.want(t, "hello")
	if got := <-waiting; got.body != "6" {
		t.Errorf("got %+v, want a noop", got)
	}
	p.say("back")
	w.wantNext("4back")
}

func TestAClientMayGiveUpItsPollWhenItComesOver(t *testing.T) {
	h := newHub(t)
	for range 20 {
		p := h.polling()
		w := p.upgrade()
		w.send("2probe")
		w.wantNext("3probe")
		ctx, cancel := context.WithCancel(t.Context())
		waiting := p.later(ctx)
		cancel()
		<-waiting
		testkit.Eventually(t, func() bool { return !p.session.Polls() }, "the poll to end")
		w.send("5")
		w.send("4hello")
		p.want(t, "hello")
	}
}

func TestAnUpgradeThatFailsLeavesTheClientPolling(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	for _, frames := range [][]string{{}, {"2probe"}, {"5"}, {"4hello"}, {"2probe", "2probe"}} {
		w := p.upgrade()
		for _, text := range frames {
			w.send(text)
		}
		if len(frames) == 0 || len(frames) == 1 && frames[0] == "2probe" {
			w.c.Close()
		} else if err := w.gone(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
			t.Errorf("%q: got %v, want the close code 1002", frames, err)
		}
		testkit.Eventually(t, p.session.CanUpgrade, "the claim to be over")
		p.say("still polling")
		p.wantPoll("4still polling")
	}
}

func TestASessionComesOverOnce(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	w := p.upgrade()
	query := strings.Replace(p.query, "polling", "websocket", 1)
	if _, resp, err := h.dial(query); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("while one claims it: got %v, want 400", resp)
	}
	w.send("2probe")
	w.send("5")
	w.send("4over")
	p.want(t, "over")
	if _, resp, err := h.dial(query); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("once one carries it: got %v, want 400", resp)
	}
}

func TestASessionThatEndsTakesItsClaimWithIt(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	w := p.upgrade()
	w.send("2probe")
	w.wantNext("3probe")
	p.post("1")
	_ = p.ended(t)
	if err := w.gone(); err == nil {
		t.Error("the WebSocket is still there")
	}
}

func TestCloseTellsAWebSocketClientWhy(t *testing.T) {
	h := newHub(t)
	w := h.webSocket()
	w.say("before")
	w.session.Close(fault.Newf(fault.Forbidden, "you must go"), websocket.ClosePolicyViolation)
	w.wantNext("4before")
	var closed *websocket.CloseError
	if err := w.gone(); !errors.As(err, &closed) || closed.Code != websocket.ClosePolicyViolation || closed.Text != "you must go" {
		t.Errorf("got %v, want 1008 and the reason", err)
	}
	if err := w.ended(t); !errors.Is(err, fault.Forbidden) {
		t.Errorf("got the reason %v, want the one given", err)
	}
}

func TestAClientMaySayByWebSocketThatItCloses(t *testing.T) {
	h := newHub(t)
	w := h.webSocket()
	w.send("1")
	if err := w.gone(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("got %v, want the close code 1000", err)
	}
	_ = w.ended(t)
}

func TestWhatIsNotEngineIOClosesTheWebSocket(t *testing.T) {
	h := newHub(t)
	for _, text := range []string{"", "x", "2", "9"} {
		w := h.webSocket()
		w.send(text)
		if err := w.gone(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
			t.Errorf("%q: got %v, want the close code 1002", text, err)
		}
		_ = w.ended(t)
	}
}

func TestAClientByWebSocketThatDoesNotAnswerPingsIsCutOff(t *testing.T) {
	h := newHub(t, func(o *eio.Options) { o.PingInterval, o.PingTimeout = 10*time.Millisecond, 20*time.Millisecond })
	w := h.webSocket()
	w.wantNext("2")
	_ = w.ended(t)
	if err := w.gone(); err == nil {
		t.Error("the connection is still open")
	}
}

func TestStopTellsEverybody(t *testing.T) {
	h := newHub(t)
	w := h.webSocket()
	p := h.polling()
	waiting := p.later(t.Context())
	w.say("last")
	if !h.Stop(t.Context()) {
		t.Error("got false, want everything to have ended")
	}
	w.wantNext("4last")
	if err := w.gone(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("websocket: got %v, want the close code 1001", err)
	}
	if got := <-waiting; got.body != "1" {
		t.Errorf("polling: got %+v, want the close packet", got)
	}
	if got := h.Sessions(); len(got) != 0 {
		t.Errorf("got %d sessions, want none", len(got))
	}
}

func TestAClaimEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := lone(eio.Options{})
		query := alone(t, s)
		here, there := net.Pipe()
		r := webSocketRequest()
		r.URL.RawQuery = strings.Replace(strings.TrimPrefix(query, "/socket.io/?"), "polling", "websocket", 1)
		go func() { _, _ = io.Copy(io.Discard, there) }()
		s.ServeHTTP(&hijackable{httptest.NewRecorder(), here}, r)
		if o.session.CanUpgrade() {
			t.Fatal("there is no claim")
		}
		time.Sleep(eio.ClaimTime + 2*time.Second) // and the time for the close frame
		synctest.Wait()
		if !o.session.CanUpgrade() {
			t.Error("the claim is still there")
		}
		there.Close()
		s.Stop(t.Context())
	})
}

func TestAMessageOfTooManyFramesClosesTheWebSocket(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(o *eio.Options) {
		o.MaxFragments = 2
		o.Reached = func(limit string) { reached <- limit }
	})
	w := h.webSocket()
	w.c.NetConn().Write([]byte{0x01, 0x81, 0, 0, 0, 0, '4', 0x80, 0x80, 0, 0, 0, 0})
	w.want(t, "")
	w.c.NetConn().Write([]byte{0x01, 0x81, 0, 0, 0, 0, '4', 0x00, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0})
	var closed *websocket.CloseError
	if err := w.gone(); !errors.As(err, &closed) || closed.Code != websocket.CloseMessageTooBig || !strings.Contains(closed.Text, "limits.max_fragments") {
		t.Errorf("got %v, want 1009 and the setting", err)
	}
	if err := w.ended(t); !errors.Is(err, fault.TooLarge) {
		t.Errorf("got the session ended by %v, want the limit", err)
	}
	if got := <-reached; got != "max_fragments" {
		t.Errorf("got %q, want max_fragments", got)
	}
}

func TestAMessageThatComesWithoutEndDoesNotHoldTheSession(t *testing.T) {
	h := newHub(t, func(o *eio.Options) {
		o.PingInterval, o.PingTimeout = 5*time.Millisecond, 20*time.Millisecond
		o.MaxFrame, o.MaxFragments = 1<<30, 1<<30
	})
	w := h.webSocket()
	conn := w.c.NetConn()
	_, err := conn.Write([]byte{0x01, 0x81, 0, 0, 0, 0, '4'}) // a message that goes on
	for err == nil {
		// In it a WebSocket pong may come, but not Engine.IO's.
		_, err = conn.Write([]byte{0x8A, 0x80, 0, 0, 0, 0, 0x00, 0x81, 0, 0, 0, 0, 'x'})
		runtime.Gosched()
	}
	if err := w.ended(t); !strings.Contains(err.Error(), "has not answered a ping") {
		t.Errorf("got the session ended by %v, want its heart", err)
	}
}

func TestAClientWhoseSessionIsClosedDuringItsHandshakeIsToldWhy(t *testing.T) {
	h := newHub(t)
	h.open = func(s *eio.Session) error {
		s.Close(fault.Newf(fault.Unauthorized, "the key was revoked"), websocket.ClosePolicyViolation)
		return nil
	}
	w, _, err := h.dial("EIO=4&transport=websocket")
	if err != nil {
		t.Fatal(err)
	}
	var closed *websocket.CloseError
	if err := w.gone(); !errors.As(err, &closed) || closed.Code != websocket.ClosePolicyViolation || closed.Text != "the key was revoked" {
		t.Errorf("got %v, want 1008 and why", err)
	}
	testkit.Eventually(t, func() bool { return len(h.Sessions()) == 0 }, "the session to be forgotten")
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.owners {
		if err := o.ended(t); !errors.Is(err, fault.Unauthorized) {
			t.Errorf("got the session ended by %v, want why it was closed", err)
		}
	}
}
