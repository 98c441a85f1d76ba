package meter

import (
	"math"
	"time"

	"emitscope/backend/msg"
)

// The lengths of points: step, one second, ten seconds. longest is the last.
const (
	step    = 100 * time.Millisecond
	longest = 10 * time.Second
)

// How many points are kept of each length, and how many with more: a minute of
// steps without, an hour of seconds of which the last ten minutes have details and
// the last minute has spreads, an hour of ten seconds each with both.
const (
	keptSteps   = int(time.Minute / step)
	keptSeconds = int(time.Hour / time.Second)
	keptTens    = int(time.Hour / longest)

	keptDetails   = 600 // seconds: what the screen draws in seconds
	secondSpreads = int(time.Minute / time.Second)
	tenSpreads    = keptTens
)

// point is what a msg.Point tells of counters and lateness, in 40 bytes. Its time
// is kept once for all series, for they all get a point at each tick.
type point struct {
	accepted, emitted, dropped, missed, late, delivered, depth uint32
	p50, max                                                   float32 // lateness in ns
	p90, p99                                                   code
}

func (p point) at(unixNano int64) msg.Point {
	within := func(c code) time.Duration { return min(c.duration(), time.Duration(p.max)) }
	return msg.Point{
		Time:     time.Unix(0, unixNano),
		Accepted: p.accepted, Emitted: p.emitted, Dropped: p.dropped,
		Missed: p.missed, Late: p.late, Delivered: p.delivered, Depth: p.depth,
		LatenessP50: time.Duration(p.p50), LatenessP90: within(p.p90), LatenessP99: within(p.p99), LatenessMax: time.Duration(p.max),
	}
}

// series is the past of one lane, or of all of them.
type series struct {
	steps, seconds, tens track
	step                 histogram // lateness in the running step
	second               timing    // all measures in the running second
}

// closeStep ends the running step: now are the counters, depth what waits.
func (s *series) closeStep(now msg.Counters, depth int) {
	s.steps.close(now, depth, keptSteps, &s.step)
	s.step.reset()
}

// closeSecond ends the running second, which ends with the step just closed.
func (s *series) closeSecond(depth int, sc *scale) {
	s.seconds.close(s.steps.began, depth, keptSeconds, &s.second.lateness)
	s.seconds.detail(&s.second, sc, keptDetails, secondSpreads)
	s.second.reset()
}

// closeTen ends the running ten seconds, which end with the second just closed;
// ten is what was measured in them, nil for nothing.
func (s *series) closeTen(depth int, sc *scale, ten *timing) {
	if ten == nil {
		ten = &sc.nothing
	}
	s.tens.close(s.seconds.began, depth, keptTens, &ten.lateness)
	s.tens.detail(ten, sc, keptTens, tenSpreads)
}

// track is the past in points of one length.
type track struct {
	points  ring[point]
	details ring[detail] // of the newest points
	spreads ring[packed] // of the newest points
	began   msg.Counters // when the running one began
}

func (t *track) close(now msg.Counters, depth, most int, lateness *histogram) {
	t.points.add(point{
		accepted:  clip(now.Accepted - t.began.Accepted),
		emitted:   clip(now.Emitted - t.began.Emitted),
		dropped:   clip(now.Dropped - t.began.Dropped),
		missed:    clip(now.Missed - t.began.Missed),
		late:      clip(now.Late - t.began.Late),
		delivered: clip(now.Delivered - t.began.Delivered),
		depth:     clip(uint64(depth)),
		p50:       float32(lateness.quantile(0.50)),
		p90:       quantileCode(lateness, 0.90),
		p99:       quantileCode(lateness, 0.99),
		max:       float32(lateness.max),
	}, most)
	t.began = now
}

// detail adds to the point just closed what else was measured.
func (t *track) detail(m *timing, sc *scale, details, spreads int) {
	t.details.add(detailOf(m), details)
	t.spreads.add(sc.pack(&m.lateness, &m.interval, &m.wait), spreads)
}

// at returns point i, counted from the oldest, which began then.
func (t *track) at(i int, unixNano int64) msg.Point {
	p := t.points.at(i).at(unixNano)
	if d := i - t.points.len() + t.details.len(); d >= 0 {
		t.details.at(d).tell(&p)
	}
	if s := i - t.points.len() + t.spreads.len(); s >= 0 {
		t.spreads.at(s).tell(&p)
	}
	return p
}

// newest returns the newest point, which began then, and false when there is none.
func (t *track) newest(unixNano int64) (msg.Point, bool) {
	n := t.points.len()
	if n == 0 {
		return msg.Point{}, false
	}
	return t.at(n-1, unixNano), true
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
func (r *ring[T]) at(i int) T {
	if i += r.oldest; i >= len(r.items) {
		i -= len(r.items)
	}
	return r.items[i]
}
