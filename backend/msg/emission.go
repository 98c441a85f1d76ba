package msg

import "time"

// Emission is a message on its way out.
type Emission struct {
	*Message
	Due time.Time // by its lane's pace
	At  time.Time // when it was emitted: stamped before the first outbox gets it
	// Order counts the emissions of one run of the hub, from 1. There is one
	// emitter, so of two messages the one with the smaller Order left first.
	Order uint64
}

// Record is what became of the message as far as it is known before the first
// outbox has it: to nobody yet.
func (e Emission) Record() Record {
	return Record{Message: e.Message, Outcome: Emitted, Due: e.Due, At: e.At, Order: e.Order}
}
