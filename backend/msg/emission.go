package msg

import "time"

// Emission is a message on its way out.
type Emission struct {
	*Message
	At time.Time // when it was emitted: stamped before the first outbox gets it
	// Order counts the emissions of one run of the hub, from 1. There is one
	// emitter, so of two messages the one with the smaller Order left first.
	Order uint64
}
