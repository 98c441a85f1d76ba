package sio_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/sio"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

var (
	errRevoked   = fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key").WithHint("make a new one")
	errNotShared = fault.Newf(fault.Forbidden, "the hub is not shared any more")
)

// with matches who is here by the key of that name.
func with(key string) func(msg.Caller) bool {
	return func(c msg.Caller) bool { return c.Key == key }
}

// wantExpelled fails unless the client is told why, is disconnected from the
// namespace where it should stay away, and its connection ends.
func (s *socket) wantExpelled(namespace string, why *fault.Error, staysAway bool) {
	s.t.Helper()
	want := fmt.Sprintf(`42%s["expelled",{"code":%q,"message":%q`, prefix(namespace), why.Code, why.Message)
	if why.Hint != "" {
		want += fmt.Sprintf(`,"hint":%q`, why.Hint)
	}
	s.want(want + "}]")
	if staysAway {
		s.want("41" + prefix(namespace))
	}
	switch p := s.peer.(type) {
	case *wsPeer:
		_, err := p.read()
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != websocket.ClosePolicyViolation || closed.Text != why.Error() {
			s.t.Errorf("got %v, want the close code 1008 and why", err)
		}
	case *pollPeer:
		s.want("1")
		if status, body := p.poll(); status != http.StatusBadRequest || !strings.Contains(body, `"code":1`) {
			s.t.Errorf("the next poll: got %d %s, want that nobody knows the session", status, body)
		}
	}
}

// byBoth runs test with a client of each transport, which has the headers.
func byBoth(t *testing.T, test func(t *testing.T, h *hub, connect func(header ...string) *socket)) {
	t.Run("websocket", func(t *testing.T) {
		h := newHub(t)
		test(t, h, h.webSocket)
	})
	t.Run("polling", func(t *testing.T) {
		h := newHub(t)
		test(t, h, h.polling)
	})
}

func TestExpelClosesWhoCameInWithTheKeyAndNobodyElse(t *testing.T) {
	byBoth(t, func(t *testing.T, h *hub, connect func(header ...string) *socket) {
		one, other := connect("Key", "a"), connect("Key", "b")
		one.join("/ws")
		other.join("/ws")
		h.Expel(with("a"), errRevoked)
		one.wantExpelled("/ws", errRevoked, true)
		if got := other.ack("/ws", `["e",1]`); got["ok"] != true {
			t.Errorf("the other one: got %v, want it to go on", got)
		}
	})
}

func TestAKeyInAuthCountsForExpel(t *testing.T) {
	byBoth(t, func(_ *testing.T, h *hub, connect func(header ...string) *socket) {
		s := connect("Scopes", "none")
		s.join("/ws", `{"key":"viewer"}`)
		h.Expel(with("the viewer"), errRevoked)
		s.wantExpelled("/ws", errRevoked, true)
	})
}

func TestASocketWhoseKeyIsGoneTakesItsConnectionWithIt(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "none")
	s.join("/a", `{"key":"viewer"}`)
	s.join("/b", `{"key":"publisher"}`)
	h.Expel(with("the publisher"), errRevoked)
	for _, want := range []string{`42/a,["expelled",`, `42/b,["expelled",`, "41/b,"} {
		if got := s.next(); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if err := s.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		t.Errorf("got %v, want the close code 1008", err)
	}
}

func TestWhoIsNotSharedWithMayComeBack(t *testing.T) {
	byBoth(t, func(_ *testing.T, h *hub, connect func(header ...string) *socket) {
		s := connect()
		s.join("/ws")
		h.Expel(func(msg.Caller) bool { return true }, errNotShared)
		s.wantExpelled("/ws", errNotShared, false)
	})
}

func TestAKeyThatAllowsAllCountsAlone(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "view")
	s.join("/ws", `{"key":"viewer"}`)
	stranger := h.webSocket("Scopes", "none")
	stranger.join("/ws", `{"key":"viewer"}`)
	h.Expel(with(""), errRevoked) // whoever is here without one
	h.emit(message(1, "/ws", "e", "1"))
	s.want(`42/ws,["e",1]`)
	stranger.want(`42/ws,["e",1]`)
}

