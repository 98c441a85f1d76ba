package sio_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"emitscope/backend/door/sio"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestAnEventBecomesADraft(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		id := s.join("/ws")
		s.send(`42/ws,["none"]`)
		s.send(`42/ws,["one",{"big":12345678901234567890,"tag":"<b>"}]`)
		s.send(`42/ws,["list",[1,2]]`)
		s.send(`42/ws,["two",1, "x"]`)
		from := msg.Origin{Door: msg.DoorSocketIO, Client: id, Address: "127.0.0.1"}
		want := []msg.Draft{
			{Event: "none", Payload: []byte(`[]`), Spread: true},
			{Event: "one", Payload: []byte(`{"big":12345678901234567890,"tag":"<b>"}`)},
			{Event: "list", Payload: []byte(`[1,2]`)},
			{Event: "two", Payload: []byte(`[1,"x"]`), Spread: true},
		}
		for i := range want {
			want[i].Namespace, want[i].Said, want[i].Origin = "/ws", true, from
		}
		if diff := cmp.Diff(want, h.accepted(4), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

func TestAttachmentsComeWithTheirEvent(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		s.join("/ws")
		const event = `452-/ws,9["e",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`
		if ws, ok := s.peer.(*wsPeer); ok {
			ws.send(event)
			ws.sendBinary([]byte("zero"))
			ws.sendBinary([]byte("one"))
		} else {
			s.send(event + "\x1ebemVybw==\x1ebb25l")
		}
		if got := s.nextAck("/ws"); got["ok"] != true {
			t.Fatalf("got the ack %v, want ok", got)
		}
		got := h.accepted(1)[0]
		if diff := cmp.Diff([][]byte{[]byte("zero"), []byte("one")}, got.Attachments); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if want := `[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`; string(got.Payload) != want {
			t.Errorf("got the payload %s, want %s", got.Payload, want)
		}
	})
}

func TestAnAckSaysWhatBecameOfTheEvent(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	if diff := cmp.Diff(map[string]any{"ok": true, "seq": 1.0}, s.ack("/ws", `["e",1]`)); diff != "" {
		t.Errorf("taken: -want +got\n%s", diff)
	}
	h.set(func() { h.refuse = fault.Newf(fault.Full, "the lane is <full>").WithHint("wait") })
	want := map[string]any{"ok": false, "code": "queue_full", "message": "the lane is <full>", "hint": "wait"}
	if diff := cmp.Diff(want, s.ack("/ws", `["e",1]`)); diff != "" {
		t.Errorf("refused: -want +got\n%s", diff)
	}
	h.set(func() { h.refuse = fmt.Errorf("write to /secret/path: disk full") })
	if got := s.ack("/ws", `["e",1]`); got["code"] != "internal" || strings.Contains(fmt.Sprint(got), "secret") {
		t.Errorf("our mistake: got %v, want internal and no details", got)
	}
}

// What msg calls a request, which no rule may hear, is what this door does something for.
func TestEveryRequestIsOneThatTheHubKnows(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	for _, request := range msg.Requests() {
		if got := s.ack("/ws", fmt.Sprintf(`[%q,1,2]`, request)); got["ok"] != false || got["code"] == "internal" {
			t.Errorf("%s: got %v, want what is wrong with its arguments", request, got)
		}
	}
	s.ack("/ws", `["e",1]`)
	if got := h.accepted(1); got[0].Event != "e" {
		t.Errorf("got the message %s, want only what is no request", got[0].Event)
	}
}

func TestACallbackIsAnsweredByAMessageWhereIntakeSaysSo(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		h.set(func() { h.answered = true })
		s := connect()
		id := s.join("/ws")
		s.send(`42/ws,12345678901234567890["e",1]`[:22] + `["e",1]`)
		said := h.accepted(1)[0]
		if said.Callback == nil || *said.Callback != 1234567890123456 {
			t.Fatalf("got the callback %v, want 1234567890123456", said.Callback)
		}
		answer := message(2, "/ws", "e", `{"<ok>":[1]}`)
		answer.To, answer.Callback = id, said.Callback
		if got := h.emit(answer); got != 1 {
			t.Errorf("got %d sockets, want 1", got)
		}
		s.want(`43/ws,1234567890123456[{"<ok>":[1]}]`) // and nothing before it
		answer.To = "nobody"
		if got := h.emit(answer); got != 0 {
			t.Errorf("a client that has left: got %d sockets, want 0", got)
		}
	})
}

