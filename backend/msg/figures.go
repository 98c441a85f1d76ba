package msg

import (
	"math"
	"slices"
	"time"
)

// QuantilesOf returns the points of a distribution: each the smallest value that so
// many are not above.
func QuantilesOf(all []time.Duration) Quantiles {
	if len(all) == 0 {
		return Quantiles{}
	}
	sorted := slices.Sorted(slices.Values(all))
	at := func(share float64) time.Duration { return sorted[int(math.Ceil(share*float64(len(sorted))))-1] }
	return Quantiles{Count: uint64(len(sorted)), P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: sorted[len(sorted)-1]}
}

// SpreadOf counts durations in the buckets that a Spread has.
func SpreadOf(all []time.Duration) Spread {
	counts := make([]uint32, SpreadBuckets)
	for _, d := range all {
		counts[bucketOf(d)]++
	}
	first, last := 0, len(counts)
	for first < last && counts[first] == 0 {
		first++
	}
	for last > first && counts[last-1] == 0 {
		last--
	}
	return Spread{First: first, Counts: counts[first:last]}
}

func bucketOf(d time.Duration) int {
	const perDecade = 10
	decades := math.Log10(float64(max(1, d)) / float64(time.Microsecond))
	return min(max(0, int(math.Floor(decades*perDecade+1e-9))), SpreadBuckets-1)
}
