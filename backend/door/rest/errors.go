package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// retrySeconds is what Retry-After says. When a lane has room again depends on
// its pace and on the other producers; a second is short enough not to matter
// and long enough not to hammer.
const retrySeconds = "1"

// refusal is an error whose HTTP status its kind does not tell.
type refusal struct {
	status int
	fault  *fault.Error
}

func (r *refusal) Error() string { return r.fault.Error() }
func (r *refusal) Unwrap() error { return r.fault }

// WithHint returns a copy of r that says what to do.
func (r *refusal) WithHint(hint string) *refusal {
	return &refusal{r.status, r.fault.WithHint("%s", hint)}
}

// batchError says what stopped a batch, and what had been taken before.
type batchError struct {
	cause error
	taken msg.Receipt
}

func (b *batchError) Error() string { return b.cause.Error() }
func (b *batchError) Unwrap() error { return b.cause }

// statusOf is the HTTP status that tells a program what it can do about err.
func statusOf(err error) int {
	var r *refusal
	if errors.As(err, &r) {
		return r.status
	}
	switch fault.From(err).Kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unauthorized:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Full, fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Stopping:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// temporary reports whether the same request may succeed later.
func temporary(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// reply is a whole answer, ready to be sent and to be remembered.
type reply struct {
	status int
	body   []byte // JSON; nil: none
}

// replyOf encodes v. It is an error of the program when that cannot be done.
func replyOf(status int, v any) (reply, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // payloads leave byte for byte
	if err := enc.Encode(v); err != nil {
		return reply{}, err
	}
	return reply{status: status, body: buf.Bytes()}, nil
}

// errorReply explains err, and logs it when it is our mistake.
func (d *Door) errorReply(r *http.Request, err error) reply {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		d.o.Log.Error("Request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	e := wire.ErrorOf(err)
	var batch *batchError
	if errors.As(err, &batch) {
		e.Accepted, e.Index = &batch.taken.Accepted, &batch.taken.Accepted
		e.FirstSeq, e.LastSeq = batch.taken.FirstSeq, batch.taken.LastSeq
	}
	var sent *sentError
	if errors.As(err, &sent) {
		e.FirstSeq, e.LastSeq = sent.seq, sent.seq
	}
	out, err := replyOf(status, e)
	if err != nil { // strings and numbers can always be encoded
		panic(err)
	}
	return out
}

// send writes the answer. A client that is gone cannot be told so, so errors of
// writing are not looked at.
func (p reply) send(w http.ResponseWriter) {
	h := w.Header()
	// Made at once, and under names that need no look at how they are spelled.
	values := []string{"no-store", "application/json; charset=utf-8", strconv.Itoa(len(p.body))}
	h["Cache-Control"] = values[0:1:1]
	switch {
	case p.status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="Emitscope"`)
	case p.status == http.StatusTooManyRequests, p.status == http.StatusServiceUnavailable:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", retrySeconds)
		}
	}
	if p.body == nil {
		w.WriteHeader(p.status)
		return
	}
	h["Content-Type"] = values[1:2:2]
	h["Content-Length"] = values[2:3:3]
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body)
}

func (d *Door) sendError(w http.ResponseWriter, r *http.Request, err error) {
	d.errorReply(r, err).send(w)
}

// sendJSON answers with v, or with the error that made it impossible.
func (d *Door) sendJSON(w http.ResponseWriter, r *http.Request, v any) {
	out, err := replyOf(http.StatusOK, v)
	if err != nil {
		out = d.errorReply(r, err)
	}
	out.send(w)
}
