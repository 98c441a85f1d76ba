package wire

import (
	"time"

	"emitscope/backend/msg"
)

// NewAlert is a condition to be watched; its name is in the path. What is left out
// has the condition's default.
type NewAlert struct {
	On        *bool    `json:"on,omitempty" tstype:"boolean" doc:"whether it is watched; absent: true"`
	When      string   `json:"when" tstype:"'silence' | 'rate_below' | 'rate_above' | 'lateness' | 'interval_error' | 'queue' | 'drops' | 'lagging' | 'shape'" doc:"the condition" enum:"silence,rate_below,rate_above,lateness,interval_error,queue,drops,lagging,shape"`
	Namespace string   `json:"namespace,omitempty" doc:"where; needed for silence, rates and shape, absent for the others: all lanes"`
	Event     string   `json:"event,omitempty" doc:"for silence, rates and shape: one stream; absent: all of the namespace"`
	Limit     *float64 `json:"limit,omitempty" tstype:"number" doc:"raised at it. In the condition's unit: silence s, rates messages/s, lateness and interval_error ms, queue %, drops messages in 10 s, lagging clients, shape messages of the last 20"`
	Clear     *float64 `json:"clear,omitempty" tstype:"number" doc:"cleared at it, so that a value at its limit does not flap; same unit; not for silence"`
	Hold      string   `json:"hold,omitempty" doc:"how long the value must be beyond the limit before it is raised, such as 5s"`
	ClearHold string   `json:"clear_hold,omitempty" doc:"how long it must be back before it is cleared"`
	Learn     *int     `json:"learn,omitempty" tstype:"number" doc:"for shape: from how many messages the shape is learned, 10 to 10000"`
	Webhook   string   `json:"webhook,omitempty" doc:"address that is told by POST, http or https; only admins are told it"`
	Keep      bool     `json:"keep,omitempty" doc:"when it is raised, the flight recorder's last minutes become a recording, at most once in 10 minutes"`
}

// Alert is a condition that is watched, and how it stands.
type Alert struct {
	Name     string `json:"name" doc:"unique; differs by capital letters"`
	NewAlert `tstype:",extends"`
	BuiltIn  bool          `json:"built_in,omitempty" doc:"it came with Emitscope: it can be changed and switched off, and removing it takes the changes back"`
	Changed  bool          `json:"changed,omitempty" doc:"of a built-in one: somebody changed it"`
	Value    *float64      `json:"value,omitempty" tstype:"number" doc:"the value at the last look, in the unit of limit; absent: there is none"`
	Raised   *AlertEvent   `json:"raised,omitempty" doc:"since when it holds; absent: it does not"`
	Shapes   *AlertShapes  `json:"shapes,omitempty" doc:"of a shape alert that is on: what is learned"`
	Hook     *WebhookState `json:"hook,omitempty" doc:"what became of what its webhook was told; absent: it has none"`
}

// AlertShapes is how far the shapes are learned that an alert compares with.
type AlertShapes struct {
	Streams  int  `json:"streams" doc:"that are watched, at most 16"`
	Learning int  `json:"learning" doc:"of them, how many are not learned yet"`
	Partial  bool `json:"partial,omitempty" doc:"there are more streams than can be watched"`
}

// WebhookState is what became of what a webhook was told.
type WebhookState struct {
	Told    uint64 `json:"told" doc:"how often it took what it was told"`
	Failed  uint64 `json:"failed" doc:"how often it was given up after several tries"`
	Dropped uint64 `json:"dropped" doc:"how often nothing was tried, for too much waited already"`
	Error   string `json:"error,omitempty" doc:"what was wrong with the last try; absent: nothing"`
	Time    string `json:"time,omitempty" doc:"of the last try"`
}

// AlertList is every alert, by name.
type AlertList struct {
	Alerts []Alert `json:"alerts" doc:"by name"`
}

// AlertEvent is one time an alert was raised.
type AlertEvent struct {
	ID           uint64        `json:"id" doc:"counts up from 1 with each start of the hub"`
	Name         string        `json:"name" doc:"of the alert"`
	When         string        `json:"when" doc:"the condition"`
	Raised       string        `json:"raised" doc:"when"`
	Cleared      string        `json:"cleared,omitempty" doc:"when it ended; absent: it holds"`
	Limit        float64       `json:"limit" doc:"that was in force, in the condition's unit"`
	Value        float64       `json:"value" doc:"when it was raised, in the condition's unit"`
	Worst        float64       `json:"worst" doc:"since it was raised"`
	Where        string        `json:"where,omitempty" doc:"a lane, a stream as \"namespace event\", or the address of a client"`
	Changes      []ShapeChange `json:"changes,omitempty" doc:"of shape: up to 8 ways in which messages were not like those before"`
	Acknowledged string        `json:"acknowledged,omitempty" doc:"when somebody noted that they know; absent: nobody has"`
	By           string        `json:"by,omitempty" doc:"name of the key of who did; absent: somebody on the hub's machine"`
	Kept         string        `json:"kept,omitempty" doc:"name of the recording that was made of the minutes before; absent: none, or not yet"`
	NotKept      *Error        `json:"not_kept,omitempty" doc:"why none was made although the alert asks for one"`
}

