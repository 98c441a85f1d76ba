package sio_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestOnePollGetsNoMorePacketsThanEveryClientTakes(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	for i := range 40 {
		h.emit(message(uint64(i), "/ws", "e", fmt.Sprint(i)))
	}
	var got []string
	for _, want := range []int{16, 16, 8} {
		_, body := p.poll()
		packets := strings.Split(body, "\x1e")
		if len(packets) != want {
			t.Errorf("got %d packets in one answer, want %d", len(packets), want)
		}
		got = append(got, packets...)
	}
	for i := range got {
		if want := fmt.Sprintf(`42/ws,["e",%d]`, i); got[i] != want {
			t.Fatalf("packet %d: got %s, want %s", i, got[i], want)
		}
	}
}

func TestWhatNoPollFetchedComesFirstAfterAnUpgrade(t *testing.T) {
	h := newHub(t)
	p := h.pollPeer()
	(&socket{p, t}).join("/ws")
	for i := range 40 {
		h.emit(message(uint64(i), "/ws", "e", fmt.Sprint(i)))
	}
	_, _ = p.poll() // 0 to 15
	ws, _, err := h.dial(p.sid)
	if err != nil {
		t.Fatal(err)
	}
	ws.send("2probe")
	if got := ws.next(); got != "3probe" {
		t.Fatalf("got %q, want the answer to the probe", got)
	}
	h.emit(message(40, "/ws", "e", "40"))
	ws.send("5")
	s := &socket{ws, t}
	for i := 16; i <= 40; i++ {
		s.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
	}
}
