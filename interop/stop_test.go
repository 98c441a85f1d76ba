package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// fill puts n messages in the line of /ws/rt_market, which emits one each 10 ms.
func fill(t *testing.T, h *hub, n int) {
	t.Helper()
	batch := make([]wire.Publish, n)
	for i := range batch {
		batch[i] = wire.Publish{Namespace: "/ws/rt_market", Event: "tick", Data: json.RawMessage(fmt.Sprint(i))}
	}
	if _, err := h.client(t).Publish(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
}

func TestStoppingEmitsWhatWaitsToClientsThatAreConnected(t *testing.T) {
	h := startHub(t)
	const n = 300
	raw, node := dial(t, h), startPeer(t, "node")
	raw.subscribe("/ws/rt_market")
	node.connect(h.url, "/ws/rt_market", "websocket", nil)
	polling := startPeer(t, "python")
	polling.connect(h.url, "/ws/rt_market", "polling", nil)
	fill(t, h, n)
	h.terminate()
	raw.await("stopping", 1)
	node.events("stopping", 1)
	polling.events("stopping", 1)
	if status, body := tryPost(t, h, `{"event":"e","data":1}`); status != 503 || !strings.Contains(body, `"code":"stopping"`) {
		t.Errorf("POST while stopping: got %d %s, want 503 stopping", status, body)
	}
	viaPolling := polling.events("tick", n)
	byNumber(viaPolling)
	for who, got := range map[string][]string{
		"WebSocket": raw.events(n), "Socket.IO": node.events("tick", n), "polling": viaPolling,
	} {
		if len(got) != n || got[0] != "0" || got[n-1] != fmt.Sprint(n-1) {
			t.Errorf("%s: got %d messages, want all %d", who, len(got), n)
		}
	}
	node.await("disconnects", 1, func(h happening) bool { return h.Type == "disconnect" })
	h.stop(t)
}

func TestStoppingNamesWhatWasLeftAfterFiveSeconds(t *testing.T) {
	h := startHub(t)
	raw := dial(t, h)
	raw.subscribe("/ws/rt_market")
	fill(t, h, 1000)
	h.stop(t)
	<-raw.done
	sent := len(raw.await("event", 1))
	if sent >= 1000 {
		t.Errorf("got all %d messages, want what 5 s are enough for", sent)
	}
	if want := fmt.Sprintf("not sent: %d in /ws/rt_market", 1000-sent); !strings.Contains(h.out.String(), want) {
		t.Errorf("the hub does not say %q; it said:\n%s", want, h.out)
	}
}

func TestNumbersGoOnAfterARestart(t *testing.T) {
	data := t.TempDir()
	first := startHub(t, "--data-dir", data)
	done, err := first.client(t).Publish(t.Context(), wire.Publish{Event: "e", Data: json.RawMessage("1")})
	if err != nil {
		t.Fatal(err)
	}
	first.stop(t)
	second := startHub(t, "--data-dir", data)
	again, err := second.client(t).Publish(t.Context(), wire.Publish{Event: "e", Data: json.RawMessage("1")})
	if err != nil {
		t.Fatal(err)
	}
	if again.FirstSeq != done.LastSeq+1 {
		t.Errorf("got number %d after %d, want the next", again.FirstSeq, done.LastSeq)
	}
}

// Somebody who presses Ctrl+C, or a service manager, waits no longer than this.
const (
	toldWithin = time.Second
	goneWithin = 6 * time.Second
)

func TestUnderLoadEverybodyIsToldWithinASecondAndTheHubIsGoneWithinSix(t *testing.T) {
	h := startHub(t)
	const ns = "/loaded"
	told := map[string]func(){}
	for _, transport := range []string{"polling", "websocket"} {
		for _, language := range []string{"node", "python"} {
			p := startPeer(t, language)
			p.connect(h.url, "/calm", transport, nil) // a slow program would be told when it has read all that came before
			told[language+" by "+transport] = func() { p.events("stopping", 1) }
		}
	}
	for i := range 20 {
		raw := dial(t, h)
		raw.subscribe(ns)
		told[fmt.Sprint("WebSocket ", i)] = func() { raw.await("stopping", 1) }
	}
	stalled := dialTCP(t, h) // asks for everything and reads nothing
	_, _ = fmt.Fprintf(stalled, "GET /api/v1/stream?namespace=%s HTTP/1.1\r\nHost: %s\r\n\r\n", ns, strings.TrimPrefix(h.url, "http://"))
	fill(t, h, 2000) // a lane that would need 20 s

	var producing sync.WaitGroup
	var sent atomic.Int64
	batch := slices.Repeat([]wire.Publish{{Namespace: ns, Event: "e", Data: json.RawMessage(`"0123456789"`)}}, 50)
	for range 3 {
		c := h.client(t)
		producing.Go(func() {
			for {
				if _, err := c.Publish(t.Context(), batch...); err != nil {
					return // it is stopping, or gone
				}
				sent.Add(50)
			}
		})
	}
	h.await(t, "the load", func() bool { return sent.Load() > 5000 })

	asked := time.Now()
	h.terminate()
	var telling sync.WaitGroup
	for who, wait := range told {
		telling.Go(func() {
			wait()
			if took := time.Since(asked); took > toldWithin {
				t.Errorf("%s was told after %v, want %v", who, took, toldWithin)
			}
		})
	}
	telling.Wait()
	<-h.ended
	if took := time.Since(asked); took > goneWithin {
		t.Errorf("the hub was gone after %v, want %v", took, goneWithin)
	}
	producing.Wait()
}
