// Package link is one client's WebSocket connection: gorilla does the handshake
// and reads, the client's outbox is what is written.
//
// Doors decide what frames mean and own the outbox. It may be older than the
// connection: a client that began by polling keeps its outbox.
//
//	u := link.NewUpgrader(link.Options{PingEvery: 25 * time.Second})
//	c, err := u.Upgrade(w, r)      // in a handler, which may return then
//	c.Start(out)                   // writes what waits in out
//	reason := c.Serve(handle)      // reads until the connection ends
package link

import (
	"bufio"
	"bytes"
	"cmp"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// Defaults of what a client may send in one message.
const (
	DefaultMaxFrame     = 1 << 20 // bytes
	DefaultMaxFragments = 1024    // frames
)

// Options of an Upgrader.
type Options struct {
	Limits Limits // of each connection until Conn.Limit

	// MaxFragments is how many frames one message may have; default
	// DefaultMaxFragments. Frames without a byte count too, which MaxFrame does not
	// bound.
	MaxFragments int
	// Reached is told each time that a client is closed because of max_frame or
	// max_fragments, the settings that Limits.MaxFrame and MaxFragments are of. Nil:
	// nobody is told.
	Reached func(limit string)

	// Binary lets binary frames through to the handler. Without it a client that
	// sends one is closed with 1003.
	Binary bool
	// PingEvery is how often a client gets a WebSocket ping; the first one comes 2 s
	// after Start, if that is sooner. 0: never, for protocols with pings of their own.
	PingEvery time.Duration
	// Refuse answers a request that is no WebSocket handshake. Nil: with the
	// error's message as text.
	Refuse func(w http.ResponseWriter, status int, err *fault.Error)
}

// Limits bound what a client may send.
type Limits struct {
	MaxFrame int // bytes of one message; default DefaultMaxFrame
	// Wait is how long a client may be silent, not even sending a pong, and how long
	// one message may take from its first frame to its last byte, whatever pongs
	// come meanwhile. 0: no limit, for protocols that find out by themselves.
	Wait time.Duration
	Once bool         // Wait begins once: nothing the client sends prolongs it
	Late *fault.Error // why it is closed then; default: that nothing was heard
}

// Upgrader makes connections of requests, for one door. All its methods may be
// called from any goroutine.
type Upgrader struct {
	opts     Options
	upgrader websocket.Upgrader
	buffers  sync.Pool // of *bytes.Buffer: a frame while it is read, a batch while it is written
}

// NewUpgrader returns an Upgrader. The checks of Origin and Host are done by who
// hands it a request.
func NewUpgrader(o Options) *Upgrader {
	o.Limits.MaxFrame = cmp.Or(o.Limits.MaxFrame, DefaultMaxFrame)
	o.MaxFragments = cmp.Or(o.MaxFragments, DefaultMaxFragments)
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	if o.Refuse == nil {
		o.Refuse = func(w http.ResponseWriter, status int, err *fault.Error) { http.Error(w, err.Error(), status) }
	}
	return &Upgrader{opts: o, upgrader: websocket.Upgrader{
		HandshakeTimeout: writeWait,
		// What an idle client costs. A large frame is read past this buffer.
		ReadBufferSize: 1 << 10,
		// Nothing is written by way of these buffers: a pool holds none.
		WriteBufferSize: 1 << 10,
		WriteBufferPool: &sync.Pool{},
		CheckOrigin:     func(*http.Request) bool { return true },
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			w.Header().Set("Sec-WebSocket-Version", "13")
			o.Refuse(w, status, fault.Newf(fault.Invalid, "this address speaks WebSocket only: %v", reason).
				WithCode("websocket_expected").WithHint("open it with a WebSocket client, such as new WebSocket(…) in a browser"))
		},
	}}
}

// Upgrade makes a connection of a request. When it fails, it has answered the
// request, or the client is gone.
//
// Until Start and Serve nothing is read, and nothing written but by Say and
// Shut. The handler should return soon, which frees what the HTTP server keeps
// for a request.
func (u *Upgrader) Upgrade(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	c := &Conn{up: u}
	ws, err := u.upgrader.Upgrade(&handshake{w, c}, r, nil)
	if err != nil {
		return nil, err
	}
	c.ws = ws
	c.Limit(u.opts.Limits)
	ws.SetPingHandler(func(payload string) error {
		c.hear()
		c.control(Control(OpPong, payload))
		return nil
	})
	ws.SetPongHandler(func(payload string) error {
		c.trip.end(payload, time.Now())
		c.hear()
		return nil
	})
	ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = 0
		}
		c.shut(outbox.ErrGone, Close(code, ""))
		return nil
	})
	return c, nil
}

// handshake is a response that gives gorilla a connection it reads by way of
// Conn.in.
type handshake struct {
	http.ResponseWriter
	conn *Conn
}

// Hijack implements http.Hijacker.
func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	c := h.conn
	c.raw = raw
	c.in = input{Conn: raw, heads: heads{most: int32(min(c.up.opts.MaxFragments, math.MaxInt32))}}
	return &c.in, buffers, nil
}

// maxPooled is the largest buffer kept for the next frame, in bytes. Batches and
// most frames fit; a rare large frame should not be kept for ever.
const maxPooled = 256 << 10

func (u *Upgrader) buffer() *bytes.Buffer {
	if buf, ok := u.buffers.Get().(*bytes.Buffer); ok {
		return buf
	}
	return new(bytes.Buffer)
}

func (u *Upgrader) release(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		buf.Reset()
		u.buffers.Put(buf)
	}
}

// Limit bounds what the client sends from now on. It is called before Serve or
// by its handler.
func (c *Conn) Limit(l Limits) {
	l.MaxFrame = cmp.Or(l.MaxFrame, DefaultMaxFrame)
	c.limits, c.heard = l, time.Time{}
	if c.reading {
		c.hear()
	}
}
