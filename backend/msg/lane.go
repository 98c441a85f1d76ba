package msg

import (
	"math"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// FullPolicy is what a lane does with one message too many.
type FullPolicy string

// The policies.
const (
	RejectWhenFull FullPolicy = "reject"      // the producer is told, and decides
	DropOldest     FullPolicy = "drop-oldest" // the newest data wins
	DropNewest     FullPolicy = "drop-newest" // what waits already wins
	Latest         FullPolicy = "latest"      // one message for each key waits: the newest, in its predecessor's place
)

// CatchUp is what a lane does when slots went by while messages waited.
type CatchUp string

// The catch-up policies.
const (
	Skip  CatchUp = "skip"  // missed slots are counted; the message takes the slot that is running
	Burst CatchUp = "burst" // what is overdue goes at once, each for its own slot
)

// Bounds of lane settings.
const (
	MinInterval = time.Millisecond
	MaxInterval = 24 * time.Hour
	MinRate     = 1.0 / 86400 // one a day
	MaxRate     = 1000.0      // as one each MinInterval
	MaxCapacity = 1_000_000
	MinLaneSize = 1 << 20 // bytes: one message of the largest size must fit
	MaxLaneSize = 4 << 30 // bytes
)

// Pace is a lane's schedule: one message each Interval, or Rate messages a
// second, or neither: as they come. At most one of the two is set.
type Pace struct {
	Interval time.Duration // 0: not set; else MinInterval to MaxInterval
	Rate     float64       // messages a second; 0: not set; else MinRate to MaxRate
}

// Set reports whether there is a schedule at all.
func (p Pace) Set() bool { return p.Interval != 0 || p.Rate != 0 }

// Period is the time from one slot to the next, rounded to 1 ns; 0 without pace.
func (p Pace) Period() time.Duration {
	if p.Rate != 0 {
		return time.Duration(math.Round(1e9 / p.Rate))
	}
	return p.Interval
}

// At returns when slot k begins, counted from the start of the schedule. It is
// computed from k alone, so rounding never adds up: no drift, ever.
func (p Pace) At(k int64) time.Duration {
	if p.Rate != 0 {
		return time.Duration(math.Round(float64(k) * (1e9 / p.Rate)))
	}
	return time.Duration(k) * p.Interval
}

// Slot returns the slot that runs after the schedule has been going for d: the
// last one with At(k) <= d. It must not be called without a pace.
func (p Pace) Slot(d time.Duration) int64 {
	if p.Rate == 0 {
		k := int64(d / p.Interval)
		if d < 0 && d%p.Interval != 0 {
			k--
		}
		return k
	}
	k := int64(math.Floor(float64(d) / (1e9 / p.Rate)))
	for p.At(k) > d { // rounding may put the estimate one off
		k--
	}
	for p.At(k+1) <= d {
		k++
	}
	return k
}

// LaneSettings say how one namespace's messages wait and leave. All can be
// changed while the lane runs.
type LaneSettings struct {
	Pace     Pace
	CatchUp  CatchUp
	Capacity int   // messages, 1 to MaxCapacity
	MaxBytes int64 // payload bytes, MinLaneSize to MaxLaneSize
	Full     FullPolicy
	Key      string // JSON pointer into the payload; set exactly when Full is Latest
	Relay    bool   // what a client emits is sent on to the others
}

// DefaultLaneSettings are those of a lane nobody configured.
func DefaultLaneSettings() LaneSettings {
	return LaneSettings{CatchUp: Skip, Capacity: 5000, MaxBytes: 64 << 20, Full: RejectWhenFull}
}

// Check returns an Invalid error that names the first setting out of bounds.
func (s LaneSettings) Check() error {
	bad := func(format string, args ...any) error {
		return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_setting")
	}
	switch p := s.Pace; {
	case p.Interval != 0 && p.Rate != 0:
		return bad("interval and rate are both set; a lane has one of them")
	case p.Interval != 0 && (p.Interval < MinInterval || p.Interval > MaxInterval):
		return bad("interval is %v; it is 0s (as they come) or %v to %v", p.Interval, MinInterval, MaxInterval)
	case math.IsNaN(p.Rate) || p.Rate != 0 && (p.Rate < MinRate || p.Rate > MaxRate):
		return bad("rate is %v a second; it is 0 (as they come) or one a day to %v a second", p.Rate, MaxRate)
	}
	switch {
	case s.CatchUp != Skip && s.CatchUp != Burst:
		return bad("catch_up is %q; it is skip or burst", fault.Clip(string(s.CatchUp)))
	case s.Capacity < 1 || s.Capacity > MaxCapacity:
		return bad("capacity is %d messages; it is 1 to %d", s.Capacity, MaxCapacity)
	case s.MaxBytes < MinLaneSize || s.MaxBytes > MaxLaneSize:
		return bad("max_bytes is %d bytes; it is %d MiB to %d GiB", s.MaxBytes, int64(MinLaneSize)>>20, int64(MaxLaneSize)>>30)
	}
	switch s.Full {
	case RejectWhenFull, DropOldest, DropNewest:
		if s.Key != "" {
			return bad("key is %q, but only the policy latest has a key", fault.Clip(s.Key))
		}
	case Latest:
		return jsontext.CheckPointer(s.Key)
	default:
		return bad("full is %q; it is reject, drop-oldest, drop-newest or latest", fault.Clip(string(s.Full)))
	}
	return nil
}

// LanePatch changes some settings of a lane and leaves the others: nil means
// leave. Setting an interval clears the rate, and the other way round.
type LanePatch struct {
	Interval *time.Duration
	Rate     *float64
	CatchUp  *CatchUp
	Capacity *int
	MaxBytes *int64
	Full     *FullPolicy
	Key      *string
	Relay    *bool
}

// Apply returns s with the patch applied, or an Invalid error. A policy other
// than Latest clears the key, unless the patch sets one itself.
func (p LanePatch) Apply(s LaneSettings) (LaneSettings, error) {
	if p.Interval != nil {
		s.Pace.Interval = *p.Interval
		if p.Rate == nil {
			s.Pace.Rate = 0
		}
	}
	if p.Rate != nil {
		s.Pace.Rate = *p.Rate
		if p.Interval == nil {
			s.Pace.Interval = 0
		}
	}
	set(&s.CatchUp, p.CatchUp)
	set(&s.Capacity, p.Capacity)
	set(&s.MaxBytes, p.MaxBytes)
	set(&s.Full, p.Full)
	if s.Full != Latest {
		s.Key = ""
	}
	set(&s.Key, p.Key)
	set(&s.Relay, p.Relay)
	return s, s.Check()
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// LaneState is one lane as it is now.
type LaneState struct {
	Namespace  string
	Settings   LaneSettings
	Configured bool // set by a person or the preset; such a lane never expires
	Depth      int  // messages waiting
	Bytes      int64
}

// Turn is a message whose turn to be emitted has come.
type Turn struct {
	*Message
	Due    time.Time     // the slot it is sent for, or its own time; its accepted time without a pace; and Held later
	Period time.Duration // of the pace in force; 0: none
	Missed int           // slots before Due that went by while a message waited
	Faults Faults        // that were meant for it
	Held   time.Duration // for how long it is held back on purpose
}

// DueBy returns Due as the wall clock of at tells it. A lane counts its slots from when
// its pace was set; since then the wall clock may have been put forward or back, or
// corrected bit by bit, and who reads the times later has nothing else.
func (t Turn) DueBy(at time.Time) time.Time { return at.Add(t.Due.Sub(at)) }

// Drop is a message that leaves its lane without being emitted.
type Drop struct {
	*Message
	Reason    Reason
	OnPurpose bool // the lane was held on purpose
}

// Outcome is what becomes of the message by that.
func (d Drop) Outcome() Outcome {
	if d.OnPurpose {
		return DroppedOnPurpose
	}
	return Dropped
}
