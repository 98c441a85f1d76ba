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
		})
		for _, one := range l.known() {
			s.Streams = append(s.Streams, msg.StreamStats{
				Namespace: l.namespace, Event: one.event,
				Count: one.count.Load(), PerSecond: one.perSecond, LastSeen: time.Unix(0, one.last.Load()),
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

// Points returns the past, oldest first: with every 100 ms the last minute,
// with every other value the last hour in seconds. The empty namespace means
// all lanes together; one that is not known has no points.
func (m *Meter) Points(namespace string, every time.Duration) []msg.Point {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := &m.all
	if namespace != "" {
		l := (*m.lanes.Load())[namespace]
		if l == nil {
			return nil
		}
		from = &l.series
	}
	times, points := &m.secondTimes, &from.seconds
	if every == step {
		times, points = &m.stepTimes, &from.steps
	}
	out := make([]msg.Point, points.len())
	older := times.len() - points.len() // the times before this lane's first point
	for i := range out {
		out[i] = points.at(i).at(times.at(older + i))
	}
	return out
}

// Latest returns the newest whole second of all lanes; a zero Point when there
// was none yet.
func (m *Meter) Latest() msg.Point {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.all.seconds.len()
	if n == 0 {
		return msg.Point{}
	}
	return m.all.seconds.at(n - 1).at(m.secondTimes.at(n - 1))
}

// Minute counts the last minute, up to the last whole 100 ms: emits and missed
// slots over the late limit, dropped messages, emits.
func (m *Meter) Minute() (late, lost, emits uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.all.steps.items {
		late += uint64(p.late)
		lost += uint64(p.dropped)
		emits += uint64(p.emitted)
	}
	return late, lost, emits
}
