package alert

import (
	"slices"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// maxHistory is how many events are kept, the newest ones.
const maxHistory = 1000

// history is what happened, oldest first. Those that are still raised are among the
// newest msg.MaxAlerts, or are kept by their rules alone.
type history struct{ events []*msg.AlertEvent }

func (h *history) add(e *msg.AlertEvent) {
	if len(h.events) == maxHistory {
		h.events = slices.Delete(h.events, 0, 1)
	}
	h.events = append(h.events, e)
}

// History returns up to limit events with lower ids than before, or with 0 the
// newest, newest first, and whether there are older ones.
func (w *Watch) History(before uint64, limit int) (page []msg.AlertEvent, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range slices.Backward(w.history.events) {
		if before != 0 && e.ID >= before {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, *e)
	}
	return page, false
}

// NoteKept notes which recording has the minutes before an event, or why none has. An
// event that is forgotten meanwhile is left alone.
func (w *Watch) NoteKept(id uint64, recording string, why *fault.Error) {
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	e := w.event(id)
	if e != nil {
		e.Kept, e.NotKept = recording, why
	}
	raised := w.raisedNow()
	w.mu.Unlock()
	if e != nil {
		w.o.Changed(raised)
	}
}

// event returns the event of an id; nil: it is forgotten. The caller holds mu.
func (w *Watch) event(id uint64) *msg.AlertEvent {
	for _, r := range w.rules {
		if r.event != nil && r.event.ID == id {
			return r.event
		}
	}
	for _, e := range slices.Backward(w.history.events) {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Raised returns what is raised now, the newest first.
func (w *Watch) Raised() []msg.AlertEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.raisedNow()
}

func (w *Watch) raisedNow() []msg.AlertEvent {
	var all []msg.AlertEvent
	for _, r := range w.rules {
		if r.event != nil {
			all = append(all, *r.event)
		}
	}
	slices.SortFunc(all, func(a, b msg.AlertEvent) int { return int(b.ID) - int(a.ID) })
	return all
}

// Count returns how often an alert was raised since the start.
func (w *Watch) Count() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.raised
}

// States returns every alert and how it stands, by name.
func (w *Watch) States() []msg.AlertState {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]msg.AlertState, len(w.rules))
	for i, r := range w.rules {
		s := msg.AlertState{Alert: r.Alert, Value: r.value.value, Known: r.value.known}
		if r.event != nil {
			e := *r.event
			s.Raised = &e
		}
		if r.shape != nil {
			s.Outline = r.shape.state()
		}
		all[i] = s
	}
	return all
}
