package wire

import "encoding/json"

// SocketIn is one text frame from a native WebSocket client. Which fields count
// depends on Type: subscribe, unsubscribe, publish or auth.
type SocketIn struct {
	Type string `json:"type" tstype:"'subscribe' | 'unsubscribe' | 'publish' | 'auth'"`
	ID   *int64 `json:"id,omitempty"` // publish: asks for an ack
	Key  string `json:"key,omitempty"`
	// subscribe: which events (none: all) and rooms, and how many of the last
	// messages to send first.
	Events []string `json:"events,omitempty"`
	Last   int      `json:"last,omitempty"`

	Publish `tstype:",extends"`
}

// SocketAck answers a publish that had an id.
type SocketAck struct {
	Type    string `json:"type" tstype:"'ack'"`
	ID      int64  `json:"id"`
	Seq     uint64 `json:"seq"`
	Dropped int    `json:"dropped,omitempty"`
}

// SocketSubscribed answers a subscribe: from the next frame on the client gets
// what it asked for, the last messages first.
type SocketSubscribed struct {
	Type      string `json:"type" tstype:"'subscribed'"`
	Namespace string `json:"namespace"`
}

// SocketAuthenticated answers an auth: what the client may do from now on, such
// as "view publish".
type SocketAuthenticated struct {
	Type   string `json:"type" tstype:"'authenticated'"`
	Scopes string `json:"scopes"`
}

// SocketError tells what was wrong with a frame.
type SocketError struct {
	Type  string `json:"type" tstype:"'error'"`
	ID    *int64 `json:"id,omitempty"`
	Error `tstype:",extends"`
}

// SocketEvent is one message sent to a native WebSocket subscriber, and one
// server-sent event's data.
type SocketEvent struct {
	Type        string          `json:"type" tstype:"'event'"`
	Seq         uint64          `json:"seq"`
	Namespace   string          `json:"namespace"`
	Event       string          `json:"event"`
	Data        json.RawMessage `json:"data" tstype:"unknown"`
	Args        bool            `json:"args,omitempty"` // data is an array of the event's arguments
	EmittedTime string          `json:"emitted_time"`
}

// SocketMissed tells a slow client how many messages its outbox had to drop
// just before the frame that follows. A server-sent stream that goes on where
// the client was may begin with it; there 0 means that nobody knows how many.
type SocketMissed struct {
	Type  string `json:"type" tstype:"'missed'"`
	Count uint64 `json:"count"`
}

// SocketBye says that the hub is stopping. Messages that still wait in lanes may
// follow; then the connection closes with code 1001.
type SocketBye struct {
	Type string `json:"type" tstype:"'stopping'"`
}
