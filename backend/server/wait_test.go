package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// What ends while a wait begins is either kept or shown to it: handed in from the
// mark on, every message is counted once, however many come meanwhile.
func TestNothingFallsBetweenWhatIsKeptAndWhatComes(t *testing.T) {
	h := startHub(t, nil)
	for range 20 {
		stats, err := h.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const n = 200
		published := make(chan error)
		go func() {
			_, err := h.Publish(context.Background(), slices.Repeat([]wire.Publish{{Namespace: "/x", Event: "e"}}, n)...)
			published <- err
		}()
		seen := map[string]bool{}
		end, err := h.Wait(t.Context(), client.Awaited{
			Watched: client.Watched{Namespace: "/x"}, Count: n, Timeout: time.Minute, After: &stats.Seq,
		}, func(line []byte) error {
			seen[string(line)] = true
			return nil
		})
		if err := <-published; err != nil {
			t.Fatal(err)
		}
		if want := (wire.WaitEnd{End: "matched", Matched: n}); err != nil || end != want || len(seen) != n {
			t.Fatalf("got %+v, %v with %d different messages; want %+v", end, err, len(seen), want)
		}
	}
}
