package sio_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/sio"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

func TestDisconnectClosesTheConnectionOfASocket(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/a")
	id := s.join("/b")
	other := h.webSocket()
	other.join("/a")
	if !h.Disconnect(id) || h.Disconnect(id) || h.Disconnect("") {
		t.Error("got another answer than true once, and then false")
	}
	s.want("41/a,")
	s.want("41/b,")
	if err := s.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		t.Errorf("got %v, want the close code 1008", err)
	}
	if got := h.Clients(); len(got) != 1 {
		t.Errorf("got %d clients, want the other one", len(got))
	}
}

func TestStopTellsEveryClientAfterWhatWaited(t *testing.T) {
	h := newHub(t)
	ws, poller := h.webSocket(), h.pollPeer()
	ws.join("/ws")
	(&socket{poller, t}).join("/ws")
	for i := range 1000 {
		h.emit(message(uint64(i), "/ws", "e", fmt.Sprint(i)))
	}
	polled := make(chan []string, 1)
	go func() { // the client polls on
		var packets []string
		for len(packets) == 0 || packets[len(packets)-1] != "1" {
			_, body := poller.poll()
			packets = append(packets, strings.Split(body, "\x1e")...)
		}
		polled <- packets
	}()
	h.Stop(t.Context())
	for i := range 1000 {
		ws.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
	}
	if err := ws.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("websocket: got %v, want the close code 1001", err)
	}
	packets := <-polled
	if len(packets) != 1001 || packets[999] != `42/ws,["e",999]` || packets[1000] != "1" {
		t.Errorf("polling: got %d packets, the last %q, want 1000 messages and the close packet", len(packets), packets[len(packets)-1])
	}
	if ours, engines := h.Sessions(); ours != 0 || engines != 0 {
		t.Errorf("got %d sessions and %d in the engine left, want none", ours, engines)
	}
}

func TestAfterStopEveryRequestIsRefused(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	h.Stop(t.Context())
	if status, body := p.poll(); status != http.StatusServiceUnavailable || !strings.Contains(body, `"stopping"`) {
		t.Errorf("a poll: got %d %s, want 503 stopping", status, body)
	}
	if _, resp, err := h.dial(""); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new client: got %v, want 503", err)
	}
	if got := h.emit(message(1, "/ws", "e", "1")); got != 0 {
		t.Errorf("got %d sockets, want 0", got)
	}
	h.Stop(t.Context()) // once more does no harm
}

func TestAnnounceTellsTheClientsAndRefusesOnlyNewOnes(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	h.Announce()
	if _, resp, err := h.dial(""); err == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a new client: got %v, want 503 and when to come back", err)
	}
	s.want(`42/ws,["stopping"]`)
	s.send("40/more,")
	s.wantRefusal("/more", string(fault.Stopping))
	h.emit(message(1, "/ws", "e", "1"))
	s.want(`42/ws,["e",1]`)
	if got := s.ack("/ws", `["e",1]`); got["ok"] != true {
		t.Errorf("got %v, want an answer from intake as before", got)
	}
}

func TestStopDoesNotWaitForAClientThatDoesNotRead(t *testing.T) {
	h := newHub(t)
	h.webSocket().join("/ws")
	h.polling().join("/ws")
	for range 100 {
		h.emit(message(1, "/ws", "e", `"`+strings.Repeat("x", 70_000)+`"`)) // more than the system's buffers hold
	}
	h.Stop(t.Context()) // the test's end finds what is left
	if got := h.Clients(); len(got) != 0 {
		t.Errorf("got %d clients, want none", len(got))
	}
}

func TestStopCutsWhenItsTimeIsOver(t *testing.T) {
	h := newHub(t)
	h.block = make(chan struct{})
	s := h.webSocket()
	s.join("/ws")
	s.send(`42/ws,["e",1]`) // intake does not return
	testkit.Eventually(t, func() bool { return h.blocked.Load() > 0 }, "the event to be in intake")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	h.Stop(ctx)
	if ctx.Err() == nil {
		t.Error("Stop returned before its time was over, though an event is in intake")
	}
	close(h.block)
}

func TestAClientThatDoesNotAnswerPingsIsDropped(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.PingInterval, o.PingTimeout = 10*time.Millisecond, 50*time.Millisecond })
	s := h.webSocket()
	s.join("/ws")
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 }, "the silent client to be dropped")
}

func TestAClientThatAnswersPingsAtOnceStays(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.PingInterval, o.PingTimeout = 5*time.Millisecond, 500*time.Millisecond })
	peers := make([]*wsPeer, 10)
	for i := range peers {
		s := h.webSocket()
		s.join("/ws")
		peers[i] = s.peer.(*wsPeer)
		go func() { _, _ = peers[i].read() }() // answers pings until the connection ends
	}
	testkit.Eventually(t, func() bool {
		for _, p := range peers {
			if p.pings.Load() < 250 { // for longer than the timeout
				return false
			}
		}
		return true
	}, "many pings")
	if got := len(h.Clients()); got != len(peers) {
		t.Errorf("got %d clients after many pings, want all %d", got, len(peers))
	}
}

