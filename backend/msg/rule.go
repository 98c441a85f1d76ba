package msg

import (
	"errors"
	"slices"
	"strings"
	"time"

	"emitscope/backend/fault"
)

// RuleAct is what a reply rule does.
type RuleAct string

// The acts.
const (
	RuleAnswers      RuleAct = "answer"    // an event for the socket that said it
	RuleBroadcasts   RuleAct = "broadcast" // an event for everybody in the namespace, or in rooms of it
	RuleAcknowledges RuleAct = "ack"       // the argument of the client's ack callback
)

// MaxDelay is the longest that a reply may wait: who waits for more has gone.
const MaxDelay = time.Hour

// Rule is a reply rule: when a client emits an event on a namespace, it does
// something.
type Rule struct {
	Name      string
	On        bool
	Namespace string
	Event     string
	Query     string // which messages of the event; empty: all

	Act    RuleAct
	Reply  string   // the event it emits, on the same namespace; empty exactly for RuleAcknowledges
	Data   string   // a template; empty exactly where Last is set
	Last   int      // the data are the last so many of a stream, an array; 0: Data is
	LastOf string   // the event of that stream, on the same namespace
	Rooms  []string // of RuleBroadcasts; empty: everybody

	Delay       time.Duration // 0 to MaxDelay
	Probability float64       // 0 to 1
}

// Check returns an Invalid error that names the first field that makes no sense.
// Whether query and data can be read is for others to say.
func (r Rule) Check() error {
	bad := func(field, format string, args ...any) *fault.Error {
		return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_rule").WithField(field)
	}
	for _, c := range []struct {
		field string
		err   error
	}{
		{"name", CheckName(r.Name)},
		{"namespace", CheckNamespace(r.Namespace)},
		{"event", CheckEvent(r.Event)},
		{"rooms", CheckRooms(r.Rooms)},
	} {
		var f *fault.Error
		if errors.As(c.err, &f) {
			return f.WithField(c.field)
		}
	}
	if IsRequest(r.Event) {
		return bad("event", "the event %s is for the hub itself, which no rule hears", r.Event).WithHint("rules hear every event but %s", strings.Join(Requests(), ", "))
	}
	switch r.Act {
	case RuleAnswers, RuleBroadcasts:
		var f *fault.Error
		if errors.As(CheckEvent(r.Reply), &f) {
			return f.WithField("reply")
		}
	case RuleAcknowledges:
		if r.Reply != "" {
			return bad("reply", "the rule acknowledges, and an acknowledgement has no event").WithHint("leave the event out, or have the rule answer")
		}
	default:
		return bad("act", "the act is %q; it is answer, broadcast or ack", fault.Clip(string(r.Act)))
	}
	if len(r.Rooms) > 0 && r.Act != RuleBroadcasts {
		return bad("rooms", "the rule is for one client, and has rooms").WithHint("leave the rooms out, or have the rule broadcast")
	}
	if err := r.checkData(bad); err != nil {
		return err
	}
	switch {
	case r.Delay < 0 || r.Delay > MaxDelay:
		return bad("delay", "the delay is %v; it is 0s to %v", r.Delay, MaxDelay)
	case !(0 <= r.Probability && r.Probability <= 1): // NaN is neither
		return bad("probability", "the probability is %v; it is 0 to 1", r.Probability)
	}
	return nil
}

func (r Rule) checkData(bad func(field, format string, args ...any) *fault.Error) error {
	if r.Last == 0 {
		switch {
		case r.LastOf != "":
			return bad("last", "it is not said how many of the last %s are meant", r.LastOf).WithHint("last is 1 to %d", MaxLast)
		case r.Data == "":
			return bad("data", "the rule has no data").WithHint(`null is allowed, or "last" and "last_of" instead`)
		}
		return nil
	}
	if r.Data != "" {
		return bad("data", "the rule has data, and the last %d of a stream besides", r.Last).WithHint("leave one of them out")
	}
	if r.Last < 0 || r.Last > MaxLast {
		return bad("last", "last is %d; it is 1 to %d", r.Last, MaxLast)
	}
	var f *fault.Error
	if errors.As(CheckEvent(r.LastOf), &f) {
		return f.WithField("last_of")
	}
	return nil
}

// Requests are the events of a Socket.IO client that are for the hub itself, and no
// messages.
func Requests() []string { return []string{"publish", "join", "leave", "last"} }

// IsRequest reports whether an event is one of Requests.
func IsRequest(event string) bool { return slices.Contains(Requests(), event) }

// RuleSource is where a rule is from.
type RuleSource string

// The sources.
const (
	SourceBuiltIn RuleSource = "built_in" // every hub has it
	SourceChanged RuleSource = "changed"  // built in, as somebody changed it
	SourceFile    RuleSource = "file"     // the settings file, which is only read
	SourceSaved   RuleSource = "saved"    // people made it while the hub ran
)

// RuleState is one rule, and what it has done since the hub began.
type RuleState struct {
	Rule
	Source    RuleSource
	Hits      uint64  // times it was to reply
	PerSecond float64 // of the last ten seconds
	Waiting   int     // replies whose delay is not over
	Errors    uint64  // replies that could not be made, or were refused
	LastError *RuleError
}

// RuleError is why a reply was not sent.
type RuleError struct {
	Time time.Time
	Err  *fault.Error
}
