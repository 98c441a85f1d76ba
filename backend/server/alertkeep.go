package server

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// keepAgain is how long an alert that was kept is not kept again: as long as the flight
// recorder reaches back unless somebody says otherwise, so little is kept twice, and an
// alert that flaps does not fill the disk.
const keepAgain = 10 * time.Minute

// alertKeeper makes recordings of what the flight recorder has when alerts are raised,
// one at a time, so that nobody who is told of an alert waits for the disk.
type alertKeeper struct {
	asked chan msg.AlertEvent
	log   *slog.Logger
}

func newAlertKeeper(log *slog.Logger) *alertKeeper {
	return &alertKeeper{asked: make(chan msg.AlertEvent, msg.MaxAlerts), log: log}
}

// ask has what led to an event kept. It does not wait.
func (k *alertKeeper) ask(e msg.AlertEvent) {
	select {
	case k.asked <- e:
	default:
		k.log.Warn("Not kept for an alert: too many wait", "alert", e.Name)
	}
}

// run keeps what is asked for until ctx ends, and has noted what became of it.
func (k *alertKeeper) run(ctx context.Context, keep func(context.Context, msg.KeepFlight) (msg.Recording, error), note func(id uint64, recording string, why *fault.Error)) error {
	last := map[string]kept{} // by alert
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-k.asked:
			maps.DeleteFunc(last, func(_ string, one kept) bool { return e.Raised.Sub(one.at) >= keepAgain })
			if one, isRecent := last[e.Name]; isRecent {
				note(e.ID, "", fault.Newf(fault.TooMany, "the recording %q was made shortly before, and one is made at most once in 10 minutes", one.recording).WithCode("kept_recently"))
				continue
			}
			made, err := keep(ctx, msg.KeepFlight{Name: keptName(e)})
			if err != nil {
				k.log.Warn("Not kept for an alert", "alert", e.Name, "error", err)
				note(e.ID, "", fault.From(err))
				continue
			}
			last[e.Name] = kept{made.Name, e.Raised}
			k.log.Info("Kept for an alert", "alert", e.Name, "recording", made.Name)
			note(e.ID, made.Name, nil)
		}
	}
}

// kept is a recording that was made for an alert, and when that was raised.
type kept struct {
	recording string
	at        time.Time
}

// keptName is what the recording of an event is called: its alert, as far as a file can
// have that name, and when it was raised.
func keptName(e msg.AlertEvent) string {
	at := e.Raised.Format(" 2006-01-02 15.04.05")
	alert := msg.RecordingNameOf(e.Name, '-', msg.MaxName-len(at))
	if name := strings.TrimSpace(alert) + at; msg.CheckRecordingName(name) == nil {
		return name
	}
	return "Alert" + at
}
