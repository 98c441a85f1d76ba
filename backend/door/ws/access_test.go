package ws_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

var errRevoked = fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key").WithHint("make a new one")

// with matches who is here by the key of that name.
func with(key string) func(msg.Caller) bool {
	return func(c msg.Caller) bool { return c.Key == key }
}

// wantsExpelled fails unless the client is told that its key was revoked, twice.
func (c *client) wantsExpelled() {
	c.t.Helper()
	if e := c.wantsError("unknown_key"); e.Message != errRevoked.Message || e.Hint != errRevoked.Hint {
		c.t.Errorf("got %+v, want the reason and the hint", e)
	}
	c.wantsClose(websocket.ClosePolicyViolation, "the key was revoked; make a new one")
}

// wantsHere fails unless the client is answered.
func (c *client) wantsHere() {
	c.t.Helper()
	c.send(`{"type":"dance"}`)
	c.wantsError("unknown_type")
}

func TestExpelClosesWhoCameInWithTheKeyAndNobodyElse(t *testing.T) {
	h, _ := viewing(t)
	h.key = "a"
	client, viewer := h.dial(t, "/websocket"), h.dial(t, "/feed")
	client.wantsHere()
	viewer.wants("hello")
	h.key = "b"
	other := h.dial(t, "/websocket")
	other.wantsHere()
	h.door.Expel(with("a"), errRevoked)
	client.wantsExpelled()
	viewer.wantsExpelled()
	other.wantsHere()
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 1 }, "the client to be forgotten")
}

func TestAKeyShownInsideTheConnectionCountsForExpel(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"viewer"}`)
	c.wants("authenticated")
	h.door.Expel(with("the viewer"), errRevoked)
	c.wantsExpelled()
}

func TestAKeyThatStillAllowsSomethingCountsAfterAnother(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes, h.key = msg.MayView, "first" })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"sensor"}`)
	c.wants("authenticated")
	h.door.Expel(with("first"), errRevoked) // by which it may view
	c.wantsExpelled()
}

func TestAKeyThatAllowsNothingBesidesAnotherDoesNotCount(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
	c := h.dial(t, "/websocket")
	for range 2 {
		c.send(`{"type":"auth","key":"viewer"}`)
		c.wants("authenticated")
	}
	h.door.Expel(with(""), errRevoked) // as which it came, and might nothing
	c.wantsHere()
}

func TestTheKeyIsToldOfMessagesAndClients(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.key = "first" })
	c := h.dial(t, "/websocket")
	publish := func(want string) {
		t.Helper()
		c.send(`{"type":"publish","id":1,"event":"e"}`)
		c.wants("ack")
		drafts := h.intake.taken()
		if got := drafts[len(drafts)-1].Origin.Key; got != want {
			t.Errorf("got the message of key %q, want %q", got, want)
		}
		if got := h.door.Clients()[0].Key; got != want {
			t.Errorf("got the client of key %q, want %q", got, want)
		}
	}
	publish("first")
	c.send(`{"type":"auth","key":"viewer"}`)
	c.wants("authenticated")
	publish("the viewer")
}

// wantNoted fails unless these were noted, given as kind, key and subject.
func (h *hub) wantNoted(t *testing.T, want ...string) {
	t.Helper()
	got := []string{}
	testkit.Eventually(t, func() bool {
		for _, act := range h.audit.noted() {
			if act.Door != msg.DoorWebSocket {
				t.Errorf("got %+v, want the door", act)
			}
			got = append(got, fmt.Sprintf("%s %s %s", act.Kind, act.By.Key, act.Subject))
		}
		return len(got) >= len(want)
	}, strings.Join(want, ", "))
	same(t, "audit", want, got)
}

