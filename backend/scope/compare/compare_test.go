package compare_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
	"emitscope/backend/scope/compare"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// paced are emits of a lane with a pace of 10 ms, each late by what of says.
func paced(n int, of func(i int) time.Duration) (all []compare.Emit) {
	for i := range n {
		due := time.Duration(i) * 10 * ms
		all = append(all, compare.Emit{At: due + of(i), Due: due, Period: 10 * ms})
	}
	return all
}

// unpaced are emits of a lane without, after these intervals.
func unpaced(gaps ...time.Duration) (all []compare.Emit) {
	at := time.Hour
	all = append(all, compare.Emit{At: at, Due: at})
	for _, gap := range gaps {
		at += gap
		all = append(all, compare.Emit{At: at, Due: at})
	}
	return all
}

func TestAnIntervalMissesWhatLiesBetweenItsSlots(t *testing.T) {
	a := paced(3, func(i int) time.Duration { return []time.Duration{0, 5 * us, 1 * us}[i] })
	a = append(a, compare.Emit{At: 70*ms + 3*us, Due: 70 * ms, Period: 10 * ms}) // slots were empty between
	got := compare.Spans(a, a).A
	if want := (msg.Quantiles{Count: 3, P50: 4 * us, P90: 5 * us, P99: 5 * us, Max: 5 * us}); got.Error != want {
		t.Errorf("got %+v, want %+v: 5, 4 and 2 µs", got.Error, want)
	}
	if got.Asked != 10*ms || !got.Paced || got.Drift != 3*us {
		t.Errorf("got asked %v, paced %v, drift %v, want 10ms, true, 3µs", got.Asked, got.Paced, got.Drift)
	}
}

func TestASpanWithoutPaceIsAskedForWhatTheOtherOneWas(t *testing.T) {
	drifting := unpaced(11*ms, 12*ms, 10*ms)
	c := compare.Spans(drifting, paced(4, func(int) time.Duration { return 0 }))
	if c.A.Asked != 10*ms || c.A.Paced {
		t.Errorf("got asked %v, paced %v, want 10ms, false", c.A.Asked, c.A.Paced)
	}
	if want := (msg.Quantiles{Count: 3, P50: 1 * ms, P90: 2 * ms, P99: 2 * ms, Max: 2 * ms}); c.A.Error != want {
		t.Errorf("got %+v, want %+v", c.A.Error, want)
	}
	if c.A.Mean != 11*ms || c.A.Drift != 3*ms {
		t.Errorf("got mean %v, drift %v, want 11ms, 3ms", c.A.Mean, c.A.Drift)
	}
	if back := compare.Spans(paced(4, func(int) time.Duration { return 0 }), drifting); back.B.Asked != 10*ms {
		t.Errorf("the other way round: got asked %v, want 10ms", back.B.Asked)
	}
}

func TestWhereNobodyAskedTheMedianOfTheIntervalsCounts(t *testing.T) {
	c := compare.Spans(unpaced(9*ms, 10*ms, 30*ms), unpaced(20*ms, 20*ms))
	if c.A.Asked != 10*ms || c.B.Asked != 20*ms {
		t.Errorf("got %v and %v, want 10ms and 20ms", c.A.Asked, c.B.Asked)
	}
}

func TestTheConfidenceHoldsTheTruthAndTellsApartWhatDiffers(t *testing.T) {
	late := func(chance *rand.Rand, scale time.Duration) func(int) time.Duration {
		return func(int) time.Duration { return time.Duration(chance.ExpFloat64() * float64(scale)) }
	}
	held, told := 0, 0
	const rounds = 16
	for seed := range uint64(rounds) {
		chance := rand.New(rand.NewPCG(seed, 7))
		same := compare.Spans(paced(2000, late(chance, 100*us)), paced(2000, late(chance, 100*us)))
		if same.P99.Low <= 1 && same.P99.High >= 1 {
			held++
		}
		apart := compare.Spans(paced(2000, late(chance, 300*us)), paced(2000, late(chance, 100*us)))
		if apart.P99.Low > 1 && apart.P99.Low < 3 && apart.P99.High > 3 {
			told++
		}
	}
	// The seeds are fixed, so these are too. Of 16 some 15 are to be expected.
	if held < 14 || told < 14 {
		t.Errorf("of %d pairs alike %d hold 1, and of as many apart %d hold 3; want 14 at least", rounds, held, told)
	}
}

func TestOneStallDoesNotMakeAVerdict(t *testing.T) {
	calm := func(i int) time.Duration { return time.Duration(i*7919%100) * us }
	stalled := func(i int) time.Duration { // 40 emits in a row of 2000: 2 % of all are slow, at one place
		if i >= 1000 && i < 1040 && i%2 == 0 {
			return 5 * ms
		}
		return calm(i)
	}
	c := compare.Spans(paced(2000, stalled), paced(2000, calm))
	if c.P99.Times < 10 {
		t.Fatalf("got %v times at p99, want a difference", c.P99.Times)
	}
	if c.P99.Low > 1.5 {
		t.Errorf("got between %v and %v times, though it happened once", c.P99.Low, c.P99.High)
	}
}

func TestOfTooLittleNothingIsSaid(t *testing.T) {
	none := compare.Spans(nil, paced(1, func(int) time.Duration { return 0 }))
	if none.P99 != (msg.Ratio{}) || none.B.Emitted != 1 || none.B.Mean != 0 {
		t.Errorf("got %+v", none)
	}
	few := compare.Spans(paced(50, func(i int) time.Duration { return time.Duration(i%3) * us }), paced(50, func(int) time.Duration { return 0 }))
	if few.P99.Times == 0 || few.P99.Low != 0 || few.P99.High != 0 {
		t.Errorf("got %+v, want a ratio, and nothing about how sure it is", few.P99)
	}
}

func TestTheSameIsSaidOfTheSame(t *testing.T) {
	a := paced(1000, func(i int) time.Duration { return time.Duration(i*i%977) * us })
	b := paced(1000, func(i int) time.Duration { return time.Duration(i*i%1877) * us })
	if diff := cmp.Diff(compare.Spans(a, b), compare.Spans(a, b)); diff != "" {
		t.Errorf("twice (-first +second):\n%s", diff)
	}
}
