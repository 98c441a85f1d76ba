// Package sio is the Socket.IO door, in and out.
//
// Sessions, by polling or WebSocket, are package eio's; every one has an outbox.
// On them stands the protocol of a library (github.com/zishang520/socket.io):
// namespaces, CONNECT, acks. What is ours again: a parser that keeps arguments as
// bytes, who may come in, what becomes of an event, rooms, and the way out.
//
//	client ──▶ eio ─▶ library ─▶ decode.go ─▶ event.go ─▶ intake
//	client ◀── eio ◀─ outbox ◀─┬─ library   (CONNECT, acks)
//	                           └─ send.go ◀── emitter
package sio

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/eio"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// intake takes what clients hand in.
type intake interface {
	Accept(drafts ...msg.Draft) (msg.Receipt, error)
}

// recent knows the newest messages: the last n of each stream of a namespace,
// oldest first, without those for other rooms; and the Order of the newest
// emission that could be among them.
type recent interface {
	Last(namespace string, events, rooms []string, n int) (past []*msg.Record, upTo uint64)
	// Since returns what was emitted after an Order for a socket in rooms, up to the
	// Order upTo, oldest first; whole: nothing of that is forgotten.
	Since(namespace, socket string, rooms []string, order uint64) (past []*msg.Record, upTo uint64, whole bool)
}

// keys return a caller with what a key adds to it; an unknown one is an
// Unauthorized error. A connection in its handshake holds up the others meanwhile,
// so this is quick.
type keys interface {
	Admit(c msg.Caller, key string) (msg.Caller, error)
}

// audit remembers who came in, and who did not.
type audit interface {
	Note(act msg.Act)
}

// nobody is an audit that remembers nothing.
type nobody struct{}

func (nobody) Note(msg.Act) {}

// Defaults of Options.
const (
	DefaultMaxSessions            = 20_000
	DefaultMaxSessionsPerHost     = 512
	DefaultMaxNamespaces          = 1024
	DefaultMaxNamespacesPerClient = 64
	DefaultMaxRooms               = 256
	DefaultMaxAttachments         = 64
)

// Options of a Door. Intake, Recent and Keys must be set.
type Options struct {
	Intake intake
	Recent recent
	Keys   keys
	Audit  audit        // nil: nothing is noted
	Log    *slog.Logger // nil: nothing is logged
	// Welcome says why a caller that was let in a moment ago would not be any more:
	// its key was revoked, or the hub is not shared now. It is asked when the
	// connection can be found by Expel, so that nobody slips through between, and is
	// as quick as Keys. Nil: everybody stays welcome.
	Welcome func(c msg.Caller) error
	// Left is told of each connection that has ended and had joined a namespace. It
	// must not call the door. Nil: nobody is told.
	Left func(d msg.Departure)

	MaxFrame       int // bytes a client may send in one message or POST; default eio.DefaultMaxFrame
	MaxFragments   int // WebSocket frames of one message; default link.DefaultMaxFragments
	MaxAttachments int // of one event; default DefaultMaxAttachments
	MaxSessions    int // connections there may be, polling ones and handshakes included; default DefaultMaxSessions
	// MaxSessionsPerHost is how many of them another machine may have. A client that
	// polls needs no connection of its own, so their limit does not bound it; default
	// DefaultMaxSessionsPerHost.
	MaxSessionsPerHost int
	// MaxNamespaces bounds the namespaces with clients in them, so that nobody can
	// fill the memory with names; default DefaultMaxNamespaces.
	MaxNamespaces int
	// MaxNamespacesPerClient bounds those of one connection, so that nobody can take
	// them all; default DefaultMaxNamespacesPerClient.
	MaxNamespacesPerClient int
	MaxRooms               int // that one socket may be in; default DefaultMaxRooms
	// Reached is told each time that somebody is refused because of a limit, by the
	// name of its setting. Nil: nobody is told.
	Reached func(limit string)

	PingInterval time.Duration  // default eio.DefaultPingInterval
	PingTimeout  time.Duration  // how long a client may take to answer a ping; default eio.DefaultPingTimeout
	Outbox       outbox.Options // of each client; what it calls is set here
	AllowEIO3    bool           // serve Socket.IO 2 clients too
	// Recovery is how long a socket whose connection broke may take to come back as who
	// it was, and get what it missed; 0: it comes as somebody new. With it, clients of
	// Engine.IO 4 get an argument more with each event.
	Recovery time.Duration
}

