package msg

import "time"

// Ack asks the one Socket.IO client a message is for to confirm it. It travels
// with the message, so that somebody waits before the answer can come.
type Ack struct {
	// Within is how long after the emit an answer is still taken.
	Within time.Duration
	// Answered is called with what the client gave back, from any goroutine. It must
	// not block. It may be called again; the first call counts. It may never be.
	Answered func(a Answer)
}

// Answer is what a client's program gave back for a message.
type Answer struct {
	Payload     []byte // see Draft.Payload
	Spread      bool
	Attachments [][]byte
	RoundTrip   time.Duration // from the emit until the answer was here
	Err         error         // why there is no answer, for a person; nil: there is one
}

// Addressee is a client as the only one a message is for.
type Addressee struct {
	Door Door
	// Socket is what Draft.To calls it, in the namespace that was asked for; empty:
	// it can get no message of its own there.
	Socket     string
	Namespaces []string // it is in
}
