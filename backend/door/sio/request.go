package sio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

func errStopping() error {
	return fault.Newf(fault.Stopping, "the hub is stopping").WithHint("connect again when the hub is back")
}

// ServeHTTP answers one request of a client. It stands in front of the library,
// which gets only what it can handle.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := d.body(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	if !d.enter() {
		refuse(w, errStopping())
		return
	}
	defer d.leave()
	q := r.URL.Query()
	sid := lastOf(q["sid"])
	switch {
	case sid == "" && d.isLeaving():
		refuse(w, errStopping())
	case q.Has("j"):
		// JSONP: a script that any page may load, past every check of its origin.
		refuse(w, fault.Newf(fault.Invalid, "JSONP polling is not served").WithHint("use polling or websocket"))
	case websocket.IsWebSocketUpgrade(r):
		d.upgrade(w, r, sid)
	case r.Method == http.MethodPost:
		d.post(w, r, sid, body)
	case r.Method == http.MethodGet:
		d.get(w, r, sid)
	default:
		w.Header().Set("Allow", "GET, POST")
		refuseWith(w, http.StatusMethodNotAllowed, fault.Newf(fault.Invalid, "method %s is not served here", r.Method).WithCode("method_not_allowed"))
	}
}

// lastOf returns the value of a parameter that the library looks at.
func lastOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func (d *Door) isLeaving() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.phase != serving
}

// body reads what a polling client sends; nil for other requests. The library
// would cut a body without a length at its limit, and take the rest for all.
func (d *Door) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, nil
	}
	large := fault.Newf(fault.TooLarge, "the body is larger than %d bytes", d.opts.MaxFrame).WithHint("send fewer messages at once")
	if r.ContentLength > int64(d.opts.MaxFrame) {
		return nil, large
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(d.opts.MaxFrame)))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, large
	case err != nil:
		return nil, fault.Newf(fault.Invalid, "the body could not be read to its end")
	}
	return body, nil
}

// post hands the library what a polling client sends. The library says "ok" to
// text that is not Engine.IO's, so that is found out here.
func (d *Door) post(w http.ResponseWriter, r *http.Request, sid string, body []byte) {
	if s := d.session(sid); s != nil && !decodes(s, body, r.Header.Get("Content-Type")) {
		s.conn.Close(true)
		refuse(w, errNotEngineIO())
		return
	}
	x := newExchange(r, body)
	defer x.cancel()
	d.engine.ServeHTTP(x, x.request)
	answer := x.seal()
	// The library answers so when it closes the session because of the body.
	if answer.status == http.StatusTooManyRequests {
		refuse(w, errNotEngineIO())
		return
	}
	answer.write(w)
}

func errNotEngineIO() error {
	return fault.Newf(fault.Invalid, "the body is not what Socket.IO clients send; the session is closed")
}

// decodes reports whether the library will understand the whole body.
func decodes(s *session, body []byte, contentType string) bool {
	buffer := types.NewStringBuffer(bytes.Clone(body)) // decoding uses it up
	if contentType == "application/octet-stream" {
		buffer = types.NewBytesBuffer(bytes.Clone(body))
	}
	_, err := s.conn.Transport().Parser().DecodePayload(buffer)
	return err == nil && len(body) > 0
}

// get opens a session, or waits for what the session has to send.
func (d *Door) get(w http.ResponseWriter, r *http.Request, sid string) {
	x := newExchange(r, nil)
	defer x.cancel()
	if sid != "" {
		defer context.AfterFunc(r.Context(), x.giveUp)()
	} else if err := x.takeSeat(d); err != nil { // it is not given up: the library would lose track of the session
		refuse(w, err)
		return
	}
	defer x.leaveSeat()
	d.engine.ServeHTTP(x, x.request)
	// Only now the answer leaves: of a new session the client learns when all
	// listeners are there, and not before.
	s := x.session
	if s != nil {
		s.settle()
	} else {
		s = d.session(sid)
	}
	answer := x.seal()
	switch {
	case x.polling == nil:
	case answer.status == 0:
		x.polling.forget(x)
	case s != nil:
		select {
		case <-x.done:
		case <-s.gone:
		}
	}
	if s != nil && r.Context().Err() != nil && s.conn.Transport() == transports.Transport(x.polling) {
		// Nobody waits for the answer any more. The library does not notice, and
		// would lose what it sends next.
		s.conn.Close(true)
		return
	}
	if answer.status == 0 {
		// The library gave the poll up, and leaves it without an answer.
		answer = lastAnswer(r.URL.Query().Get("EIO"), s != nil && s.conn.ReadyState() == "open")
	}
	answer.write(w)
}

