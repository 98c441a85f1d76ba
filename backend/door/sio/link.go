package sio

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// webSocketCtor makes the library's WebSocket transport, wrapped.
type webSocketCtor struct{ engine.WebSocketBuilder }

func (c *webSocketCtor) New(ctx *types.HttpContext) transports.Transport {
	t := &webSocket{Transport: c.WebSocketBuilder.New(ctx), conn: ctx.Websocket.Conn}
	t.waits.Store(exchangeOf(ctx).request.URL.Query().Has("sid")) // of a session that polls
	return t
}

// webSocket is the library's WebSocket transport, and the connection it hides.
type webSocket struct {
	transports.Transport
	conn  *websocket.Conn
	waits atomic.Bool // for what the polling transport has not sent yet
}

// Writable reports whether the engine may send. In an upgrade it may not before
// takeOver, so that nothing overtakes what waited for a poll.
func (t *webSocket) Writable() bool { return !t.waits.Load() && t.Transport.Writable() }

// takeOver sends what the polling transport before has left. The engine, which
// calls it, looks for more to send right after.
func (t *webSocket) takeOver(before *polling) {
	if rest := before.takeRest(); len(rest) > 0 {
		t.Send(rest)
	}
	t.waits.Store(false)
}

// link is the network connection of a WebSocket. Until release nothing goes
// through it but the first write: the answer that makes it a WebSocket.
//
// The library begins to read before anybody listens to what it reads. A fast
// client's CONNECT would be lost, and the client cut off 45 s later; the same
// with the probe of an upgrade. It also writes before anybody listens to errors:
// a client that vanished at once would stay in its list for ever.
type link struct {
	net.Conn
	door     *Door
	answered atomic.Bool
	once     sync.Once
	released chan struct{}
}

func (l *link) Read(p []byte) (int, error) {
	<-l.released
	return l.Conn.Read(p)
}

func (l *link) Write(p []byte) (int, error) {
	if l.answered.Swap(true) {
		<-l.released
	}
	return l.Conn.Write(p)
}

func (l *link) release() { l.once.Do(func() { close(l.released) }) }

// Close may be called more than once.
func (l *link) Close() error {
	l.door.unlink(l)
	l.release()
	return l.Conn.Close()
}

// hijacker gives the library a link in place of the network connection.
type hijacker struct {
	http.ResponseWriter
	door *Door
	link *link
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.link = &link{Conn: conn, door: h.door, released: make(chan struct{})}
	h.door.link(h.link)
	return h.link, rw, nil
}

// link notes l, so that Stop can cut it.
func (d *Door) link(l *link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links[l] = struct{}{}
}

func (d *Door) unlink(l *link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.links, l)
}