func TestRulesDoNotAnswerWhoMayNotView(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "publish")
	s.join("/ws")
	if got := s.ack("/ws", `["e",1]`); got["ok"] != true || h.accepted(1)[0].Callback != nil {
		t.Errorf("got %v and the callback %v, want ok and none", got, h.accepted(1)[0].Callback)
	}
}

func TestAPayloadThatIntakeRefusesGetsAnErrorAndTheConnectionStays(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	for _, event := range []string{
		`["e",tru]`, `["e",{"a":1,}]`,
		`["e",` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `]`,
	} {
		if got := s.ack("/ws", event); got["ok"] != false || got["code"] != "invalid_json" && got["code"] != "too_deep" {
			t.Errorf("%.20s: got %v, want an error", event, got)
		}
	}
	if got := s.ack("/ws", `["e",1]`); got["ok"] != true {
		t.Errorf("got %v, want ok", got)
	}
}

func TestEventsReachIntakeInTheOrderTheyWereSent(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		const n = 5000
		s := connect()
		s.join("/ws")
		if p, ok := s.peer.(*pollPeer); ok {
			events := make([]string, n)
			for i := range n {
				events[i] = fmt.Sprintf(`42/ws,["e",%d]`, i)
			}
			p.send(strings.Join(events, "\x1e"))
		} else {
			for i := range n {
				s.send(fmt.Sprintf(`42/ws,["e",%d]`, i))
			}
		}
		for i, d := range h.accepted(n) {
			if string(d.Payload) != fmt.Sprint(i) {
				t.Fatalf("place %d: got event %s", i, d.Payload)
			}
		}
	})
}

func TestAClientThatSendsFasterThanIntakeTakesIsHeldUp(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxFrame = 10_000 })
	h.block = make(chan struct{})
	defer close(h.block)
	s := h.webSocket()
	s.join("/ws")
	ws := s.peer.(*wsPeer)
	event := []byte(`42/ws,["e","` + strings.Repeat("x", 9000) + `"]`)
	_ = ws.c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	sent := 0
	for ; sent < 64<<20; sent += len(event) {
		if ws.c.WriteMessage(1, event) != nil {
			return // the network's buffers are full, and ours is not
		}
	}
	t.Errorf("the door read %d bytes while intake took nothing", sent)
}