func TestWhatIsLentWithoutAKeyEndsTheConnection(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "view")
	s.join("/ws", `{"key":"publisher"}`) // it views as everybody does
	h.Expel(func(c msg.Caller) bool { return c.Scopes.Has(msg.MayView) }, errRevoked)
	s.wantExpelled("/ws", errRevoked, false) // with its key it may come back
}

func TestASessionThatHasJoinedNothingIsExpelledToo(t *testing.T) {
	byBoth(t, func(t *testing.T, h *hub, connect func(header ...string) *socket) {
		connect("Key", "a")
		h.Expel(with("a"), errRevoked)
		testkit.Eventually(t, func() bool {
			for _, s := range h.Engine().Sessions() {
				if s.IsAlive() {
					return false
				}
			}
			return true
		}, "the session to close")
	})
}

func TestTheKeyIsToldOfMessagesAndClients(t *testing.T) {
	byBoth(t, func(t *testing.T, h *hub, connect func(header ...string) *socket) {
		s := connect("Scopes", "none")
		s.join("/ws", `{"key":"publisher"}`)
		s.ack("/ws", `["e",1]`)
		s.ack("/ws", `["publish",{"event":"e","data":1}]`)
		for _, d := range h.accepted(2) {
			if d.Origin.Key != "the publisher" {
				t.Errorf("got the message of key %q, want the publisher", d.Origin.Key)
			}
		}
		if got := h.Clients()[0].Key; got != "the publisher" {
			t.Errorf("got the client of key %q, want the publisher", got)
		}
		other := connect("Key", "a")
		other.join("/ws")
		other.ack("/ws", `["e",1]`)
		if got := h.accepted(3)[2].Origin.Key; got != "a" {
			t.Errorf("got the message of key %q, want that of the request", got)
		}
	})
}

func TestAConnectionIsNotedOnce(t *testing.T) {
	byBoth(t, func(_ *testing.T, h *hub, connect func(header ...string) *socket) {
		s := connect("Scopes", "none")
		s.join("/a", `{"key":"viewer"}`)
		s.join("/b", `{"key":"publisher"}`)
		other := connect("Key", "a")
		other.join("/a")
		h.wantNoted("connected the viewer ", "connected a ")
	})
}

func TestWhoMayDoNothingIsNoted(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "none")
	s.send("40/ws,")
	s.wantRefusal("/ws", "unauthorized")
	h.wantNoted("refused  unauthorized")
	s.send(`40/ws,{"key":"wrong"}`)
	s.wantRefusal("/ws", "unauthorized")
	h.wantNoted() // the keys have noted it
}

// Somebody may be shown out after access has let him in, and before the door could
// find him.
func TestWhoIsNotWelcomeAnyMoreDoesNotSlipIn(t *testing.T) {
	h := newHub(t, func(o *sio.Options) {
		o.Welcome = func(c msg.Caller) error {
			if c.Key == "a" || c.Key == "the viewer" {
				return errRevoked
			}
			return nil
		}
	})
	p := &pollPeer{h: h, query: "/socket.io/?EIO=4&transport=polling"}
	if status, body := p.do(http.MethodGet, "", "Key", "a"); status != http.StatusUnauthorized || !strings.Contains(body, "the key was revoked") {
		t.Errorf("polling: got %d %s, want 401 and why", status, body)
	}
	h.wantNoted("refused a unknown_key")
	if _, resp, err := h.dial("", "Key", "a"); err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("websocket: got %v, want 401", resp)
	}
	h.wantNoted("refused a unknown_key")
	if taken, hosts := h.Seats(); taken != 0 || hosts != 0 {
		t.Errorf("got %d seats and %d hosts, want none", taken, hosts)
	}
	for _, connect := range []func(...string) *socket{h.webSocket, h.polling} {
		s := connect("Scopes", "none")
		s.send(`40/ws,{"key":"viewer"}`)
		s.wantRefusal("/ws", "unknown_key")
		h.wantNoted("refused the viewer unknown_key")
		if w, ok := s.peer.(*wsPeer); ok {
			if err := w.ended(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
				t.Errorf("got %v, want the close code 1008", err)
			}
		} else {
			s.want("1")
		}
	}
	testkit.Eventually(t, func() bool {
		ours, engines := h.Sessions()
		return ours == 0 && engines == 0 && h.Sockets() == 0
	}, "all to be forgotten")
}

