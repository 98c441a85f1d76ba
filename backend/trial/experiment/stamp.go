package experiment

import (
	"bytes"
	"encoding/json"
	"time"
)

// stamp is when one message was emitted, and when the client that keeps the times
// had read it.
type stamp struct {
	emitted  time.Time // the wall clock's: it was told in the message
	received time.Time
}

// emittedIn reads when a message was emitted; false: it does not say. A frame of
// Emitscope's WebSocket is an object that says so itself; a packet of Socket.IO has
// one as its last argument that does.
func emittedIn(message []byte) (time.Time, bool) {
	at := bytes.IndexByte(message, '{')
	if at < 0 {
		return time.Time{}, false
	}
	var says struct {
		Emitted time.Time `json:"emitted_time"`
	}
	err := json.NewDecoder(bytes.NewReader(message[at:])).Decode(&says)
	return says.Emitted, err == nil && !says.Emitted.IsZero()
}
