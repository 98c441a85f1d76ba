package sio_test

import (
	"errors"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// asking is a message for one socket that asks it to confirm, and where the answer
// goes.
func asking(seq uint64, to, payload string) (*msg.Message, <-chan msg.Answer) {
	m := message(seq, "/ws", "e", payload)
	answers := make(chan msg.Answer, 8)
	m.To, m.Ack = to, &msg.Ack{Within: time.Minute, Answered: func(a msg.Answer) { answers <- a }}
	return m, answers
}

func answerFrom(t *testing.T, answers <-chan msg.Answer) msg.Answer {
	t.Helper()
	select {
	case a := <-answers:
		return a
	case <-time.After(10 * time.Second):
		t.Fatal("there is no answer after 10 s")
		return msg.Answer{}
	}
}

func TestAnAckComesBackToWhoeverWaitsForIt(t *testing.T) {
	for name, c := range map[string]struct {
		ack     string
		payload string
		spread  bool
	}{
		"nothing":           {`[]`, `[]`, true},
		"one argument":      {`[{"big": 12345678901234567890}]`, `{"big":12345678901234567890}`, false},
		"several arguments": {`[null, "ok"]`, `[null,"ok"]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
				s := connect()
				m, answers := asking(7, s.join("/ws"), `1`)
				if got := h.emit(m); got != 1 {
					t.Fatalf("got %d sockets, want 1", got)
				}
				s.want(`42/ws,7["e",1]`)
				s.send(`43/ws,7` + c.ack)
				if a := answerFrom(t, answers); a.Err != nil || string(a.Payload) != c.payload || a.Spread != c.spread {
					t.Errorf("got %s, spread %v, %v; want %s, %v", a.Payload, a.Spread, a.Err, c.payload, c.spread)
				}
			})
		})
	}
}

func TestAnAckMayBringBinary(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	m, answers := asking(7, s.join("/ws"), `1`)
	h.emit(m)
	s.want(`42/ws,7["e",1]`)
	s.send(`461-/ws,7[{"_placeholder":true,"num":0}]`)
	s.peer.(*wsPeer).sendBinary([]byte{0, 255})
	a := answerFrom(t, answers)
	if len(a.Attachments) != 1 || string(a.Attachments[0]) != "\x00\xff" || a.Err != nil {
		t.Errorf("got %q, %v; want the two bytes", a.Attachments, a.Err)
	}
}

func TestAnAckThatIsNotJSONIsSaidToBe(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	m, answers := asking(7, s.join("/ws"), `1`)
	h.emit(m)
	s.want(`42/ws,7["e",1]`)
	s.send(`43/ws,7[nope]`)
	if a := answerFrom(t, answers); fault.From(a.Err).Code != "invalid_ack" {
		t.Errorf("got %v, want invalid_ack", a.Err)
	}
}

func TestWhoeverWaitsLearnsThatTheClientLeft(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	id := s.join("/ws")
	m, answers := asking(7, id, `1`)
	h.emit(m)
	s.want(`42/ws,7["e",1]`)
	s.close()
	if a := answerFrom(t, answers); fault.From(a.Err).Code != "client_left" || !errors.Is(a.Err, fault.NotFound) {
		t.Errorf("got %v, want client_left", a.Err)
	}
	for _, to := range []string{id, "nobody"} {
		m, answers := asking(8, to, `1`)
		h.emit(m)
		if a := answerFrom(t, answers); fault.From(a.Err).Code != "client_left" {
			t.Errorf("to %s: got %v, want client_left", to, a.Err)
		}
	}
}

func TestWhoeverAsksWhileTheClientLeavesLearnsItToo(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	id := s.join("/ws")
	m, _ := asking(7, id, `1`)
	again, answers := asking(8, id, `2`)
	m.Ack.Answered = func(msg.Answer) { h.emit(again) }
	h.emit(m)
	s.want(`42/ws,7["e",1]`)
	s.close()
	if a := answerFrom(t, answers); fault.From(a.Err).Code != "client_left" {
		t.Errorf("got %v, want client_left", a.Err)
	}
}

// However soon: a place that is made after its time is over would be kept for ever.
func TestWhatIsNotAnsweredInTimeIsForgotten(t *testing.T) {
	h := newHub(t)
	id := h.webSocket().join("/ws")
	for seq := range uint64(20000) {
		m, _ := asking(seq, id, `1`)
		m.Ack.Within = 0
		h.emit(m)
	}
	testkit.Eventually(t, func() bool { return h.AwaitedAcks("/ws") == 0 }, "that nothing is awaited")
}

func TestAnAckOfAnotherClientIsNobodys(t *testing.T) {
	h := newHub(t)
	s, other := h.webSocket(), h.webSocket()
	m, answers := asking(7, s.join("/ws"), `1`)
	other.join("/ws")
	h.emit(m)
	s.want(`42/ws,7["e",1]`)
	other.send(`43/ws,7["forged"]`)
	other.ack("/ws", `["join","r"]`) // what it sent before was dealt with
	s.send(`43/ws,7["mine"]`)
	if a := answerFrom(t, answers); string(a.Payload) != `"mine"` {
		t.Errorf("got %s, want the answer of the one it was for", a.Payload)
	}
}

func TestAnAddresseeIsFoundByAnyOfItsSockets(t *testing.T) {
	h := newHub(t)
	s, silent := h.webSocket(), h.webSocket("Scopes", "publish")
	first, second, mute := s.join("/a"), s.join("/b"), silent.join("/a")
	for id, want := range map[string]string{first: second, second: second, mute: ""} {
		if to, ok := h.Addressee(id, "/b"); !ok || to.Socket != want || to.Door != msg.DoorSocketIO {
			t.Errorf("%s in /b: got %+v %v, want socket %q", id, to, ok, want)
		}
	}
	if to, _ := h.Addressee(mute, "/a"); to.Socket != "" {
		t.Errorf("got %+v for a client that may not view, want no socket", to)
	}
	if to, ok := h.Addressee("nobody", "/a"); ok {
		t.Errorf("got %+v for nobody", to)
	}
}
