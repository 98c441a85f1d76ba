package msg

import "time"

// ClientQuery says which clients are wanted, and in which order.
type ClientQuery struct {
	Text  string // in an address, name, program, door, key, namespace or room; empty: all
	Sort  ClientSort
	Limit int
}

// ClientSort is an order of clients.
type ClientSort string

// The orders.
const (
	OldestFirst ClientSort = "oldest"
	NewestFirst ClientSort = "newest"
	Slowest     ClientSort = "slowest" // who loses messages, then who falls behind, then who ever missed any
	ByAddress   ClientSort = "address"
)

// ClientPage is an answer to a ClientQuery.
type ClientPage struct {
	Clients        []ListedClient
	Total          int // connected
	Found          int // of these, how many the text selects
	Behind, Losing int // of all
}

// ListedClient is a client with what watching it has shown.
type ListedClient struct {
	Client
	Standing   Standing
	LastMissed time.Time // when it was last seen to miss a message; zero: never
	Levels     []uint8   // see Levels, by the second, the newest last; at most 60
}

// Levels are how full outboxes were, step by step: 0 to 254 as a share of what may
// wait, 255 where messages were missed.
type Levels struct {
	Step    time.Duration
	Times   []time.Time // when each step was over, oldest first
	Clients []ClientLevels
}

// ClientLevels are one client's, up to the newest step; fewer than there are steps
// when it came later.
type ClientLevels struct {
	ID     string
	Levels []uint8
}
