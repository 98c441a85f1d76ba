package sio

import (
	"io"
	"net/http"
	"net/url"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/link"
	"emitscope/backend/fault"
)

// conn is a session as the library sees it: an engine.Socket. The library hears
// "data" and "close" from it, and writes packets into the session's outbox,
// where they wait in one line with ours.
type conn struct {
	types.EventEmitter
	session *session
}

var _ engine.Socket = (*conn)(nil)

var errOutOfPlace = fault.Newf(fault.Invalid, "the packet is not valid here")

func (c *conn) Id() string             { return c.session.engine.ID() } //nolint:revive,staticcheck // the library has named it
func (c *conn) Protocol() int          { return c.session.engine.Revision() }
func (c *conn) RemoteAddress() string  { return c.session.engine.Address() }
func (c *conn) Upgraded() bool         { return c.session.engine.Transport() == "websocket" }
func (c *conn) Upgrading() bool        { return false }
func (c *conn) SetReadyState(_ string) {}

// Request is the same for all clients: the library copies what is in it for each
// socket, and keeps it, though nobody asks.
func (c *conn) Request() *types.HttpContext { return c.session.door.request }

// ReadyState is "open", or else the library sends nothing and lets nobody in.
func (c *conn) ReadyState() string {
	if c.session.engine.IsAlive() {
		return "open"
	}
	return "closed"
}

// Transport is asked for before volatile packets only, and there are none: most
// of them would be lost.
func (c *conn) Transport() transports.Transport { return nil }

// Construct and MaybeUpgrade are for the library's own server.
func (c *conn) Construct(string, engine.BaseServer, transports.Transport, *types.HttpContext, int) {}
func (c *conn) MaybeUpgrade(transports.Transport)                                                  {}

// Send is Write.
func (c *conn) Send(r io.Reader, o *packet.Options, sent engine.SendCallback) engine.Socket {
	return c.Write(r, o, sent)
}

// Write puts one packet of the library's in the outbox: the answer to a CONNECT, a
// DISCONNECT, an ack. None of them has attachments, and none may be dropped.
func (c *conn) Write(r io.Reader, _ *packet.Options, _ engine.SendCallback) engine.Socket {
	text, err := io.ReadAll(r)
	if err == nil { // a buffer never fails
		c.session.answer(append([]byte{'4'}, text...))
	}
	return c
}

// Close is called when a client breaks the protocol, and when it has been told
// so by a packet.
func (c *conn) Close(bool) {
	c.session.engine.Close(errOutOfPlace, websocket.CloseProtocolError)
}

// emptyRequest is a request without headers, address or query.
func emptyRequest() *types.HttpContext {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/socket.io/"}, Header: make(http.Header)}
	ctx := types.NewHttpContext(nowhere{}, r)
	ctx.Flush() // nobody will answer it; this ends what waits for the answer
	return ctx
}

// nowhere is where the answer to emptyRequest would go.
type nowhere struct{}

func (nowhere) Header() http.Header         { return make(http.Header) }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// noRooms is an adapter that keeps no rooms. The library's would keep one for
// each socket, and it mixes rooms with socket ids.
type noRooms struct {
	socket.Adapter
	door      *Door
	namespace string
}

// New implements socket.AdapterConstructor.
func (r *noRooms) New(n socket.Namespace) socket.Adapter {
	return &noRooms{socket.NewAdapter(n), r.door, n.Name()}
}

func (*noRooms) AddAll(socket.SocketId, *types.Set[socket.Room]) {}
func (*noRooms) Del(socket.SocketId, socket.Room)                {}
func (*noRooms) DelAll(socket.SocketId)                          {}

// answer puts a text packet in line that may not be dropped.
func (s *session) answer(text []byte) { s.must(link.Text(text)) }
