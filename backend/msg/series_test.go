package msg

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestThinKeepsOrderEndsAndExtremes(t *testing.T) {
	for range 200 {
		n := 1 + rand.IntN(500)
		all := make([]Reading, n)
		low, high := math.Inf(1), math.Inf(-1)
		for i := range all {
			all[i] = Reading{At: int64(i), Value: rand.NormFloat64()}
			low, high = min(low, all[i].Value), max(high, all[i].Value)
		}
		first, last := all[0], all[n-1]
		most := 4 + rand.IntN(100)
		got := Thin(all, most)
		if len(got) > max(most, 4) || n <= most && len(got) != n {
			t.Fatalf("%d of %d: got %d", most, n, len(got))
		}
		if got[0] != first || got[len(got)-1] != last {
			t.Errorf("%d of %d: the ends are gone", most, n)
		}
		gotLow, gotHigh := math.Inf(1), math.Inf(-1)
		for i, r := range got {
			gotLow, gotHigh = min(gotLow, r.Value), max(gotHigh, r.Value)
			if i > 0 && r.At <= got[i-1].At {
				t.Fatalf("%d of %d: not in order at %d", most, n, i)
			}
		}
		if gotLow != low || gotHigh != high {
			t.Errorf("%d of %d: got %v to %v, want %v to %v", most, n, gotLow, gotHigh, low, high)
		}
	}
}

func TestWhatWasDroppedHasNoReading(t *testing.T) {
	at := time.UnixMicro(1_700_000_000_123_456)
	r := &Record{Message: &Message{Payload: []byte(`5`), Source: at.Add(-time.Second)}, Outcome: Emitted, At: at}
	got, found := ReadingOf(r, "")
	if want := (Reading{At: at.UnixMicro(), Source: at.UnixMicro() - 1_000_000, Value: 5}); !found || got != want {
		t.Errorf("got %+v, %v; want %+v", got, found, want)
	}
	r.Outcome = Dropped
	if _, found := ReadingOf(r, ""); found {
		t.Error("a dropped message has a reading")
	}
}
