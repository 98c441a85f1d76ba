package server

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// takeWithin is how long a client may take nothing of an answer. Without a bound,
// clients that ask for much and read nothing hold all of it in memory.
const takeWithin = 60 * time.Second

// patient bounds how long next may wait for a client. A body that does not come
// within sendWithin ends the connection, also when nobody wants it, unless the door
// that reads it gives it more time; so does a
// client that takes nothing of the answer for takeWithin. That looks at each write
// by itself: an answer may take as long as it likes to begin, and a slow client as
// long as it needs to read.
func patient(next http.Handler, sendWithin time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.ContentLength != 0 {
			_ = control.SetReadDeadline(time.Now().Add(sendWithin)) // cannot fail, as below
		}
		next.ServeHTTP(&answer{ResponseWriter: w, control: control}, r)
	})
}

type answer struct {
	http.ResponseWriter
	control  *http.ResponseController
	extended time.Time   // when the client was last given time
	theirs   atomic.Bool // the deadline is the handler's own
}

// Unwrap lets http.ResponseController find what the wrapped writer can do.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Hijack implements http.Hijacker, which the WebSocket library asks for.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) { return a.control.Hijack() }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.extend()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.extend()
	return a.ResponseWriter.Write(p)
}

// SetWriteDeadline implements what http.ResponseController looks for. A handler
// that sets a deadline keeps it: it may be one that ends a write under way.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.theirs.Store(true)
	return a.control.SetWriteDeadline(t)
}

// extend gives the client time to take what is written next. Once a second is
// enough: setting a deadline costs more than a small write into a buffer.
func (a *answer) extend() {
	if now := time.Now(); now.Sub(a.extended) > time.Second && !a.theirs.Load() {
		a.extended = now
		_ = a.control.SetWriteDeadline(now.Add(takeWithin)) // cannot fail on a connection of the net package
	}
}