// withDefaults returns o with what was left out.
func (o Options) withDefaults() Options {
	o.MaxFrame = cmp.Or(o.MaxFrame, eio.DefaultMaxFrame)
	o.MaxSessions = cmp.Or(o.MaxSessions, DefaultMaxSessions)
	o.MaxSessionsPerHost = cmp.Or(o.MaxSessionsPerHost, DefaultMaxSessionsPerHost)
	o.MaxNamespaces = cmp.Or(o.MaxNamespaces, DefaultMaxNamespaces)
	o.MaxNamespacesPerClient = cmp.Or(o.MaxNamespacesPerClient, DefaultMaxNamespacesPerClient)
	o.MaxRooms = cmp.Or(o.MaxRooms, DefaultMaxRooms)
	o.MaxAttachments = cmp.Or(o.MaxAttachments, DefaultMaxAttachments)
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	if o.Audit == nil {
		o.Audit = nobody{}
	}
	if o.Left == nil {
		o.Left = func(msg.Departure) {}
	}
	if o.Welcome == nil {
		o.Welcome = func(msg.Caller) error { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Door serves Socket.IO clients. It is an http.Handler for /socket.io/ and all
// below it that is not a file.
//
// A client may join any valid namespace. It gets the messages of that namespace
// if it may view, and its events reach intake if it may publish. What it may do
// comes from the context of its first request (msg.CallerOf) and from auth.key.
//
// All methods may be called from any goroutine, but Send only from one at a time.
type Door struct {
	opts   Options
	log    *slog.Logger
	engine *eio.Server
	spaces *spaces
	away   *away
	inside gate // events inside intake

	opened  engine.BaseServer  // tells the library of connections
	request *types.HttpContext // what the library sees of any client's request: nothing

	audiences []*audience // of Send, to be used again
	sending   uint64      // how many messages Send was given
	leaving   atomic.Bool // nobody may join any more

	mu        sync.Mutex
	sessions  map[*session]struct{}
	named     map[string]*session // those that have joined a namespace, by the id of their first socket
	seats     int                 // that are taken; see seat.go
	strangers map[string]int      // sessions that have joined no namespace yet, by host
	guests    map[string]int      // sessions of each other machine
}

// New returns a Door that serves until Stop.
func New(o Options) *Door {
	o = o.withDefaults()
	d := &Door{
		opts: o, log: o.Log, away: newAway(o.Recovery),
		sessions:  make(map[*session]struct{}),
		named:     make(map[string]*session),
		strangers: make(map[string]int),
		guests:    make(map[string]int),
	}
	d.setUp()
	d.engine = eio.New(eio.Options{
		Open: d.open, MaxFrame: o.MaxFrame, PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		Revision3: o.AllowEIO3, Outbox: o.Outbox, MaxFragments: o.MaxFragments, Reached: o.Reached,
	})
	return d
}

// setUp makes the library ready, without a server of its own: it gets its
// connections from open.
func (d *Door) setUp() {
	o := socket.DefaultServerOptions()
	o.SetServeClient(false) // its files are read from disk beside the program
	o.SetCleanupEmptyChildNamespaces(true)
	o.SetAdapter(&noRooms{door: d}) // they are ours; see space.go
	if d.opts.Recovery > 0 {
		recovery := socket.DefaultConnectionStateRecovery()
		recovery.SetMaxDisconnectionDuration(d.opts.Recovery.Milliseconds())
		recovery.SetSkipMiddlewares(false) // who comes back must still be allowed in
		o.SetConnectionStateRecovery(recovery)
	}
	o.SetParser(&rawParser{
		limits:     limits{attachments: d.opts.MaxAttachments, attachmentBytes: d.opts.MaxFrame, pendingBytes: d.opts.MaxFrame},
		reached:    d.opts.Reached,
		connecting: func(handle func()) *stay { return d.spaces.connecting(handle) },
	})
	io := socket.NewServer(nil, o)
	d.spaces = newSpaces(io, d.admit, d.join, d.opts)
	d.opened = engine.MakeBaseServer()
	io.Bind(d.opened)
	d.request = emptyRequest()
}

// ServeHTTP implements http.Handler.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.engine.ServeHTTP(w, r) }

func errStopping() error {
	return fault.Newf(fault.Stopping, "the hub is stopping").WithHint("connect again when the hub is back")
}

// gate counts what Stop must wait for.
type gate struct {
	mu     sync.Mutex
	inside int
	shut   bool
	empty  chan struct{} // made by close; closed when nothing is inside
}

// enter counts something more, unless the gate is shut.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.shut && g.inside == 0 {
		close(g.empty)
	}
}

// close shuts the gate and waits until nothing is inside or ctx ends; it reports
// which.
func (g *gate) close(ctx context.Context) bool {
	g.mu.Lock()
	if !g.shut {
		g.shut, g.empty = true, make(chan struct{})
		if g.inside == 0 {
			close(g.empty)
		}
	}
	g.mu.Unlock()
	select {
	case <-g.empty:
		return true
	case <-ctx.Done():
		return false
	}
}
