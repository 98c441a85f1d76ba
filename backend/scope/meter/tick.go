package meter

import (
	"context"
	"time"

	"emitscope/backend/msg"
)

// forgetAfter is how many seconds without traffic a lane that is gone from the
// hub, or a stream, is remembered: an hour.
const forgetAfter = 3600

// Run closes a step each 100 ms and a second each second, on the wall clock's
// own marks, until ctx ends; then it returns nil.
//
// A step that the process slept through has no point; what happened in it is
// in the one before.
func (m *Meter) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	for {
		// Each wait is computed from the clock and not from the last wake-up:
		// no drift, and a clock that was set or a machine that slept is followed.
		now := time.Now().Round(0) // wall clock alone
		next := now.Truncate(step).Add(step)
		if ahead := last.Sub(next); 0 <= ahead && ahead < time.Second { // woken a little early
			next = last.Add(step)
		}
		timer.Reset(next.Sub(now))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		m.close(next)
		last = next
	}
}

// close ends the step that lasted until end.
func (m *Meter) close(end time.Time) {
	states := m.states()
	m.mu.Lock()
	defer m.mu.Unlock()
	lanes := m.note(states)
	total := 0
	for _, l := range lanes {
		l.fold()
		m.all.step.merge(&l.series.step)
		l.series.closeStep(l.counters(), l.depth)
		total += l.depth
	}
	m.all.closeStep(m.Counters(), total)
	m.stepTimes.add(end.Add(-step).UnixNano(), keptSteps)

	if second := end.Truncate(time.Second); !second.Equal(m.second) {
		m.closeSecond(lanes, total)
		m.second = second
		if ten := end.Truncate(longest); !ten.Equal(m.ten) {
			m.closeTen(lanes, total)
			m.ten = ten
		}
		m.forget(lanes, states)
	}
}

// note writes down what waits in each lane, and makes those that had no
// traffic yet known. It returns all lanes.
func (m *Meter) note(states []msg.LaneState) map[string]*lane {
	for _, s := range states {
		m.lane(s.Namespace)
	}
	lanes := *m.lanes.Load()
	for _, l := range lanes {
		l.depth, l.bytes = 0, 0
	}
	for _, s := range states {
		l := m.lane(s.Namespace) // several may be the same: Other
		l.depth += s.Depth
		l.bytes += s.Bytes
	}
	return lanes
}

func (m *Meter) closeSecond(lanes map[string]*lane, depth int) {
	for _, l := range lanes {
		if l.series.seconds.began == l.series.steps.began {
			l.quiet++
		} else {
			l.quiet = 0
		}
		m.all.second.merge(&l.series.second)
		l.series.closeSecond(l.depth, m.scale)
		for _, s := range l.known() {
			s.closeSecond()
		}
	}
	m.allTen.merge(&m.all.second)
	m.all.closeSecond(depth, m.scale)
	m.secondTimes.add(m.second.UnixNano(), keptSeconds)
}

func (m *Meter) closeTen(lanes map[string]*lane, depth int) {
	for _, l := range lanes {
		l.series.closeTen(l.depth, m.scale, l.runningTen())
		l.turn()
		for _, s := range l.known() {
			s.closeTen()
		}
	}
	m.all.closeTen(depth, m.scale, &m.allTen)
	m.allTen.reset()
	m.tenTimes.add(m.ten.UnixNano(), keptTens)
}

// forget lets go of lanes that are gone from the hub, and of streams, which were
// quiet for long.
func (m *Meter) forget(lanes map[string]*lane, states []msg.LaneState) {
	live := make(map[string]bool, len(states))
	for _, s := range states {
		live[s.Namespace] = true
	}
	for _, l := range lanes {
		if l.quiet >= forgetAfter && !live[l.namespace] {
			m.leave(l)
		} else {
			m.forgetStreams(l)
		}
	}
}

// forgetStreams takes some of those that were quiet for long: few at a time, for
// the emitter must wait meanwhile.
func (m *Meter) forgetStreams(l *lane) {
	const atOnce = 16
	var leaving []*stream
	known := l.known()
	for _, s := range known {
		if s.quiet >= forgetAfter && len(leaving) < atOnce {
			leaving = append(leaving, s)
		}
	}
	if len(leaving) > 0 {
		l.forget(known, leaving)
		m.uncount(leaving)
	}
}
