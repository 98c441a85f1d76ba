package wire

import "encoding/json"

// SocketIn is one text frame from a native WebSocket client. Which fields count
// depends on Type: subscribe, unsubscribe, publish or auth.
type SocketIn struct {
	Type   string   `json:"type" tstype:"'subscribe' | 'unsubscribe' | 'publish' | 'auth'" doc:"what the frame asks for" enum:"subscribe,unsubscribe,publish,auth"`
	ID     *int64   `json:"id,omitempty" doc:"a number of yours that the ack or error brings back; a publish without it gets no ack"`
	Key    string   `json:"key,omitempty" doc:"auth: the key"`
	Events []string `json:"events,omitempty" doc:"subscribe: only these events, up to 64; absent: all"`
	Last   int      `json:"last,omitempty" doc:"subscribe: so many of the newest messages of each event come first, at most 100"`

	Publish `tstype:",extends"`
}

// SocketAck answers a publish that had an id.
type SocketAck struct {
	Type    string `json:"type" tstype:"'ack'" doc:"always ack" enum:"ack"`
	ID      int64  `json:"id" doc:"that of the publish"`
	Seq     uint64 `json:"seq" doc:"the message's number"`
	Dropped int    `json:"dropped,omitempty" doc:"messages its full lane dropped for it"`
}

// SocketSubscribed answers a subscribe: from the next frame on the client gets
// what it asked for, the last messages first.
type SocketSubscribed struct {
	Type      string `json:"type" tstype:"'subscribed'" doc:"always subscribed" enum:"subscribed"`
	Namespace string `json:"namespace" doc:"the one subscribed to"`
}

// SocketAuthenticated answers an auth: what the client may do from now on, such
// as "view publish".
type SocketAuthenticated struct {
	Type   string `json:"type" tstype:"'authenticated'" doc:"always authenticated" enum:"authenticated"`
	Scopes string `json:"scopes" doc:"what the connection may do now, such as view publish"`
}

// SocketError tells what was wrong with a frame.
type SocketError struct {
	Type  string `json:"type" tstype:"'error'" doc:"always error" enum:"error"`
	ID    *int64 `json:"id,omitempty" doc:"that of the frame, if it had one"`
	Error `tstype:",extends"`
}

// SocketEvent is one message sent to a native WebSocket subscriber, and one
// server-sent event's data.
type SocketEvent struct {
	Type        string          `json:"type" tstype:"'event'" doc:"always event" enum:"event"`
	Seq         uint64          `json:"seq" doc:"the message's number; gaps are allowed"`
	Namespace   string          `json:"namespace" doc:"where it was published"`
	Event       string          `json:"event" doc:"its name"`
	Data        json.RawMessage `json:"data" tstype:"unknown" doc:"the payload, byte for byte but for white space"`
	Args        bool            `json:"args,omitempty" doc:"data is an array of the event's arguments"`
	EmittedTime string          `json:"emitted_time" doc:"when it was handed to the sockets"`
}

// SocketMissed tells a slow client how many messages its outbox had to drop
// just before the frame that follows. A server-sent stream that goes on where
// the client was may begin with it; there 0 means that nobody knows how many.
type SocketMissed struct {
	Type  string `json:"type" tstype:"'missed'" doc:"always missed" enum:"missed"`
	Count uint64 `json:"count" doc:"how many messages were left out just before the next frame"`
}

// SocketBye says that the hub is stopping. Messages that still wait in lanes may
// follow; then the connection closes with code 1001.
type SocketBye struct {
	Type string `json:"type" tstype:"'stopping'" doc:"always stopping" enum:"stopping"`
}
