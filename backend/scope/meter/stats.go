package meter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"emitscope/backend/msg"
)

// Stats returns everything in numbers, exact up to now. Percentiles cover the
// last 60 to 70 s and are at most 1.6 % off; rates are those at the last whole
// second. Lanes and streams are sorted by name.
func (m *Meter) Stats() msg.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats()
}

// stats does it; the caller holds mu.
func (m *Meter) stats() msg.Stats {
	s := msg.Stats{Started: m.started, Now: time.Now(), Counters: m.Counters()}
	m.sumAll.lateness.reset()
	for _, l := range *m.lanes.Load() {
		l.fold()
		m.sum.reset()
		l.lastMinute(&m.sum)
		m.sumAll.lateness.merge(&m.sum.lateness)
		s.Lanes = append(s.Lanes, msg.LaneStats{
			Namespace:     l.namespace,
			Counters:      l.counters(),
			Lateness:      m.sum.lateness.quantiles(),
			IntervalError: m.sum.interval.quantiles(),
			Wait:          m.sum.wait.quantiles(),
			Source:        m.sum.source.latency(),
		})
		for _, one := range l.known() {
			s.Streams = append(s.Streams, msg.StreamStats{
				Namespace: l.namespace, Event: one.event,
				Count: one.count.Load(), PerSecond: one.perSecond(), LastSeen: time.Unix(0, one.last.Load()),
			})
		}
	}
	s.Lateness = m.sumAll.lateness.quantiles()
	slices.SortFunc(s.Lanes, func(a, b msg.LaneStats) int { return strings.Compare(a.Namespace, b.Namespace) })
	slices.SortFunc(s.Streams, func(a, b msg.StreamStats) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Event, b.Event))
	})
	return s
}

// LaneCounters returns the counters of each lane, by namespace. It puts no timing
// together, and waits for no tick.
func (m *Meter) LaneCounters() map[string]msg.Counters {
	lanes := *m.lanes.Load()
	all := make(map[string]msg.Counters, len(lanes))
	for _, l := range lanes {
		all[l.namespace] = l.counters()
	}
	return all
}

// Points returns the past, oldest first: with every 100 ms the last minute, with
// every 10 s the last hour, each with its spread, with every other value the last
// hour in seconds, of which the last minute has spreads. Interval error, wait and
// source are kept for ten minutes of seconds, and with all ten seconds. At most
// limit points are returned, the newest ones; 0: all. The empty namespace means all
// lanes together; one that is not known has no points.
func (m *Meter) Points(namespace string, every time.Duration, limit int) []msg.Point {
	m.mu.Lock()
	defer m.mu.Unlock()
	past := &m.all
	if namespace != "" {
		l := (*m.lanes.Load())[namespace]
		if l == nil {
			return nil
		}
		past = &l.series
	}
	times, points := &m.secondTimes, &past.seconds
	switch every {
	case step:
		times, points = &m.stepTimes, &past.steps
	case longest:
		times, points = &m.tenTimes, &past.tens
	}
	n := points.points.len()
	first := 0
	if limit > 0 {
		first = max(0, n-limit)
	}
	out := make([]msg.Point, 0, n-first)
	older := times.len() - n // the times before this lane's first point
	for i := first; i < n; i++ {
		out = append(out, points.at(i, times.at(older+i)))
	}
	return out
}

// Latest returns when the newest whole second began; the zero time when there
// was none yet.
func (m *Meter) Latest() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secondTimes.len() == 0 {
		return time.Time{}
	}
	return time.Unix(0, m.secondTimes.at(m.secondTimes.len()-1))
}

// Second returns the newest whole second, of all lanes together and of each that
// was there already, and how things stand.
func (m *Meter) Second() msg.FrameSecond {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := msg.FrameSecond{Stats: m.stats()}
	s.LateMinute, s.LostMinute, s.EmitsMinute = m.minute()
	if m.secondTimes.len() == 0 {
		return s
	}
	began := m.secondTimes.at(m.secondTimes.len() - 1)
	s.Point, _ = m.all.seconds.newest(began)
	for _, l := range *m.lanes.Load() {
		if p, ok := l.series.seconds.newest(began); ok {
			s.LanePoints = append(s.LanePoints, msg.LanePoint{Namespace: l.namespace, Point: p})
		}
	}
	slices.SortFunc(s.LanePoints, func(a, b msg.LanePoint) int { return strings.Compare(a.Namespace, b.Namespace) })
	return s
}

// minute counts the last minute, up to the last whole 100 ms: emits and missed
// slots over the late limit, dropped messages, emits. The caller holds mu.
func (m *Meter) minute() (late, lost, emits uint64) {
	for _, p := range m.all.steps.points.items {
		late += uint64(p.late)
		lost += uint64(p.dropped)
		emits += uint64(p.emitted)
	}
	return late, lost, emits
}
