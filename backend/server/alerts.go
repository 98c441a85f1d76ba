package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/config"
	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/alert"
	"emitscope/backend/shelf"
	"emitscope/backend/webhook"
)

// maxAlertBytes is more than an alert has with the longest names and webhook.
const maxAlertBytes = 8 << 10

// alerts are the conditions that are watched: those every hub has, and those that
// people made or changed, which are kept.
type alerts struct {
	*alert.Watch
	kept  *shelf.Shelf
	hooks *webhook.Sender
	keeps *alertKeeper

	changing sync.Mutex // one change at a time
}

func openAlerts(dataDir, version string, log *slog.Logger) (*alerts, error) {
	kept, err := shelf.Open(shelf.Options{
		Path: filepath.Join(dataDir, "alerts.json"), Kind: "alert", Max: msg.MaxAlerts, MaxBytes: maxAlertBytes,
		Check: rest.CheckAlert, Write: config.WriteFileAtomic, Log: log,
	})
	if err != nil {
		return nil, err
	}
	hooks := webhook.New(webhook.Options{Agent: "Emitscope/" + version, Transport: webhook.NewTransport(), Log: log})
	return &alerts{kept: kept, hooks: hooks, keeps: newAlertKeeper(log)}, nil
}

// watch begins to watch. inform tells every viewer.
func (a *alerts) watch(o alert.Options, inform func(frame any)) error {
	o.Tell = a.tell
	o.Changed = func(raised []msg.AlertEvent) {
		inform(wire.FeedAlerts{Type: "alerts", Raised: wire.AlertEventsOf(raised)})
	}
	a.Watch = alert.New(o)
	return a.apply()
}

// apply watches what is kept, and what every hub has.
func (a *alerts) apply() error {
	all := alert.BuiltIn()
	for _, thing := range a.kept.List() {
		var n wire.NewAlert
		if err := json.Unmarshal(thing.Value, &n); err != nil {
			return err
		}
		one, err := n.Alert(thing.Name)
		if err != nil {
			return err
		}
		all = append(slices.DeleteFunc(all, func(b msg.Alert) bool { return b.Name == one.Name }), one)
	}
	a.Set(all)
	a.hooks.Keep(func(name string) bool {
		return slices.ContainsFunc(all, func(one msg.Alert) bool { return one.Name == name && one.Webhook != "" })
	})
	return nil
}

// States returns every alert and how it stands, by name.
func (a *alerts) States() []msg.AlertState {
	all := a.Watch.States()
	for i := range all {
		all[i].BuiltIn = isBuiltIn(all[i].Name)
		all[i].Changed = all[i].BuiltIn && slices.ContainsFunc(a.kept.List(), func(t msg.Named) bool { return t.Name == all[i].Name })
		all[i].Hook = a.hooks.State(all[i].Name)
	}
	return all
}

func isBuiltIn(name string) bool {
	return slices.ContainsFunc(alert.BuiltIn(), func(b msg.Alert) bool { return b.Name == name })
}

// Put keeps an alert in the place of the one that has its name, and has it begin
// anew. It reports whether the name is new.
func (a *alerts) Put(one msg.Alert) (made bool, err error) {
	value, err := json.Marshal(wire.NewAlertOf(one))
	if err != nil {
		return false, err
	}
	a.changing.Lock()
	defer a.changing.Unlock()
	if made, err = a.kept.Put(one.Name, value); err != nil {
		return false, err
	}
	if err := a.apply(); err != nil {
		return false, err
	}
	a.Restart(one.Name)
	return made && !isBuiltIn(one.Name), nil
}

// Remove forgets an alert, or what was changed of one that every hub has.
func (a *alerts) Remove(name string) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	err := a.kept.Remove(name)
	if err != nil && isBuiltIn(name) {
		return fault.Newf(fault.Conflict, "the alert %q came with Emitscope, and nobody changed it", fault.Clip(name)).
			WithCode("alert_built_in").WithHint("switch it off instead")
	}
	if err != nil {
		return err
	}
	return a.apply()
}

