package msg

import (
	"math"
	"net/url"
	"time"

	"emitscope/backend/fault"
)

// Condition is what an alert watches. Each has a value, which is looked at once a
// second, in a unit of its own.
type Condition string

// The conditions.
const (
	Silence      Condition = "silence"        // s since the last message of a stream
	RateBelow    Condition = "rate_below"     // messages a second of a stream, over 10 s
	RateAbove    Condition = "rate_above"     // the same
	LatenessOver Condition = "lateness"       // ms: p99 of a lane over the last minute
	IntervalOver Condition = "interval_error" // ms: p99 of a lane over the last minute
	QueueOver    Condition = "queue"          // % of what may wait in a lane
	MessagesLost Condition = "drops"          // messages that full lanes dropped or refused in the last 10 s
	ClientsLag   Condition = "lagging"        // clients that do not keep up
	ShapeDiffers Condition = "shape"          // of a stream's last LookedBack messages, those not like the ones before
)

// LookedBack is how many of a stream's messages, of those that were looked at, a
// change of their shape is counted in.
const LookedBack = 20

// Conditions returns every condition.
func Conditions() []Condition {
	return []Condition{
		Silence, RateBelow, RateAbove, LatenessOver, IntervalOver, QueueOver, MessagesLost, ClientsLag, ShapeDiffers,
	}
}

// OfStream reports whether the condition is about one stream, or about all of one
// namespace: then it must be named. The others watch all lanes where none is.
func (c Condition) OfStream() bool {
	return c == Silence || c == RateBelow || c == RateAbove || c == ShapeDiffers
}

// Unit is what a condition's value and limits are in.
func (c Condition) Unit() string {
	switch c {
	case Silence:
		return "s"
	case RateBelow, RateAbove:
		return "messages/s"
	case LatenessOver, IntervalOver:
		return "ms"
	case QueueOver:
		return "%"
	case ClientsLag:
		return "clients"
	case MessagesLost, ShapeDiffers:
	}
	return "messages"
}

// Bounds of alerts.
const (
	MaxAlerts     = 100
	MinLearn      = 10
	MaxLearn      = 10_000
	MaxHold       = time.Hour
	MaxWebhookURL = 1024 // bytes
)

// Alert is a condition that is watched, and how many people are told of it. Two
// limits, or two times, keep one that is about to be raised from flapping.
type Alert struct {
	Name      string
	On        bool
	When      Condition
	Namespace string  // empty: all lanes; not for a condition OfStream
	Event     string  // empty: all of the namespace; only for a condition OfStream
	Limit     float64 // raised when the value is there or beyond it
	Clear     float64 // cleared when the value is back here; silence has none, and 0
	// Hold is how long the value must be beyond Limit to raise, ClearHold how long it
	// must be back at Clear.
	Hold, ClearHold time.Duration
	Learn           int    // messages from which a stream's shape is learned; 0 for the others
	Webhook         string // who is told by POST; empty: nobody. It may have secrets in it
	Keep            bool   // when it is raised, what the flight recorder has becomes a recording
}

// customs are what holds for one condition unless somebody says otherwise.
type customs struct {
	limit, least, most float64
	clear              float64 // as a share of the limit
	whole              bool    // only whole numbers
	hold, clearHold    time.Duration
}

func (c Condition) customs() (customs, bool) {
	const day, s = 86400.0, time.Second
	switch c {
	case Silence:
		return customs{limit: 10, least: 1, most: 7 * day, clearHold: 10 * s}, true
	case RateBelow:
		return customs{limit: 1, least: 0.1, most: 1e6, clear: 1.1, hold: 15 * s, clearHold: 10 * s}, true
	case RateAbove:
		return customs{limit: 1000, least: 0.1, most: 1e6, clear: 0.9, hold: 5 * s, clearHold: 10 * s}, true
	case LatenessOver, IntervalOver:
		return customs{limit: 5, least: 0.001, most: 3_600_000, clear: 0.8, hold: 5 * s, clearHold: 10 * s}, true
	case QueueOver:
		return customs{limit: 80, least: 1, most: 100, clear: 0.75, hold: 3 * s, clearHold: 10 * s}, true
	case MessagesLost:
		return customs{limit: 1, least: 1, most: 1e9, whole: true, clearHold: 20 * s}, true
	case ClientsLag:
		return customs{limit: 1, least: 1, most: 1e6, whole: true, hold: 5 * s, clearHold: 15 * s}, true
	case ShapeDiffers:
		return customs{limit: 3, least: 1, most: LookedBack, whole: true, clearHold: 30 * s}, true
	}
	return customs{}, false
}

