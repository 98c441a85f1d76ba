package sio_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestAMessageReachesItsNamespaceByteForByte(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s, other := connect(), connect()
		s.join("/ws")
		other.join("/other")
		payload := `{"big":12345678901234567890,"tag":"<b>&\u00e9\/"}`
		if got := h.emit(message(1, "/ws", "e", payload)); got != 1 {
			t.Errorf("got %d sockets, want 1", got)
		}
		s.want(`42/ws,["e",` + payload + `]`)
		spread := message(2, "/ws", "e", `[1,[2],"x"]`)
		spread.Spread = true
		h.emit(spread)
		s.want(`42/ws,["e",1,[2],"x"]`)
		none := message(3, "/ws", "e", `[]`)
		none.Spread = true
		h.emit(none)
		s.want(`42/ws,["e"]`)
		h.emit(message(4, "/other", "e", `[]`))
		other.want(`42/other,["e",[]]`)
	})
}

func TestAttachmentsAreSentAsBinary(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		s.join("/")
		m := message(1, "/", "e", `{"a":{"_placeholder":true,"num":0},"b":{"num":1,"_placeholder":true}}`)
		m.Attachments = [][]byte{[]byte("zero"), {0, 255}}
		h.emit(m)
		s.want(`452-["e",` + string(m.Payload) + `]`)
		if _, ok := s.peer.(*wsPeer); ok {
			s.want("bzero")
			s.want("b\x00\xff")
		} else {
			s.want("bemVybw==")
			s.want("bAP8=")
		}
	})
}

func TestSendPicksTheSockets(t *testing.T) {
	h := newHub(t)
	names := []string{"a", "b", "c", "d"}
	sockets, ids := map[string]*socket{}, map[string]string{}
	for _, name := range names {
		header := "view"
		if name == "d" {
			header = "publish" // which gets nothing, whatever it asks for
		}
		sockets[name] = h.webSocket("Scopes", header)
		ids[name] = sockets[name].join("/ws")
	}
	sockets["a"].ack("/ws", `["join","r","s"]`)
	sockets["b"].ack("/ws", `["join",["s","t"]]`)
	sockets["c"].ack("/ws", `["join","t"]`)
	sockets["c"].ack("/ws", `["leave","t"]`)
	sockets["d"].ack("/ws", `["join",["r","s"]]`)
	sockets["c"].ack("/ws", fmt.Sprintf(`["join",%q]`, ids["a"])) // a room that is named like a socket
	for i, c := range []struct {
		m    msg.Message
		want string
	}{
		{msg.Message{}, "a b c"},
		{msg.Message{Except: ids["b"]}, "a c"},
		{msg.Message{Rooms: []string{"r"}}, "a"},
		{msg.Message{Rooms: []string{"r", "s", "t"}}, "a b"},
		{msg.Message{Rooms: []string{"s"}, Except: ids["a"]}, "b"},
		{msg.Message{Rooms: []string{"nobody"}}, ""},
		{msg.Message{To: ids["a"]}, "a"},
		{msg.Message{To: ids["a"], Rooms: []string{"t"}}, "a"},
		{msg.Message{To: ids["d"]}, ""},
		{msg.Message{To: "unknown"}, ""},
	} {
		m := c.m
		m.Namespace, m.Event, m.Payload = "/ws", "e", fmt.Appendf(nil, "%d", i)
		if got, want := h.emit(&m), len(strings.Fields(c.want)); got != want {
			t.Errorf("%d: got %d sockets, want %s", i, got, c.want)
		}
		for _, name := range strings.Fields(c.want) {
			sockets[name].want(fmt.Sprintf(`42/ws,["e",%d]`, i))
		}
	}
	if got := h.emit(message(1, "/elsewhere", "e", "1")); got != 0 {
		t.Errorf("a namespace without clients: got %d sockets, want 0", got)
	}
}

func TestMessagesStayInOrderForEachClient(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		const n = 3000
		s := connect()
		s.join("/ws")
		for i := range n {
			h.emit(message(uint64(i), "/ws", "e", fmt.Sprint(i)))
		}
		for i := range n {
			s.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
		}
	})
}

func TestWhoeverAsksForTheLastGetsAtMostAHundred(t *testing.T) {
	h := newHub(t)
	for i := range 150 {
		h.past = append(h.past, &msg.Record{Message: message(uint64(i), "/ws", "e", fmt.Sprint(i))})
	}
	s := h.webSocket()
	s.join("/ws", `{"last":100}`)
	s.want(`42/ws,["e",50]`)
}

func TestAClientThatDoesNotReadMissesTheOldestAndIsTold(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		s.join("/ws")
		s.join("/other")
		payload := `"` + strings.Repeat("x", 50_000) + `"`
		sent := 0
		testkit.Eventually(t, func() bool {
			for range 100 {
				sent += h.emit(message(1, "/ws", "e", payload))
			}
			return h.Clients()[0].Missed > 1000
		}, "messages to be dropped")
		if lag := h.Clients()[0].Lag; lag.Bytes > outbox.DefaultMaxBytes+512<<10 {
			t.Errorf("%d bytes wait, want at most what may", lag.Bytes)
		}
		missed := 0
		for got := 0; got+missed < sent; {
			var count int
			switch text := s.next(); {
			case strings.HasPrefix(text, `42/ws,["e","x`):
				got++
			case strings.HasPrefix(text, `42/ws,["missed"`):
				if _, err := fmt.Sscanf(text, `42/ws,["missed",{"count":%d}]`, &count); err != nil {
					t.Fatal(err)
				}
				missed += count
				s.want(fmt.Sprintf(`42/other,["missed",{"count":%d}]`, count)) // it is the whole connection's
			default:
				t.Fatalf("got %.60s", text)
			}
		}
		if c := h.Clients()[0]; c.Missed != uint64(missed) || c.Sent != uint64(sent-missed) {
			t.Errorf("got %d sent and %d missed of %d, want %d missed", c.Sent, c.Missed, sent, missed)
		}
	})
}

