package alert_test

import (
	"log/slog"
	"testing"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/scope/alert"
)

func benchmarkObserve(b *testing.B, alerts ...msg.Alert) {
	w := alert.New(alert.Options{Tell: func(msg.Alert, msg.AlertEvent) {}, Changed: func([]msg.AlertEvent) {}, Log: slog.New(slog.DiscardHandler)})
	w.Set(alerts)
	r := &msg.Record{Message: &msg.Message{Namespace: "/m", Event: "tick", Payload: []byte(`{"p":1}`)}, Outcome: msg.Emitted, At: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		r.At = r.At.Add(10 * time.Microsecond)
		w.Observe(r)
	}
}
