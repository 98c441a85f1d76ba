package sio_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// eachTransport runs a test by polling and by WebSocket.
func eachTransport(t *testing.T, test func(t *testing.T, h *hub, connect func(header ...string) *socket)) {
	t.Run("polling", func(t *testing.T) {
		h := newHub(t)
		test(t, h, h.polling)
	})
	t.Run("websocket", func(t *testing.T) {
		h := newHub(t)
		test(t, h, h.webSocket)
	})
}

func TestAClientMayJoinAnyValidNamespace(t *testing.T) {
	eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
		s := connect()
		for _, name := range []string{"/", "/ws", "/ws/rt_market", "/Größe"} {
			s.join(name)
		}
		if got := h.Spaces(); got != 4 {
			t.Errorf("got %d namespaces, want 4", got)
		}
	})
}

func TestAnInvalidNamespaceIsRefusedWithTheReason(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	for _, name := range []string{"/a b", "/a?b", "/" + strings.Repeat("x", msg.MaxNamespace)} {
		s.send("40" + name + ",")
		s.wantRefusal(name, "invalid_namespace")
	}
	s.join("/ok")
	if got := h.Spaces(); got != 2 {
		t.Errorf("got %d namespaces, want the root and /ok", got)
	}
}

func TestScopesComeFromTheFirstRequestAndTheKey(t *testing.T) {
	for _, c := range []struct {
		header, auth     string
		view, mayPublish bool
		refused          string
	}{
		{header: "none", refused: "unauthorized"},
		{header: "none", auth: `{"key":"wrong"}`, refused: "unauthorized"},
		{header: "view", auth: `{"key":"wrong"}`, refused: "unauthorized"},
		{header: "view", auth: `{"key":7}`, refused: "invalid_type"},
		{header: "view", auth: `{"last":"x"}`, refused: "invalid_type"},
		{header: "view", auth: `{"last":-1}`, refused: "invalid_type"},
		{header: "view", auth: `{"last":101}`, refused: "invalid_last"},
		{header: "view", view: true},
		{header: "publish", mayPublish: true},
		{header: "none", auth: `{"key":"viewer","token":"x"}`, view: true},
		{header: "none", auth: `{"key":"publisher"}`, mayPublish: true},
		{header: "view", auth: `{"key":"publisher"}`, view: true, mayPublish: true},
	} {
		t.Run(c.header+c.auth, func(t *testing.T) {
			eachTransport(t, func(t *testing.T, h *hub, connect func(...string) *socket) {
				s := connect("Scopes", c.header)
				if c.refused != "" {
					s.send("40/ws," + c.auth)
					s.wantRefusal("/ws", c.refused)
					return
				}
				s.join("/ws", c.auth)
				if got := s.ack("/ws", `["e",1]`)["ok"]; got != c.mayPublish {
					t.Errorf("an event was taken: got %v, want %v", got, c.mayPublish)
				}
				if got := h.emit(message(1, "/ws", "e", "1")) == 1; got != c.view {
					t.Errorf("a message was sent: got %v, want %v", got, c.view)
				}
				if c.view {
					s.want(`42/ws,["e",1]`)
				}
			})
		})
	}
}

func TestARefusedConnectionIsNotAClient(t *testing.T) {
	h := newHub(t)
	s := h.webSocket("Scopes", "none")
	s.send("40/ws,")
	s.wantRefusal("/ws", "unauthorized")
	if got := h.Clients(); len(got) != 0 {
		t.Errorf("got %v, want no clients", got)
	}
	s.send(`42/ws,["e",1]`)
	if err := s.peer.(*wsPeer).ended(); err == nil {
		t.Error("an event in a namespace it is not in left the connection open")
	}
	if len(h.accepted(0)) != 0 {
		t.Error("an event of a refused connection reached intake")
	}
}

func TestNamespacesAreRemovedWhenTheLastSocketHasLeft(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	for i := range 10 {
		s.join(fmt.Sprintf("/n%d", i))
		s.send(fmt.Sprintf("41/n%d,", i))
	}
	testkit.Eventually(t, func() bool { return len(h.Clients()[0].Namespaces) == 0 }, "all namespaces to be left")
	s.join("/other")
	if got := h.Spaces(); got != 2 {
		t.Errorf("got %d namespaces, want the root and /other", got)
	}
	s.join("/n3")
	if got := h.emit(message(1, "/n3", "e", "1")); got != 1 {
		t.Errorf("a namespace that came back: got %d sockets, want 1", got)
	}
}

