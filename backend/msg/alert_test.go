package msg_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// alertOf returns an alert as it is when only its condition is said.
func alertOf(c msg.Condition) msg.Alert {
	a := msg.Alert{Name: "a", On: true, When: c, Limit: c.DefaultLimit(), Learn: c.DefaultLearn()}
	a.Clear = c.DefaultClear(a.Limit)
	a.Hold, a.ClearHold = c.DefaultHolds(a.Limit)
	if c.OfStream() {
		a.Namespace = "/ws"
	}
	return a
}

func TestTheDefaultsOfEachConditionPass(t *testing.T) {
	for _, c := range msg.Conditions() {
		if err := alertOf(c).Check(); err != nil {
			t.Errorf("%s: got %v, want nil", c, err)
		}
	}
}

func TestTheCodeNamesWhatIsWrongWithAnAlert(t *testing.T) {
	change := func(c msg.Condition, change func(*msg.Alert)) msg.Alert {
		a := alertOf(c)
		change(&a)
		return a
	}
	for code, bad := range map[string][]msg.Alert{
		"alert_when":      {{Name: "a", When: "moon"}},
		"alert_namespace": {change(msg.Silence, func(a *msg.Alert) { a.Namespace = "" }), change(msg.QueueOver, func(a *msg.Alert) { a.Namespace = "ws" }), change(msg.ClientsLag, func(a *msg.Alert) { a.Namespace = "/ws" })},
		"alert_event":     {change(msg.QueueOver, func(a *msg.Alert) { a.Event = "tick" }), change(msg.Silence, func(a *msg.Alert) { a.Event = "connect" })},
		"alert_limit": {
			change(msg.QueueOver, func(a *msg.Alert) { a.Limit = 101 }), change(msg.LatenessOver, func(a *msg.Alert) { a.Limit = math.NaN() }),
			change(msg.MessagesLost, func(a *msg.Alert) { a.Limit = 1.5 }), change(msg.ShapeDiffers, func(a *msg.Alert) { a.Limit = msg.LookedBack + 1 }),
		},
		"alert_clear": {
			change(msg.QueueOver, func(a *msg.Alert) { a.Clear = a.Limit + 1 }), change(msg.RateBelow, func(a *msg.Alert) { a.Clear = a.Limit / 2 }),
			change(msg.Silence, func(a *msg.Alert) { a.Clear = 1 }), change(msg.RateAbove, func(a *msg.Alert) { a.Clear = math.NaN() }),
		},
		"alert_hold":       {change(msg.QueueOver, func(a *msg.Alert) { a.Hold = -1 })},
		"alert_clear_hold": {change(msg.QueueOver, func(a *msg.Alert) { a.ClearHold = msg.MaxHold + 1 })},
		"alert_learn":      {change(msg.QueueOver, func(a *msg.Alert) { a.Learn = 100 }), change(msg.ShapeDiffers, func(a *msg.Alert) { a.Learn = 1 })},
	} {
		for _, a := range bad {
			var f *fault.Error
			if err := a.Check(); !errors.As(err, &f) || f.Code != code || f.Kind != fault.Invalid {
				t.Errorf("%+v: got %v, want the code %s", a, err, code)
			}
		}
	}
}

func TestAWebhookIsAnAddressOfTheWebThatNoErrorRepeats(t *testing.T) {
	for _, good := range []string{"", "https://example.com/hooks/secret", "http://127.0.0.1:9/x?token=secret"} {
		a := alertOf(msg.QueueOver)
		a.Webhook = good
		if err := a.Check(); err != nil {
			t.Errorf("%q: got %v, want nil", good, err)
		}
	}
	for _, bad := range []string{"ftp://example.com/secret", "file:///secret", "https:///secret", "secret", "https://a/\x00secret", "https://a/#secret", "https://a/" + strings.Repeat("secret", 200)} {
		a := alertOf(msg.QueueOver)
		a.Webhook = bad
		var f *fault.Error
		if err := a.Check(); !errors.As(err, &f) || f.Code != "alert_webhook" || strings.Contains(f.Error(), "secret") {
			t.Errorf("%q: got %v, want alert_webhook, without the address", bad, err)
		}
	}
}

func TestAStreamMustBeHeardForAsLongAsItMayBeSilent(t *testing.T) {
	for limit, want := range map[float64]time.Duration{1: 10 * time.Second, 30: 30 * time.Second, 86400: msg.MaxHold} {
		if _, got := msg.Silence.DefaultHolds(limit); got != want {
			t.Errorf("limit %v s: got %v, want %v", limit, got, want)
		}
	}
}
