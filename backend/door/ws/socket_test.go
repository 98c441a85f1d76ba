package ws_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestASubscriberGetsTheEventsOfItsNamespace(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe","namespace":"/ws/rt_market"}`)
	emitted := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	h.sendAt(tick(1, "0"), emitted)
	sockets := h.sendAt(&msg.Message{Seq: 2, Namespace: "/ws/rt_market", Event: "tick", Payload: []byte(`{"p":1.50}`)}, emitted)
	if sockets != 1 {
		t.Errorf("got %d sockets, want 1", sockets)
	}
	same(t, "event", wire.SocketEvent{
		Type: "event", Seq: 2, Namespace: "/ws/rt_market", Event: "tick", Data: json.RawMessage(`{"p":1.50}`),
		EmittedTime: "2026-01-02T03:04:05.000000006Z",
	}, c.wantsEvent())
}

func TestFramesOfEveryLengthArrive(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	for _, n := range []int{0, 10, 40, 100, 200, 65000, 66000, 1 << 20} {
		payload := `"` + strings.Repeat("x", n) + `"`
		h.send(tick(1, payload))
		if got := c.wantsEvent(); string(got.Data) != payload {
			t.Errorf("payload of %d bytes: got %d bytes", len(payload), len(got.Data))
		}
	}
}

func TestSubscribeWithoutANamespaceMeansTheDefault(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	c.send(`{"type":"subscribe"}`)
	same(t, "answer", wire.SocketSubscribed{Type: "subscribed", Namespace: "/ws"}, decode[wire.SocketSubscribed](t, c.read()))
}

func TestASecondSubscribeReplacesTheFirst(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe","events":["tick"]}`)
	c.send(`{"type":"subscribe","events":["tock","tock"],"rooms":["a","a"]}`)
	c.wants("subscribed")
	if n := h.send(tick(1, "1")); n != 0 {
		t.Errorf("tick went to %d sockets, want 0", n)
	}
	h.send(&msg.Message{Seq: 2, Namespace: "/ws", Event: "tock", Payload: []byte("2")})
	h.send(&msg.Message{Seq: 3, Namespace: "/ws", Event: "tock", Payload: []byte("2"), Rooms: []string{"a"}})
	for want := uint64(2); want <= 3; want++ {
		if got := c.wantsEvent().Seq; got != want {
			t.Errorf("got seq %d, want %d, once", got, want)
		}
	}
}

func TestUnsubscribeEndsASubscription(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	c.send(`{"type":"unsubscribe"}`)
	c.send(`{"type":"unsubscribe"}`)
	c.wantsError("not_found") // the second one; so the first one is done
	if n := h.send(tick(1, "1")); n != 0 {
		t.Errorf("got %d sockets, want 0", n)
	}
}

func TestTheLastMessagesComeFirst(t *testing.T) {
	h := newHub(t, func(_ *hub, o *ws.Options) {
		o.Recent = past{{Message: tick(1, "1")}, {Message: tick(2, "2")}, {Message: tick(3, "3")}}
	})
	c := h.subscriber(t, `{"type":"subscribe","last":2}`)
	h.send(tick(4, "4"))
	for want := uint64(2); want <= 4; want++ {
		if got := c.wantsEvent().Seq; got != want {
			t.Errorf("got seq %d, want %d", got, want)
		}
	}
}

func TestAPublishWithAnIDIsAcknowledged(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	c.send(`{"type":"publish","id":7,"namespace":"/a","event":"tick","data":{"x": 1},"rooms":["r"],"source_time":1700000000000000005}`)
	same(t, "ack", wire.SocketAck{Type: "ack", ID: 7, Seq: 101}, decode[wire.SocketAck](t, c.read()))
	clients := h.door.Clients()
	host, _, _ := net.SplitHostPort(c.LocalAddr().String())
	same(t, "drafts", []msg.Draft{{
		Namespace: "/a", Event: "tick", Payload: []byte(`{"x": 1}`), Rooms: []string{"r"}, Source: time.Unix(1_700_000_000, 5).UTC(),
		Origin: msg.Origin{Door: msg.DoorWebSocket, Client: clients[0].ID, Address: host},
	}}, h.intake.taken())
}

