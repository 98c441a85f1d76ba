package meter

import (
	"math"
	"time"

	"emitscope/backend/msg"
)

// How many points are kept of each length: a minute of steps, an hour of seconds.
const (
	keptSteps   = int(time.Minute / step)
	keptSeconds = int(time.Hour / time.Second)
)

// point is a msg.Point in 40 bytes. Its time is kept once for all series, for
// they all get a point at each tick.
type point struct {
	accepted, emitted, dropped, missed, late, delivered, depth uint32
	p50, p99, max                                              float32 // lateness in ns
}

func (p point) at(unixNano int64) msg.Point {
	return msg.Point{
		Time:     time.Unix(0, unixNano),
		Accepted: p.accepted, Emitted: p.emitted, Dropped: p.dropped,
		Missed: p.missed, Late: p.late, Delivered: p.delivered, Depth: p.depth,
		LatenessP50: time.Duration(p.p50), LatenessP99: time.Duration(p.p99), LatenessMax: time.Duration(p.max),
	}
}

// series is the past of one lane, or of all of them.
type series struct {
	steps, seconds ring[point]
	step, second   histogram    // lateness in what is running
	atStep         msg.Counters // when the running step began
	atSecond       msg.Counters
}

// closeStep ends the running step: now are the counters, depth what waits.
func (s *series) closeStep(now msg.Counters, depth int) {
	s.steps.add(between(s.atStep, now, depth, &s.step), keptSteps)
	s.atStep = now
	s.second.merge(&s.step)
	s.step.reset()
}

// closeSecond ends the running second, which ends with the step just closed.
func (s *series) closeSecond(depth int) {
	now := s.atStep
	s.seconds.add(between(s.atSecond, now, depth, &s.second), keptSeconds)
	s.atSecond = now
	s.second.reset()
}

func between(from, to msg.Counters, depth int, lateness *histogram) point {
	return point{
		accepted:  clip(to.Accepted - from.Accepted),
		emitted:   clip(to.Emitted - from.Emitted),
		dropped:   clip(to.Dropped - from.Dropped),
		missed:    clip(to.Missed - from.Missed),
		late:      clip(to.Late - from.Late),
		delivered: clip(to.Delivered - from.Delivered),
		depth:     clip(uint64(depth)),
		p50:       float32(lateness.quantile(0.50)),
		p99:       float32(lateness.quantile(0.99)),
		max:       float32(lateness.max),
	}
}

func clip(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// ring keeps the newest items. It grows as it fills, for most lanes are idle.
type ring[T any] struct {
	items  []T
	oldest int // where the next one goes once the ring is full
}

// add keeps v; beyond most items the oldest leaves.
func (r *ring[T]) add(v T, most int) {
	if len(r.items) == most {
		r.items[r.oldest] = v
		r.oldest = (r.oldest + 1) % most
		return
	}
	if len(r.items) == cap(r.items) { // append would overshoot most
		grown := make([]T, len(r.items), min(most, max(64, 2*cap(r.items))))
		copy(grown, r.items)
		r.items = grown
	}
	r.items = append(r.items, v)
}

func (r *ring[T]) len() int { return len(r.items) }

// at returns item i, counted from the oldest.
func (r *ring[T]) at(i int) T { return r.items[(r.oldest+i)%len(r.items)] }