// upgrade makes the connection a WebSocket, for a new session or one that polls.
func (d *Door) upgrade(w http.ResponseWriter, r *http.Request, sid string) {
	// The library would refuse it by WebSocket, and wait for ever for the link to
	// let that through.
	if sid == "" && !d.opts.AllowEIO3 && lastOf(r.URL.Query()["EIO"]) != "4" {
		refuse(w, fault.Newf(fault.Invalid, "only revision 4 of Engine.IO is served").WithHint("use a client of Socket.IO 3 or later"))
		return
	}
	x := newExchange(r, nil)
	defer x.cancel()
	if sid == "" {
		if err := x.takeSeat(d); err != nil {
			refuse(w, err)
			return
		}
	}
	defer x.leaveSeat()
	// The library would compare the Origin with the Host. Which origins may come
	// in was decided in front of this door.
	x.request.Header = r.Header.Clone()
	x.request.Header.Del("Origin")
	h := &hijacker{ResponseWriter: w, door: d}
	d.engine.ServeHTTP(h, x.request)
	if x.session != nil {
		x.session.settle()
	}
	if h.link == nil {
		return // it was refused
	}
	if x.session == nil && d.session(sid) == nil {
		h.link.Close() // the session ended meanwhile; the library waits for the upgrade
	}
	h.link.release()
}

// exchange is one request on its way through the library, which writes the
// answer into it. The library may do so on a goroutine of its own while the
// request is given up; the answer counts if it is complete before seal.
type exchange struct {
	request *http.Request
	cancel  context.CancelFunc // makes the library give the request up

	seat    *seat         // for the session that the request opens; nil: it is to open none
	session *session      // that the request has opened; nil: none
	polling *polling      // that the request waits at; nil: none
	done    chan struct{} // closed when the poll is answered and done with

	header http.Header
	status int

	mu      sync.Mutex
	answer  answer
	sealed  bool
	passed  bool // the transport has it
	givenUp bool
}

// answer is complete when it has a status.
type answer struct {
	status int
	header http.Header
	body   []byte
}

type exchangeKey struct{}

// newExchange returns an exchange for r that does not end with r; see giveUp.
func newExchange(r *http.Request, body []byte) *exchange {
	x := &exchange{done: make(chan struct{}), header: make(http.Header), status: http.StatusOK}
	ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(r.Context()), exchangeKey{}, x))
	x.cancel = cancel
	x.request = r.WithContext(ctx)
	if body != nil {
		x.request.Body = io.NopCloser(bytes.NewReader(body))
		x.request.ContentLength = int64(len(body))
	}
	return x
}

func (x *exchange) takeSeat(d *Door) (err error) {
	x.seat, err = d.takeSeat(x.request)
	return err
}

// leaveSeat gives the seat back, unless a session has it.
func (x *exchange) leaveSeat() {
	if x.seat != nil && x.session == nil {
		x.seat.leave()
	}
}

// giveUp makes the library give the request up, though not while it takes the
// request in: it writes down then, unprotected, what it does on giving up.
func (x *exchange) giveUp() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.givenUp = true
	if x.passed {
		x.cancel()
	}
}

// pass says that the library has taken the request in.
func (x *exchange) pass() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.passed = true
	if x.givenUp {
		x.cancel()
	}
}

// exchangeOf returns the exchange that the library's request belongs to.
func exchangeOf(ctx *types.HttpContext) *exchange {
	return ctx.Context().Value(exchangeKey{}).(*exchange) //nolint:errcheck // newExchange put it there
}

func (x *exchange) Header() http.Header { return x.header }

func (x *exchange) WriteHeader(status int) { x.status = status }

// Write takes the whole answer: the library writes once, and only once.
func (x *exchange) Write(body []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sealed {
		return 0, http.ErrHandlerTimeout
	}
	x.answer = answer{status: x.status, header: x.header, body: body}
	return len(body), nil
}

// seal returns the answer as it is; what the library writes later is lost.
func (x *exchange) seal() answer {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sealed = true
	a := x.answer
	x.answer = answer{} // the session keeps the request that opened it
	return a
}

func (a answer) write(w http.ResponseWriter) {
	if a.status == 0 {
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client is gone: nobody to tell
}

// refuse writes err as an answer.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	switch fault.From(err).Kind {
	case fault.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case fault.TooMany:
		w.Header().Set("Retry-After", "1")
		status = http.StatusTooManyRequests
	case fault.Stopping:
		w.Header().Set("Retry-After", "1")
		status = http.StatusServiceUnavailable
	}
	refuseWith(w, status, err)
}

func refuseWith(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.ErrorOf(err)) // the client is gone: nobody to tell
}
