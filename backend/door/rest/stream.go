package rest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

const (
	// heartbeat is how often a stream shows that it lives: proxies commonly close
	// what was silent for 30 or 60 s.
	heartbeat = 15 * time.Second
	// maxStall is how long a client may take nothing of a stream before it counts
	// as gone.
	maxStall = time.Minute
)

// Frames that are always the same.
const (
	heartbeatFrame = ": still here\n\n"
	stoppingFrame  = "event: stopping\ndata: {\"type\":\"stopping\"}\n\n"
)

// stream is one client that reads server-sent events.
type stream struct {
	id        string
	address   string
	agent     string // its program
	caller    msg.Caller
	namespace string // all that it can show is of this one; empty: of any
	filter    query.Filter
	allowance query.Allowance // for filter; used with the door's mu held
	opened    time.Time
	box       *outbox.Outbox
	tap       *outbox.Tap // into box
	ctl       *http.ResponseController
	cancel    context.CancelFunc
}

// getStream sends the messages that match as they are emitted.
func (d *Door) getStream(w http.ResponseWriter, r *http.Request) error {
	filter, err := streamFilter(r)
	if err != nil {
		return err
	}
	if !filter.MaySelectEmitted() {
		return fault.Newf(fault.Invalid, "a stream carries what is emitted for everybody or for rooms, and the query selects none of it").
			WithCode("never_emitted").WithHint("ask /api/v1/wait or /api/v1/messages for what was dropped, only received, or for one client")
	}
	from, err := d.pastOf(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		return nil
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := d.newStream(w, r, filter, cancel)
	if err := d.join(s); err != nil {
		return err
	}
	defer d.leave(s)
	if err := d.o.Welcome(s.caller); err != nil {
		return d.refused(r, err)
	}
	d.o.Audit.Note(msg.Act{Kind: msg.Connected, By: s.caller, Door: msg.DoorREST})
	_ = s.ctl.SetReadDeadline(time.Time{}) // nothing more is read
	past := d.missing(s, from)             // before the client sees that it is open: from then on all reaches it
	if err := s.write(ctx, w, nil); err != nil {
		return nil // the client is gone
	}
	if err := s.begin(ctx, w, past); err != nil {
		return nil
	}
	var beats sync.WaitGroup
	beats.Go(func() { s.beat(ctx) })
	defer beats.Wait()
	defer cancel()                                                                        // before beats.Wait
	_ = s.box.Run(ctx, func(frames net.Buffers) error { return s.write(ctx, w, frames) }) // the outbox knows how it ended
	d.ended(s)
	return nil
}

func streamFilter(r *http.Request) (query.Filter, error) {
	q := r.URL.Query()
	namespace, event := q.Get("namespace"), q.Get("event")
	if namespace != "" {
		if err := msg.CheckNamespace(namespace); err != nil {
			return query.Filter{}, err
		}
	}
	f, err := query.Parse(q.Get("q"))
	return query.Stream(namespace, event).And(f), err
}

func (d *Door) newStream(w http.ResponseWriter, r *http.Request, f query.Filter, cancel context.CancelFunc) *stream {
	s := &stream{
		id:        "sse-" + rand.Text(),
		address:   r.RemoteAddr,
		agent:     msg.AgentOf(r.UserAgent()),
		caller:    msg.CallerOf(r.Context()),
		namespace: r.URL.Query().Get("namespace"),
		filter:    f,
		opened:    time.Now(),
		ctl:       http.NewResponseController(w),
		cancel:    cancel,
	}
	opts := d.o.Outbox
	opts.MissedFrame, opts.Reached = missedFrame, d.o.Reached
	opts.Overflow = func(reason error) {
		s.box.Close(reason)
		s.cut()
	}
	s.box = outbox.New(opts)
	s.tap = outbox.NewLateTap(s.box)
	return s
}

// begin writes what s begins with. Many frames go at once, for what is emitted
// meanwhile waits in the outbox.
func (s *stream) begin(ctx context.Context, w http.ResponseWriter, b beginning) error {
	const atOnce = 64
	if b.missed {
		if err := s.write(ctx, w, net.Buffers{missedFrame(b.count)}); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(b.records, atOnce) {
		frames := make(net.Buffers, len(some))
		for i, rec := range some {
			frames[i] = eventFrame(rec.Message, rec.At)
		}
		if err := s.write(ctx, w, frames); err != nil {
			return err
		}
	}
	return nil
}

func missedFrame(count uint64) []byte {
	return fmt.Appendf(nil, "event: missed\ndata: {\"type\":\"missed\",\"count\":%d}\n\n", count)
}

func (d *Door) join(s *stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping {
		return errStopping()
	}
	d.inUse.Add(1)
	d.streams[s.id] = s
	if !s.filter.IsCheap() {
		d.dear.Add(1)
	}
	return nil
}

func (d *Door) leave(s *stream) {
	d.mu.Lock()
	delete(d.streams, s.id)
	if !s.filter.IsCheap() {
		d.dear.Add(-1)
	}
	d.mu.Unlock()
	d.inUse.Done()
}

// write puts frames on the wire. It blocks while the client takes nothing, up
// to maxStall.
func (s *stream) write(ctx context.Context, w http.ResponseWriter, frames net.Buffers) error {
	_ = s.ctl.SetWriteDeadline(time.Now().Add(maxStall))
	if ctx.Err() != nil { // looked at after the deadline is set: cut does it the other way round
		return ctx.Err()
	}
	for _, frame := range frames {
		if _, err := w.Write(frame); err != nil {
			return err
		}
	}
	return s.ctl.Flush()
}

// beat sends heartbeats until ctx ends.
func (s *stream) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.box.Control([]byte(heartbeatFrame))
		}
	}
}

