package sio_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// recovering is a hub whose clients may come back for an hour.
func recovering(t *testing.T, change ...func(*sio.Options)) *hub {
	return newHub(t, append(change, func(o *sio.Options) { o.Recovery = time.Hour })...)
}

var answerOfConnect = regexp.MustCompile(`^40/ws,\{"sid":"([^"]+)","pid":"([^"]+)"\}$`)

// enter joins /ws and returns by what the socket is known to all, and to itself alone.
func (s *socket) enter(auth string) (id, pid string) {
	s.t.Helper()
	s.send("40/ws," + auth)
	text := s.next()
	found := answerOfConnect.FindStringSubmatch(text)
	if found == nil {
		s.t.Fatalf("got %s, want an answer with sid and pid", text)
	}
	return found[1], found[2]
}

// publish emits a message that the hub remembers, to rooms or all.
func (h *hub) publish(n int, rooms ...string) {
	m := message(uint64(n), "/ws", "e", fmt.Sprint(n))
	m.Rooms = rooms
	h.set(func() {
		h.past = append(h.past, &msg.Record{Message: m, Outcome: msg.Emitted, Order: uint64(n)})
		h.order.Store(uint64(n))
	})
	h.Send(msg.Emission{Message: m, Order: uint64(n)}, nil)
}

// cut breaks a connection, and returns when the hub knows.
func (h *hub) cut(s *socket) {
	h.t.Helper()
	s.close()
	testkit.Eventually(h.t, func() bool { return len(h.Clients()) == 0 }, "the client to be gone")
}

func TestAClientThatWasCutOffComesBackAsWhoItWasWithWhatItMissed(t *testing.T) {
	h := recovering(t)
	s := h.webSocket()
	id, pid := s.enter("")
	s.send(`42/ws,1["join","a"]`)
	s.want(`43/ws,1[{"ok":true}]`)
	h.publish(1)
	s.want(`42/ws,["e",1,"#1"]`)
	h.cut(s)
	h.publish(2)
	h.publish(3, "a")

	s = h.webSocket()
	back, again := s.enter(fmt.Sprintf(`{"pid":%q,"offset":"#1"}`, pid))
	if back != id || again != pid {
		t.Errorf("came back as %s with %s, want %s with %s", back, again, id, pid)
	}
	s.want(`42/ws,["e",2,"#2"]`)
	s.want(`42/ws,["e",3,"#3"]`)
	h.publish(4, "a")
	s.want(`42/ws,["e",4,"#4"]`)

	h.cut(s) // and once more
	h.publish(5)
	s = h.webSocket()
	s.enter(fmt.Sprintf(`{"pid":%q,"offset":"#4"}`, pid))
	s.want(`42/ws,["e",5,"#5"]`)
}

func TestWhoCannotGetAllThatItMissedComesInAsSomebodyNew(t *testing.T) {
	for name, c := range map[string]struct {
		offset string
		before func(h *hub, s *socket)
	}{
		"it is forgotten":      {"#1", func(h *hub, _ *socket) { h.set(func() { h.forgot = true }) }},
		"it is too much":       {"#1", func(h *hub, _ *socket) { h.publish(2); h.publish(3); h.publish(4); h.publish(5); h.publish(6) }},
		"its offset is no one": {"1", func(*hub, *socket) {}},
		"it left by itself":    {"#1", func(_ *hub, s *socket) { s.send("41/ws,") }},
	} {
		t.Run(name, func(t *testing.T) {
			h := recovering(t, func(o *sio.Options) { o.Outbox.MaxFrames = 8 })
			s := h.webSocket()
			id, pid := s.enter("")
			h.publish(1)
			s.want(`42/ws,["e",1,"#1"]`)
			if name == "it left by itself" {
				c.before(h, s)
			}
			h.cut(s)
			if name != "it left by itself" {
				c.before(h, s)
			}
			s = h.webSocket()
			if back, again := s.enter(fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, c.offset)); back == id || again == pid {
				t.Errorf("came back as %s, want somebody new", back)
			}
			h.publish(9)
			s.want(`42/ws,["e",9,"#9"]`)
		})
	}
}

func TestASecretBringsOneSocketBackToItsNamespaceAndOnlyWhoMayComeIn(t *testing.T) {
	h := recovering(t)
	s := h.webSocket()
	id, pid := s.enter("")
	h.cut(s)
	auth := fmt.Sprintf(`{"pid":%q,"offset":"#0"}`, pid)

	nobody := h.webSocket("Scopes", "none")
	nobody.send("40/ws," + auth)
	if text := nobody.next(); text[:2] != "44" {
		t.Errorf("without a key: got %s, want a refusal", text)
	}
	nobody.close()
	other := h.webSocket()
	if back, _ := other.enter(auth); back == id {
		t.Error("a secret that was shown worked a second time")
	}
}

func TestWithoutRecoveryNothingIsAddedToEvents(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	s.join("/ws", `{"pid":"x","offset":"#1"}`)
	h.publish(1)
	s.want(`42/ws,["e",1]`)
}