func TestANamespaceThatComesAndGoesAdmitsEverybody(t *testing.T) {
	// The library looks a namespace up twice while a client joins. Removed in
	// between, it would come back without us: the client gets no ack.
	h := newHub(t)
	var all sync.WaitGroup
	for range 4 {
		s := h.webSocket()
		all.Go(func() {
			for range 300 {
				s.send("40/n,")
				if got := s.next(); !strings.HasPrefix(got, `40/n,{"sid"`) {
					t.Errorf("got %s, want to be connected", got)
					return
				}
				s.send(`42/n,9["e",1]`)
				if got := s.next(); !strings.HasPrefix(got, `43/n,9[{"ok":true`) {
					t.Errorf("got %s, want an ack", got)
					return
				}
				s.send("41/n,")
			}
		})
	}
	all.Wait()
	h.webSocket().join("/")
	testkit.Eventually(t, func() bool { return h.webSocket().join("/") != "" && h.Spaces() == 1 }, "only the root to be left")
}

func TestWhoConnectsTwiceToANamespaceIsDisconnected(t *testing.T) {
	h := newHub(t)
	for range 200 {
		s := h.webSocket()
		s.send("40/ws,")
		s.send("40/ws,") // the protocol knows one socket in a namespace
		if err := s.peer.(*wsPeer).ended(); !strings.Contains(err.Error(), "1002") {
			t.Fatalf("got %v, want the close code 1002", err)
		}
	}
}

func TestTheNumberOfNamespacesIsBounded(t *testing.T) {
	const most = 20
	h := newHub(t, func(o *sio.Options) { o.MaxNamespaces = most })
	s := h.webSocket()
	for i := range most {
		s.join(fmt.Sprintf("/%d", i))
	}
	s.send("40/more,")
	if hint := s.wantRefusal("/more", "limit_exceeded"); !strings.Contains(hint, "raise limits.max_namespaces") {
		t.Errorf("got the hint %q, want the setting", hint)
	}
	h.wantReached("max_namespaces")
	other := h.webSocket()
	other.join("/7") // one that is in use
	other.join("/")
	s.send("41/8,")
	testkit.Eventually(t, func() bool { return len(h.Clients()[0].Namespaces) < most }, "a namespace to be left")
	s.join("/more")
}

func TestTheNamespacesOfOneClientAreBounded(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxNamespacesPerClient = 3 })
	s := h.webSocket()
	s.join("/")
	s.join("/1")
	s.join("/2")
	s.send("40/more,")
	if hint := s.wantRefusal("/more", "limit_exceeded"); !strings.Contains(hint, "raise limits.max_namespaces_per_client") {
		t.Errorf("got the hint %q, want the setting", hint)
	}
	h.wantReached("max_namespaces_per_client")
	h.webSocket().join("/more") // another client
	if got := h.Clients()[0].Namespaces; len(got) != 3 {
		t.Errorf("got the namespaces %q, want the three", got)
	}
	s.send("41/1,")
	testkit.Eventually(t, func() bool { return len(h.Clients()[0].Namespaces) == 2 }, "a namespace to be left")
	s.join("/more")
}

func TestClientsDescribesEachConnection(t *testing.T) {
	h := newHub(t)
	first := h.polling()
	id := first.join("/b")
	first.join("/a")
	first.ack("/b", `["join",["r2","r1"]]`)
	first.ack("/a", `["join","r1"]`)
	second := h.webSocket()
	second.join("/")
	h.emit(message(1, "/b", "e", "1"))
	got := h.Clients()
	first.want(`42/b,["e",1]`)
	if len(got) != 2 || got[0].ID != id || got[0].Transport != "polling" || got[1].Transport != "websocket" || got[0].Sent != 1 {
		t.Fatalf("got %+v, want a polling client with the id %s that was sent 1 message, and one by websocket", got, id)
	}
	if diff := cmp.Diff([]string{"/a", "/b"}, got[0].Namespaces); diff != "" {
		t.Errorf("namespaces: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r1", "r2"}, got[0].Rooms); diff != "" {
		t.Errorf("rooms: -want +got\n%s", diff)
	}
	if got[0].Address == "" || got[0].Since.IsZero() || got[0].Door != msg.DoorSocketIO {
		t.Errorf("got %+v, want an address, a time and the door", got[0])
	}
	second.close()
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 1 }, "the second client to leave the list")
}