// cut ends the stream at once, whatever still waits.
func (s *stream) cut() {
	s.cancel()
	_ = s.ctl.SetWriteDeadline(time.Unix(1, 0))
}

// Send puts e in the outbox of every stream that wants it, and returns how many
// took it. A stream whose query would take too long misses it. Send never blocks, and calls giveWay every few pushes, which may call
// Send for a message of another namespace. A message for one socket is none of a
// stream's.
func (d *Door) Send(e msg.Emission, giveWay func()) (sockets int) {
	if e.To != "" {
		return 0
	}
	rec := e.Record()
	crowd, askers := d.crowds.Take(), int(d.dear.Load())
	d.mu.Lock()
	for _, s := range d.streams {
		switch wanted, known := s.allowance.Match(s.filter, &rec, askers); {
		case !known:
			s.box.Miss()
		case wanted:
			crowd = append(crowd, s.tap)
		}
	}
	d.mu.Unlock()
	if len(crowd) > 0 {
		sockets = outbox.Fan(crowd, eventFrame(e.Message, e.At), e, giveWay)
	}
	d.crowds.Return(crowd)
	return sockets
}

// eventFrame writes m as one server-sent event. Its type is the default one, so
// that EventSource.onmessage gets it; its JSON has no line breaks.
func eventFrame(m *msg.Message, at time.Time) []byte {
	frame := make([]byte, 0, frameSize(m))
	frame = append(frame, "id: "...)
	frame = strconv.AppendUint(frame, m.Seq, 10)
	frame = append(frame, "\ndata: "...)
	frame = wire.AppendEvent(frame, m, at)
	return append(frame, "\n\n"...)
}

// frameSize is about as large as m's frame, in bytes.
func frameSize(m *msg.Message) int {
	const around = 256 // bytes for everything but payload and names
	return around + len(m.Namespace) + len(m.Event) + len(m.Payload)
}

// Expel ends the streams and waits whose callers match, and the bodies that are still coming
// from them. EventSource tries again by itself, and is told why then. Who begins
// either of them meanwhile is for Options.Welcome to refuse.
func (d *Door) Expel(match func(c msg.Caller) bool, why *fault.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for b := range d.bodies {
		if match(b.by) {
			b.cut(why)
		}
	}
	for _, s := range d.streams {
		if match(s.caller) {
			s.box.Close(why)
			s.cut()
		}
	}
	for _, w := range d.waiting() {
		if match(w.caller) {
			w.cut()
		}
	}
}
