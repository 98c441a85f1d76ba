package sio_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

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

func TestALateJoinerGetsTheLastMessagesThenEachNewOneOnce(t *testing.T) {
	h := newHub(t)
	for i := range 4 {
		h.past = append(h.past, &msg.Record{Message: message(uint64(i+1), "/ws", "e", fmt.Sprint(i+1))})
	}
	// 5 was sent and recent does not know it yet. 6 is sent, and known, while the
	// client catches up; 7 is sent and not known.
	h.emit(message(5, "/ws", "e", "5"))
	h.during = func() {
		h.during = nil
		h.past = append(h.past, &msg.Record{Message: message(5, "/ws", "e", "5")}, &msg.Record{Message: message(6, "/ws", "e", "6")})
		h.emit(h.past[5].Message)
		h.emit(message(7, "/ws", "e", "7"))
	}
	s := h.webSocket()
	s.join("/ws", `{"last":3}`)
	for i := 4; i <= 7; i++ {
		s.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
	}
	h.emit(message(8, "/ws", "e", "8"))
	s.want(`42/ws,["e",8]`)
}

func TestTheNewestMessageIsNotMissedBetweenSendingAndRecording(t *testing.T) {
	h := newHub(t)
	h.past = []*msg.Record{{Message: message(1, "/ws", "e", "1")}, {Message: message(2, "/ws", "e", "2")}}
	h.emit(message(3, "/ws", "e", "3"))
	s := h.webSocket()
	s.join("/ws", `{"last":2}`)
	s.want(`42/ws,["e",2]`)
	s.want(`42/ws,["e",3]`)
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

func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		s.join("/ws")
		payload := `"` + strings.Repeat("x", 50_000) + `"`
		sent := 0
		testkit.Eventually(t, func() bool {
			for range 20 {
				h.emit(message(1, "/ws", "e", payload))
				sent++
			}
			return len(h.Clients()) == 0
		}, "the client to be cut off")
		// What the system's buffers hold is not ours to bound.
		if sent > 1000 {
			t.Errorf("cut off after %d messages of 50 kB, want fewer", sent)
		}
	})
}

func TestAClientThatPollsTooSlowlyIsCutOff(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	s := &socket{p, t}
	s.join("/ws")
	s.ack("/ws", `["leave","x"]`) // it is not catching up any more
	for i := 0; len(h.Clients()) > 0; i += 100 {
		if i > 2*sio.MaxWaitingFrames {
			t.Fatalf("%d messages were sent, and few fetched, and the client is still there", i)
		}
		for range 100 {
			h.emit(message(1, "/ws", "e", "1"))
		}
		p.poll() // takes 16 of them
	}
}

func TestACutOffClientIsInTheLogWithWhatItMissed(t *testing.T) {
	var log logged
	h := newHub(t, func(o *sio.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	s := h.polling()
	s.join("/ws")
	s.ack("/ws", `["leave","x"]`) // it is not catching up any more
	for range sio.MaxWaitingFrames + 1 {
		h.emit(message(1, "/ws", "e", "1"))
	}
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 }, "the client to be cut off")
	if !log.has("Client too slow, connection closed") || !log.has(fmt.Sprintf("waiting_frames=%d", sio.MaxWaitingFrames+1)) {
		t.Errorf("got the log %s, want who was too slow", log.out.String())
	}
}

func TestLagIsWhatWaits(t *testing.T) {
	h := newHub(t)
	s := h.polling()
	s.join("/ws")
	s.ack("/ws", `["leave","x"]`) // it is not catching up any more
	for range 3 {
		h.emit(message(1, "/ws", "e", "1"))
	}
	lag := h.Clients()[0].Lag
	if lag.Frames != 3 || lag.Bytes != 3*len(`2/ws,["e",1]`) || lag.Age <= 0 || lag.Age > time.Minute {
		t.Errorf("got %+v, want 3 frames", lag)
	}
	for range 3 {
		s.want(`42/ws,["e",1]`)
	}
	if lag := h.Clients()[0].Lag; lag != (msg.Lag{}) {
		t.Errorf("got %+v after reading, want nothing", lag)
	}
}
