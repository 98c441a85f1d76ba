// Package sio is the Socket.IO door, in and out.
//
// The protocol is the library's (github.com/zishang520/socket.io): handshake,
// polling, upgrade, namespaces, acks. What is ours: a parser that keeps
// arguments as bytes, who may come in, what becomes of an event, rooms, the way
// out, and the cures for what the library gets wrong. Each cure says at its
// place what it is for.
//
//	client ──▶ request.go ─▶ library ─▶ decode.go ─▶ event.go ─▶ intake
//	client ◀── request.go ◀─ library ◀──── send.go ◀──────────── emitter
package sio

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// intake takes what clients hand in.
type intake interface {
	Accept(drafts ...msg.Draft) (msg.Receipt, error)
}

// recent knows the newest messages: the last n of each stream of a namespace,
// oldest first, without those for other rooms.
type recent interface {
	Last(namespace string, events, rooms []string, n int) (past []*msg.Record, upTo uint64)
}

// keys tell what a key allows; an unknown one is an Unauthorized error. A
// connection in its handshake holds up the others meanwhile, so this is quick.
type keys interface {
	Scopes(key string) (msg.Scopes, error)
}

// Defaults of Options.
const (
	DefaultMaxFrame     = 1 << 20
	DefaultMaxSessions  = 20_000
	DefaultPingInterval = 25 * time.Second
	DefaultPingTimeout  = 30 * time.Second
)

// Options of a Door. Intake, Recent and Keys must be set.
type Options struct {
	Intake intake
	Recent recent
	Keys   keys
	Log    *slog.Logger // nil: nothing is logged

	MaxFrame     int           // bytes a client may send in one message or POST; default DefaultMaxFrame
	MaxSessions  int           // connections there may be, polling ones and handshakes included; default DefaultMaxSessions
	PingInterval time.Duration // default DefaultPingInterval
	// PingTimeout is how long a client may take to answer a ping. It is longer
	// than PingInterval; default DefaultPingTimeout.
	PingTimeout time.Duration
	AllowEIO3   bool // serve Socket.IO 2 clients too
}

// Door serves Socket.IO clients. It is an http.Handler for /socket.io/ and all
// below it that is not a file.
//
// A client may join any valid namespace. It gets the messages of that namespace
// if it may view, and its events reach intake if it may publish. What it may do
// comes from the context of its first request (msg.ScopesOf) and from auth.key.
//
// All methods may be called from any goroutine, but Send only from one at a time.
type Door struct {
	opts   Options
	log    *slog.Logger
	engine engine.Server
	spaces *spaces

	active   atomic.Int64 // requests inside the library, events inside intake, closings on their way
	newest   atomic.Pointer[msg.Message]
	sending  uint64 // how many messages Send was given
	audience []*member

	mu       sync.Mutex
	sessions map[string]*session // by the engine's id, which is a secret
	links    map[*link]struct{}  // WebSocket connections
	phase    phase

	seats     int            // that are taken; see seat.go
	strangers map[string]int // sessions that have joined no namespace yet, by host
}

// phase is how far the door has stopped.
type phase uint8

const (
	serving phase = iota
	leaving       // new clients are refused
	stopped       // all requests are refused
)

// New returns a Door that serves until Stop. Options that contradict one
// another are an Invalid error.
func New(o Options) (*Door, error) {
	o.MaxFrame = cmp.Or(o.MaxFrame, DefaultMaxFrame)
	o.MaxSessions = cmp.Or(o.MaxSessions, DefaultMaxSessions)
	o.PingInterval = cmp.Or(o.PingInterval, DefaultPingInterval)
	o.PingTimeout = cmp.Or(o.PingTimeout, DefaultPingTimeout)
	// The library sends a ping before it arms its timeout. A quick pong finds
	// nothing to disarm, and the timeout then armed would close a healthy
	// client, unless the next ping comes first and arms it anew.
	if o.PingTimeout <= o.PingInterval {
		return nil, fault.Newf(fault.Invalid, "ping timeout is %v; it must be longer than the ping interval, %v", o.PingTimeout, o.PingInterval).
			WithCode("invalid_setting")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Door{
		opts: o, log: o.Log,
		sessions:  make(map[string]*session),
		links:     make(map[*link]struct{}),
		strangers: make(map[string]int),
	}
	d.serve()
	return d, nil
}

// serve sets the library up.
func (d *Door) serve() {
	o := socket.DefaultServerOptions()
	o.SetServeClient(false) // its files are read from disk beside the program
	o.SetPingInterval(d.opts.PingInterval)
	o.SetPingTimeout(d.opts.PingTimeout)
	o.SetMaxHttpBufferSize(int64(d.opts.MaxFrame))
	o.SetAllowEIO3(d.opts.AllowEIO3)
	o.SetTransports(types.NewSet[transports.TransportCtor](&pollingCtor{}, &webSocketCtor{}))
	o.SetHttpCompression(nil)
	o.SetPerMessageDeflate(nil) // inflating goes past the frame limit
	o.SetCleanupEmptyChildNamespaces(true)
	o.SetParser(&rawParser{
		limits:     limits{attachmentBytes: d.opts.MaxFrame, pendingBytes: d.opts.MaxFrame},
		connecting: func(handle func()) *stay { return d.spaces.connecting(handle) },
	})
	io := socket.NewServer(nil, o)
	d.spaces = newSpaces(io, d.admit, d.join)

	// As io.ServeHandler does, but our listener is there before the library's:
	// the session is known by the time Socket.IO sees the connection.
	d.engine = engine.NewServer(o)
	_ = d.engine.On("connection", d.opened) // fails for no listener only
	io.Bind(d.engine)
}

// enter counts something that Stop must wait for, unless the door has stopped.
func (d *Door) enter() bool {
	d.active.Add(1)
	d.mu.Lock()
	open := d.phase != stopped
	d.mu.Unlock()
	if !open {
		d.leave()
	}
	return open
}

func (d *Door) leave() { d.active.Add(-1) }
