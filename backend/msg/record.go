package msg

import "time"

// Outcome is what became of a message in the end.
type Outcome string

// The outcomes.
const (
	Emitted  Outcome = "emitted"  // handed to the outboxes; without an ack nobody knows "delivered"
	Dropped  Outcome = "dropped"  // accepted, but never sent; the reason says why
	Received Outcome = "received" // came from a client and was not relayed
	// DroppedOnPurpose is no loss: somebody has switched a fault on. The reason says
	// why where a lane dropped it that was held on purpose, and is else empty.
	DroppedOnPurpose Outcome = "dropped_on_purpose"
)

// Reason says why a message was dropped. It is empty for a message that was not.
type Reason string

// The reasons.
const (
	Oldest   Reason = "oldest"   // the lane was full and keeps the newest
	Newest   Reason = "newest"   // the lane was full and keeps the oldest
	Replaced Reason = "replaced" // a newer message with the same key took its place
	Stopped  Reason = "stopped"  // the hub stopped before its turn came
)

// Record is what became of a message. It is made once and never changed.
type Record struct {
	*Message
	Outcome Outcome
	Reason  Reason
	Due     time.Time     // by the lane's pace, or its own time, or the accepted time in a lane without a pace; and Held later
	At      time.Time     // when it was emitted, dropped or received
	Order   uint64        // of its Emission; 0 unless it was emitted
	Sockets int           // outboxes it was handed to
	Period  time.Duration // of the pace in force; 0: none
	// Missed counts the slots that went by before Due while a message of this
	// lane waited. Each of them was late by one whole period when the next began.
	Missed int
	Faults Faults        // that were meant for it
	Held   time.Duration // for how long it was held back on purpose: part of Due, and so no lateness
}

// Lateness is emitted − due. It is only meaningful for an emitted message, and
// never negative: nothing is sent before its time.
func (r *Record) Lateness() time.Duration { return r.At.Sub(r.Due) }

// Wait is for how long it was in the hub beyond what was meant: since it was accepted,
// or, where it was handed in ahead of a time of its own, since then; without Held.
func (r *Record) Wait() time.Duration {
	since := r.Accepted
	if r.LeaveAt.After(since) {
		since = r.LeaveAt
	}
	return r.At.Sub(since) - r.Held
}

// Direct reports whether the record is of a message for one socket: it has no
// place in a lane's schedule, so it takes no part in the lane's timing.
func (r *Record) Direct() bool { return r.To != "" }

// LateLimit says from when on an emit counts as late: over the larger of Floor
// and Share of the lane's period.
type LateLimit struct {
	Floor time.Duration
	Share float64 // 0.05 means 5 %
}

// DefaultLateLimit is 0.5 ms or 5 % of the interval, whichever is more.
func DefaultLateLimit() LateLimit {
	return LateLimit{Floor: 500 * time.Microsecond, Share: 0.05}
}

// Of returns the limit for a lane with this period; 0 means a lane without pace.
func (l LateLimit) Of(period time.Duration) time.Duration {
	return max(l.Floor, time.Duration(l.Share*float64(period)))
}