func TestSocketIO2ClientsAreServedWhenAllowed(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.AllowEIO3 = true })
	p := &pollPeer{h: h, query: "/socket.io/?EIO=3&transport=polling"}
	_, body := p.do(http.MethodGet, "")
	_, open, _ := strings.Cut(body, ":")
	_, open, _ = strings.Cut(open, `"sid":"`)
	sid, _, _ := strings.Cut(open, `"`)
	p.query += "&sid=" + sid
	send := func(text string) {
		if status, got := p.post(fmt.Sprintf("%d:%s", len(text), text)); status != http.StatusOK {
			t.Fatalf("%s: got %d %s", text, status, got)
		}
	}
	all := body
	pollUntil := func(text string) {
		t.Helper()
		testkit.Eventually(t, func() bool {
			_, got := p.poll()
			all += got
			return strings.Contains(all, text)
		}, text)
	}
	send("40/ws?key=publisher&last=0,")
	pollUntil("40/ws") // clients hold back what they emit until they are connected
	send(`42/ws,7["e",12345678901234567890]`)
	if got := h.accepted(1)[0]; string(got.Payload) != "12345678901234567890" || got.Namespace != "/ws" {
		t.Errorf("got %+v, want the event on /ws", got)
	}
	pollUntil(`43/ws,7[{"ok":true,"seq":1}]`)
	clients := fmt.Sprintf("%+v %+v", h.Clients(), h.accepted(1)[0].Origin)
	if strings.Contains(clients, sid) { // who knows it can speak for the client
		t.Errorf("got %s, want nothing with the session's id %s in it", clients, sid)
	}
	if !strings.Contains(all, "2:40") || !strings.Contains(all, "40/ws") {
		t.Errorf("got %q, want the root and /ws to be connected", all)
	}
}

// dial2 opens a WebSocket as a client of Socket.IO 2 does, and sends text at once.
func (h *hub) dial2(text string) *wsPeer {
	h.t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/socket.io/?EIO=3&transport=websocket", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	p := &wsPeer{t: h.t, c: c}
	p.send(text)
	p.next() // open
	if got := p.next(); got != "40" {
		h.t.Fatalf("got %q, want to be in the root", got)
	}
	return p
}

func TestASocketIO2ClientThatIsDisconnectedWhileItConnectsIsForgotten(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.AllowEIO3 = true })
	stop := make(chan struct{})
	var admin sync.WaitGroup
	admin.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, c := range h.Clients() {
				h.Disconnect(c.ID)
			}
		}
	})
	for range 500 {
		c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/socket.io/?EIO=3&transport=websocket", nil)
		if err == nil { // else it was quicker than the answer
			c.Close()
		}
	}
	close(stop)
	admin.Wait()
	testkit.Eventually(t, func() bool { ours, engines := h.Sessions(); return ours+engines == 0 }, "all sessions to be forgotten")
}

func TestAQuickSocketIO2ClientIsHeard(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.AllowEIO3 = true })
	for i := range 300 {
		p := h.dial2(`427["e",1]`) // before it knows that it is in the root
		if got := p.next(); !strings.HasPrefix(got, `437[{"ok":true`) {
			t.Fatalf("client %d: got %q, want an ack", i, got)
		}
		p.close()
	}
}

func TestAQuickSocketIO2ClientIsHeardInANamespaceItJoinedWithAQuery(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.AllowEIO3 = true })
	for i := range 300 {
		p := h.dial2("40/ws?last=1,")
		p.send(`42/ws,7["e",1]`) // before it knows that it is in the namespace
		s := &socket{p, t}
		s.want("40/ws,")
		if got := p.next(); !strings.HasPrefix(got, `43/ws,7[{"ok":true`) {
			t.Fatalf("client %d: got %q, want an ack", i, got)
		}
		p.close()
	}
}

func TestEachRevisionGetsAttachmentsInItsOwnForm(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.AllowEIO3 = true })
	old := &socket{h.dial2("6"), t}
	old.send("2")
	old.want("3") // its ping is answered
	current := h.webSocket()
	current.join("/")
	m := message(1, "/", "e", `{"_placeholder":true,"num":0}`)
	m.Attachments = [][]byte{[]byte("img")}
	if got := h.emit(m); got != 2 {
		t.Errorf("got %d sockets, want 2", got)
	}
	for s, want := range map[*socket]string{old: "b\x04img", current: "bimg"} {
		s.want(`451-["e",{"_placeholder":true,"num":0}]`)
		s.want(want)
	}
	_ = old.peer.(*wsPeer).c.WriteMessage(websocket.TextMessage, []byte(`451-7["e",{"_placeholder":true,"num":0}]`))
	_ = old.peer.(*wsPeer).c.WriteMessage(websocket.BinaryMessage, []byte("\x04back"))
	if got := old.next(); !strings.HasPrefix(got, `437[{"ok":true`) {
		t.Errorf("got %q, want an ack", got)
	}
	if got := h.accepted(1)[0].Attachments; len(got) != 1 || string(got[0]) != "back" {
		t.Errorf("got the attachments %q, want one", got)
	}
}
