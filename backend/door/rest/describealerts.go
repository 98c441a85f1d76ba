package rest

import (
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// What the document says of the routes about alerts.

func docGetAlerts() *operation {
	return about("listAlerts", "alerts", "Every alert, and how it stands",
		"By name. An alert is a condition whose value is looked at once a second. It is raised when the value was at or beyond `limit` for `hold`, and cleared when "+
			"it was back at `clear` for `clear_hold`. Of lanes it is about the worst one.").
		givesJSON("The alerts.", ref[wire.AlertList](), wire.AlertList{Alerts: []wire.Alert{exampleAlert()}})
}

func docPutAlert() *operation {
	number := func(v float64) *float64 { return &v }
	return about("saveAlert", "alerts", "Watch a condition",
		"Under a name of 1 to 64 characters, in the place of the one that has it. It begins anew: if it was raised it is cleared, and what it learned is forgotten. There may be 100.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleAlert().Name).
		takes(jsonType, ref[wire.NewAlert](), map[string]example{
			"a stream falls silent":  {wire.NewAlert{When: "silence", Namespace: "/ws/rt_market", Event: "tick", Limit: number(10)}},
			"a queue fills up":       {wire.NewAlert{When: "queue", Limit: number(80), Clear: number(60), Hold: "3s", ClearHold: "10s"}},
			"with a webhook":         {wire.NewAlert{When: "lateness", Limit: number(5), Webhook: "https://example.com/hooks/1"}},
			"and what led to it":     {wire.NewAlert{When: "drops", Keep: true}},
			"a message looks unlike": {wire.NewAlert{When: "shape", Namespace: "/ws/rt_market", Event: "tick"}},
		}).
		givesJSON("It took the place of another.", ref[wire.Alert](), exampleAlert()).
		gives(http.StatusCreated, "It is watched.", jsonType, ref[wire.Alert](), exampleAlert()).
		failsWith(http.StatusBadRequest, msg.Alert{When: msg.QueueOver, Limit: 120}.Check(), msg.Alert{When: msg.Silence, Limit: 10}.Check()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 100 saved alerts, and more are not possible").
			WithHint("remove one that is not used any more")).
		fails(http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteAlert() *operation {
	return about("removeAlert", "alerts", "Watch a condition no more", "Of one that came with Emitscope it takes back what was changed.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleAlert().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no saved alert %q", exampleAlert().Name).
			WithHint("it may have been removed; names differ by capital letters")).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the alert %q came with Emitscope, and nobody changed it", "Queue fills up").
			WithCode("alert_built_in").WithHint("switch it off instead"))
}

func docAcknowledge() *operation {
	return about("acknowledgeAlert", "alerts", "Note that somebody knows", "A raised alert stays raised, and who looks sees that it is known.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleAlert().Name).
		gives(http.StatusNoContent, "It is noted.", "", nil, nil).
		failsWith(http.StatusNotFound, noAlert()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the alert %q is not raised", exampleAlert().Name).WithCode("alert_not_raised"))
}

func docTestWebhook() *operation {
	return about("testWebhook", "alerts", "Tell an alert's webhook that this is a test", "Once, within 10 s. No redirect is followed.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleAlert().Name).
		givesJSON("How it went.", ref[wire.WebhookTest](), wire.WebhookTest{Error: "it answered 404 Not Found"}).
		failsWith(http.StatusNotFound, noAlert()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the alert %q has no webhook", exampleAlert().Name).WithCode("alert_no_webhook").WithHint("set one first"))
}

func docAlertHistory() *operation {
	return about("alertHistory", "alerts", "When alerts were raised and cleared", "Newest first. The last 1,000 are kept until the hub ends.").
		param("query", "before", "Only events with a lower id: the `before` of the page before.", &schema{Type: "integer", Minimum: number(0)}, nil).
		param("query", "limit", "How many at most.", &schema{Type: "integer", Minimum: number(1), Maximum: number(alertEventsMost), Default: alertEventsDefault}, nil).
		givesJSON("A page.", ref[wire.AlertHistory](), wire.AlertHistory{Events: []wire.AlertEvent{exampleAlertEvent()}, Before: 7}).
		fails(http.StatusBadRequest)
}

func noAlert() error {
	return fault.Newf(fault.NotFound, "there is no alert %q", exampleAlert().Name).WithHint("names differ by capital letters")
}

func exampleAlert() wire.Alert {
	limit := 10.0
	n, _ := wire.NewAlert{When: "silence", Namespace: "/ws/rt_market", Event: "tick", Limit: &limit}.Alert("Ticks stopped")
	return wire.AlertOf(msg.AlertState{Alert: n, Value: 0.2, Known: true}, true)
}

func exampleAlertEvent() wire.AlertEvent {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	return wire.AlertEventOf(msg.AlertEvent{
		ID: 7, Name: "Ticks stopped", When: msg.Silence, Raised: at, Cleared: at.Add(time.Minute), Limit: 10, Value: 10.4, Worst: 49.8, Where: "/ws/rt_market tick",
	})
}
