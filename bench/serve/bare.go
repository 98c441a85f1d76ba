package serve

import (
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// bareQueue is how many frames wait for one client of bare at most; the newest
// are lost beyond that.
const bareQueue = 4096

// bare is about the least a broadcaster can do: each message is made into one
// WebSocket frame, which waits in a bounded queue for each client and is written
// together with what else waits there. It speaks as much Socket.IO as a client
// needs to listen over WebSocket, so that the load generator has the same work
// with it; it has no rooms, no acks, no second transport and checks nothing.
type bare struct {
	upgrader websocket.Upgrader

	mu      sync.Mutex
	clients map[*bareClient]struct{}
}

type bareClient struct {
	conn net.Conn
	wake chan struct{} // capacity 1
	gone chan struct{}

	mu    sync.Mutex
	queue net.Buffers
}

func newBare(mux *http.ServeMux) *bare {
	b := &bare{
		upgrader: websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, CheckOrigin: func(*http.Request) bool { return true }},
		clients:  make(map[*bareClient]struct{}),
	}
	mux.HandleFunc("/socket.io/", b.serve)
	return b
}

// Broadcast implements broadcaster.
func (b *bare) Broadcast(due time.Time, size int) {
	text := append([]byte(`42`+Namespace+`,["`+Event+`",`), payload(due, size)...)
	frame := textFrame(append(text, ']'))
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.clients {
		c.push(frame)
	}
}

func (b *bare) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := b.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer conn.Close()
	c := &bareClient{conn: conn.NetConn(), wake: make(chan struct{}, 1), gone: make(chan struct{})}
	c.push(textFrame([]byte(`0{"sid":"bare","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)))
	var writer sync.WaitGroup
	writer.Go(c.write)
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			break
		}
		if strings.HasPrefix(string(text), "40"+Namespace) {
			c.push(textFrame([]byte(`40` + Namespace + `,{"sid":"bare"}`)))
			b.mu.Lock()
			b.clients[c] = struct{}{}
			b.mu.Unlock()
		}
	}
	b.mu.Lock()
	delete(b.clients, c)
	b.mu.Unlock()
	close(c.gone)
	_ = conn.Close() // ends a write that is stuck
	writer.Wait()
}

func (c *bareClient) push(frame []byte) {
	c.mu.Lock()
	wasEmpty := len(c.queue) == 0
	if len(c.queue) < bareQueue {
		c.queue = append(c.queue, frame)
	}
	c.mu.Unlock()
	if !wasEmpty {
		return // the writer has been told already
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write writes all that waits with one system call, and again, until the client
// is gone.
func (c *bareClient) write() {
	ping := time.NewTicker(25 * time.Second)
	defer ping.Stop()
	var taken net.Buffers
	for {
		select {
		case <-c.gone:
			return
		case <-ping.C:
			c.push(textFrame([]byte("2")))
			continue
		case <-c.wake:
		}
		c.mu.Lock()
		taken, c.queue = c.queue, taken[:0]
		c.mu.Unlock()
		all := taken
		if _, err := all.WriteTo(c.conn); err != nil {
			_ = c.conn.Close() // ends the reader, which ends the rest
			<-c.gone
			return
		}
		clear(taken)
	}
}

// textFrame is a whole WebSocket text frame, as a server sends it.
func textFrame(text []byte) []byte {
	frame := make([]byte, 0, len(text)+10)
	frame = append(frame, 0x81)
	switch n := len(text); {
	case n < 126:
		frame = append(frame, byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(n))
	}
	return append(frame, text...)
}