func TestAPublishWithoutAnIDIsNotAcknowledged(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	c.send(`{"type":"publish","event":"tick","data":1}`)
	c.send(`{"type":"publish","event":"tick","data":2,"id":-1}`)
	same(t, "first answer", wire.SocketAck{Type: "ack", ID: -1, Seq: 102}, decode[wire.SocketAck](t, c.read()))
}

func TestAFullLaneIsToldWithTheIDOfThePublish(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.intake.refuse = fault.Newf(fault.Full, "the lane is full") })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"publish","id":7,"event":"tick"}`)
	if e := c.wantsError("queue_full"); e.ID == nil || *e.ID != 7 {
		t.Errorf("got id %v, want 7", e.ID)
	}
	c.send(`{"type":"publish","event":"tick"}`)
	if e := c.wantsError("queue_full"); e.ID != nil {
		t.Errorf("got id %v, want none", *e.ID)
	}
}

func TestAMistakeIsToldAndTheConnectionStays(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	for in, code := range map[string]string{
		`{"type":"subscribe","evnts":["tick"]}`:             "unknown_field",
		`{"type":"subscribe","event":"tick"}`:               "unknown_field",
		`{"type":"publish","event":"e","last":1}`:           "unknown_field",
		`{"type":"publish","event":"e","on":"e"}`:           "invalid_event",
		`{"type":"publish","event":"e","source_time":"x"}`:  "invalid_source_time",
		`{"type":"dance"}`:                                  "unknown_type",
		`{}`:                                                "unknown_type",
		`{"type":"subscribe"`:                               "invalid_json",
		`[]`:                                                "invalid_type",
		`{"type":"subscribe","namespace":"x"}`:              "invalid_namespace",
		`{"type":"subscribe","events":[""]}`:                "invalid_event",
		`{"type":"subscribe","rooms":[""]}`:                 "invalid_room",
		`{"type":"subscribe","last":-1}`:                    "invalid_last",
		`{"type":"subscribe","last":101}`:                   "invalid_last",
		`{"type":"unsubscribe","namespace":"/none"}`:        "not_found",
		`{"type":"subscribe","events":["connect"]}`:         "invalid_event",
		`{"type":"subscribe","events":[` + names(65) + `]}`: "invalid_event",
	} {
		c.send(in)
		if e := decode[wire.SocketError](t, c.wants("error")); e.Code != code {
			t.Errorf("%.60s: got %+v, want code %s", in, e, code)
		}
	}
	c.send(`{"type":"subscribe"}`)
	c.wants("subscribed")
}

func TestAMistakeIsToldWithTheIDOfItsFrameOrWithNone(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	for in, want := range map[string]string{
		`{"type":"publish","id":7,"event":5}`:   `"id":7`,
		`{"type":"publish","event":5,"id":7}`:   `"id":7`,
		`{"type":"publish","x":5,"id":7}`:       `"id":7`,
		`{"type":"publish","id":"7","event":5}`: ``,
		`{"type":"publish","id":7.5}`:           ``,
		`{"type":"publish","id":null,"x":1}`:    ``,
		`{"type":"publish","x":1}`:              ``,
		`{"id":7`:                               ``,
	} {
		c.send(in)
		got := string(c.wants("error"))
		if strings.Contains(got, `"id"`) != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q in it, or no id", in, got, want)
		}
	}
}

// names lists n different names in JSON.
func names(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"e%d"`, i)
	}
	return strings.Join(list, ",")
}

func TestAClientHasAtMost256Subscriptions(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	for i := range 256 {
		c.send(fmt.Sprintf(`{"type":"subscribe","namespace":"/%d"}`, i))
		c.wants("subscribed")
	}
	c.send(`{"type":"subscribe","namespace":"/more"}`)
	c.wantsError("limit_exceeded")
	c.send(`{"type":"subscribe","namespace":"/0"}`) // replaces
	c.wants("subscribed")
}

