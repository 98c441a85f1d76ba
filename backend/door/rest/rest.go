// Package rest is the door for plain HTTP: messages in by POST, everything the
// hub knows out by GET, a stream of server-sent events, the description of it
// all (OpenAPI), and the interface's files.
//
// routes.go lists every path. From that one list come the dispatch, the scopes,
// the answers to a wrong method and an unknown parameter, and the document, so
// none of them can say something else than the others.
package rest

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// intake takes drafts in order until the first refusal; the receipt tells of
// what was taken before it. It keeps no payload.
type intake interface {
	Accept(drafts ...msg.Draft) (msg.Receipt, error)
}

// lanes are the namespaces' waiting lines. Patch makes the lane that is not there;
// Reset takes back what people changed of one that is.
type lanes interface {
	List() []msg.LaneState
	Lane(namespace string) (msg.LaneState, error)
	Patch(namespace string, p msg.LanePatch) (msg.LaneState, error)
	Reset(namespace string) (msg.LaneState, error)
	Depth(namespace string) int
}

// recent holds the newest messages. A page is newest first by seq; before 0
// means from the newest. A walk is oldest first, of the newest limit; 0: of all. What is being sent is among them; Newest is the Order of
// the last one that is or was.
type recent interface {
	Page(f query.Filter, before uint64, limit int) []*msg.Record
	Walk(f query.Filter, limit int, see func(*msg.Record) bool)
	Get(seq uint64) (*msg.Record, bool)
	Newest() uint64
	Forgotten() uint64
}

// history is what is kept of the messages that recent has forgotten, and may have some
// that it has not. Before returns a page of them, newest first by seq, of those with a seq below before, 0
// meaning from the newest; those with a seq below next, where it is not 0, are not
// looked at yet. Find returns nil where there is none.
type history interface {
	Before(ctx context.Context, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error)
	Find(ctx context.Context, seq uint64) (*msg.Record, error)
}

// stats are the hub's numbers. Of the points only the newest are wanted, at most
// limit; 0: all.
type stats interface {
	Stats() msg.Stats
	Points(namespace string, step time.Duration, limit int) []msg.Point
	StreamPoints(namespace string, step time.Duration) msg.StreamPoints
}

// Options are what the door stands on. All are needed where nothing else is said.
type Options struct {
	Intake     intake
	Lanes      lanes
	Recent     recent
	Stats      stats
	LastSeq    func() uint64 // the highest seq given out
	Clients    clients
	Faults     faults
	Sharing    sharing
	Keys       keys
	Keeping    keeping
	Queries    shelf // each checked by CheckSavedQuery
	Boards     shelf // each checked by CheckBoard
	Drafts     shelf // each checked by CheckDraft
	Simulators simulators
	Rules      rules
	Experiment experiment
	Recordings recordings
	Replay     replayer
	// MaxRecordingBytes is how many bytes recordings may have; 0: there is no limit.
	MaxRecordingBytes int64
	// History has what Recent has forgotten; nil: nothing has.
	History  history
	Alerts   alerts
	Entrance entrance
	Audit    audit
	Limits   func() []msg.Limit
	Metrics  http.Handler // behind /metrics
	Ready    func() error // why the hub is not ready to serve; nil when it is
	Version  string
	UI       fs.FS  // the built interface, index.html at its root; may be nil or empty
	Demo     []byte // the page at /demo; nil: there is none
	// MaxBody bounds a JSON body, and each line of NDJSON, in bytes; 0: 1 MiB.
	MaxBody int64
	// BodyTimeout is how long a body may pause; 0: 30 s. A producer that streams
	// and has nothing to say for longer sends an empty line.
	BodyTimeout time.Duration
	// Welcome says why a caller that was let in a moment ago would not be any more.
	// It is asked when Expel can find what the caller has begun, so that nobody slips
	// through between; nil: everybody stays welcome.
	Welcome func(c msg.Caller) error
	// Left is told of each stream that has ended, by whatever it did; nil: nobody is.
	Left func(d msg.Departure)
	// Reached is told of each refusal because of a limit, by the setting's name;
	// nil: nobody is.
	Reached func(limit string)
	// Outbox bounds what waits for one reader of the stream, and says what
	// happens beyond. Its functions are the door's own and not looked at.
	Outbox outbox.Options
	Log    *slog.Logger
}

