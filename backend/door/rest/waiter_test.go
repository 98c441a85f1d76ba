package rest_test

import (
	"net/http"
	"testing"

	"emitscope/backend/msg"
)

// What each message costs the emitter while nobody waits, and while somebody does
// for something else.
func BenchmarkObserve(b *testing.B) {
	rec := &msg.Record{Message: &msg.Message{Seq: 1, Namespace: "/ws", Event: "tick", Payload: []byte(`{"p":1}`)}, Outcome: msg.Emitted}
	for name, waits := range map[string]bool{"nobody": false, "one": true} {
		b.Run(name, func(b *testing.B) {
			h := startHub(b)
			if waits {
				res, err := http.Get(h.url + "/api/v1/wait?q=event:done&timeout=10m")
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { res.Body.Close() })
			}
			b.ReportAllocs()
			for b.Loop() {
				h.door.Observe(rec)
			}
		})
	}
}
