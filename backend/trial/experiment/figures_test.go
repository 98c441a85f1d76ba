package experiment

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

const ms = time.Millisecond

func TestAnIntervalErrorIsTheSizeOfWhatAGapMissed(t *testing.T) {
	got := errorsOf([]time.Duration{5 * ms, 16 * ms, 25 * ms, 35 * ms}, 10*ms)
	if diff := cmp.Diff([]time.Duration{ms, ms, 0}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// steady is a run whose gaps are off the interval by that, to and fro.
func steady(way msg.Way, interval, off time.Duration) *msg.RunRecord {
	r := &msg.RunRecord{Way: way}
	for n := range 101 {
		at := time.Duration(n)*interval + time.Duration(n%2)*off
		r.Emitted, r.Received = append(r.Emitted, at), append(r.Received, at+ms)
	}
	return r
}

func TestAWayHasTheMediansOfItsRuns(t *testing.T) {
	runs := []*msg.RunRecord{steady(msg.WayLoop, 10*ms, 3*ms), steady(msg.WayLoop, 10*ms, 40*ms), steady(msg.WayLoop, 10*ms, 5*ms)}
	w := summary(msg.WayLoop, runs, 10*ms)
	if w.Emitted.P99 != 5*ms || w.Received.P99 != 5*ms || w.Emitted.Max != 40*ms || w.Emitted.Count != 300 || w.MeanInterval != 10*ms {
		t.Errorf("got %+v, want p99 of 5 ms, a maximum of 40 ms, 300 intervals, and 10 ms between them", w)
	}
}

func resultsOf(p99 ...time.Duration) []msg.RunResult {
	var all []msg.RunResult
	for _, d := range p99 {
		all = append(all, msg.RunResult{Emitted: msg.Quantiles{P99: d}})
	}
	return all
}

func TestRunsThatOverlapAreWithinTheNoise(t *testing.T) {
	lane := resultsOf(ms, 2*ms, 3*ms)
	for name, c := range map[string]struct {
		way  []msg.RunResult
		want *msg.Comparison
	}{
		"apart":         {resultsOf(20*ms, 30*ms, 4*ms), &msg.Comparison{Times: 10, Apart: true}},
		"overlapping":   {resultsOf(20*ms, 30*ms, 3*ms), &msg.Comparison{Times: 10}},
		"steadier":      {resultsOf(ms/2, ms/4, ms/4), &msg.Comparison{Times: 0.125, Apart: true}},
		"too few to be": {resultsOf(20*ms, 30*ms), nil},
	} {
		if diff := cmp.Diff(c.want, compare(c.way, lane)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
