package experiment

import (
	"slices"
	"time"

	"emitscope/backend/msg"
)

// errorsOf returns by how much what lay between the moments missed the interval,
// without sign.
func errorsOf(moments []time.Duration, interval time.Duration) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(moments); i++ {
		all = append(all, (moments[i] - moments[i-1] - interval).Abs())
	}
	return all
}

// resultOf makes figures of what was measured in a run.
func resultOf(r *msg.RunRecord, interval time.Duration) msg.RunResult {
	last := len(r.Emitted) - 1
	return msg.RunResult{
		Emitted: msg.QuantilesOf(errorsOf(r.Emitted, interval)), Received: msg.QuantilesOf(errorsOf(r.Received, interval)),
		MeanInterval: (r.Emitted[last] - r.Emitted[0]) / time.Duration(last),
		Answers:      msg.QuantilesOf(r.Answers), Unanswered: r.Unanswered,
	}
}

// summary makes figures of all runs of one way.
func summary(way msg.Way, runs []*msg.RunRecord, interval time.Duration) msg.WayResult {
	w := msg.WayResult{Way: way}
	var emitted, received []time.Duration
	for _, r := range runs {
		w.Runs = append(w.Runs, resultOf(r, interval))
		emitted = append(emitted, errorsOf(r.Emitted, interval)...)
		received = append(received, errorsOf(r.Received, interval)...)
	}
	w.EmittedSpread, w.ReceivedSpread = msg.SpreadOf(emitted), msg.SpreadOf(received)
	w.Emitted = medianOf(w.Runs, func(r msg.RunResult) msg.Quantiles { return r.Emitted })
	w.Received = medianOf(w.Runs, func(r msg.RunResult) msg.Quantiles { return r.Received })
	w.Answers = medianOf(w.Runs, func(r msg.RunResult) msg.Quantiles { return r.Answers })
	w.MeanInterval = median(w.Runs, func(r msg.RunResult) time.Duration { return r.MeanInterval })
	return w
}

// medianOf returns the medians of the runs' percentiles, and the largest maximum.
func medianOf(runs []msg.RunResult, of func(msg.RunResult) msg.Quantiles) msg.Quantiles {
	q := msg.Quantiles{
		P50: median(runs, func(r msg.RunResult) time.Duration { return of(r).P50 }),
		P90: median(runs, func(r msg.RunResult) time.Duration { return of(r).P90 }),
		P99: median(runs, func(r msg.RunResult) time.Duration { return of(r).P99 }),
	}
	for _, r := range runs {
		q.Count += of(r).Count
		q.Max = max(q.Max, of(r).Max)
	}
	return q
}

func median(runs []msg.RunResult, of func(msg.RunResult) time.Duration) time.Duration {
	all := make([]time.Duration, len(runs))
	for i, r := range runs {
		all[i] = of(r)
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// compare says how steady one way was beside the lane; nil where either has too few
// runs. Runs that do not overlap at all are hardly chance: of two times five alike,
// that happens once in 126, and of two times three, once in ten.
func compare(way, lane []msg.RunResult) *msg.Comparison {
	if min(len(way), len(lane)) < msg.LeastRounds {
		return nil
	}
	p99 := func(r msg.RunResult) time.Duration { return r.Emitted.P99 }
	least := func(runs []msg.RunResult) time.Duration {
		return p99(slices.MinFunc(runs, func(a, b msg.RunResult) int { return int(p99(a) - p99(b)) }))
	}
	most := func(runs []msg.RunResult) time.Duration {
		return p99(slices.MaxFunc(runs, func(a, b msg.RunResult) int { return int(p99(a) - p99(b)) }))
	}
	return &msg.Comparison{
		Times: float64(median(way, p99)) / float64(max(1, median(lane, p99))),
		Apart: least(way) > most(lane) || least(lane) > most(way),
	}
}