// Door answers HTTP. All methods may be called from any goroutine, but Send only
// from the emitter's.
type Door struct {
	o       Options
	mux     *http.ServeMux
	plain   map[string]http.HandlerFunc // paths of the mux that it need not look for
	doc     []byte                      // openapi.json
	docs    page                        // shows doc
	demo    page
	unbuilt page // instead of the interface
	nowhere page // where there is nothing
	keys    *keyring
	spare   sync.Pool      // of *scratch
	inUse   sync.WaitGroup // bodies being read, streams being written

	mu       sync.Mutex // once stopping is set under it, inUse only sinks
	stopping bool
	bodies   map[*body]struct{}
	streams  map[string]*stream        // by client id
	waiters  atomic.Pointer[[]*waiter] // replaced under mu, never changed; nil: none
	dear     atomic.Int64              // of streams and waiters, those that ask for more than a few names

	crowds outbox.Crowds // the emitter's
}

// New returns a door that is ready to serve. It starts nothing.
func New(o Options) (*Door, error) {
	o.MaxBody = cmp.Or(o.MaxBody, defaultMaxBody)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, defaultBodyTimeout)
	if o.Welcome == nil {
		o.Welcome = func(msg.Caller) error { return nil }
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	d := &Door{
		o:       o,
		mux:     http.NewServeMux(),
		plain:   map[string]http.HandlerFunc{},
		demo:    newPage(o.Demo),
		keys:    newKeyring(),
		bodies:  map[*body]struct{}{},
		streams: map[string]*stream{},
	}
	for name, p := range map[string]*page{
		"docs/index.html": &d.docs, "unbuilt.html": &d.unbuilt, "nowhere.html": &d.nowhere,
	} {
		content, err := static.ReadFile("static/" + name)
		if err != nil {
			return nil, err
		}
		*p = newPage(content)
	}
	routes := d.routes()
	var err error
	if d.doc, err = document(o.Version, routes); err != nil {
		return nil, err
	}
	d.register(routes)
	return d, nil
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost { // a browser may show it as a page
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", nothingAllowed)
	}
	if serve := d.plain[r.URL.Path]; serve != nil && r.URL.RawPath == "" {
		serve(w, r)
		return
	}
	if losesSlash(r.URL.EscapedPath()) {
		d.sendError(w, r, unknownPath(r.URL.Path))
		return
	}
	d.mux.ServeHTTP(w, r)
}

// Announce tells the streams' clients that the hub will stop; what still waits
// in the lanes reaches them after that. No new stream or body is begun. Bodies
// that are still coming end here, and what was complete of them is taken if
// intake still takes anything.
func (d *Door) Announce() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping {
		return
	}
	d.stopping = true
	for b := range d.bodies {
		b.cut(errStopping())
	}
	for _, s := range d.streams {
		s.box.Must([]byte(stoppingFrame), time.Now())
	}
}

// Stop announces it, where that has not been done, flushes and closes the
// streams, ends the waits, and returns when they and all bodies have ended; those
// that have not when ctx ends are cut. All that does not go on by itself is still answered.
func (d *Door) Stop(ctx context.Context) {
	d.Announce()
	d.mu.Lock()
	for _, s := range d.streams {
		s.box.Close(errStopping())
	}
	for _, w := range d.waiting() {
		w.stop()
	}
	d.mu.Unlock()
	disarm := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, s := range d.streams {
			s.cut()
		}
		for _, w := range d.waiting() {
			w.cut()
		}
	})
	defer disarm()
	d.inUse.Wait()
}
