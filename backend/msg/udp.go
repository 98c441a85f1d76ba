package msg

// UDP is the door for datagrams, while it is open.
type UDP struct {
	Addr      string // where it listens
	Namespace string // of what it takes
	Event     string // of what it takes; empty: each line's name
	From      []string
	Counts    UDPCounts
}

// UDPCounts count since the hub started.
type UDPCounts struct {
	Datagrams   uint64 // that were read
	Lost        uint64 // datagrams that the system had no room for, where it says so
	Accepted    uint64 // messages
	WrongSource uint64 // datagrams from where nothing is taken
	Invalid     uint64 // lines, or whole datagrams that are not text
	Refused     uint64 // messages that a lane, a quota or the hub had no room for
}
