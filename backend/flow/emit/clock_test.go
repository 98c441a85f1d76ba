package emit_test

import (
	"context"
	"testing"
	"time"

	"emitscope/backend/flow/emit"
)

// clocks are those that can be tried against real time.
func clocks() map[string]emit.Clock {
	return map[string]emit.Clock{"timer": emit.NewTimerClock(), "spin": emit.NewSpinClock()}
}

func TestAClockNeedsFewWaitsUntilTheTimeHasCome(t *testing.T) {
	for name, c := range clocks() {
		waits := 0
		for until := time.Now().Add(20 * time.Millisecond); time.Now().Before(until); waits++ {
			c.Wait(t.Context(), until)
		}
		if waits > 5 { // a clock that does not wait at all needs thousands
			t.Errorf("%s: got %d waits, want at most 5", name, waits)
		}
	}
}

func TestAClockReturnsWhenWokenOrWhenItsContextEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range clocks() {
		for _, until := range []time.Time{{}, time.Now().Add(time.Hour), time.Now().Add(time.Millisecond)} {
			c.Wait(ended, until)
			c.Wake()
			c.Wait(t.Context(), until)
		}
	}
}

// Lateness of a wait of 10 ms. Run it on a quiet machine.
func BenchmarkClock(b *testing.B) {
	for name, c := range clocks() {
		b.Run(name, func(b *testing.B) {
			var sum, most time.Duration
			for b.Loop() {
				until := time.Now().Add(10 * time.Millisecond)
				for time.Now().Before(until) {
					c.Wait(b.Context(), until)
				}
				late := time.Since(until)
				sum, most = sum+late, max(most, late)
			}
			b.ReportMetric(float64(sum.Microseconds())/float64(b.N), "late-mean-µs")
			b.ReportMetric(float64(most.Microseconds()), "late-max-µs")
		})
	}
}
