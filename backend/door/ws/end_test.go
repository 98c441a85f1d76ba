package ws_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/ws"
	"emitscope/backend/internal/testkit"
)

func TestAKeyThatIsUnknownOrAllowsNothingEndsTheConnection(t *testing.T) {
	for key, code := range map[string]string{"wrong": "unauthorized", "nothing": "forbidden"} {
		t.Run(key, func(t *testing.T) {
			h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
			c := h.dial(t, "/websocket")
			c.send(`{"type":"auth","key":"` + key + `"}`)
			c.wantsError(code)
			c.wantsClose(websocket.ClosePolicyViolation, "key")
		})
	}
}

func TestABadFrameClosesWithItsCode(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   int
		data   string
		code   int
		reason string
	}{
		{"binary", websocket.BinaryMessage, "x", websocket.CloseUnsupportedData, "text"},
		{"not UTF-8", websocket.TextMessage, "\"\xff\"", websocket.CloseInvalidFramePayloadData, "UTF-8"},
		{"too large", websocket.TextMessage, strings.Repeat("x", 1001), websocket.CloseMessageTooBig, "1000 bytes"},
		{"far too large", websocket.TextMessage, strings.Repeat("x", 3<<20), websocket.CloseMessageTooBig, "1000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, func(_ *hub, o *ws.Options) { o.MaxFrame = 1000 })
			client := h.dial(t, "/websocket")
			if err := client.WriteMessage(c.kind, []byte(c.data)); err != nil {
				t.Fatal(err)
			}
			client.wantsClose(c.code, c.reason)
		})
	}
}

func TestAProtocolErrorClosesWith1002(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	c.NetConn().Write([]byte{0x83, 0x80, 0, 0, 0, 0}) // an opcode nobody knows
	c.wantsClose(websocket.CloseProtocolError, "opcode")
}

func TestBeforeItsKeyAClientMaySendLittle(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"` + strings.Repeat("x", 5000) + `"}`)
	c.wantsClose(websocket.CloseMessageTooBig, "4096")
}

func TestAClientThatClosesIsAnsweredAndForgotten(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "bye"), time.Now().Add(patience))
	c.wantsClose(4001, "")
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 0 }, "the client to be forgotten")
	if n := h.send(tick(1, "1")); n != 0 {
		t.Errorf("got %d sockets, want 0", n)
	}
}

func TestDisconnectClosesOneClient(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	if h.door.Disconnect("nobody") {
		t.Error("got a client that is not there disconnected")
	}
	if !h.door.Disconnect(h.door.Clients()[0].ID) {
		t.Error("got no client disconnected")
	}
	c.wantsClose(websocket.ClosePolicyViolation, "disconnected")
}

func TestStopSaysGoodbyeAfterWhatWaitsAndRefusesNewClients(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	h.send(tick(1, "1"))
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.door.Stop(t.Context())
	}()
	c.wants("event")
	c.wants("stopping")
	c.wantsClose(websocket.CloseGoingAway, "stopping")
	<-stopped
	if got := h.refused(t, "/websocket"); got != http.StatusServiceUnavailable {
		t.Errorf("got status %d, want 503", got)
	}
}

func TestAfterAnnounceClientsAreToldOnceAndStillGetMessages(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	h.door.Announce()
	h.door.Announce()
	c.wants("stopping")
	if got := h.refused(t, "/websocket"); got != http.StatusServiceUnavailable {
		t.Errorf("a new client: got status %d, want 503", got)
	}
	h.send(tick(1, "1"))
	c.wants("event")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.door.Stop(t.Context())
	}()
	c.wantsClose(websocket.CloseGoingAway, "stopping")
	<-stopped
}

func TestStopCutsOffWhoDoesNotReadWhenItsTimeIsOver(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	stall(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.door.Stop(ctx) // returns, and NoLeaks finds no goroutine
	if n := len(h.door.Clients()); n != 0 {
		t.Errorf("got %d clients after Stop, want 0", n)
	}
	c.Close()
}

// stall sends messages that nobody reads until they wait in the hub.
func stall(t *testing.T, h *hub) {
	t.Helper()
	payload := `"` + strings.Repeat("x", 100<<10) + `"`
	for seq := uint64(1); seq < 1000; seq++ {
		h.send(tick(seq, payload))
		if lag := h.door.Clients()[0].Lag; lag.Frames > 10 {
			return
		}
	}
	t.Fatal("1000 frames of 100 KiB did not make the client lag")
}
