package msg

import "time"

// Client is one connected socket as it is now, whatever its door.
type Client struct {
	ID         string
	Door       Door
	Transport  string // "polling", "websocket" or "sse"
	Address    string // remote host and port
	Key        string // name of the key it showed; empty: none
	Namespaces []string
	Rooms      []string // rooms joined by request, over all namespaces
	Since      time.Time
	Sent       uint64 // messages put in the outbox and not dropped
	Missed     uint64 // messages the outbox dropped because the client was slow
	Lag        Lag
}

// Lag is what waits in a client's outbox.
type Lag struct {
	Frames int
	Bytes  int
	Age    time.Duration // how long the oldest has waited
}

// SlowPolicy is what happens to a client that does not read fast enough.
type SlowPolicy string

// The policies.
const (
	SlowDropOldest SlowPolicy = "drop-oldest" // the client misses messages, and is told how many
	SlowDisconnect SlowPolicy = "disconnect"
)