func TestPublishHandsInAMessage(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	id := s.join("/ws")
	for _, event := range []string{
		`["publish",{"event":"tick","data":{"p":1.50}}]`,
		`["publish",{"on":"tick","namespace":"/other","rooms":["a"],"source_time":"2026-01-02T15:04:05Z"}]`,
	} {
		if got := s.ack("/ws", event); got["ok"] != true {
			t.Fatalf("%s: got %v, want ok", event, got)
		}
	}
	s.send(`451-/ws,9["publish",{"event":"pic","data":{"_placeholder":true,"num":0}}]`)
	s.peer.(*wsPeer).sendBinary([]byte("img"))
	s.nextAck("/ws")
	from := msg.Origin{Door: msg.DoorSocketIO, Client: id, Address: "127.0.0.1"}
	want := []msg.Draft{
		{Namespace: "/ws", Event: "tick", Payload: []byte(`{"p":1.50}`), Origin: from},
		{Namespace: "/other", Event: "tick", Payload: []byte(`null`), Rooms: []string{"a"}, Source: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC), Origin: from},
		{Namespace: "/ws", Event: "pic", Payload: []byte(`{"_placeholder":true,"num":0}`), Attachments: [][]byte{[]byte("img")}, Origin: from},
	}
	if diff := cmp.Diff(want, h.accepted(3)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestReservedEventsSayWhatIsWrong(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	for event, want := range map[string]string{
		`["publish"]`:                          "invalid_type",
		`["publish","x"]`:                      "invalid_type",
		`["publish",{"event":"e"},1]`:          "invalid_type",
		`["publish",{"event":"e","evnt":1}]`:   "unknown_field",
		`["publish",{"event":"e","on":"f"}]`:   "invalid_event",
		`["publish",{"event":"e","data":tru}]`: "invalid_json",
		`["join"]`:                             "invalid_room",
		`["join",""]`:                          "invalid_room",
		`["join",5]`:                           "invalid_type",
		`["join",["a",5]]`:                     "invalid_type",
		`["join",["a","\u0000"]]`:              "invalid_room",
		`["leave",[]]`:                         "invalid_room",
		`["last",{"n":0}]`:                     "invalid_last",
		`["last",{"n":101}]`:                   "invalid_last",
		`["last",{"n":"5"}]`:                   "invalid_type",
		`["last",{"room":"x"}]`:                "unknown_field",
		`["last",1,2]`:                         "invalid_type",
	} {
		if got := s.ack("/ws", event); got["ok"] != false || got["code"] != want || got["message"] == nil {
			t.Errorf("%s: got %v, want %s and a sentence", event, got, want)
		}
	}
	if got := h.accepted(0); len(got) != 0 {
		t.Errorf("got %v in intake, want nothing", got)
	}
}

func TestWhatAClientMayNotDoIsForbidden(t *testing.T) {
	h := newHub(t)
	viewer, publisher := h.webSocket("Scopes", "view"), h.webSocket("Scopes", "publish")
	viewer.join("/ws")
	publisher.join("/ws")
	for _, event := range []string{`["e",1]`, `["publish",{"event":"e"}]`} {
		if got := viewer.ack("/ws", event); got["code"] != "forbidden" {
			t.Errorf("a viewer sends %s: got %v, want forbidden", event, got)
		}
	}
	if got := publisher.ack("/ws", `["last",{"n":5}]`); got["code"] != "forbidden" {
		t.Errorf("a publisher asks for the last: got %v, want forbidden", got)
	}
}

func TestRoomsAreBounded(t *testing.T) {
	const most = 20
	h := newHub(t, func(o *sio.Options) { o.MaxRooms = most })
	s := h.webSocket()
	s.join("/ws")
	for i := range most {
		if got := s.ack("/ws", fmt.Sprintf(`["join","r%d"]`, i)); got["ok"] != true {
			t.Fatalf("room %d: got %v, want ok", i, got)
		}
	}
	if got := s.ack("/ws", `["join","more"]`); got["code"] != "limit_exceeded" || !strings.Contains(fmt.Sprint(got["hint"]), "raise limits.max_rooms") {
		t.Errorf("got %v, want limit_exceeded and the setting", got)
	}
	h.wantReached("max_rooms")
	if got := s.ack("/ws", `["join",["r1","r2"]]`); got["ok"] != true {
		t.Errorf("rooms it is in: got %v, want ok", got)
	}
	s.ack("/ws", `["leave","r1"]`)
	if got := s.ack("/ws", `["join","more"]`); got["ok"] != true {
		t.Errorf("after leaving one: got %v, want ok", got)
	}
}

func TestAnInvalidPacketClosesTheConnectionWithTheReason(t *testing.T) {
	for _, packet := range []string{
		`42/ws,["e",1]garbage`, `42/ws,["e",[1}]`, `42/ws,["disconnect"]`, `42/ws,{}`, `499`, `451-/ws,["e",{"_placeholder":true,"num":7}]`,
	} {
		t.Run(packet, func(t *testing.T) {
			var log logged
			h := newHub(t, func(o *sio.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			s := h.webSocket()
			s.join("/ws")
			s.send(packet)
			if err := s.peer.(*wsPeer).ended(); !strings.Contains(err.Error(), "1002") {
				t.Errorf("got %v, want the close code 1002 and the reason", err)
			}
			testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 }, "the client to be gone")
			if !log.has("Invalid packet, connection closed") {
				t.Error("the log does not say why the connection was closed")
			}
		})
	}
}

func TestAnInvalidPacketByPollingIsABadRequest(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	if status, body := p.post(`42/ws,["e",1]garbage`); status != 400 {
		t.Errorf("got %d %s, want 400", status, body)
	}
	if status, body := p.poll(); status != 400 {
		t.Errorf("the poll after it: got %d %s, want 400, for the session is closed", status, body)
	}
}

func TestLastIsSentAgainOnRequest(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws")
	s.ack("/ws", `["join","r"]`)
	h.set(func() {
		h.past = []*msg.Record{{Message: message(1, "/ws", "tick", "1")}, {Message: message(2, "/ws", "tick", "2")}}
	})
	s.send(`42/ws,9["last",{"event":"tick","n":100}]`)
	s.want(`42/ws,["tick",1]`)
	s.want(`42/ws,["tick",2]`)
	if got := s.nextAck("/ws"); got["ok"] != true {
		t.Errorf("got %v, want ok after the messages", got)
	}
	var asked []any
	h.set(func() { asked = h.asked })
	if diff := cmp.Diff([]any{"/ws", []string{"tick"}, []string{"r"}, msg.MaxLast}, asked); diff != "" {
		t.Errorf("asked for: -want +got\n%s", diff)
	}
	s.send(`42/ws,["last"]`)
	s.want(`42/ws,["tick",2]`)
}
