package sio_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/sio"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// leavers keeps who has left.
type leavers chan msg.Departure

func (l leavers) option(o *sio.Options) { o.Left = func(d msg.Departure) { l <- d } }

func TestWhyAClientHasLeftIsToldAtItsEnd(t *testing.T) {
	revoked := fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key")
	for name, c := range map[string]struct {
		polls bool
		leave func(h *hub, s *socket)
		why   msg.Why
	}{
		"its socket leaves, and it says goodbye": {true, func(_ *hub, s *socket) {
			s.send("41/b,")
			s.send("41/a,")
			s.peer.close()
		}, msg.WhyClosed},
		"it is gone":                  {false, func(_ *hub, s *socket) { s.peer.close() }, msg.WhyLost},
		"a person disconnects it":     {false, func(h *hub, _ *socket) { h.Disconnect(h.Clients()[0].ID) }, msg.WhyDisconnected},
		"a person disconnects a poll": {true, func(h *hub, s *socket) { h.Disconnect(h.Clients()[0].ID); s.drain() }, msg.WhyDisconnected},
		"its key is revoked":          {false, func(h *hub, _ *socket) { h.Expel(func(msg.Caller) bool { return true }, revoked) }, msg.WhyExpelled},
		"the hub stops":               {false, func(h *hub, _ *socket) { h.Stop(context.Background()) }, msg.WhyStopping},
		"it sends nonsense":           {false, func(_ *hub, s *socket) { s.send("9") }, msg.WhyRefused},
		"it floods its outbox": {false, func(h *hub, _ *socket) {
			h.SetSlowPolicy(h.Clients()[0].ID, msg.SlowDisconnect)
			for h.emit(message(1, "/a", "e", `"`+strings.Repeat("x", 64<<10)+`"`)) > 0 {
			}
		}, msg.WhySlow},
	} {
		t.Run(name, func(t *testing.T) {
			left := make(leavers, 1)
			h := newHub(t, left.option, func(o *sio.Options) { o.Outbox = outbox.Options{MaxFrames: 64} })
			s := h.webSocket
			if c.polls {
				s = h.polling
			}
			peer := s()
			peer.join("/b")
			peer.join("/a")
			c.leave(h, peer)
			d := <-left
			if d.Why != c.why {
				t.Errorf("got %s %q, want %s", d.Why, d.Detail, c.why)
			}
			if !slices.Equal(d.Client.Namespaces, []string{"/a", "/b"}) || d.Client.ID == "" || time.Since(d.At) > 10*time.Second {
				t.Errorf("got %+v at %v, want the client as it was", d.Client, d.At)
			}
		})
	}
}

// drain polls until the session is over.
func (s *socket) drain() {
	for {
		if status, body := s.peer.(*pollPeer).poll(); status != 200 || strings.HasSuffix(body, "1") {
			return
		}
	}
}

func TestASilentClientLeavesForThat(t *testing.T) {
	left := make(leavers, 1)
	h := newHub(t, left.option, func(o *sio.Options) { o.PingInterval, o.PingTimeout = 10*time.Millisecond, 50*time.Millisecond })
	h.webSocket().join("/ws")
	if d := <-left; d.Why != msg.WhySilent {
		t.Errorf("got %s, want silent", d.Why)
	}
}

func TestAClientThatJoinedNothingDoesNotLeave(t *testing.T) {
	h := newHub(t, func(o *sio.Options) { o.Left = func(d msg.Departure) { t.Errorf("got %+v told, want nobody", d) } })
	h.webSocket().peer.close()
	h.Stop(t.Context())
}

func TestAClientSaysItsName(t *testing.T) {
	for auth, want := range map[string]string{
		`{"name":" dash-04\u202e"}`:  "dash-04",
		`{"name":{"first":"Ada"}}`:   "", // a field of its own
		`{"name":17,"last":0}`:       "",
		`{"user":{"name":"dash-4"}}`: "",
	} {
		h := newHub(t)
		s := h.webSocket("User-Agent", "Python/3.12 aiohttp/3.9")
		s.join("/a", auth)
		s.join("/b", `{"name":"another"}`)
		if want == "" {
			want = "another" // the first that it says
		}
		if c := h.Clients()[0]; c.Name != want || c.Agent != "Python 3.12" {
			t.Errorf("%s: got %q by %q, want %q", auth, c.Name, c.Agent, want)
		}
	}
}

func TestAClientIsFoundByTheIDOfItsFirstSocketUntilItLeaves(t *testing.T) {
	h := newHub(t)
	s := h.webSocket()
	id := s.join("/a")
	if c, ok := h.Client(id); !ok || c.ID != id {
		t.Errorf("got %+v %v, want the client", c, ok)
	}
	pulses := 0
	h.Pulses(func(p msg.Pulse) {
		if pulses++; p.ID != id || p.Address == "" || p.Since.IsZero() || p.Lag.MaxFrames == 0 {
			t.Errorf("got %+v, want the client's", p)
		}
	})
	if pulses != 1 {
		t.Errorf("got %d pulses, want 1", pulses)
	}
	s.peer.close()
	testkit.Eventually(t, func() bool { _, ok := h.Client(id); return !ok }, "the client to be forgotten")
	if h.SetSlowPolicy(id, msg.SlowDisconnect) {
		t.Error("got the policy of somebody who has left changed")
	}
}
