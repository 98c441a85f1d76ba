package link_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
)

// BenchmarkIdleConnection tells what a client costs that is connected, was sent
// one frame, and is silent. The test's own side of it, a net.Conn, is included.
func BenchmarkIdleConnection(b *testing.B) {
	u := link.NewUpgrader(link.Options{})
	var serving sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r)
		if err != nil {
			b.Error(err)
			return
		}
		serving.Go(func() {
			out := outbox.New(outbox.Options{})
			c.Start(out)
			out.Push(link.Text("hello"), time.Now())
			_ = c.Serve(func(byte, []byte) {})
		})
	}))
	defer server.Close()
	const clients = 500
	for b.Loop() {
		heap, stack, goroutines := usage()
		conns := make([]net.Conn, clients)
		for i := range conns {
			conns[i] = dial(b, server.Listener.Addr().String())
		}
		heap2, stack2, goroutines2 := usage()
		b.ReportMetric(float64(heap2-heap)/clients, "heap_B/client")
		b.ReportMetric(float64(stack2-stack)/clients, "stack_B/client")
		b.ReportMetric(float64(goroutines2-goroutines)/clients, "goroutines/client")
		for _, c := range conns {
			c.Close()
		}
		serving.Wait()
	}
}

// usage is what the process uses, after a collection has shrunk the stacks.
func usage() (heap, stack int64, goroutines int) {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse), runtime.NumGoroutine()
}

// dial connects and reads the one frame.
func dial(b *testing.B, address string) net.Conn {
	b.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address)
	in := bufio.NewReaderSize(c, 1024)
	if _, err := http.ReadResponse(in, nil); err != nil {
		b.Fatal(err)
	}
	if _, err := in.Discard(len(link.Text("hello"))); err != nil {
		b.Fatal(err)
	}
	return c
}
