// Package ws is the native WebSocket door, in and out, and the socket of the
// viewers' feed.
//
// A client has two goroutines: one reads and answers, one writes what waits in
// the client's outbox. A viewer has a third, which makes its frames.
//
//	client ──▶ socket.go ─▶ intake
//	client ◀── link ◀─ outbox ◀─ index.go ◀── emitter
//	viewer ◀── link ◀─ outbox ◀─ feed.go ◀── feed
package ws

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// intake takes what clients publish.
type intake interface {
	Accept(drafts ...msg.Draft) (msg.Receipt, error)
}

// recent knows the newest messages of each stream, in the order in which they
// were emitted, up to the newest emission that was begun: upTo.
type recent interface {
	Last(namespace string, events, rooms []string, n int) (past []*msg.Record, upTo uint64)
}

// keys return a caller with what a key adds to it; an unknown one is an
// Unauthorized error.
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

// Viewer decides what one open viewer should see next. One goroutine calls Next;
// Query, Series and Close may be called meanwhile.
type Viewer interface {
	Next(ctx context.Context) (*msg.Frame, error) // blocks until the next frame is due
	Query(q query.View)
	Series(asks []query.Series) error
	Close()
}

// DefaultMaxSubscriptions is that of Options.
const DefaultMaxSubscriptions = 256

// Options of a Door. All without a default must be set.
type Options struct {
	Intake     intake
	Recent     recent
	Keys       keys
	Audit      audit // default: nothing is noted
	OpenViewer func(query.View) (Viewer, error)
	Hello      func() wire.FeedHello // type and scopes are set here
	// Welcome says why a caller that was let in a moment ago would not be any more:
	// its key was revoked, or the hub is not shared now. It is asked when the
	// connection can be found by Expel, so that nobody slips through between. The
	// default is that everybody stays welcome.
	Welcome func(c msg.Caller) error
	// Left is told of each client that has left, on its own goroutine; viewers are
	// none. The default is that nobody is.
	Left func(d msg.Departure)

	MaxFrame         int // bytes of one message; default link.DefaultMaxFrame
	MaxFragments     int // frames of one message; default link.DefaultMaxFragments
	MaxSubscriptions int // of one client, to as many namespaces; default DefaultMaxSubscriptions
	// Reached is told each time that somebody is refused because of a limit, by the
	// name of its setting. The default is that nobody is.
	Reached func(limit string)
	Outbox  outbox.Options // of each client; what it calls is set here
	Log     *slog.Logger   // default: nothing is logged
}

// Door serves native WebSocket clients and viewers, until Stop.
//
// All methods may be called from any goroutine, but Send only from one at a time.
type Door struct {
	opts     Options
	log      *slog.Logger
	upgrader *link.Upgrader
	index    index

	mu      sync.Mutex
	conns   map[*conn]struct{}
	clients map[string]*socket // those of conns that are no viewers
	serving int                // requests and connections that have not ended
	phase   phase
	empty   chan struct{} // closed when stopped and serving is 0
}

// phase is how far the door has stopped.
type phase uint8

const (
	open      phase = iota
	announced       // clients have been told, and new ones are refused
	stopped         // connections are being closed
)

// New returns a Door that serves.
func New(o Options) *Door {
	o.MaxFrame = cmp.Or(o.MaxFrame, link.DefaultMaxFrame)
	o.MaxSubscriptions = cmp.Or(o.MaxSubscriptions, DefaultMaxSubscriptions)
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
	o.Outbox.MaxFrames = cmp.Or(o.Outbox.MaxFrames, outbox.DefaultMaxFrames)
	o.Outbox.MaxBytes = cmp.Or(o.Outbox.MaxBytes, outbox.DefaultMaxBytes)
	o.Outbox.Reached = o.Reached
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Door{
		opts:    o,
		log:     o.Log,
		conns:   make(map[*conn]struct{}),
		clients: make(map[string]*socket),
		empty:   make(chan struct{}),
	}
	d.upgrader = link.NewUpgrader(link.Options{
		Limits:    d.limits(),
		PingEvery: pingEvery, MaxFragments: o.MaxFragments, Reached: o.Reached,
		Refuse: func(w http.ResponseWriter, status int, err *fault.Error) { refuse(w, status, err) },
	})
	return d
}

