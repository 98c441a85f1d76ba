package meter

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"emitscope/backend/msg"
)

// growth returns how much more memory is in use after build than before. What
// build returns is kept until it was measured.
func growth(build func() any) int64 {
	heap := func() int64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	built := build()
	used := heap() - before
	runtime.KeepAlive(built)
	return used
}

// A few lanes are measured and taken for all. They are there for an hour, and in
// each ten seconds their emits, by counts that take two bytes, are spread over the
// whole range by all measures, and half of their producers' clocks are ahead.
func TestMemoryOfAllLanesIsBounded(t *testing.T) {
	lanes := make([]msg.LaneState, 2)
	for i := range lanes {
		lanes[i].Namespace = name(i)
	}
	var records []*msg.Record
	for _, l := range lanes {
		for v := time.Microsecond; v <= 100*time.Second; v += v / 4 { // a spread's bucket is a little wider
			r := emitted(l.Namespace, "tick", v)
			r.Period, r.Missed = v, 1000
			r.Source = r.At.Add(-v)
			punctual, early := *r, *r.Message
			early.Source, early.Accepted = r.At.Add(v), r.Due.Add(-v)
			punctual.Message, punctual.At, punctual.Missed = &early, r.Due, 0
			for range 65 { // interval error and wait are v in both, and their counts take two bytes, too
				records = append(records, r, &punctual)
			}
		}
	}
	used := growth(func() any {
		m := hour(lanes, records)
		newest := m.Points(name(0), longest, 1)[0]
		for name, spread := range map[string]*msg.Spread{
			"lateness": newest.Spread, "interval error": newest.IntervalError.Spread, "wait": newest.Wait.Spread,
		} {
			if got := len(spread.Counts); got != msg.SpreadBuckets {
				t.Errorf("the spread of %s has %d buckets, want all %d", name, got, msg.SpreadBuckets)
			}
		}
		return m
	})
	each := used / int64(len(lanes)+1) // all lanes together take as much as one
	t.Logf("%d KiB a lane", each/1024)
	if all := each * (DefaultMaxLanes + 1); all > 180e6 {
		t.Errorf("%d lanes hold %d bytes, want at most 180 MB", DefaultMaxLanes, all)
	}
	runtime.KeepAlive(records)
}

func TestMemoryOfAllStreamsIsBounded(t *testing.T) {
	records := make([]*msg.Record, 512)
	for i := range records {
		records[i] = emitted("/a", fmt.Sprint("event", i), time.Millisecond)
	}
	one := growth(func() any { return hour(nil, records[:1]) })
	used := growth(func() any {
		m := hour(nil, records)
		if got := len(m.StreamPoints("", longest).Times); got != keptTens {
			t.Errorf("%d steps of ten seconds are kept, want %d", got, keptTens)
		}
		return m
	})
	each := (used - one) / int64(len(records)-1)
	t.Logf("%d bytes a stream", each)
	if all := each * MaxStreams; all > 20e6 {
		t.Errorf("%d streams hold %d bytes, want at most 20 MB", MaxStreams, all)
	}
	runtime.KeepAlive(records)
}

// hour returns a Meter of lanes after an hour with these records every ten
// seconds, and in the last minute each second.
func hour(lanes []msg.LaneState, records []*msg.Record) *Meter {
	m := New(Options{Late: msg.DefaultLateLimit(), Lanes: func() []msg.LaneState { return lanes }})
	now := epoch()
	for second := range keptSeconds {
		if second%10 == 0 || second >= keptSeconds-secondSpreads {
			for _, r := range records {
				m.Observe(r)
			}
		}
		now = now.Add(time.Second)
		m.close(now)
	}
	return m
}
