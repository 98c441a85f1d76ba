package msg

import (
	"math"
	"time"

	"emitscope/backend/fault"
)

// ReplayState says how a replay stands.
type ReplayState string

// The states.
const (
	ReplayNone    ReplayState = "none" // there was none since the hub started
	ReplayPlaying ReplayState = "playing"
	ReplayPaused  ReplayState = "paused"
	ReplayEnded   ReplayState = "ended"  // it came to its end, or somebody stopped it
	ReplayFailed  ReplayState = "failed" // it cannot go on; Problem says why
)

// Spacing says how far apart the messages of a replay are.
type Spacing string

// The spacings.
const (
	SpacingKept Spacing = "kept" // as they were, whatever the pace of the lane
	SpacingEven Spacing = "even" // one each Interval, or as the lane's pace says
)

// Bounds of a replay. Lanes know no shorter interval either.
const (
	MinReplaySpeed    = 0.1
	MaxReplaySpeed    = 20
	MinReplayInterval = time.Millisecond
	MaxReplayInterval = time.Hour
	MaxReplayStep     = 1000
)

// NewReplay has a recording played into the hub.
type NewReplay struct {
	Recording string
	Query     string    // which of the messages that were emitted; empty: all
	From, To  time.Time // of the recording; zero: its beginning, its end
	Speed     float64
	Spacing   Spacing
	Interval  time.Duration // with SpacingEven, at speed 1; 0: the lane says
	Namespace string        // into this one; empty: each into its own
	Loop      bool          // begin again at the end
	Paused    bool          // wait
	Record    bool          // recordings take it, too
}

const invalidReplay = "invalid_replay"

// Check returns an Invalid error unless that can be played. Whether the recording is
// there, and the query makes sense, is for who plays it.
func (n NewReplay) Check() error {
	bad := func(field, format string, args ...any) *fault.Error {
		return fault.Newf(fault.Invalid, format, args...).WithCode(invalidReplay).WithField(field)
	}
	if err := checkReplaySpeed(n.Speed); err != nil {
		return err
	}
	switch {
	case n.Recording == "":
		return bad("recording", "no recording is named").WithHint("GET /api/v1/recordings lists them")
	case !n.From.IsZero() && !n.To.IsZero() && !n.From.Before(n.To):
		return bad("to", "to is not after from").WithHint("leave it out to play to the end")
	case n.Spacing != SpacingKept && n.Spacing != SpacingEven:
		return bad("spacing", "the spacing is %q", fault.Clip(string(n.Spacing))).WithHint("it is kept or even")
	case n.Interval != 0 && n.Spacing != SpacingEven:
		return bad("interval", "an interval is for messages that are spaced evenly").WithHint(`say "spacing":"even", too, or leave it out`)
	case n.Interval != 0 && (n.Interval < MinReplayInterval || n.Interval > MaxReplayInterval):
		return bad("interval", "the interval is %v", n.Interval).WithHint("it is %v to %v", MinReplayInterval, MaxReplayInterval)
	case n.Namespace != "":
		return CheckNamespace(n.Namespace)
	}
	return nil
}

func checkReplaySpeed(speed float64) error {
	if math.IsNaN(speed) || speed < MinReplaySpeed || speed > MaxReplaySpeed {
		return fault.Newf(fault.Invalid, "the speed is %v", speed).WithCode(invalidReplay).WithField("speed").
			WithHint("it is %v to %v times that of the recording", MinReplaySpeed, MaxReplaySpeed)
	}
	return nil
}

// Replay is what is known of one.
type Replay struct {
	NewReplay // as it was changed since
	State     ReplayState
	Started   time.Time
	Position  time.Time // of the recording: what is played now; zero: not known yet
	Rounds    uint64    // how often it began again
	Sent      uint64    // messages that the hub took, and that wait no longer
	Waiting   int       // messages that it took, and that wait yet
	Refused   uint64    // messages that it did not take
	Problem   string    // why it cannot go on, or why the last message was refused; empty: all is well
}

// ReplayPatch changes the replay that goes on. What is nil stays.
type ReplayPatch struct {
	Paused   *bool
	Speed    *float64
	Loop     *bool
	Position *time.Time // go on from this moment of the recording
	Step     *int       // send so many messages now, and pause behind them
}

// Check returns an Invalid error unless that is a change that can be made.
func (p ReplayPatch) Check() error {
	bad := fault.Newf(fault.Invalid, "the change says nothing").WithCode(invalidReplay)
	switch {
	case p == ReplayPatch{}:
		return bad.WithHint(`say what to change, such as {"paused":true}`)
	case p.Step != nil && (*p.Step < 1 || *p.Step > MaxReplayStep):
		return fault.Newf(fault.Invalid, "step is %d", *p.Step).WithCode(invalidReplay).WithField("step").WithHint("it is 1 to %d", MaxReplayStep)
	case p.Step != nil && p.Paused != nil && !*p.Paused:
		return fault.Newf(fault.Invalid, "step pauses, and paused is false").WithCode(invalidReplay).WithField("paused").WithHint("leave one of them out")
	case p.Speed != nil:
		return checkReplaySpeed(*p.Speed)
	}
	return nil
}
