package meter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// from returns the record of a message that its producer made so long before it
// was emitted.
func from(r *msg.Record, latency time.Duration) *msg.Record {
	r.Source = r.At.Add(-latency)
	return r
}

func TestACodeIsWithinABucketOfItsDuration(t *testing.T) {
	for v := least; v < most; v += v/7 + 1 {
		for _, v := range []time.Duration{v, -v} {
			if off := (codeOf(v).duration() - v).Abs(); off > v.Abs()/60 {
				t.Fatalf("%v came back as %v", v, codeOf(v).duration())
			}
		}
	}
	if got := code(0).duration(); got != 0 {
		t.Errorf("no code came back as %v, want 0", got)
	}
}

func TestASignedQuantileGoesFromTheMostNegativeUp(t *testing.T) {
	var s signed
	for _, ms := range []time.Duration{-30, -20, -10, 10, 20} {
		s.add(ms * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.2: -30, 0.4: -20, 0.5: -10, 0.7: 10, 1: 20} {
		near(t, "quantile", s.quantile(q).Abs(), (want * time.Millisecond).Abs())
		if (s.quantile(q) < 0) != (want < 0) {
			t.Errorf("the share %v does not exceed %v, want %v ms", q, s.quantile(q), int64(want))
		}
	}
	s.reset()
	if got := s.latency(); got != (msg.SourceLatency{}) {
		t.Errorf("got %+v after a reset, want nothing", got)
	}
}

func TestAPointTellsIntervalErrorAndWait(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for i := range 100 { // lateness goes 1, 3, 1, 3 … ms: the interval is off by 2 ms each time
			r := emitted("/a", "tick", time.Duration(1+2*(i%2))*time.Millisecond)
			r.Accepted = r.At.Add(-60 * time.Millisecond)
			m.Observe(r)
		}
		time.Sleep(10 * time.Second)
		for _, namespace := range []string{"/a", ""} {
			for every, points := range map[time.Duration]int{time.Second: 10, longest: 1} {
				got := m.Points(namespace, every, 0)
				if len(got) != points {
					t.Fatalf("%d points of %v, want %d", len(got), every, points)
				}
				p := got[0]
				near(t, "interval error", p.IntervalError.P50, 2*time.Millisecond)
				near(t, "interval error", p.IntervalError.Max, 2*time.Millisecond)
				near(t, "wait", p.Wait.P99, 60*time.Millisecond)
				if diff := cmp.Diff(&msg.Spread{First: 33, Counts: []uint32{99}}, p.IntervalError.Spread); diff != "" {
					t.Errorf("spread of the interval error, of %q by %v (-want +got):\n%s", namespace, every, diff)
				}
				if diff := cmp.Diff(&msg.Spread{First: 47, Counts: []uint32{100}}, p.Wait.Spread); diff != "" {
					t.Errorf("spread of the wait, of %q by %v (-want +got):\n%s", namespace, every, diff)
				}
			}
			if p := m.Points(namespace, step, 1)[0]; p.IntervalError != nil || p.Wait != nil {
				t.Errorf("a step of 100 ms has details: %+v", p)
			}
			if p := m.Points(namespace, time.Second, 1)[0]; p.IntervalError != nil || p.Wait != nil {
				t.Errorf("an idle second has details: %+v", p)
			}
		}
	})
}

func TestSecondsKeepTheirDetailsForTenMinutes(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for range keptDetails + 5 {
			m.Observe(emitted("/a", "tick", time.Millisecond))
			time.Sleep(time.Second)
		}
		points := m.Points("/a", time.Second, 0)
		for i, p := range points {
			if kept := i >= len(points)-keptDetails; (p.Wait != nil) != kept {
				t.Fatalf("point %d of %d: got wait %v, want it kept: %v", i, len(points), p.Wait, kept)
			}
		}
	})
}

func TestLatencyFromSourceKeepsItsSign(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for range 3 {
			m.Observe(from(emitted("/a", "tick", time.Millisecond), -20*time.Millisecond)) // the producer's clock is ahead
		}
		m.Observe(from(emitted("/a", "tick", time.Millisecond), 80*time.Millisecond))
		m.Observe(emitted("/a", "tick", time.Millisecond)) // did not say
		m.Observe(emitted("/silent", "tick", time.Millisecond))
		time.Sleep(10 * time.Second)
		for _, every := range []time.Duration{time.Second, longest} {
			for _, namespace := range []string{"/a", ""} {
				got := m.Points(namespace, every, 0)[0].Source
				if got == nil || got.Count != 4 || got.Ahead != 3 || got.P50 >= 0 {
					t.Fatalf("%q by %v: got %+v, want 4 of which 3 are negative", namespace, every, got)
				}
				near(t, "p50", -got.P50, 20*time.Millisecond)
				near(t, "p99", got.P99, 80*time.Millisecond)
			}
			if got := m.Points("/silent", every, 0)[0].Source; got != nil {
				t.Errorf("by %v: got %+v where no message said when it was made, want nothing", every, got)
			}
		}
		stats := m.Stats().Lanes
		if got := stats[0].Source; got.Count != 4 || got.Ahead != 3 {
			t.Errorf("stats: got %+v, want 4 of which 3 are negative", got)
		}
		if got := stats[1].Source; got != (msg.SourceLatency{}) {
			t.Errorf("stats of the silent lane: got %+v, want nothing", got)
		}
	})
}

func TestPointsAreLimitedToTheNewest(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		time.Sleep(9 * time.Second)
		all := m.Points("", time.Second, 0)
		if diff := cmp.Diff(all[6:], m.Points("", time.Second, 3)); len(all) != 9 || diff != "" {
			t.Errorf("of %d points the newest 3 (-want +got):\n%s", len(all), diff)
		}
		if got := m.Points("", time.Second, 100); len(got) != 9 {
			t.Errorf("got %d points, want the 9 there are", len(got))
		}
	})
}