func TestWhoComesInIsNotedOnce(t *testing.T) {
	h, _ := viewing(t)
	h.key = "a"
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"viewer"}`)
	c.wants("authenticated")
	h.wantNoted(t, "connected a ")
	h.dial(t, "/feed").wants("hello")
	h.wantNoted(t, "connected a viewer")
	h.scopes, h.key = 0, ""
	c = h.dial(t, "/websocket")
	for range 2 {
		c.send(`{"type":"auth","key":"viewer"}`)
		c.wants("authenticated")
	}
	h.wantNoted(t, "connected the viewer ")
}

func TestWhoIsTurnedAwayIsNoted(t *testing.T) {
	h, _ := viewing(t)
	h.scopes = 0
	c := h.dial(t, "/websocket")
	c.send(`{"type":"subscribe"}`)
	c.wantsError("unauthorized")
	h.wantNoted(t, "refused  unauthorized")
	c = h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"nothing"}`)
	c.wantsError("forbidden")
	h.wantNoted(t, "refused  forbidden")
	h.refused(t, "/feed")
	h.wantNoted(t, "refused  unauthorized")
}

func TestAViewerThatGetsNoFeedIsNotNotedAsConnected(t *testing.T) {
	h := newHub(t)
	h.dial(t, "/feed").wantsError("limit_exceeded")
	if got := h.audit.noted(); len(got) != 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

// Somebody may be shown out after access has let him in, and before the door could
// find him.
func TestWhoIsNotWelcomeAnyMoreDoesNotSlipIn(t *testing.T) {
	revoke := func(h *hub, o *ws.Options) {
		o.Welcome = func(c msg.Caller) error {
			if c.Key == "a" || c.Key == "the viewer" {
				return errRevoked
			}
			return nil
		}
	}
	v := newViewer()
	h := newHub(t, revoke, func(_ *hub, o *ws.Options) {
		o.OpenViewer = func(query.View) (ws.Viewer, error) { return v, nil }
	})
	h.key = "a"
	h.dial(t, "/websocket").wantsExpelled()
	h.wantNoted(t, "refused a unknown_key")
	h.dial(t, "/feed").wantsExpelled()
	h.wantNoted(t, "refused a unknown_key")
	h.scopes, h.key = 0, ""
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"viewer"}`)
	c.wantsExpelled()
	h.wantNoted(t, "refused the viewer unknown_key")
}

// TestExpelMissesNobodyWhoComesInMeanwhile revokes a key while clients come in with
// it: each is either found, or told on its way.
func TestExpelMissesNobodyWhoComesInMeanwhile(t *testing.T) {
	for range 20 {
		var revoked atomic.Bool
		h := newHub(t, func(h *hub, o *ws.Options) {
			h.key = "a"
			o.Welcome = func(msg.Caller) error {
				if revoked.Load() {
					return errRevoked
				}
				return nil
			}
		})
		closed := make(chan error)
		for range 4 {
			go func() {
				c, response, err := websocket.DefaultDialer.Dial(h.url+"/websocket", nil)
				for err == nil {
					_, _, err = c.ReadMessage()
				}
				if c != nil {
					response.Body.Close()
					c.Close()
				}
				closed <- err
			}()
		}
		revoked.Store(true)
		h.door.Expel(with("a"), errRevoked)
		for range 4 {
			if err := <-closed; !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
				t.Errorf("got %v, want the close code 1008", err)
			}
		}
	}
}

func TestWhatViewersAreInformedOfComesAfterTheHello(t *testing.T) {
	var h *hub
	frame := func(on bool) wire.FeedSharing { return wire.FeedSharing{Type: "sharing", Sharing: wire.Shared{On: on}} }
	h = newHub(t, func(_ *hub, o *ws.Options) {
		v := newViewer()
		o.OpenViewer = func(query.View) (ws.Viewer, error) { return v, nil }
		o.Hello = func() wire.FeedHello {
			h.door.Inform(frame(true))
			return wire.FeedHello{}
		}
	})
	c, client := h.dial(t, "/feed"), h.dial(t, "/websocket")
	c.wants("hello")
	same(t, "held", frame(true), decode[wire.FeedSharing](t, c.wants("sharing")))
	h.door.Inform(frame(false))
	same(t, "at once", frame(false), decode[wire.FeedSharing](t, c.wants("sharing")))
	client.wantsHere() // and was not told: it is no viewer
}

func TestSubscriptionsAreBounded(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(_ *hub, o *ws.Options) {
		o.MaxSubscriptions = 2
		o.Reached = func(limit string) { reached <- limit }
	})
	c := h.subscriber(t, `{"type":"subscribe","namespace":"/a"}`)
	subscribe := func(namespace string) { c.send(`{"type":"subscribe","namespace":"` + namespace + `"}`) }
	subscribe("/b")
	c.wants("subscribed")
	subscribe("/c")
	if e := c.wantsError("limit_exceeded"); !strings.Contains(e.Hint, "raise limits.max_subscriptions") {
		t.Errorf("got the hint %q, want the setting's name", e.Hint)
	}
	if got := <-reached; got != "max_subscriptions" {
		t.Errorf("got %q, want max_subscriptions", got)
	}
	subscribe("/b") // one it has may change
	c.wants("subscribed")
	c.send(`{"type":"unsubscribe","namespace":"/a"}`)
	subscribe("/c")
	c.wants("subscribed")
}

func TestFramesAndFragmentsOverTheLimitAreCounted(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(_ *hub, o *ws.Options) {
		o.MaxFrame, o.MaxFragments = 1000, 2
		o.Reached = func(limit string) { reached <- limit }
	})
	c := h.dial(t, "/websocket")
	c.send(strings.Repeat("x", 1001))
	c.wantsClose(websocket.CloseMessageTooBig, "raise limits.max_frame")
	c = h.dial(t, "/websocket")
	c.NetConn().Write([]byte{0x01, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0})
	c.wantsClose(websocket.CloseMessageTooBig, "raise limits.max_fragments")
	for _, want := range []string{"max_frame", "max_fragments"} {
		if got := <-reached; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCompressionIsOfferedInVain(t *testing.T) {
	h := newHub(t)
	dialer := websocket.Dialer{EnableCompression: true}
	for _, path := range []string{"/websocket", "/feed"} {
		c, response, err := dialer.Dial(h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		response.Body.Close()
		if got := response.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("%s: got the extension %q, want none: inflating goes past the limits", path, got)
		}
	}
	c := h.dial(t, "/websocket")
	c.NetConn().Write([]byte{0xC1, 0x80, 0, 0, 0, 0}) // says that it is compressed
	c.wantsClose(websocket.CloseProtocolError, "RSV1")
}

// dribble has the client send something again and again, until test is over and the
// connection closed.
func (c *client) dribble(send func() error, every time.Duration, test func()) {
	var dribbling sync.WaitGroup
	dribbling.Go(func() {
		for send() == nil {
			time.Sleep(every)
		}
	})
	test()
	c.Close()
	dribbling.Wait()
}

func TestAMessageThatIsNotCompleteAfter60SecondsClosesTheConnection(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, _ *ws.Door, c *client) {
		c.NetConn().Write([]byte{0x01, 0x80, 0, 0, 0, 0}) // a text that goes on
		more := func() error {
			_, err := c.NetConn().Write([]byte{0x8A, 0x80, 0, 0, 0, 0, 0x00, 0x81, 0, 0, 0, 0, 'x'}) // a pong before each byte
			return err
		}
		c.dribble(more, 10*time.Second, func() {
			after, err := c.readAll()
			var closed *websocket.CloseError
			if !errors.As(err, &closed) || closed.Code != websocket.ClosePolicyViolation || !strings.Contains(closed.Text, "took longer than 1m0s") {
				t.Errorf("got %v, want 1008 and why", err)
			}
			if after != 60*time.Second {
				t.Errorf("got closed after %v, want 60 s", after)
			}
		})
	})
}

func TestAHeadThatComesSlowlyClosesTheConnection(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, _ *ws.Door, c *client) {
		head := []byte{0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1} // the mask never comes
		next := func() error {
			_, err := c.NetConn().Write(head[:1])
			head = head[1:]
			return err
		}
		c.SetPingHandler(func(string) error { return nil })
		c.dribble(next, 20*time.Second, func() {
			if after, err := c.readAll(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) || after != 60*time.Second {
				t.Errorf("got %v after %v, want 1008 after 60 s", err, after)
			}
		})
	})
}
