package sio_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// wantTooMany fails unless a new client is refused, by either transport.
func wantTooMany(t *testing.T, h *hub) {
	t.Helper()
	resp, err := h.client.Get(h.url + "/socket.io/?EIO=4&transport=polling&sid=")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	p := &pollPeer{h: h, query: "/socket.io/?EIO=4&transport=polling"}
	_, body := p.do(http.MethodGet, "")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, `"too_many_sessions"`) {
		t.Errorf("polling: got %d %s, want 429 too_many_sessions and when to come back", resp.StatusCode, body)
	}
	if _, resp, err := h.dial(""); err == nil || resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("websocket: got %v, want 429", err)
	}
}

func TestTheNumberOfSessionsIsBounded(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.MaxSessions = 2 })
	h.webSocket().join("/ws")
	s := h.polling()
	s.join("/ws")
	wantTooMany(t, h)
	h.set(func() {
		if len(h.reached) != 3 || h.reached[0] != "max_connections" {
			t.Errorf("limits: got %q, want max_connections for each request", h.reached)
		}
	})
	if got := s.ack("/ws", `["e",1]`); got["ok"] != true {
		t.Errorf("one that is there: got %v, want it to go on", got)
	}
	s.close()
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 1 }, "one to leave")
	h.webSocket().join("/ws")
	wantTooMany(t, h)
}

func TestSessionsOfOneHostThatHaveJoinedNothingAreBounded(t *testing.T) {
	h := newHub(t)
	first := h.polling()
	for range sio.MaxStrangers - 1 {
		h.polling("Scopes", "none")
	}
	wantTooMany(t, h)
	first.join("/ws")
	last := h.webSocket()
	wantTooMany(t, h)
	last.close()
	testkit.Eventually(t, func() bool { taken, _ := h.Seats(); return taken == sio.MaxStrangers }, "the last to leave")
	h.webSocket().join("/ws")
}

func TestWhatOpensNoSessionTakesNoSeat(t *testing.T) {
	h := newHub(t)
	for _, query := range []string{"EIO=3&transport=polling", "EIO=4&transport=webtransport", "", "EIO=4&transport=polling&sid=unknown"} {
		p := &pollPeer{h: h, query: "/socket.io/?" + query}
		p.do(http.MethodGet, "")
		p.do(http.MethodPost, "40")
	}
	for query, want := range map[string]int{"EIO=3&transport=websocket": http.StatusBadRequest, "EIO=4&transport=polling": http.StatusBadRequest} {
		c, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/socket.io/?"+query, nil)
		if err == nil {
			c.Close()
		}
		if resp == nil || resp.StatusCode != want {
			t.Errorf("%s: got %v %v, want %d", query, resp, err, want)
		}
	}
	testkit.Eventually(t, func() bool { taken, hosts := h.Seats(); return taken == 0 && hosts == 0 }, "no seat to be taken")
}

func TestAnotherMachinesSessionsAreBoundedAndThoseOfThisOneAreNot(t *testing.T) {
	testkit.NoLeaks(t)
	reached := 0
	d := sio.New(sio.Options{
		Intake: &hub{}, Recent: &hub{}, Keys: &hub{}, MaxSessionsPerHost: 2, Reached: func(limit string) {
			if reached++; limit != "max_connections_per_address" {
				t.Errorf("got %s reached, want max_connections_per_address", limit)
			}
		},
	})
	defer d.Stop(t.Context())
	open := func(address string) int {
		// A poll that has nothing to wait for, for the open packet is there.
		r := httptest.NewRequest(http.MethodGet, "/socket.io/?EIO=4&transport=polling", nil)
		r.RemoteAddr = address
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w.Code
	}
	for _, c := range []struct {
		address string
		status  int
	}{
		{"192.0.2.7:1", 200}, {"192.0.2.7:2", 200}, {"192.0.2.7:3", 429}, {"192.0.2.8:1", 200},
		{"127.0.0.1:1", 200}, {"127.0.0.1:2", 200}, {"127.0.0.1:3", 200}, {"[::1]:1", 200}, {"[::1]:2", 200}, {"[::1]:3", 200},
	} {
		if got := open(c.address); got != c.status {
			t.Errorf("%s: got %d, want %d", c.address, got, c.status)
		}
	}
	if reached != 1 {
		t.Errorf("got the limit reached %d times, want once", reached)
	}
	d.Stop(t.Context())
	if seats, hosts := d.Seats(); seats+hosts != 0 {
		t.Errorf("got %d seats and %d hosts when all have left, want none", seats, hosts)
	}
}

// joinByPolling opens a session by polling, with no network and no poll after
// that, and asks for a namespace.
func joinByPolling(t *testing.T, scopes msg.Scopes) *sio.Door {
	t.Helper()
	d := sio.New(sio.Options{Intake: &hub{}, Recent: &hub{}, Keys: &hub{}, Audit: &hub{}})
	do := func(method, query, body string) string {
		r := httptest.NewRequest(method, "/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body))
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: scopes})))
		return w.Body.String()
	}
	_, open, _ := strings.Cut(do(http.MethodGet, "", ""), `"sid":"`)
	sid, _, _ := strings.Cut(open, `"`)
	if got := do(http.MethodPost, "&sid="+sid, "40/ws,"); got != "ok" {
		t.Fatalf("got %s, want ok", got)
	}
	return d
}

func TestASessionThatJoinsNoNamespaceIsClosedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := joinByPolling(t, 0) // it is refused, and never fetches that
		time.Sleep(sio.JoinTime - time.Millisecond)
		if ours, theirs := d.Sessions(); ours != 1 || theirs != 1 {
			t.Errorf("before: got %d sessions, %d in the engine, want 1", ours, theirs)
		}
		time.Sleep(10 * time.Second) // in which it does not fetch that it is closed
		synctest.Wait()
		if ours, theirs := d.Sessions(); ours != 0 || theirs != 0 {
			t.Errorf("after %v: got %d sessions, %d in the engine, want none", sio.JoinTime, ours, theirs)
		}
		if taken, hosts := d.Seats(); taken != 0 || hosts != 0 {
			t.Errorf("got %d seats and %d hosts, want none", taken, hosts)
		}
		d.Stop(t.Context())
	})
}

func TestASessionThatHasJoinedANamespaceStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := joinByPolling(t, msg.AllScopes)
		time.Sleep(2 * sio.JoinTime)
		if got := len(d.Clients()); got != 1 {
			t.Errorf("got %d clients, want 1", got)
		}
		d.Stop(t.Context())
	})
}