func TestWithoutScopesTheFirstFrameMustBeAuth(t *testing.T) {
	for name, first := range map[string]string{
		"subscribe": `{"type":"subscribe"}`, "not JSON": `x`, "unknown": `{"type":"dance"}`, "mixed": `{"type":"auth","key":"viewer","last":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
			c := h.dial(t, "/websocket")
			c.send(first)
			c.wantsError("unauthorized")
			c.wantsClose(websocket.ClosePolicyViolation, "auth")
		})
	}
}

func TestAnAuthFrameGivesTheKeysScopes(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = 0 })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"auth","key":"viewer"}`)
	same(t, "answer", wire.SocketAuthenticated{Type: "authenticated", Scopes: "view"}, decode[wire.SocketAuthenticated](t, c.read()))
	c.send(`{"type":"subscribe"}`)
	c.wants("subscribed")
	c.send(`{"type":"publish","event":"tick"}`)
	c.wantsError("forbidden")
	c.send(`{"type":"auth","key":"sensor"}`) // both keys count
	same(t, "answer", wire.SocketAuthenticated{Type: "authenticated", Scopes: "view publish"}, decode[wire.SocketAuthenticated](t, c.read()))
	c.send(`{"type":"publish","event":"tick","id":1}`)
	c.wants("ack")
	c.send(`{"type":"subscribe"}`)
	c.wants("subscribed")
}

func TestSubscribingNeedsTheScopeView(t *testing.T) {
	h := newHub(t, func(h *hub, _ *ws.Options) { h.scopes = msg.MayPublish })
	c := h.dial(t, "/websocket")
	c.send(`{"type":"subscribe"}`)
	c.wantsError("forbidden")
}

func TestAFrameInPiecesIsOneFrame(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket")
	raw := c.NetConn()
	raw.Write(append([]byte{0x01, 0x80 | 7, 0, 0, 0, 0}, `{"type"`...))
	raw.Write([]byte{0x89, 0x80, 0, 0, 0, 0}) // a ping between
	raw.Write(append([]byte{0x80, 0x80 | 13, 0, 0, 0, 0}, `:"subscribe"}`...))
	c.wants("subscribed")
}

func TestClientsSaysWhoIsConnected(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/websocket?name=dash-04%20")
	c.send(`{"type":"subscribe","namespace":"/b","rooms":["y","x"]}`)
	c.wants("subscribed")
	c.send(`{"type":"subscribe","namespace":"/a","rooms":["x"]}`)
	c.wants("subscribed")
	h.send(&msg.Message{Seq: 1, Namespace: "/a", Event: "e", Payload: []byte("1")})
	c.wants("event")
	var got msg.Client
	testkit.Eventually(t, func() bool {
		got = h.door.Clients()[0]
		return len(got.Namespaces) == 2 && got.Lag.Frames == 0
	}, "both subscriptions to be listed and the event to be written")
	if got.ID == "" || time.Since(got.Since) > patience {
		t.Errorf("got id %q since %v", got.ID, got.Since)
	}
	same(t, "client", msg.Client{
		ID: got.ID, Since: got.Since, Door: msg.DoorWebSocket, Transport: "websocket", Address: c.LocalAddr().String(),
		Name: "dash-04", Agent: "Go", Slow: msg.SlowDropOldest, Lag: msg.Lag{MaxFrames: outbox.DefaultMaxFrames, MaxBytes: outbox.DefaultMaxBytes},
		Namespaces: []string{"/a", "/b"}, Rooms: []string{"x", "y"}, Sent: 1,
	}, got)
}

func TestARequestThatIsNoHandshakeIsToldSo(t *testing.T) {
	h := newHub(t)
	response, err := http.Get("http" + strings.TrimPrefix(h.url, "ws") + "/websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	var e wire.Error
	if err := json.NewDecoder(response.Body).Decode(&e); err != nil || response.StatusCode != http.StatusBadRequest || e.Code != "websocket_expected" {
		t.Errorf("got %d %+v, %v, want 400 websocket_expected", response.StatusCode, e, err)
	}
}
