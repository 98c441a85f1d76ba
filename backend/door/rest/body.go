package rest

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// What Options have in them unless something else is said.
const (
	defaultMaxBody     = 1 << 20
	defaultBodyTimeout = 30 * time.Second
)

const (
	// farewell is how long net/http may look at what is left of a body that was
	// refused, before it closes the connection.
	farewell = time.Second
	// renewEvery is how old a deadline gets: setting one costs as much as reading a
	// small body.
	renewEvery = time.Second
)

// body reads one request's body: never more than a limit, never waiting longer
// than BodyTimeout for more, and not after the hub began to stop or the caller was
// shown out.
//
// Only cut may be called from another goroutine than the reader's.
type body struct {
	door  *Door
	by    msg.Caller
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

	mu  sync.Mutex
	why error // the body was cut; nil: it was not
}

// openBody prepares to read r's body, up to limit bytes. The caller closes it.
func (d *Door) openBody(w http.ResponseWriter, r *http.Request, limit int64) (*body, error) {
	b := &body{
		door: d, by: msg.CallerOf(r.Context()), src: r.Body, ctl: http.NewResponseController(w),
		size: r.ContentLength, limit: limit, given: time.Now(), // the server gives the first time
	}
	if b.size > limit {
		b.leave(w)
		return nil, b.tooLarge()
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
func (b *body) cut(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.why = why
	b.setDeadline(time.Unix(1, 0))
}

// setDeadline is for connections that have deadlines; those of some tests do not.
func (b *body) setDeadline(t time.Time) { _ = b.ctl.SetReadDeadline(t) }

// renew gives the client time for the next bytes: all of BodyTimeout, or up to
// renewEvery less.
func (b *body) renew() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why != nil {
		return b.why
	}
	patience := b.door.o.BodyTimeout
	if now := time.Now(); now.Sub(b.given) > min(renewEvery, patience/10) {
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
		return int(left), b.tooLarge()
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
	why := b.why
	b.mu.Unlock()
	switch {
	case why != nil:
		return why
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.door.o.Reached("body_timeout")
		return silent(b.door.o.BodyTimeout)
	default:
		return incomplete()
	}
}

// tooLarge says that the body is larger than its limit, which is that of the
// settings or maxStream.
func (b *body) tooLarge() error {
	if b.limit == maxStream {
		return fault.Newf(fault.TooLarge, "the body is larger than %d bytes", b.limit).WithHint("go on in another request")
	}
	b.door.o.Reached("max_body")
	return tooLarge(b.limit)
}

func tooLarge(limit int64) error {
	return fault.Newf(fault.TooLarge, "the body is larger than %d bytes", limit).
		WithHint("send less at once, messages one a line as application/x-ndjson, or raise limits.max_body")
}

func incomplete() error {
	return fault.Newf(fault.Invalid, "the body ended before it was complete").WithCode("body_incomplete").
		WithHint("send as many bytes as Content-Length says, or the last chunk too")
}

func silent(patience time.Duration) error {
	return &refusal{http.StatusRequestTimeout, fault.Newf(fault.Invalid, "no more of the body came for %v", patience).WithCode("body_timeout").
		WithHint("send it faster, or raise limits.body_timeout; in a stream of lines, an empty line keeps the connection open")}
}

func errStopping() error {
	return fault.Newf(fault.Stopping, "the hub is stopping").WithHint("try again when it is back")
}