// ShapeChange is one way in which a message was not like those before.
type ShapeChange struct {
	Event string `json:"event" doc:"of the stream"`
	Path  string `json:"path" doc:"JSON pointer; * stands for every element of an array"`
	Kind  string `json:"kind" tstype:"'new' | 'missing' | 'type'" doc:"how it differs" enum:"new,missing,type"`
	Was   string `json:"was,omitempty" doc:"type until then, such as number; several with \" or \" between"`
	Is    string `json:"is,omitempty" doc:"type now"`
}

// AlertHistory is a page of what happened, the newest first.
type AlertHistory struct {
	Events []AlertEvent `json:"events" doc:"newest first"`
	Before uint64       `json:"before,omitempty" doc:"ask with it for older ones; absent: there are none"`
}

// WebhookTest says how it went to tell a webhook something.
type WebhookTest struct {
	OK    bool   `json:"ok" doc:"whether it took it"`
	Error string `json:"error,omitempty" doc:"what was wrong"`
}

// WebhookBody is what a webhook is told.
type WebhookBody struct {
	State string `json:"state" doc:"raised, cleared, or test" enum:"raised,cleared,test"`
	Text  string `json:"text" doc:"the same as a sentence, as chat programs show it"`
	AlertEvent
}

// FeedAlerts tells a viewer which alerts are raised, each time that changes.
type FeedAlerts struct {
	Type   string       `json:"type" tstype:"'alerts'"`
	Raised []AlertEvent `json:"raised"` // the newest first
}

// Alert reads what was asked for, with what was left out filled in. What cannot be
// is an Invalid error whose code names it.
func (n NewAlert) Alert(name string) (msg.Alert, error) {
	when := msg.Condition(n.When)
	a := msg.Alert{
		Name: name, On: n.On == nil || *n.On, When: when, Namespace: n.Namespace, Event: n.Event,
		Limit: when.DefaultLimit(), Learn: when.DefaultLearn(), Webhook: n.Webhook, Keep: n.Keep,
	}
	if n.Limit != nil {
		a.Limit = *n.Limit
	}
	a.Clear = when.DefaultClear(a.Limit)
	if n.Clear != nil {
		a.Clear = *n.Clear
	}
	if n.Learn != nil {
		a.Learn = *n.Learn
	}
	a.Hold, a.ClearHold = when.DefaultHolds(a.Limit)
	if err := readHold("hold", n.Hold, &a.Hold); err != nil {
		return a, err
	}
	if err := readHold("clear_hold", n.ClearHold, &a.ClearHold); err != nil {
		return a, err
	}
	return a, a.Check()
}

func readHold(what, text string, to *time.Duration) error {
	if text == "" {
		return nil
	}
	d, err := durationIn(what, text, "alert_"+what)
	if err == nil {
		*to = d
	}
	return err
}

// NewAlertOf writes an alert with all that is in force.
func NewAlertOf(a msg.Alert) NewAlert {
	n := NewAlert{
		On: &a.On, When: string(a.When), Namespace: a.Namespace, Event: a.Event, Limit: &a.Limit,
		Hold: Duration(a.Hold), ClearHold: Duration(a.ClearHold), Webhook: a.Webhook, Keep: a.Keep,
	}
	if a.When != msg.Silence {
		n.Clear = &a.Clear
	}
	if a.When == msg.ShapeDiffers {
		n.Learn = &a.Learn
	}
	return n
}

// AlertListOf writes all alerts, as AlertOf does.
func AlertListOf(all []msg.AlertState, withWebhook bool) AlertList {
	return AlertList{Alerts: each(all, func(s msg.AlertState) Alert { return AlertOf(s, withWebhook) })}
}

// AlertOf writes an alert and how it stands; the address of its webhook only for those
// who may know it.
func AlertOf(s msg.AlertState, withWebhook bool) Alert {
	a := Alert{Name: s.Name, NewAlert: NewAlertOf(s.Alert), BuiltIn: s.BuiltIn, Changed: s.Changed}
	if s.Known {
		a.Value = &s.Value
	}
	if s.Raised != nil {
		e := AlertEventOf(*s.Raised)
		a.Raised = &e
	}
	if s.On && s.When == msg.ShapeDiffers {
		shapes := AlertShapes(s.Outline)
		a.Shapes = &shapes
	}
	if s.Alert.Webhook != "" {
		a.Hook = &WebhookState{Told: s.Hook.Told, Failed: s.Hook.Failed, Dropped: s.Hook.Dropped, Error: s.Hook.Error, Time: Time(s.Hook.At)}
	}
	if !withWebhook {
		a.Webhook = ""
	}
	return a
}

// AlertEventOf writes an event.
func AlertEventOf(e msg.AlertEvent) AlertEvent {
	out := AlertEvent{
		ID: e.ID, Name: e.Name, When: string(e.When), Raised: Time(e.Raised), Cleared: Time(e.Cleared), Limit: e.Limit,
		Value: e.Value, Worst: e.Worst, Where: e.Where, Acknowledged: Time(e.Acknowledged), By: e.By, Kept: e.Kept,
		Changes: each(e.Changes, shapeChangeOf),
	}
	if e.NotKept != nil {
		why := ErrorOf(e.NotKept)
		out.NotKept = &why
	}
	return out
}

func shapeChangeOf(c msg.ShapeChange) ShapeChange {
	return ShapeChange{Event: c.Event, Path: c.Path, Kind: string(c.Kind), Was: c.Was, Is: c.Is}
}

// AlertEventsOf writes events; none are an empty list.
func AlertEventsOf(all []msg.AlertEvent) []AlertEvent { return each(all, AlertEventOf) }
