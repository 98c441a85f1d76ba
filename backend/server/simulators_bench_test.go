package server_test

import (
	"runtime"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// BenchmarkSimulated has a simulator offer 100,000 ticks a second to a hub that has
// one core for everything. What it took a second is what one core can simulate,
// check, number, emit and watch; "missed" is what it did not get to make.
func BenchmarkSimulated(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	h := startHub(b, nil)
	if _, err := h.PatchLane(b.Context(), "/made", wire.LanePatch{Full: new("drop-oldest")}); err != nil {
		b.Fatal(err)
	}
	if _, err := h.PutSimulator(b.Context(), "it", wire.SimulatorSetup{Feed: "ticks", Namespace: "/made", Producers: 4, Rate: 25_000, Count: uint64(b.N)}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	one, err := h.RunSimulator(b.Context(), "it", true)
	for one.Running && err == nil {
		time.Sleep(5 * time.Millisecond)
		var list wire.SimulatorList
		if list, err = h.Simulators(b.Context()); err == nil {
			one = list.Simulators[4] // behind those of the demo
		}
	}
	b.StopTimer()
	if err != nil || one.Accepted != uint64(b.N) {
		b.Fatalf("got %+v, %v, want %d accepted", one, err, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(one.Missed), "missed")
}
