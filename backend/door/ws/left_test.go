package ws_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/ws"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestWhyAClientHasLeftIsToldAtItsEnd(t *testing.T) {
	revoked := fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key")
	for name, c := range map[string]struct {
		leave  func(h *hub, c *client)
		why    msg.Why
		detail string
	}{
		"it says goodbye": {func(_ *hub, c *client) {
			_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""))
		}, msg.WhyClosed, ""},
		"it is gone": {func(_ *hub, c *client) { c.Close() }, msg.WhyLost, ""},
		"it is reset": {func(_ *hub, c *client) {
			_ = c.NetConn().(*net.TCPConn).SetLinger(0)
			c.Close()
		}, msg.WhyLost, ""},
		"a person disconnects it": {func(h *hub, _ *client) { h.door.Disconnect(h.door.Clients()[0].ID) }, msg.WhyDisconnected, ""},
		"its key is revoked":      {func(h *hub, _ *client) { h.door.Expel(func(msg.Caller) bool { return true }, revoked) }, msg.WhyExpelled, "the key was revoked"},
		"the hub stops":           {func(h *hub, _ *client) { h.door.Stop(context.Background()) }, msg.WhyStopping, ""},
		"it sends binary frames":  {func(_ *hub, c *client) { _ = c.WriteMessage(2, []byte("x")) }, msg.WhyRefused, "only text frames are read here"},
		"it floods its outbox": {func(h *hub, _ *client) {
			h.door.SetSlowPolicy(h.door.Clients()[0].ID, msg.SlowDisconnect)
			for h.send(tick(1, `"`+strings.Repeat("x", 64<<10)+`"`)) > 0 {
			}
		}, msg.WhySlow, ""},
	} {
		t.Run(name, func(t *testing.T) {
			left := make(chan msg.Departure, 1)
			h := newHub(t, func(_ *hub, o *ws.Options) {
				o.Left = func(d msg.Departure) { left <- d }
				o.Outbox = outbox.Options{MaxFrames: 64}
			})
			peer := h.subscriber(t, `{"type":"subscribe","namespace":"/ws"}`)
			c.leave(h, peer)
			d := <-left
			if d.Why != c.why || d.Detail != c.detail {
				t.Errorf("got %s %q, want %s %q", d.Why, d.Detail, c.why, c.detail)
			}
			if d.Client.Address != peer.LocalAddr().String() || len(d.Client.Namespaces) != 1 || time.Since(d.At) > patience {
				t.Errorf("got %+v at %v, want the client as it was", d.Client, d.At)
			}
		})
	}
}

func TestWhoNeverCameInDoesNotLeave(t *testing.T) {
	h := newHub(t, func(h *hub, o *ws.Options) {
		h.scopes = 0
		o.Left = func(d msg.Departure) { t.Errorf("got %+v told, want nobody", d) }
	})
	c := h.dial(t, "/websocket")
	c.send(`{"type":"subscribe","namespace":"/ws"}`)
	_, _ = c.readAll()
	h.door.Stop(t.Context())
}

func TestANativeClientHasARoundTrip(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		answer := c.PingHandler()
		c.SetPingHandler(func(payload string) error {
			time.Sleep(30 * time.Millisecond)
			return answer(payload)
		})
		go c.readAll()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := door.Clients()[0].RoundTrip; got != 0 {
			t.Errorf("before the first ping: got %v, want 0", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got, want := door.Clients()[0].RoundTrip, 30*time.Millisecond; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