// DefaultLimit is a limit to begin with; 0 for an unknown condition.
func (c Condition) DefaultLimit() float64 {
	known, _ := c.customs()
	return known.limit
}

// DefaultClear is where the value must be back for a limit, unless somebody says
// otherwise.
func (c Condition) DefaultClear(limit float64) float64 {
	known, _ := c.customs()
	return limit * known.clear
}

// DefaultHolds is how long a value must be beyond a limit, and back again, unless
// somebody says otherwise. A stream that is silent again and again for a little more
// than its limit stays silent.
func (c Condition) DefaultHolds(limit float64) (hold, clearHold time.Duration) {
	known, _ := c.customs()
	if c == Silence {
		return 0, min(MaxHold, max(known.clearHold, time.Duration(limit*float64(time.Second))))
	}
	return known.hold, known.clearHold
}

// DefaultLearn is from how many messages a shape is learned.
func (c Condition) DefaultLearn() int {
	if c == ShapeDiffers {
		return 100
	}
	return 0
}

// Below reports whether the condition holds when the value is small.
func (c Condition) Below() bool { return c == RateBelow }

// Check returns an Invalid error whose code names what is wrong; the name is
// checked by who keeps it.
func (a Alert) Check() error {
	known, ok := a.When.customs()
	if !ok {
		return badAlert("when", "the condition %q is unknown", fault.Clip(string(a.When))).WithHint("known are %q", Conditions())
	}
	if err := a.checkWhere(); err != nil {
		return err
	}
	switch {
	case !(a.Limit >= known.least && a.Limit <= known.most): // NaN too
		return badAlert("limit", "the limit is %v; for %s it is %v to %v", a.Limit, a.When, known.least, known.most)
	case known.whole && a.Limit != math.Trunc(a.Limit):
		return badAlert("limit", "the limit is %v; for %s it is a whole number", a.Limit, a.When)
	case a.When == Silence && a.Clear != 0:
		return badAlert("clear", "silence ends with a message, so it has no limit to clear").WithHint("leave clear out")
	case a.When.Below() && !(a.Clear >= a.Limit && a.Clear <= 2*known.most):
		return badAlert("clear", "it would clear at %v, below its limit of %v", a.Clear, a.Limit).WithHint("choose the limit or more")
	case !a.When.Below() && !(a.Clear >= 0 && a.Clear <= a.Limit):
		return badAlert("clear", "it would clear at %v, above its limit of %v", a.Clear, a.Limit).WithHint("choose 0 to the limit")
	case a.Hold < 0 || a.Hold > MaxHold:
		return badAlert("hold", "hold is %v; it is 0s to %v", a.Hold, MaxHold)
	case a.ClearHold < 0 || a.ClearHold > MaxHold:
		return badAlert("clear_hold", "clear_hold is %v; it is 0s to %v", a.ClearHold, MaxHold)
	case a.When != ShapeDiffers && a.Learn != 0:
		return badAlert("learn", "only shape learns from messages").WithHint("leave learn out")
	case a.When == ShapeDiffers && (a.Learn < MinLearn || a.Learn > MaxLearn):
		return badAlert("learn", "learn is %d messages; it is %d to %d", a.Learn, MinLearn, MaxLearn)
	}
	return checkWebhook(a.Webhook)
}

func (a Alert) checkWhere() error {
	switch {
	case a.Namespace == "" && a.When.OfStream():
		return badAlert("namespace", "%s is watched in one namespace, and none is named", a.When).WithHint("name one, such as %s", DefaultNamespace)
	case a.Namespace != "" && a.When == ClientsLag:
		return badAlert("namespace", "lagging is about all clients, in whatever namespace").WithHint("leave namespace out")
	case a.Event != "" && !a.When.OfStream():
		return badAlert("event", "%s is about lanes or clients, and they have no events", a.When).WithHint("leave event out")
	}
	if a.Namespace != "" {
		if err := CheckNamespace(a.Namespace); err != nil {
			return fault.From(err).WithCode("alert_namespace")
		}
	}
	if a.Event != "" {
		if err := CheckEvent(a.Event); err != nil {
			return fault.From(err).WithCode("alert_event")
		}
	}
	return nil
}

// checkWebhook never says the address again: it may have secrets in it.
func checkWebhook(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case len(address) > MaxWebhookURL:
		return badAlert("webhook", "the address of the webhook is %d bytes; at most %d are allowed", len(address), MaxWebhookURL)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "":
		return badAlert("webhook", "this is not the address of a webhook").WithHint("write it like https://example.com/hooks/1")
	}
	return nil
}

// badAlert's code names what is wrong, so that a page can say it where it is.
func badAlert(what, format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("alert_" + what)
}
