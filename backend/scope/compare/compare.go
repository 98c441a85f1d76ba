// Package compare says how steady the emits of one span were beside those of
// another: by how much their intervals missed what was asked for, and between what
// the truth about that lies.
package compare

import (
	"slices"
	"time"

	"emitscope/backend/msg"
)

// Emit is one emitted message, as far as its timing goes.
type Emit struct {
	At, Due time.Duration // since any moment, the same for all
	Period  time.Duration // of the lane's pace; 0: it had none
	Late    bool
}

// Spans compares the emits of two spans, each in the order of its emits. What is
// known of a span besides its timing is left for the caller to add.
//
// An interval is asked for by the pace of the lane. Where there was none, the other
// span's counts, for people compare one job done in two ways; and where that has none
// either, the median of the intervals.
func Spans(a, b []Emit) msg.SpanComparison {
	askedOfA, pacedA := asked(a)
	askedOfB, pacedB := asked(b)
	switch {
	case pacedB && !pacedA:
		askedOfA = askedOfB
	case pacedA && !pacedB:
		askedOfB = askedOfA
	}
	one, other := measure(a, askedOfA, pacedA), measure(b, askedOfB, pacedB)
	return msg.SpanComparison{
		A: one.figures, B: other.figures,
		P50:      ratio(one.figures.Error.P50, other.figures.Error.P50, one.errors, other.errors, 0.50),
		P99:      ratio(one.figures.Error.P99, other.figures.Error.P99, one.errors, other.errors, 0.99),
		Lateness: ratio(one.figures.Lateness.P99, other.figures.Lateness.P99, one.lateness, other.lateness, 0.99),
	}
}

// measured is what there is to know of one span's emits.
type measured struct {
	errors, lateness []time.Duration // in the order of the emits
	figures          msg.SpanFigures
}

// asked returns the interval that most of the emits were asked to keep; where none
// had a pace, the median of their intervals.
func asked(emits []Emit) (interval time.Duration, paced bool) {
	counts := map[time.Duration]int{}
	for _, e := range emits {
		if e.Period > 0 {
			counts[e.Period]++
		}
	}
	most := 0
	for period, n := range counts {
		if n > most || n == most && period < interval {
			interval, most = period, n
		}
	}
	if most > 0 {
		return interval, true
	}
	gaps := make([]time.Duration, 0, len(emits))
	for i := 1; i < len(emits); i++ {
		gaps = append(gaps, emits[i].At-emits[i-1].At)
	}
	if len(gaps) == 0 {
		return 0, false
	}
	slices.Sort(gaps)
	return gaps[(len(gaps)-1)/2], false
}

// intervalErrors returns by how much each interval missed what was asked for: with a
// pace what lay between the slots, which may be several where one was empty, else
// interval.
func intervalErrors(emits []Emit, interval time.Duration) []time.Duration {
	all := make([]time.Duration, 0, len(emits))
	for i := 1; i < len(emits); i++ {
		before, now := emits[i-1], emits[i]
		want := interval
		if before.Period > 0 && now.Period > 0 {
			want = now.Due - before.Due
		}
		all = append(all, (now.At - before.At - want).Abs())
	}
	return all
}

func lateness(emits []Emit) []time.Duration {
	all := make([]time.Duration, len(emits))
	for i, e := range emits {
		all[i] = e.At - e.Due
	}
	return all
}

func measure(emits []Emit, asked time.Duration, paced bool) measured {
	m := measured{errors: intervalErrors(emits, asked), lateness: lateness(emits)}
	f := &m.figures
	*f = msg.SpanFigures{
		Emitted: uint64(len(emits)), Asked: asked, Paced: paced,
		Error: msg.QuantilesOf(m.errors), ErrorSpread: msg.SpreadOf(m.errors),
		Lateness: msg.QuantilesOf(m.lateness), LatenessSpread: msg.SpreadOf(m.lateness),
	}
	for _, e := range emits {
		if e.Late {
			f.Late++
		}
	}
	intervals := len(emits) - 1
	if intervals < 1 {
		return m
	}
	first, last := emits[0], emits[intervals]
	took := last.At - first.At
	f.Mean = took / time.Duration(intervals)
	if took > 0 {
		f.PerSecond = float64(intervals) / took.Seconds()
	}
	f.Drift = took - time.Duration(intervals)*asked
	if first.Period > 0 && last.Period > 0 {
		f.Drift = took - (last.Due - first.Due)
	}
	return m
}

// ratio returns how many times the quantile q of b the one of a is; share says which
// of all those values it is. Durations below a nanosecond no clock here tells.
func ratio(qa, qb time.Duration, a, b []time.Duration, share float64) msg.Ratio {
	if len(a) == 0 || len(b) == 0 {
		return msg.Ratio{}
	}
	r := msg.Ratio{Times: float64(max(1, qa)) / float64(max(1, qb))}
	r.Low, r.High = confidence(a, b, share)
	return r
}
