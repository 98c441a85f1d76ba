// Package alert watches conditions and tells when one begins to hold and when it
// ends: a stream that falls silent, a lane that comes late, a queue that fills.
//
//	emitter ──Observe──▶ shapes.go ─▶ outline.go   (a few messages a second, only for a shape alert)
//	once a second: measure.go ─▶ gauge.go ─▶ history.go ─▶ Options.Tell, Changed
package alert

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// every is how often conditions are looked at.
const every = time.Second

// numbers is what the meter knows. LaneCounters costs far less than Stats.
type numbers interface {
	Stats() msg.Stats
	LaneCounters() map[string]msg.Counters
}

// Options are what a Watch needs. All must be set.
type Options struct {
	Numbers numbers
	Lanes   func() []msg.LaneState
	// Lagging returns how many clients do not keep up, and the worst of them.
	Lagging func() (clients int, worst string)
	// Tell is told of each alert that was raised or cleared, in order. It must not block.
	Tell func(a msg.Alert, e msg.AlertEvent)
	// Changed is told what Raised returns, each time it changes. It must not block.
	Changed func(raised []msg.AlertEvent)
	Log     *slog.Logger
}

// Watch watches the alerts it was given with Set. Methods may be called from any
// goroutine; Observe costs one atomic load where no shape alert is on.
type Watch struct {
	o       Options
	started time.Time
	shapes  atomic.Pointer[[]*shape] // of those that are on; nil: none
	rest    atomic.Int64             // until when no sample is taken, ns since started
	samples chan sample

	telling sync.Mutex // held from a change until it is told, so that all hear them in order
	mu      sync.Mutex
	rules   []*rule // by name
	losses  losses
	history history
	raised  uint64 // how often one was, since the start
}

// rule is an alert and what is known of it.
type rule struct {
	msg.Alert
	began time.Time // when it was given, or switched on
	heard time.Time // of silence: the last message
	gauge gauge
	value reading
	event *msg.AlertEvent // in the history, as long as it is raised
	shape *shape          // of a shape alert that is on
}

// begin returns the rule of an alert of which nothing is known yet.
func begin(a msg.Alert, now time.Time) *rule {
	r := &rule{Alert: a, began: now}
	if a.On && a.When == msg.ShapeDiffers {
		r.shape = newShape(a)
	}
	return r
}

// New returns a Watch without alerts.
func New(o Options) *Watch {
	return &Watch{o: o, started: time.Now(), samples: make(chan sample, maxWaiting)}
}

// Observe notes what became of a message.
func (w *Watch) Observe(r *msg.Record) {
	shapes := w.shapes.Load()
	if shapes == nil || r.Outcome == msg.Dropped || r.Outcome == msg.DroppedOnPurpose || r.Direct() || len(r.Payload) > maxPayload || r.At.Sub(w.started) < time.Duration(w.rest.Load()) {
		return
	}
	for _, s := range *shapes {
		if s.wants(r) {
			select {
			case w.samples <- sample{s, r.Event, r.Payload}:
			default: // it is looked at the next one instead
			}
		}
	}
}

// Run watches until ctx ends; then it returns nil.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case one := <-w.samples:
			w.look(one)
		case <-tick.C:
			w.evaluate()
		}
	}
}

// look looks at one message, and rests for long enough that looking stays cheap.
func (w *Watch) look(one sample) {
	began := time.Now()
	w.mu.Lock()
	one.shape.look(one)
	w.mu.Unlock()
	now := time.Now()
	w.rest.Store(int64(now.Sub(w.started) + (restShare-1)*now.Sub(began)))
}

// Set replaces all alerts. One that is as it was goes on; one that was changed
// begins anew, and is cleared if it was raised.
func (w *Watch) Set(alerts []msg.Alert) {
	w.change(func(now time.Time) (told []change) {
		var rules []*rule
		for _, a := range alerts {
			r := w.find(a.Name)
			if r == nil || r.Alert != a {
				r = begin(a, now)
			}
			rules = append(rules, r)
		}
		for _, r := range w.rules {
			if r.event != nil && !slices.Contains(rules, r) {
				told = append(told, w.clear(r, now))
			}
		}
		slices.SortFunc(rules, func(a, b *rule) int { return strings.Compare(a.Name, b.Name) })
		w.rules = rules
		w.watchShapes()
		return told
	})
}

