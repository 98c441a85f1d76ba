package rest

import (
	"errors"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

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

func (d *Door) sendError(w http.ResponseWriter, r *http.Request, err error) {
	d.errorReply(r, err).send(w)
}
