package alert_test

import (
	"testing"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/scope/alert"
)

func TestEachEventIsASentence(t *testing.T) {
	for want, e := range map[string]msg.AlertEvent{
		"a: no message of /m tick for 10.5 s":                                      {When: msg.Silence, Where: "/m tick", Value: 10.5, Limit: 10},
		"a: /m tick at 3 messages/s (limit 5 messages/s)":                          {When: msg.RateBelow, Where: "/m tick", Value: 3, Limit: 5},
		"a: /m tick at 9 messages/s (limit 5 messages/s)":                          {When: msg.RateAbove, Where: "/m tick", Value: 9, Limit: 5},
		"a: emits of /m are up to 6.25 ms late (p99; limit 5 ms)":                  {When: msg.LatenessOver, Where: "/m", Value: 6.25, Limit: 5},
		"a: intervals of /m are up to 6.25 ms wrong (p99; limit 5 ms)":             {When: msg.IntervalOver, Where: "/m", Value: 6.25, Limit: 5},
		"a: lane /m is 92% full (limit 80%)":                                       {When: msg.QueueOver, Where: "/m", Value: 92, Limit: 80},
		"a: 1 message lost in 10 s, most of them in /m":                            {When: msg.MessagesLost, Where: "/m", Value: 1, Limit: 1},
		"a: it is over. It was: 3 clients not keeping up, the worst is 10.0.0.9:1": {When: msg.ClientsLag, Where: "10.0.0.9:1", Value: 3, Limit: 1, Cleared: time.Now()},
		"a: messages of /m tick are not like those before: /p is text, was number, /q is new, /r is missing, …": {When: msg.ShapeDiffers, Where: "/m tick", Changes: []msg.ShapeChange{
			{Path: "/p", Kind: msg.FieldType, Was: "number", Is: "text"}, {Path: "/q", Kind: msg.FieldNew}, {Path: "/r", Kind: msg.FieldMissing}, {Path: "/s", Kind: msg.FieldNew},
		}},
	} {
		e.Name = "a"
		if got := alert.Sentence(e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheBuiltInAlertsPassAndAreByName(t *testing.T) {
	before := ""
	for _, a := range alert.BuiltIn() {
		if err := a.Check(); err != nil || a.Name <= before {
			t.Errorf("%q after %q: got %v, want nil", a.Name, before, err)
		}
		before = a.Name
	}
}
