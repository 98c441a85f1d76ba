package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// retrySeconds is what Retry-After says. When a lane has room again depends on
// its pace and on the other producers; a second is short enough not to matter
// and long enough not to hammer.
const retrySeconds = "1"

// reply is a whole answer, ready to be sent and to be remembered.
type reply struct {
	status int
	body   []byte // JSON; nil: none
}

// replyOf encodes v. It is an error of the program when that cannot be done.
func replyOf(status int, v any) (reply, error) {
	var buf bytes.Buffer
	if err := jsonTo(&buf).Encode(v); err != nil {
		return reply{}, err
	}
	return reply{status: status, body: buf.Bytes()}, nil
}

// jsonTo returns what writes values to out, each whole and on a line.
func jsonTo(out io.Writer) *json.Encoder {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // payloads leave byte for byte
	return enc
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

// sendAs answers with v and a status of its own.
func sendAs(w http.ResponseWriter, status int, v any) error {
	out, err := replyOf(status, v)
	if err != nil {
		return err
	}
	out.send(w)
	return nil
}

// sendPut answers a PUT with what there is now: 201 where it was not there before.
func sendPut(w http.ResponseWriter, made bool, v any) error {
	if made {
		return sendAs(w, http.StatusCreated, v)
	}
	return sendAs(w, http.StatusOK, v)
}

// sendJSON answers with v, or with the error that made it impossible.
func (d *Door) sendJSON(w http.ResponseWriter, r *http.Request, v any) {
	out, err := replyOf(http.StatusOK, v)
	if err != nil {
		out = d.errorReply(r, err)
	}
	out.send(w)
}
