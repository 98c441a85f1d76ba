package ws_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestAStalledClientNeitherGrowsMemoryNorDelaysOthers(t *testing.T) {
	const maxBytes, messages = 256 << 10, 3000
	h := newHub(t, func(_ *hub, o *ws.Options) { o.Outbox = outbox.Options{MaxBytes: maxBytes} })
	stalled := h.subscriber(t, `{"type":"subscribe","rooms":["stalled"]}`)
	id := h.door.Clients()[0].ID
	reader := h.subscriber(t, `{"type":"subscribe"}`)

	var reading sync.WaitGroup
	defer reading.Wait()
	ahead := make(chan struct{}, 10) // of the other client, which thus never misses anything
	payload := `"` + strings.Repeat("x", 10<<10) + `"`
	reading.Go(func() {
		want := uint64(1)
		for range ahead {
			var e wire.SocketEvent
			if err := reader.ReadJSON(&e); err != nil || e.Seq != want {
				t.Errorf("the other client: got seq %d, %v, want %d", e.Seq, err, want)
				break
			}
			want++
		}
		for range ahead { // after a failure: do not hold up the emitter
		}
	})
	for seq := range uint64(messages) {
		ahead <- struct{}{}
		h.send(tick(seq+1, payload))
	}
	close(ahead)
	reading.Wait()

	for _, c := range h.door.Clients() {
		switch {
		case c.ID == id && (c.Missed == 0 || c.Lag.Bytes > 2*maxBytes):
			t.Errorf("the stalled client missed %d and has %d bytes waiting, want some missed and at most %d", c.Missed, c.Lag.Bytes, 2*maxBytes)
		case c.ID != id && c.Missed != 0:
			t.Errorf("the other client missed %d messages, want none", c.Missed)
		}
	}

	// It reads again: what it missed, it is told, and the newest messages come.
	var got, missed uint64
	for last := uint64(0); last < messages; {
		var frame struct {
			Type  string `json:"type"`
			Seq   uint64 `json:"seq"`
			Count uint64 `json:"count"`
		}
		if err := stalled.ReadJSON(&frame); err != nil {
			t.Fatal(err)
		}
		if frame.Type == "missed" {
			missed += frame.Count
			continue
		}
		if got++; frame.Seq != got+missed {
			t.Fatalf("got seq %d after %d messages and %d missed", frame.Seq, got-1, missed)
		}
		last = frame.Seq
	}
	if got+missed != messages || missed == 0 {
		t.Errorf("got %d and was told of %d missed, want %d together", got, missed, messages)
	}
}

func TestTheDisconnectPolicyClosesASlowClient(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(_ *hub, o *ws.Options) {
		o.Outbox = outbox.Options{MaxFrames: 20, Slow: msg.SlowDisconnect}
		o.Reached = func(limit string) { reached <- limit }
	})
	h.subscriber(t, `{"type":"subscribe"}`)
	payload := `"` + strings.Repeat("x", 100<<10) + `"`
	for seq := uint64(1); h.send(tick(seq, payload)) == 1; seq++ {
		if seq == 10000 {
			t.Fatal("a client that does not read took 10,000 messages of 100 KiB")
		}
	}
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 0 }, "the slow client to be closed")
	if got := <-reached; got != "outbox_frames" || len(reached) > 0 {
		t.Errorf("told of %s and %d more, want outbox_frames once", got, len(reached))
	}
}

func TestPongsComeWholeBetweenTheMessages(t *testing.T) {
	h := newHub(t)
	c := h.subscriber(t, `{"type":"subscribe"}`)
	pongs := 0
	c.SetPongHandler(func(payload string) error {
		if payload != "hello" {
			t.Errorf("got a pong with %q, want hello", payload)
		}
		pongs++
		return nil
	})
	var pinging sync.WaitGroup
	defer pinging.Wait()
	pinging.Go(func() {
		for range 500 {
			c.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(patience))
		}
		c.WriteMessage(websocket.TextMessage, []byte(`{"type":"publish","id":1,"event":"done"}`))
	})
	stop := make(chan struct{})
	pinging.Go(func() {
		for seq := uint64(1); ; seq++ {
			select {
			case <-stop:
				return
			default:
				h.send(tick(seq, `"`+strings.Repeat("x", int(seq%3000))+`"`))
			}
		}
	})
	for acked := false; !acked; {
		var frame wire.SocketAck
		if err := c.ReadJSON(&frame); err != nil {
			t.Error(err)
			break
		}
		acked = frame.Type == "ack"
	}
	close(stop)
	if pongs == 0 {
		t.Error("got no pong")
	}
}
