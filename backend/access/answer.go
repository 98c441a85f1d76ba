package access

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// allowOrigin lets a page of another origin read the answer, also when it asks
// with credentials, as Socket.IO's polling may.
func allowOrigin(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Retry-After, Idempotency-Replayed, Content-Disposition")
}

// isPreflight reports whether a browser asks what it may ask.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight says what an allowed page may send. What it may do, its
// scopes decide.
func answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Private-Network")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}

// refuse answers with the reason, in the shape that every door gives errors,
// and notes it.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	address := addressOf(r)
	g.o.Audit.Note(msg.Act{
		Kind: msg.Refused, By: msg.Caller{Address: address, Local: isLocal(r, address)}, Subject: f.Code, Detail: f.Message,
	})
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	status := http.StatusForbidden
	switch f.Kind {
	case fault.Invalid:
		status = http.StatusBadRequest
	case fault.Unauthorized:
		status = http.StatusUnauthorized
		h.Set("WWW-Authenticate", "Bearer")
	case fault.TooMany:
		status = http.StatusTooManyRequests
		h.Set("Retry-After", strconv.Itoa(int(tallyFor/time.Second)))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}{f.Code, f.Message, f.Hint}) // the caller may be gone; nothing is lost
}
