package msg

import "time"

// Client is one connected socket as it is now, whatever its door.
type Client struct {
	ID         string
	Door       Door
	Transport  string // "polling", "websocket" or "sse"
	Address    string // remote host and port
	Name       string // what it calls itself; empty: nothing
	Agent      string // its program, as AgentOf says it; empty: unknown
	Key        string // name of the key it showed; empty: none
	Namespaces []string
	Rooms      []string // rooms joined by request, over all namespaces
	Since      time.Time
	Sent       uint64 // messages put in the outbox and not dropped
	Missed     uint64 // messages the outbox dropped because the client was slow
	Lag        Lag
	Slow       SlowPolicy    // what happens when its outbox is full
	Drain      float64       // messages a second that it is given at most, on purpose; 0: as many as it reads
	RoundTrip  time.Duration // of the newest ping, or of one that waits for longer already; 0: unknown
}

// Lag is what waits in a client's outbox, and how much may.
type Lag struct {
	Frames, MaxFrames int
	Bytes, MaxBytes   int
	Age               time.Duration // how long the oldest has waited
}

// Fill is how full the outbox is: the larger of both shares, 0 to 1. A single frame
// may be larger than all that may wait, and what is being written counts too.
func (l Lag) Fill() float64 {
	if l.MaxFrames <= 0 || l.MaxBytes <= 0 {
		return 0
	}
	return min(1, max(float64(l.Frames)/float64(l.MaxFrames), float64(l.Bytes)/float64(l.MaxBytes)))
}

// Pulse is what is asked of each client once a second: little, because there may be
// many.
type Pulse struct {
	ID      string
	Address string
	Since   time.Time
	Lag     Lag
	Peak    float64 // the highest Fill since the pulse before
	Sent    uint64
	Missed  uint64
	Slowed  bool // on purpose
}

// SlowPolicy is what happens to a client that does not read fast enough.
type SlowPolicy string

// The policies.
const (
	SlowDropOldest SlowPolicy = "drop-oldest" // the client misses messages, and is told how many
	SlowDisconnect SlowPolicy = "disconnect"
)

// Standing is how a client keeps up.
type Standing string

// From the best to the worst.
const (
	Keeping Standing = "keeping"
	Behind  Standing = "behind" // the oldest that waits for it has waited for BehindAfter
	Losing  Standing = "losing" // it missed messages in the last LosingFor
)

// What makes a client fall behind, and how long one that missed messages counts as
// losing them.
const (
	BehindAfter = 250 * time.Millisecond
	LosingFor   = 10 * time.Second
)

// Departure is a client that has left.
type Departure struct {
	Client Client // as it was at its end
	At     time.Time
	Why    Why
	Detail string // more about it, for a person; may be empty
}

// Why is what a client left for.
type Why string

// The reasons.
const (
	WhyClosed       Why = "closed"       // it said goodbye
	WhyLost         Why = "lost"         // its network connection ended without a word
	WhySilent       Why = "silent"       // it answered no ping
	WhyStalled      Why = "stalled"      // it took nothing at all of what was sent
	WhySlow         Why = "too_slow"     // its outbox was full, and the policy is to disconnect
	WhyDisconnected Why = "disconnected" // by a person
	WhyOnPurpose    Why = "on_purpose"   // a fault that somebody switched on has cut it off
	WhyExpelled     Why = "expelled"     // what it was here by was taken back: its key, or sharing
	WhyStopping     Why = "stopping"     // the hub stopped
	WhyRefused      Why = "refused"      // it did what may not be: Detail says what
)