// limits are those of a client whose scopes are known.
func (d *Door) limits() link.Limits {
	return link.Limits{MaxFrame: d.opts.MaxFrame, Wait: readWait}
}

// Socket serves native WebSocket clients.
func (d *Door) Socket() http.Handler { return http.HandlerFunc(d.serveSocket) }

// Feed serves viewers.
func (d *Door) Feed() http.Handler { return http.HandlerFunc(d.serveFeed) }

// refuse answers a request that does not become a WebSocket connection.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.ErrorOf(err)) // whoever asked may be gone
}

// enter counts a request that may become a connection. It fails when the hub
// is stopping.
func (d *Door) enter() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.phase != open {
		return fault.Newf(fault.Stopping, "the hub is stopping").WithHint("connect again when it is back")
	}
	d.serving++
	return nil
}

func (d *Door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serving--
	if d.phase == stopped && d.serving == 0 {
		close(d.empty)
	}
}

// register makes the connection known; s is nil for a viewer.
func (d *Door) register(c *conn, s *socket) {
	d.mu.Lock()
	d.conns[c] = struct{}{}
	c.views = s == nil
	if s != nil {
		d.clients[s.id] = s
	}
	phase := d.phase
	d.mu.Unlock()
	// Between the request and now the hub may have begun to stop.
	if phase != open {
		c.tell(wire.SocketBye{Type: "stopping"})
	}
	if phase == stopped {
		c.Shut(errStopping, websocket.CloseGoingAway)
	}
}

func (d *Door) unregister(c *conn, s *socket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
	if s != nil {
		delete(d.clients, s.id)
	}
}

// Inform tells every viewer something besides its frames: one of package wire's
// types. Those that have not got their hello get it after that.
func (d *Door) Inform(v any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		switch {
		case !c.views:
		case c.greeted:
			c.tell(v)
		default:
			c.held = append(c.held, v)
		}
	}
}

// greet tells a viewer hello, and what it could not be told before.
func (d *Door) greet(c *conn, hello wire.FeedHello) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.tell(hello)
	for _, v := range c.held {
		c.tell(v)
	}
	c.greeted, c.held = true, nil
}

// refused notes that somebody did not come in.
func (d *Door) refused(by msg.Caller, err error) {
	d.opts.Audit.Note(msg.Act{Kind: msg.Refused, By: by, Door: msg.DoorWebSocket, Subject: fault.From(err).Code})
}

// Expel closes the connection of every client and viewer who is here by the right
// of a caller that matches, and tells them why. Who comes in meanwhile is for
// Options.Welcome to refuse.
func (d *Door) Expel(match func(c msg.Caller) bool, why *fault.Error) {
	d.mu.Lock()
	conns := slices.Collect(maps.Keys(d.conns))
	d.mu.Unlock()
	for _, c := range conns {
		if slices.ContainsFunc(c.right.Load().grants, match) {
			c.expel(why)
		}
	}
}

// Announce tells every client and viewer that the hub will stop, and refuses new
// ones. Those that are connected stay, and get what is still sent.
func (d *Door) Announce() {
	for _, c := range d.reach(announced) {
		c.tell(wire.SocketBye{Type: "stopping"})
	}
}

// Stop announces it, unless Announce has, writes what waits for the clients, and
// closes. It returns when all goroutines of the door have ended; connections that
// have not when ctx ends are cut off.
func (d *Door) Stop(ctx context.Context) {
	d.Announce()
	for _, c := range d.reach(stopped) {
		c.Shut(errStopping, websocket.CloseGoingAway)
	}
	select {
	case <-d.empty:
		return
	case <-ctx.Done():
	}
	d.mu.Lock()
	for c := range d.conns {
		c.Cut()
	}
	d.mu.Unlock()
	<-d.empty
}

// reach begins a phase and returns the connections that have not been told of
// it: all, or none if it had begun before.
func (d *Door) reach(p phase) []*conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.phase >= p {
		return nil
	}
	d.phase = p
	if p == stopped && d.serving == 0 {
		close(d.empty)
	}
	return slices.Collect(maps.Keys(d.conns))
}