// Clear forgets what people made and changed.
func (a *alerts) Clear() error {
	a.changing.Lock()
	defer a.changing.Unlock()
	if err := a.kept.Clear(); err != nil {
		return err
	}
	return a.apply()
}

// find returns an alert.
func (a *alerts) find(name string) (msg.Alert, error) {
	for _, s := range a.Watch.States() {
		if s.Name == name {
			return s.Alert, nil
		}
	}
	return msg.Alert{}, fault.Newf(fault.NotFound, "there is no alert %q", fault.Clip(name)).WithHint("names differ by capital letters")
}

// Test tells an alert's webhook that this is a test, and returns what went wrong with
// that, empty when nothing did.
func (a *alerts) Test(ctx context.Context, name string) (wrong string, err error) {
	one, err := a.find(name)
	if err != nil {
		return "", err
	}
	if one.Webhook == "" {
		return "", fault.Newf(fault.Conflict, "the alert %q has no webhook", fault.Clip(name)).WithCode("alert_no_webhook").WithHint("set one first")
	}
	e := msg.AlertEvent{Name: one.Name, When: one.When, Raised: time.Now(), Limit: one.Limit, Where: one.Namespace}
	if err := a.hooks.Try(ctx, one.Name, one.Webhook, bodyOf("test", one.Name+": this is a test", e)); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// tell tells an alert's webhook what happened, and has what led to it kept.
func (a *alerts) tell(one msg.Alert, e msg.AlertEvent) {
	if one.Keep && e.Cleared.IsZero() {
		a.keeps.ask(e)
	}
	if one.Webhook == "" {
		return
	}
	state := "raised"
	if !e.Cleared.IsZero() {
		state = "cleared"
	}
	a.hooks.Send(one.Name, one.Webhook, bodyOf(state, alert.Sentence(e), e))
}

func bodyOf(state, text string, e msg.AlertEvent) []byte {
	body, err := json.Marshal(wire.WebhookBody{State: state, Text: text, AlertEvent: wire.AlertEventOf(e)})
	if err != nil {
		panic(err) // a struct of text and numbers that are none but finite
	}
	return body
}

// lagging returns how many clients do not keep up, and the worst of them.
func (s *Server) lagging() (clients int, worst string) {
	page := s.crowd.List(msg.ClientQuery{Sort: msg.Slowest, Limit: 1})
	if clients = page.Losing + page.Behind; clients > 0 && len(page.Clients) > 0 {
		worst = page.Clients[0].Address
	}
	return clients, worst
}

// alertMetrics are for Prometheus.
type alertMetrics struct {
	alerts        *alerts
	raised, total *prometheus.Desc
	failed        *prometheus.Desc
}

func newAlertMetrics(a *alerts) alertMetrics {
	return alertMetrics{
		alerts: a,
		raised: prometheus.NewDesc("emitscope_alert_raised", "1 while the alert is raised.", []string{"alert"}, nil),
		total:  prometheus.NewDesc("emitscope_alerts_total", "How often an alert was raised.", nil, nil),
		failed: prometheus.NewDesc("emitscope_alert_webhook_failures_total", "How often an alert's webhook was given up, or not tried for too much waited.", []string{"alert"}, nil),
	}
}

// Describe says what Collect tells.
func (m alertMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.raised
	to <- m.total
	to <- m.failed
}

// Collect tells the alerts that are on.
func (m alertMetrics) Collect(to chan<- prometheus.Metric) {
	for _, s := range m.alerts.States() {
		name := s.Name
		if s.On {
			raised := 0.0
			if s.Raised != nil {
				raised = 1
			}
			to <- prometheus.MustNewConstMetric(m.raised, prometheus.GaugeValue, raised, name)
		}
		if s.Alert.Webhook != "" {
			to <- prometheus.MustNewConstMetric(m.failed, prometheus.CounterValue, float64(s.Hook.Failed+s.Hook.Dropped), name)
		}
	}
	to <- prometheus.MustNewConstMetric(m.total, prometheus.CounterValue, float64(m.alerts.Count()))
}
