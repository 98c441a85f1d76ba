package eio

import (
	"encoding/json"
	"errors"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// Why a session ends, or is not opened.
var (
	errClosed   = fault.Newf(fault.Invalid, "the client has closed")
	errStopping = fault.Newf(fault.Stopping, "the hub is stopping").WithHint("connect again when the hub is back")
	errPacket   = fault.Newf(fault.Invalid, "this is not what Engine.IO clients send; the session is closed")
	errOverlap  = fault.Newf(fault.Invalid, "the session has such a request already; it is closed").WithHint("wait for the answer to one before the next")
	errJSONP    = fault.Newf(fault.Invalid, "JSONP polling is not served").WithHint("use polling or websocket")
	errBody     = fault.Newf(fault.Invalid, "the body could not be read to its end")
)

// mistake is an error that Engine.IO itself knows, in its own words; clients
// look at the code.
type mistake struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (m mistake) Error() string { return m.Message }

// The mistakes. Their codes and messages are the protocol's.
var (
	errTransport = mistake{0, "Transport unknown", "use polling or websocket"}
	errSession   = mistake{1, "Session ID unknown", "connect again"}
	errHandshake = mistake{2, "Bad handshake method", "begin with a GET"}
	errRequest   = mistake{3, "Bad request", "the session does not take this request now, or not by this transport"}
	errRevision  = mistake{5, "Unsupported protocol version", "use a client of Socket.IO 3 or later"}
)

// refuse writes err as an answer.
func refuse(w http.ResponseWriter, err error) {
	var m mistake
	if errors.As(err, &m) {
		refuseWith(w, http.StatusBadRequest, m)
		return
	}
	status := http.StatusBadRequest
	switch fault.From(err).Kind {
	case fault.Unauthorized:
		status = http.StatusUnauthorized
	case fault.Forbidden:
		status = http.StatusForbidden
	case fault.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case fault.TooMany:
		w.Header().Set("Retry-After", "1")
		status = http.StatusTooManyRequests
	case fault.Stopping:
		w.Header().Set("Retry-After", "1")
		status = http.StatusServiceUnavailable
	}
	refuseWith(w, status, wire.ErrorOf(err))
}

func refuseWith(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone: nobody to tell
}