// TestExpelMissesNobodyWhoComesInMeanwhile revokes a key while clients come in with
// it: each is either found, or told on its way.
func TestExpelMissesNobodyWhoComesInMeanwhile(t *testing.T) {
	for range 20 {
		var revoked atomic.Bool
		h := newHub(t, func(o *sio.Options) {
			o.Welcome = func(msg.Caller) error {
				if revoked.Load() {
					return errRevoked
				}
				return nil
			}
		})
		const clients = 4
		started, ended := make(chan struct{}, clients), make(chan struct{}, clients)
		for i := range clients {
			go func() {
				defer func() { ended <- struct{}{} }()
				var header []string
				if i%2 == 0 {
					header = []string{"Key", "the viewer"}
				}
				started <- struct{}{}
				p, _, err := h.dial("", header...)
				if err != nil {
					return // refused
				}
				_ = p.c.WriteMessage(websocket.TextMessage, []byte(`40/ws,{"key":"viewer"}`))
				for {
					if _, err := p.read(); err != nil {
						if !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
							t.Errorf("got %v, want the close code 1008", err)
						}
						return
					}
				}
			}()
		}
		<-started
		revoked.Store(true)
		h.Expel(with("the viewer"), errRevoked)
		for range clients {
			<-ended
		}
	}
}

func TestTooManyAttachmentsCloseTheConnectionAndNameTheSetting(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxAttachments, o.MaxFrame = 2, 1000 })
	for packet, limit := range map[string]string{
		`453-/ws,["e"]`: "max_attachments",
		`451-/ws,["e"]`: "max_frame",
	} {
		s := h.webSocket()
		s.join("/ws")
		w := s.peer.(*wsPeer)
		s.send(`452-/ws,["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
		w.sendBinary([]byte("1"))
		w.sendBinary([]byte("2"))
		s.send(packet)
		if limit == "max_frame" {
			w.sendBinary(make([]byte, 1001))
		}
		if err := w.ended(); !strings.Contains(err.Error(), "raise limits."+limit) {
			t.Errorf("%s: got %v, want the setting %s", packet, err, limit)
		}
		h.wantReached(limit)
	}
	for _, d := range h.accepted(2) {
		if len(d.Attachments) != 2 {
			t.Errorf("got %d attachments, want 2", len(d.Attachments))
		}
	}
}

func TestAnEventHas64AttachmentsAtMostWithoutASetting(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	s.send(`4564-/ws,9["e"]`)
	for range 64 {
		s.peer.(*wsPeer).sendBinary([]byte("x"))
	}
	if got := s.nextAck("/ws"); got["ok"] != true {
		t.Errorf("got %v, want ok", got)
	}
	s.send(`4565-/ws,["e"]`)
	if err := s.peer.(*wsPeer).ended(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
		t.Errorf("got %v, want the close code 1002", err)
	}
}

func TestFramesFragmentsAndBodiesOverTheLimitAreCounted(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxFrame, o.MaxFragments = 1000, 2 })
	long := `42/ws,["e","` + strings.Repeat("x", 1000) + `"]`
	s := h.webSocket()
	s.join("/ws")
	s.send(long)
	if err := s.peer.(*wsPeer).ended(); !strings.Contains(err.Error(), "raise limits.max_frame") {
		t.Errorf("got %v, want the setting", err)
	}
	h.wantReached("max_frame")
	s = h.webSocket()
	s.join("/ws")
	s.peer.(*wsPeer).c.NetConn().Write([]byte{0x01, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0})
	if err := s.peer.(*wsPeer).ended(); !strings.Contains(err.Error(), "raise limits.max_fragments") {
		t.Errorf("got %v, want the setting", err)
	}
	h.wantReached("max_fragments")
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	if status, body := p.post(long); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "raise limits.max_frame") {
		t.Errorf("got %d %s, want 413 and the setting", status, body)
	}
	h.wantReached("max_frame")
}

func TestCompressionIsOfferedInVain(t *testing.T) {
	h := newHub(t)
	_, _, resp := h.rawUpgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
	if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("got the extension %q, want none: inflating goes past the limits", got)
	}
	p, _, err := h.dial("")
	if err != nil {
		t.Fatal(err)
	}
	p.c.NetConn().Write([]byte{0xC1, 0x80, 0, 0, 0, 0}) // says that it is compressed
	if err := p.ended(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
		t.Errorf("got %v, want the close code 1002", err)
	}
}