func TestAClientThatDoesNotReadIsCutOffWhereThatIsThePolicy(t *testing.T) {
	for _, transport := range []string{"polling", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			var log logged
			h := newHub(t, func(o *sio.Options) {
				o.Outbox.Slow, o.Log = msg.SlowDisconnect, slog.New(slog.NewTextHandler(&log, nil))
			})
			connect := map[string]func(...string) *socket{"polling": h.polling, "websocket": h.webSocket}[transport]
			s := connect()
			s.join("/ws")
			payload := `"` + strings.Repeat("x", 50_000) + `"`
			testkit.Eventually(t, func() bool {
				for range 20 {
					h.emit(message(1, "/ws", "e", payload))
				}
				return len(h.Clients()) == 0
			}, "the client to be cut off")
			h.wantReached("outbox_bytes")
			if transport == "polling" {
				s.want("1")
			}
			testkit.Eventually(t, func() bool { return log.has("Client too slow, connection closed") && log.has("missed_messages=") }, "the log to say so")
		})
	}
}

func TestAStalledClientThatAnswersPingsIsBounded(t *testing.T) {
	h := newHub(t, func(o *sio.Options) {
		o.PingInterval, o.PingTimeout, o.Outbox.MaxBytes = 5*time.Millisecond, 5*time.Second, 1<<20
	})
	s := h.webSocket()
	s.join("/ws")
	stop := make(chan struct{})
	defer close(stop)
	go func() { // says that it is well, and reads nothing
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				_ = s.peer.(*wsPeer).c.WriteMessage(websocket.TextMessage, []byte("3"))
			}
		}
	}()
	payload := `"` + strings.Repeat("x", 50_000) + `"`
	testkit.Eventually(t, func() bool {
		for range 20 {
			h.emit(message(1, "/ws", "e", payload))
		}
		return h.Clients()[0].Missed > 1000
	}, "it to miss messages, and to be there still")
	if lag := h.Clients()[0].Lag; lag.Bytes > 1<<20+512<<10 {
		t.Errorf("%d bytes wait, want at most what may", lag.Bytes)
	}
}

func TestWhileOneMessageIsSentAnotherMayBeSentInBetween(t *testing.T) {
	h := newHub(t)
	const n = 150
	all := make([]*socket, n)
	for i := range all {
		all[i] = h.webSocket()
		all[i].join("/slow")
		all[i].join("/paced")
	}
	h.emit(message(1, "/slow", "first", "0"))
	between := 0
	sockets := h.Send(msg.Emission{Message: message(2, "/slow", "e", "1"), Order: h.order.Add(1)}, func() {
		between++
		if got := h.emit(message(3, "/paced", "e", "1")); got != n {
			t.Errorf("in between: got %d sockets, want %d", got, n)
		}
	})
	if sockets != n || between == 0 {
		t.Errorf("got %d sockets and gave way %d times, want %d and some", sockets, between, n)
	}
	want := map[string]int{`42/slow,["first",0]`: 1, `42/slow,["e",1]`: 1, `42/paced,["e",1]`: between}
	for i, s := range all {
		got := map[string]int{}
		for range between + 2 {
			got[s.next()]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("client %d: -want +got\n%s", i, diff)
		}
	}
}

func TestWhoLeavesWhileAMessageIsSentDoesNotGetItAnyMore(t *testing.T) {
	h := newHub(t)
	all := make([]*socket, 100)
	for i := range all {
		all[i] = h.webSocket()
		all[i].join("/ws")
	}
	last := all[len(all)-1]
	sockets := h.Send(msg.Emission{Message: message(1, "/ws", "e", "1"), Order: h.order.Add(1)}, func() {
		before := h.Sockets()
		last.send("41/ws,")
		testkit.Eventually(t, func() bool { return h.Sockets() < before }, "the last to leave")
	})
	if sockets != len(all)-1 {
		t.Errorf("got %d sockets, want all %d but one", sockets, len(all))
	}
	last.join("/ws") // the answer is the next thing it gets
}

func TestSendingAllocatesWhatTheMessageTakesAndNoMore(t *testing.T) {
	h := newHub(t)
	for range 100 {
		h.webSocket().join("/ws")
	}
	m := message(1, "/ws", "e", "1")
	for range 300 { // what waits for clients grows once
		h.emit(m)
	}
	// The frame; and now and then something grows all the same.
	if got := testing.AllocsPerRun(100, func() { h.emit(m) }); got > 10 {
		t.Errorf("got %v allocations a message with 100 clients, want few", got)
	}
}

func TestLagIsWhatWaits(t *testing.T) {
	h := newHub(t)
	s := h.polling()
	s.join("/ws")
	s.ack("/ws", `["leave","x"]`) // it has caught up
	before := h.Clients()[0].Lag  // the answer to its last poll: nobody knows yet that it has arrived
	for range 3 {
		h.emit(message(1, "/ws", "e", "1"))
	}
	lag := h.Clients()[0].Lag
	if lag.Frames != before.Frames+3 || lag.Bytes != before.Bytes+3*len(`xx42/ws,["e",1]`) || lag.Age <= 0 || lag.Age > time.Minute {
		t.Errorf("got %+v after %+v, want 3 frames more", lag, before)
	}
	for range 3 {
		s.want(`42/ws,["e",1]`)
	}
	s.ack("/ws", `["leave","x"]`)
	if lag := h.Clients()[0].Lag; lag.Frames != 1 {
		t.Errorf("got %+v after reading, want the ack's frame only", lag)
	}
}
