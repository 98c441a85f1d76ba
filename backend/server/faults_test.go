package server

import (
	"sync"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/flow/chaos"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

func TestViewersAreToldLastOfTheFaultsThatAreOn(t *testing.T) {
	var last wire.FeedFaults
	var mu sync.Mutex
	hub := &Server{inform: func(frame any) {
		time.Sleep(time.Microsecond) // others may go before
		mu.Lock()
		defer mu.Unlock()
		last = frame.(wire.FeedFaults)
	}}
	f := &faults{hub: hub, Faults: chaos.New(chaos.Options{Lanes: lane.New(lane.Options{Wake: func() {}}), Wake: func() {}})}
	for range 200 {
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := f.Set("/a", msg.FaultSettings{For: time.Minute, Dropped: 0.5}); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() { _ = f.Clear("/a") }) // it may not be on yet
		both.Wait()
		if got, want := len(last.Faults), len(f.List()); got != want {
			t.Fatalf("viewers were last told of %d faults, but %d are on", got, want)
		}
		f.ClearAll()
	}
}
