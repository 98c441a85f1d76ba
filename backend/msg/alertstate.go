package msg

import (
	"time"

	"emitscope/backend/fault"
)

// AlertEvent is one time an alert was raised, until it is cleared or forgotten.
type AlertEvent struct {
	ID           uint64 // counts up from 1 with each start
	Name         string
	When         Condition
	Raised       time.Time
	Cleared      time.Time // zero: it still holds
	Limit        float64   // that was in force
	Value        float64   // when it was raised
	Worst        float64   // since then
	Where        string    // a lane, a stream as "namespace event", or a client; may be empty
	Changes      []ShapeChange
	Acknowledged time.Time    // zero: nobody has yet
	By           string       // who did; empty: somebody on this machine
	Kept         string       // the recording that has the minutes before it was raised; empty: none
	NotKept      *fault.Error // why there is none although there was to be one
}

// ShapeChange is one way in which a message was not like those before it.
type ShapeChange struct {
	Event string
	Path  string // JSON pointer; * stands for every element of an array
	Kind  ShapeChangeKind
	Was   string // what it was until then, such as "number"; empty when new
	Is    string // what it is; empty when missing
}

// ShapeChangeKind says how.
type ShapeChangeKind string

// The kinds.
const (
	FieldNew     ShapeChangeKind = "new"
	FieldMissing ShapeChangeKind = "missing" // absent or null, and never was before
	FieldType    ShapeChangeKind = "type"
)

// AlertState is an alert and how it stands.
type AlertState struct {
	Alert
	BuiltIn bool // it cannot be removed, only changed and switched off
	Changed bool // a built-in one that somebody changed
	Value   float64
	Known   bool // there is a value
	Raised  *AlertEvent
	Outline OutlineState
	Hook    WebhookState
}

// OutlineState is how far the shapes are learned that a shape alert compares with.
type OutlineState struct {
	Streams  int  // that are watched
	Learning int  // of them, how many are not learned yet
	Partial  bool // there are more streams than can be watched
}

// WebhookState is what became of what a webhook was told.
type WebhookState struct {
	Told    uint64
	Failed  uint64    // given up, after all tries
	Dropped uint64    // not tried: too many waited
	Error   string    // of the last try; empty: it went well. Never says the address
	At      time.Time // of the last try
}

// Note notes how a try went.
func (s *WebhookState) Note(err error) {
	s.At, s.Error = time.Now(), ""
	if err != nil {
		s.Error = err.Error()
		return
	}
	s.Told++
}
