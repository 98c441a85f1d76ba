package msg_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

func TestAQuantileIsTheSmallestValueThatSoManyAreNotAbove(t *testing.T) {
	var all []time.Duration
	for i := range 200 {
		all = append(all, time.Duration(200-i)*time.Millisecond)
	}
	want := msg.Quantiles{Count: 200, P50: 100 * time.Millisecond, P90: 180 * time.Millisecond, P99: 198 * time.Millisecond, Max: 200 * time.Millisecond}
	if got := msg.QuantilesOf(all); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := msg.QuantilesOf(nil); got != (msg.Quantiles{}) {
		t.Errorf("of nothing: got %v, want none", got)
	}
}

func TestASpreadHasTenBucketsADecadeFrom1Microsecond(t *testing.T) {
	us := time.Microsecond
	got := msg.SpreadOf([]time.Duration{0, us, 10 * us, 12 * us, 100 * us})
	want := msg.Spread{First: 0, Counts: make([]uint32, 21)}
	want.Counts[0], want.Counts[10], want.Counts[20] = 2, 2, 1
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := msg.SpreadOf([]time.Duration{time.Hour}); got.First != msg.SpreadBuckets-1 || len(got.Counts) != 1 {
		t.Errorf("of an hour: got %v, want the last bucket", got)
	}
	if got := msg.SpreadOf(nil); len(got.Counts) != 0 {
		t.Errorf("of nothing: got %v, want no bucket", got)
	}
}
