package meter

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// only returns the spread of a single measure.
func only(p packed) *msg.Spread {
	s, _ := unpack([]byte(p))
	return s
}

func TestASpreadHasTenBucketsADecade(t *testing.T) {
	sc := newScale()
	for v, want := range map[time.Duration]int{
		0:                       0, // below the first
		1500 * time.Nanosecond:  1,
		10 * time.Microsecond:   10,
		100 * time.Microsecond:  20,
		time.Millisecond:        30,
		10 * time.Millisecond:   40,
		100 * time.Millisecond:  50,
		time.Second:             60,
		1500 * time.Millisecond: 61,
		10 * time.Second:        70,
		90 * time.Second:        79,
		most:                    79, // beyond the last
	} {
		var h histogram
		h.add(v, 7)
		if diff := cmp.Diff(&msg.Spread{First: want, Counts: []uint32{7}}, only(sc.pack(&h))); diff != "" {
			t.Errorf("%v (-want +got):\n%s", v, diff)
		}
	}
}

func TestASpreadCountsEveryValueOnceAtMostALittleTooHigh(t *testing.T) {
	sc := newScale()
	var all histogram
	n := uint32(0)
	for v := time.Microsecond; v < 100*time.Second; v += v/50 + 1 {
		var h histogram
		h.add(v, 1)
		all.add(v, 1)
		n++
		got := float64(only(sc.pack(&h)).First)
		exact := 10 * math.Log10(float64(v)/float64(time.Microsecond))
		if got < math.Floor(exact) || got > math.Floor(exact+10*math.Log10(1.032)) {
			t.Errorf("%v is in bucket %v, want %.2f without its decimals, or 3.1 %% more", v, got, exact)
		}
	}
	sum := uint32(0)
	for _, c := range only(sc.pack(&all)).Counts {
		sum += c
	}
	if sum != n {
		t.Errorf("all buckets count %d values, want %d", sum, n)
	}
}

func TestASpreadIsTrimmedToTheBucketsInUse(t *testing.T) {
	sc := newScale()
	var h histogram
	h.add(11*time.Microsecond, 300) // a varint of two bytes
	h.add(23*time.Microsecond, math.MaxUint32)
	want := &msg.Spread{First: 10, Counts: []uint32{300, 0, 0, math.MaxUint32}}
	if diff := cmp.Diff(want, only(sc.pack(&h))); diff != "" {
		t.Errorf("spread (-want +got):\n%s", diff)
	}
	h.reset()
	if diff := cmp.Diff(&msg.Spread{}, only(sc.pack(&h))); diff != "" {
		t.Errorf("nothing measured after that (-want +got):\n%s", diff)
	}
}

func TestSecondsKeepTheirSpreadForAMinuteAndTensForAnHour(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for range 2 * keptSeconds {
			late := emitted("/a", "tick", 25*time.Microsecond)
			late.Missed = 2 // late by a period, 10 ms
			m.Observe(late)
			time.Sleep(time.Second)
		}
		for every, kept := range map[time.Duration]int{step: 0, time.Second: secondSpreads, longest: keptTens} {
			want := &msg.Spread{First: 13, Counts: make([]uint32, 40-13+1)}
			want.Counts[0] = uint32(every / time.Second)
			want.Counts[40-13] = 2 * uint32(every/time.Second)
			for _, namespace := range []string{"/a", ""} {
				points := m.Points(namespace, every, 0)
				for i, p := range points {
					if i < len(points)-kept {
						if p.Spread != nil {
							t.Fatalf("point %d of %d of %v has a spread, want none", i, len(points), every)
						}
					} else if diff := cmp.Diff(want, p.Spread); diff != "" {
						t.Fatalf("point %d of %d of %v (-want +got):\n%s", i, len(points), every, diff)
					}
				}
			}
		}
	})
}

func TestAnIdleSecondHasAnEmptySpread(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		time.Sleep(time.Second)
		if diff := cmp.Diff(&msg.Spread{}, m.Points("", time.Second, 0)[0].Spread); diff != "" {
			t.Errorf("spread (-want +got):\n%s", diff)
		}
	})
}