// Restart has one alert begin anew, as if it had been changed: what it learned is
// forgotten.
func (w *Watch) Restart(name string) {
	w.change(func(now time.Time) (told []change) {
		r := w.find(name)
		if r == nil {
			return nil
		}
		if r.event != nil {
			told = append(told, w.clear(r, now))
		}
		*r = *begin(r.Alert, now)
		w.watchShapes()
		return told
	})
}

// watchShapes tells Observe what to look for. The caller holds mu.
func (w *Watch) watchShapes() {
	var shapes []*shape
	for _, r := range w.rules {
		if r.shape != nil {
			shapes = append(shapes, r.shape)
		}
	}
	if shapes == nil {
		w.shapes.Store(nil)
		return
	}
	w.shapes.Store(&shapes)
}

// change is one alert that was raised or cleared.
type change struct {
	alert msg.Alert
	event msg.AlertEvent
}

// change does something to the alerts, and tells what came of it.
func (w *Watch) change(do func(now time.Time) []change) {
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	told := do(time.Now())
	raised := w.raisedNow()
	w.mu.Unlock()
	for _, c := range told {
		w.tell(c)
	}
	if len(told) > 0 {
		w.o.Changed(raised)
	}
}

func (w *Watch) tell(c change) {
	e := c.event
	log := w.o.Log.With("alert", e.Name, "condition", e.When, "where", e.Where)
	if e.Cleared.IsZero() {
		log.Info("Alert raised", "value", e.Value, "limit", e.Limit)
	} else {
		log.Info("Alert cleared", "worst", e.Worst, "lasted", e.Cleared.Sub(e.Raised).Round(time.Millisecond))
	}
	w.o.Tell(c.alert, c.event)
}

// evaluate looks at every condition.
func (w *Watch) evaluate() {
	w.change(func(now time.Time) (told []change) {
		var m measures
		w.measure(&m, now)
		for _, r := range w.rules {
			if !r.On {
				continue
			}
			r.value = m.of(r, now)
			if r.event != nil {
				w.follow(r)
			}
			switch r.gauge.step(now, r.Alert, r.value) {
			case becomesRaised:
				told = append(told, w.raise(r, now))
			case becomesCleared:
				told = append(told, w.clear(r, now))
			case stays:
			}
		}
		return told
	})
}

// raise begins an event. The caller holds mu.
func (w *Watch) raise(r *rule, now time.Time) change {
	w.raised++
	e := &msg.AlertEvent{
		ID: w.raised, Name: r.Name, When: r.When, Raised: now, Limit: r.Limit,
		Value: r.value.value, Worst: r.value.value, Where: r.value.where,
	}
	if r.shape != nil {
		e.Changes = r.shape.changes
	}
	r.event = e
	w.history.add(e)
	return change{r.Alert, *e}
}

// follow keeps the worst of an event that goes on. The caller holds mu.
func (w *Watch) follow(r *rule) {
	e := r.event
	if worse := r.value.value > e.Worst; r.value.known && worse != r.When.Below() && r.value.value != e.Worst {
		e.Worst = r.value.value
		e.Where = cmp.Or(r.value.where, e.Where)
	}
	if r.shape != nil && len(r.shape.changes) > len(e.Changes) {
		e.Changes = r.shape.changes
	}
}

// clear ends an event. The caller holds mu.
func (w *Watch) clear(r *rule, now time.Time) change {
	e := r.event
	e.Cleared = now
	r.event = nil
	return change{r.Alert, *e}
}

// Acknowledge notes that somebody knows of a raised alert. It is a Conflict when it
// is not raised, and NotFound when there is none.
func (w *Watch) Acknowledge(name, by string) (err error) {
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	r := w.find(name)
	switch {
	case r == nil:
		err = fault.Newf(fault.NotFound, "there is no alert %q", fault.Clip(name))
	case r.event == nil:
		err = fault.Newf(fault.Conflict, "the alert %q is not raised", fault.Clip(name)).WithCode("alert_not_raised")
	case r.event.Acknowledged.IsZero():
		r.event.Acknowledged, r.event.By = time.Now(), by
	}
	raised := w.raisedNow()
	w.mu.Unlock()
	if err == nil {
		w.o.Changed(raised)
	}
	return err
}

// find returns the rule of a name; nil: there is none. The caller holds mu.
func (w *Watch) find(name string) *rule {
	i, ok := slices.BinarySearchFunc(w.rules, name, func(r *rule, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return nil
	}
	return w.rules[i]
}
