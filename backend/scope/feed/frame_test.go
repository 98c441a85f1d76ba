package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

func TestAFrameShowsTheNewestOfTooManyRows(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	for seq := range uint64(500) {
		f.Observe(emitted(seq, "tick"))
	}
	frame := next(t, v)
	if len(frame.Rows) != maxRows || frame.Matched != 500 {
		t.Fatalf("got %d rows of %d matched, want %d of 500", len(frame.Rows), frame.Matched, maxRows)
	}
	for i, seq := range seqs(frame.Rows) {
		if want := uint64(500 - maxRows + i); seq != want {
			t.Fatalf("row %d is seq %d, want %d: the newest, oldest first", i, seq, want)
		}
	}
}

func TestLateAndLostRowsSurviveTheSampling(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	for seq := range uint64(500) {
		r := emitted(seq, "tick")
		switch seq {
		case 3:
			r.At = r.Due.Add(time.Second)
		case 5:
			r.Outcome = msg.Dropped
		case 7:
			r.Missed = 1
		}
		f.Observe(r)
	}
	got := seqs(next(t, v).Rows)
	if len(got) != maxRows || got[0] != 3 || got[1] != 5 || got[2] != 7 || got[3] != 500-maxRows+3 {
		t.Errorf("got rows %v, want 3, 5, 7 and the newest others", got)
	}
}

func TestUpToAThousandEmitsASecondAreSentOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		v := open(t, f, query.Filter{})
		next(t, v)
		sent := 0
		for second := range 5000 { // one each millisecond
			f.Observe(emitted(uint64(second), "tick"))
			time.Sleep(time.Millisecond)
			if second%50 == 49 {
				lane := next(t, v).Lanes[0]
				if lane.Binned {
					t.Fatalf("binned after %d ms", second)
				}
				sent += len(lane.Due)
			}
		}
		if sent != 5000 {
			t.Errorf("%d emits were sent, want 5000", sent)
		}
	})
}

func TestMoreThanAThousandEmitsASecondBecomeBins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		v := open(t, f, query.Filter{})
		next(t, v)
		sent := 0
		var most time.Duration
		for i := range 50_000 { // 5,000 a second for 10 s
			r := emitted(uint64(i), "tick")
			if i == 40_001 {
				r.Due = r.At.Add(-time.Second) // one outlier
			}
			f.Observe(r)
			time.Sleep(200 * time.Microsecond)
			if i%250 == 249 {
				lane := next(t, v).Lanes[0]
				sent += len(lane.Due)
				if len(lane.Due) != len(lane.Lateness) {
					t.Fatalf("%d due times with %d latenesses", len(lane.Due), len(lane.Lateness))
				}
				for _, lateness := range lane.Lateness {
					most = max(most, lateness)
				}
			}
		}
		if want := 11 * maxEmits; sent > want { // and what may be sent at once
			t.Errorf("%d emits were sent in 10 s, want at most %d", sent, want)
		}
		if most != time.Second {
			t.Errorf("the most late of all is sent as %v, want 1s", most)
		}
	})
}

func TestABinKeepsItsLeastAndMostLateInOrder(t *testing.T) {
	start := time.Unix(1000, 0)
	var lane msg.FrameLane
	for i, lateness := range []int{5, 9, 1, 4, 3, 3} { // two bins of 2 ms, the second all alike
		at := start.Add(time.Duration(i) * 500 * time.Microsecond)
		lane.Due = append(lane.Due, at.Add(-time.Duration(lateness)))
		lane.Lateness = append(lane.Lateness, time.Duration(lateness))
	}
	bin(&lane)
	want := []time.Duration{9, 1, 3}
	if !lane.Binned || len(lane.Lateness) != len(want) {
		t.Fatalf("got %v, want %v", lane.Lateness, want)
	}
	for i := range want {
		if lane.Lateness[i] != want[i] {
			t.Fatalf("got %v, want %v", lane.Lateness, want)
		}
	}
}

func TestTheBurstAfterAStallIsSeenEmitByEmit(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	for seq := range uint64(500) {
		f.Observe(emitted(seq, "tick"))
	}
	if lane := next(t, v).Lanes[0]; lane.Binned || len(lane.Due) != 500 {
		t.Errorf("got %d emits, binned %v; want all 500", len(lane.Due), lane.Binned)
	}
}

func TestMissedSlotsAreDrawnAPeriodApart(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	r := emitted(1, "tick")
	r.Missed = 3
	f.Observe(r)
	missed := next(t, v).Lanes[0].Missed
	if len(missed) != 3 {
		t.Fatalf("%d missed slots, want 3", len(missed))
	}
	for i, slot := range missed {
		if want := r.Due.Add(time.Duration(i-3) * r.Period); !slot.Equal(want) {
			t.Errorf("slot %d was due at %v, want %v", i, slot, want)
		}
	}
}

func TestALongStallIsDrawnWithFewerSlots(t *testing.T) {
	due := time.Unix(1000, 0)
	stalls := []stall{{due, time.Millisecond, 60_000}, {due.Add(time.Minute), time.Millisecond, 30_000}}
	missed := missedSlots(stalls)
	if len(missed) != maxMissed {
		t.Errorf("%d slots are drawn, want %d", len(missed), maxMissed)
	}
	if first, last := missed[0], missed[len(missed)-1]; !first.Equal(due.Add(-time.Minute)) || last.Before(due.Add(time.Minute-100*time.Millisecond)) {
		t.Errorf("drawn from %v to %v, want the whole of both stalls", first, last)
	}
}

func TestALaneThatExpiredIsStillDrawn(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	r := emitted(1, "tick")
	r.Namespace = "/gone"
	f.Observe(r)
	lanes := next(t, v).Lanes
	if len(lanes) != 2 || lanes[1].Namespace != "/gone" || len(lanes[1].Due) != 1 || lanes[1].Period != r.Period {
		t.Errorf("got lanes %+v, want /a, and /gone with its emit", lanes)
	}
}