func TestAPointTellsTheUsualPointsOfItsLateness(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for i := range 100 { // 80 of 10 µs, 15 of 1 ms, 5 of 20 ms
			lateness := 10 * time.Microsecond
			switch {
			case i >= 95:
				lateness = 20 * time.Millisecond
			case i >= 80:
				lateness = time.Millisecond
			}
			m.Observe(emitted("/a", "tick", lateness))
		}
		time.Sleep(time.Second)
		got := m.Points("/a", time.Second, 0)[0]
		near(t, "p50", got.LatenessP50, 10*time.Microsecond)
		near(t, "p90", got.LatenessP90, time.Millisecond)
		near(t, "p99", got.LatenessP99, 20*time.Millisecond)
	})
}

func TestTenSecondsAreMeasuredAsOne(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		began := time.Now().Truncate(longest)
		for second := range 10 { // 99 punctual emits and one late one
			for i := range 10 {
				lateness := 20 * time.Microsecond
				if second == 4 && i == 4 {
					lateness = 3 * time.Second
				}
				m.Observe(emitted("/a", "tick", lateness))
			}
			time.Sleep(time.Second)
		}
		m.Observe(emitted("/a", "tick", time.Minute)) // the next ten seconds
		points := m.Points("/a", longest, 0)
		if len(points) != 1 {
			t.Fatalf("%d points, want 1", len(points))
		}
		got := points[0]
		near(t, "p50", got.LatenessP50, 20*time.Microsecond)
		near(t, "p99", got.LatenessP99, 20*time.Microsecond)
		if got.Emitted != 100 || got.Late != 1 || got.LatenessMax != 3*time.Second || !got.Time.Equal(began) {
			t.Errorf("got %+v, want 100 emits from %v on, one of them 3s late", got, began)
		}
	})
}

func TestTheNewestSecondTellsOfAllLanesAndOfEach(t *testing.T) {
	lanes := func() []msg.LaneState { return []msg.LaneState{{Namespace: "/idle", Depth: 3}} }
	running(t, Options{Lanes: lanes}, func(t *testing.T, m *Meter) {
		if got := m.Second(); !m.Latest().IsZero() || !got.Point.Time.IsZero() || got.LanePoints != nil {
			t.Errorf("before the first second: got %+v of %v, want nothing", got.Point, m.Latest())
		}
		time.Sleep(10 * time.Second)
		m.Observe(emitted("/b", "tick", time.Millisecond))
		m.Observe(emitted("/a", "tick", time.Second))
		began := time.Now().Truncate(time.Second)
		time.Sleep(time.Second)
		m.Observe(emitted("/young", "tick", time.Second)) // not in a whole second yet
		got := m.Second()
		if !m.Latest().Equal(began) || !got.Point.Time.Equal(began) || got.Point.Emitted != 2 || len(got.Point.Spread.Counts) != 31 {
			t.Errorf("all lanes, latest %v: got %+v, want both emits at %v", m.Latest(), got.Point, began)
		}
		type fact struct {
			namespace      string
			emitted, depth uint32
			first          int
		}
		var facts []fact
		for _, l := range got.LanePoints {
			facts = append(facts, fact{l.Namespace, l.Point.Emitted, l.Point.Depth, l.Point.Spread.First})
			if !l.Point.Time.Equal(began) {
				t.Errorf("lane %s: got a point at %v, want %v", l.Namespace, l.Point.Time, began)
			}
		}
		want := []fact{{"/a", 1, 0, 60}, {"/b", 1, 0, 30}, {"/idle", 0, 3, 0}}
		if diff := cmp.Diff(want, facts, cmp.AllowUnexported(fact{})); diff != "" {
			t.Errorf("lanes (-want +got):\n%s", diff)
		}
		if got.Stats.Counters.Emitted != 3 {
			t.Errorf("got %d emits in the stats, want all 3 so far", got.Stats.Counters.Emitted)
		}
	})
}
