package sio_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkSend gives a message of 200 bytes to WebSocket clients that read all
// they get, in this process. The line of each is short, so that the clock
// measures sending, and not how much may wait.
func BenchmarkSend(b *testing.B) {
	for _, clients := range []int{1, 200, 1000} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			h := newHub(b)
			for range clients {
				s := h.webSocket()
				s.join("/ws")
				go io.Copy(io.Discard, s.peer.(*wsPeer).c.NetConn()) // until the hub closes it
			}
			m := message(1, "/ws", "tick", `"`+strings.Repeat("x", 198)+`"`)
			b.ReportAllocs()
			for b.Loop() {
				h.emit(m)
			}
			b.ReportMetric(float64(b.N)*float64(clients)/b.Elapsed().Seconds(), "pushes/s")
		})
	}
}
