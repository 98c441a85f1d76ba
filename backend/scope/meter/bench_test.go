package meter

import (
	"fmt"
	"testing"
	"time"

	"emitscope/backend/msg"
)

func BenchmarkObserveAnEmit(b *testing.B) {
	m := newMeter()
	r := emitted("/ws/rt_market", "tick", 30*time.Microsecond)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.At = r.Due.Add(time.Duration(i&0xffff) * 10)
		m.Observe(r)
	}
}

// What a source time adds.
func BenchmarkObserveAnEmitWithItsSource(b *testing.B) {
	m := newMeter()
	r := from(emitted("/ws/rt_market", "tick", 30*time.Microsecond), 12*time.Millisecond)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.At = r.Due.Add(time.Duration(i&0xffff) * 10)
		m.Observe(r)
	}
}

func BenchmarkObserveBesideProducers(b *testing.B) {
	m := newMeter()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := emitted("/ws/rt_market", "tick", 30*time.Microsecond)
		for pb.Next() {
			m.Accepted(r.Namespace, 1)
			m.Observe(r)
		}
	})
}

func BenchmarkStatsOfAllLanes(b *testing.B) {
	m := newMeter()
	for _, r := range busy() {
		m.Observe(r)
	}
	for b.Loop() {
		m.Stats()
	}
}

// The tick that ends a step, a second and ten seconds at once.
func BenchmarkCloseOfAllLanesAndStreams(b *testing.B) {
	m := newMeter()
	records := busy()
	for i := range MaxStreams {
		records = append(records, emitted(name(i%DefaultMaxLanes), fmt.Sprint("event", i), time.Millisecond))
	}
	now := epoch()
	for b.Loop() {
		b.StopTimer()
		for _, r := range records {
			m.Observe(r)
		}
		now = now.Add(longest)
		b.StartTimer()
		m.close(now)
	}
}

func BenchmarkStreamPointsOfAllStreams(b *testing.B) {
	m := newMeter()
	now := epoch()
	for second := range streamSeconds {
		for i := range MaxStreams {
			if (second+i)%10 == 0 {
				m.Observe(emitted(name(i%DefaultMaxLanes), fmt.Sprint("event", i), time.Millisecond))
			}
		}
		now = now.Add(time.Second)
		m.close(now)
	}
	for b.Loop() {
		m.StreamPoints("", time.Second)
	}
}

// busy returns emits with widely spread lateness in as many lanes as there can be.
func busy() []*msg.Record {
	var all []*msg.Record
	for lane := range DefaultMaxLanes {
		for v := least; v <= most; v += v/20 + 1 {
			all = append(all, emitted(name(lane), "tick", v))
		}
	}
	return all
}
