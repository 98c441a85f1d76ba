package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
)

// kill ends the hub as a crash would, and waits until it is gone.
func (h *hub) kill() {
	h.asked.Do(func() { _ = h.process.Process.Kill() })
	<-h.ended
	h.endErr = nil // as was meant
}

// addressToReturnTo is a free one that no outgoing connection takes meanwhile:
// systems give those numbers from 32768 on.
func addressToReturnTo(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.N(20_000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// returning has peers connect that come back by themselves, of each language by each
// transport. They start at once, which takes most of their time.
func returning(t *testing.T, url, namespace string, languages ...string) map[string]*peer {
	t.Helper()
	peers := map[string]*peer{}
	for _, language := range languages {
		for transport := range transports {
			p := startPeer(t, language)
			p.tell(map[string]any{"op": "connect", "url": url, "namespace": namespace, "transports": transports[transport], "again": true})
			peers[language+" "+transport] = p
		}
	}
	for who, p := range peers {
		p.await("connections of "+who, 1, isConnected)
	}
	return peers
}

func isConnected(h happening) bool { return h.Type == "connected" }

// persistent is a native client that dials again as long as nobody answers, the
// way any program would, until ctx ends. It hands on what it gets, and closes events at
// its end.
func persistent(ctx context.Context, url, namespace string) (events chan string) {
	events = make(chan string)
	go func() {
		defer close(events)
		for wait := 50 * time.Millisecond; ctx.Err() == nil; pause(ctx, wait) {
			conn, res, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/websocket", nil)
			if err != nil {
				wait = min(2*wait, 500*time.Millisecond)
				continue
			}
			_ = res.Body.Close()
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			err = conn.WriteJSON(map[string]string{"type": "subscribe", "namespace": namespace})
			for err == nil {
				var e wire.SocketEvent
				if err = conn.ReadJSON(&e); err == nil {
					events <- e.Type + " " + string(e.Data)
				}
			}
			stop()
			_ = conn.Close()
		}
	}()
	return events
}

func TestEveryClientComesBackByItselfWhenTheHubWasKilled(t *testing.T) {
	address, data := addressToReturnTo(t), t.TempDir()
	settings := []string{"--eio3", "--addr", address, "--data-dir", data}
	first := startHub(t, settings...)
	const ns = "/back"
	peers := returning(t, first.url, ns, slices.Collect(maps.Keys(languages))...)
	over, end := context.WithCancel(t.Context())
	native := persistent(over, first.url, ns)
	defer func() {
		end()
		for range native { // until it has ended
		}
	}()
	if got := <-native; !strings.HasPrefix(got, "subscribed") {
		t.Fatalf("the native client got %s, want that it is subscribed", got)
	}
	before := publishTo(t, first, ns, `"before"`)
	for who, p := range peers {
		if got := p.events("e", 1)[0]; got != `"before"` {
			t.Errorf("%s got %s", who, got)
		}
	}

	first.kill()
	for who, p := range peers {
		p.await("disconnects of "+who, 1, func(h happening) bool { return h.Type == "disconnect" })
		if strings.HasPrefix(who, "node") {
			p.await("attempts of "+who, 3, func(h happening) bool { return h.Type == "attempt" })
		}
	}

	second := startHub(t, settings...)
	for who, p := range peers {
		p.await("returns of "+who, 2, isConnected)
	}
	for !strings.HasPrefix(<-native, "subscribed") {
	}
	if after := publishTo(t, second, ns, `"after"`); after <= before {
		t.Errorf("got number %d after %d: one was used twice", after, before)
	}
	for who, p := range peers {
		if got := p.events("e", 2); len(got) != 2 || got[1] != `"after"` {
			t.Errorf("%s got %v, want what was sent before and after, once each", who, got)
		}
	}
	if got := <-native; got != `event "after"` {
		t.Errorf("the native client got %s, want what was sent after", got)
	}
	for who, p := range peers {
		if ack := p.ask("publish", map[string]any{"event": "mine", "data": who}); !strings.Contains(ack, `"ok":true`) {
			t.Errorf("%s publishes after its return: got ack %s", who, ack)
		}
	}
}

// publishTo hands in one message, to rooms or everybody, and returns its number.
func publishTo(t *testing.T, h *hub, namespace, data string, rooms ...string) uint64 {
	t.Helper()
	done, err := h.client(t).Publish(t.Context(), wire.Publish{Namespace: namespace, Event: "e", Data: json.RawMessage(data), Rooms: rooms})
	if err != nil {
		t.Fatal(err)
	}
	return done.LastSeq
}

// Engine.IO 3 is older than what keeps one client from speaking for another, so
// the hub serves it only to those who have said so.
func TestSocketIO2IsRefusedUntilItIsSwitchedOn(t *testing.T) {
	h := startHub(t)
	for transport := range transports {
		p := startPeer(t, "node2")
		p.tell(map[string]any{"op": "connect", "url": h.url, "namespace": "/ws", "transports": transports[transport]})
		p.await("refusals by "+transport, 1, func(h happening) bool { return h.Type == "connect_error" })
	}
	if got := get(t, h, "/api/v1/clients"); !strings.Contains(got, `"clients":[]`) {
		t.Errorf("there are clients: %s", got)
	}
}
