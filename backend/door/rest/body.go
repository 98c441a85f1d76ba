package rest

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"emitscope/backend/fault"
)

const (
	// patience is how long a body may pause. A producer that streams and has
	// nothing to say for longer sends an empty line.
	patience = 30 * time.Second
	// farewell is how long net/http may look at what is left of a body that was
	// refused, before it closes the connection.
	farewell = time.Second
)

// body reads one request's body: never more than a limit, never waiting longer
// than patience for more, and not after the hub began to stop.
//
// Only cut may be called from another goroutine than the reader's.
type body struct {
	door  *Door
	src   io.Reader
	ctl   *http.ResponseController
	size  int64     // as announced; -1: not said
	limit int64     // bytes in all
	count int64     // bytes read
	ended bool      // there is no more
	given time.Time // when the client was last given time
	// onWait is called before each read from the network, which may block. Its
	// error ends the reading. nil: nobody wants to know.
	onWait func() error

	mu      sync.Mutex
	stopped bool
}

// openBody prepares to read r's body, up to limit bytes. The caller closes it.
func (d *Door) openBody(w http.ResponseWriter, r *http.Request, limit int64) (*body, error) {
	b := &body{door: d, src: r.Body, ctl: http.NewResponseController(w), size: r.ContentLength, limit: limit, given: time.Now()} // the server gives the first time
	if b.size > limit {
		b.leave(w)
		return nil, tooLarge(limit)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping {
		b.leave(w)
		return nil, errStopping()
	}
	d.inUse.Add(1)
	d.bodies[b] = struct{}{}
	return b, nil
}

// close ends reading. Nothing may have been written to w yet.
func (b *body) close(w http.ResponseWriter) {
	b.door.mu.Lock()
	delete(b.door.bodies, b) // from here on nobody calls cut
	b.door.mu.Unlock()
	b.leave(w)
	b.door.inUse.Done()
}

// leave makes the connection ready for the next request, or, where the body was
// not read to its end, has it closed after the answer.
func (b *body) leave(w http.ResponseWriter) {
	if b.ended || b.count == b.size {
		b.setDeadline(time.Time{})
		return
	}
	w.Header().Set("Connection", "close")
	b.setDeadline(time.Now().Add(farewell))
}

// cut makes the read that waits now, and every later one, end at once.
func (b *body) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	b.setDeadline(time.Unix(1, 0))
}

// setDeadline is for connections that have deadlines; those of some tests do not.
func (b *body) setDeadline(t time.Time) { _ = b.ctl.SetReadDeadline(t) }

// renew gives the client time for the next bytes, up to a second less than
// patience: setting a deadline costs as much as reading a small body.
func (b *body) renew() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return errStopping()
	}
	if now := time.Now(); now.Sub(b.given) > time.Second {
		b.given = now
		b.setDeadline(now.Add(patience))
	}
	return nil
}

// Read returns io.EOF only when the client said that this was all.
func (b *body) Read(p []byte) (int, error) {
	if b.onWait != nil {
		if err := b.onWait(); err != nil {
			return 0, err
		}
	}
	if err := b.renew(); err != nil {
		return 0, err
	}
	left := b.limit - b.count
	if int64(len(p)) > left+1 { // one more than allowed, to see that there is more
		p = p[:left+1]
	}
	n, err := b.src.Read(p)
	if int64(n) > left {
		return int(left), tooLarge(b.limit)
	}
	b.count += int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		b.ended = true
		return n, io.EOF
	}
	return n, b.explain(err)
}

func (b *body) explain(err error) error {
	b.mu.Lock()
	stopped := b.stopped
	b.mu.Unlock()
	switch {
	case stopped:
		return errStopping()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{http.StatusRequestTimeout, fault.Newf(fault.Invalid, "no more of the body came for %v", patience).
			WithCode("body_timeout").WithHint("send it faster; in a stream of lines, an empty line keeps the connection open")}
	default:
		return fault.Newf(fault.Invalid, "the body ended before it was complete").WithCode("body_incomplete").
			WithHint("send as many bytes as Content-Length says, or the last chunk too")
	}
}

func tooLarge(limit int64) error {
	err := fault.Newf(fault.TooLarge, "the body is larger than %d bytes", limit)
	if limit == maxStream {
		return err.WithHint("go on in another request")
	}
	return err.WithHint("send less at once, or one message a line as application/x-ndjson")
}

func errStopping() error {
	return fault.Newf(fault.Stopping, "the hub is stopping").WithHint("try again when it is back")
}
