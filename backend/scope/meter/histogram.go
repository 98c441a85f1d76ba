package meter

import (
	"math"
	"math/bits"
	"time"

	"emitscope/backend/msg"
)

// What a histogram can tell apart. A value outside is counted as the nearest
// one inside: an instrument may round, but must not lose.
const (
	least = 100 * time.Nanosecond // below what any clock here resolves
	most  = time.Hour
)

// Between two powers of two there are 2^subBits buckets, so a bucket's middle
// is at most 1/64 (1.6 %) from any value in it.
const (
	subBits  = 5
	firstExp = 6  // 2^6 ns is the last power of two below least
	lastExp  = 41 // 2^41 ns is the last power of two below most
	buckets  = (lastExp - firstExp + 1) << subBits
)

// histogram counts durations in buckets that grow with the value, as an HDR
// histogram does.
//
// It is our own because of its size. A lane needs 31 of them. Over the same
// range hdrhistogram-go takes 30,788 bytes with two significant digits, which
// makes 244 MB for 256 lanes; with one digit it takes 4,292 but is 6 % off; its
// packed kind allocates while it records. This one takes 4.6 KiB.
//
// The zero histogram is empty. It must not be used concurrently.
type histogram struct {
	counts [buckets]uint32 // a bucket that is full stays full
	n      uint64
	max    time.Duration
	lo, hi int // the buckets in use, so that an almost empty one costs little
}

// bucketOf returns the bucket of a value between least and most.
func bucketOf(v time.Duration) int {
	exp := bits.Len64(uint64(v)) - 1
	sub := int(uint64(v)>>(exp-subBits)) & (1<<subBits - 1)
	return (exp-firstExp)<<subBits | sub
}

// low returns the least value of bucket i.
func low(i int) time.Duration {
	exp := i>>subBits + firstExp
	return time.Duration(1)<<exp + time.Duration(i&(1<<subBits-1))<<(exp-subBits)
}

// middle returns the value in the middle of bucket i.
func middle(i int) time.Duration { return (low(i) + low(i+1)) / 2 }

// add counts v n times.
func (h *histogram) add(v time.Duration, n uint64) {
	v = min(max(v, least), most)
	i := bucketOf(v)
	h.use(i, i)
	h.counts[i] = plus(h.counts[i], n)
	h.n += n
	h.max = max(h.max, v)
}

// merge adds everything from counted.
func (h *histogram) merge(from *histogram) {
	if from.n == 0 {
		return
	}
	h.use(from.lo, from.hi)
	for i := from.lo; i <= from.hi; i++ {
		if c := from.counts[i]; c != 0 {
			h.counts[i] = plus(h.counts[i], uint64(c))
		}
	}
	h.n += from.n
	h.max = max(h.max, from.max)
}

// use widens the range of buckets in use. It comes before n grows.
func (h *histogram) use(lo, hi int) {
	if h.n == 0 {
		h.lo, h.hi = lo, hi
		return
	}
	h.lo, h.hi = min(h.lo, lo), max(h.hi, hi)
}

func (h *histogram) reset() {
	clear(h.counts[h.lo : h.hi+1])
	h.n, h.max, h.lo, h.hi = 0, 0, 0, 0
}

// quantiles reads the usual points. Max is exact; the others are the middle of
// a bucket.
func (h *histogram) quantiles() msg.Quantiles {
	return msg.Quantiles{Count: h.n, P50: h.quantile(0.50), P90: h.quantile(0.90), P99: h.quantile(0.99), Max: h.max}
}

// quantile returns the least value that the share q of all values does not
// exceed; 0 when there is none.
func (h *histogram) quantile(q float64) time.Duration { return h.ranked(rankOf(q, h.n)) }

// rankOf returns which of n values, counted from 1, the share q of them does not exceed.
func rankOf(q float64, n uint64) uint64 { return uint64(math.Ceil(q * float64(n))) }

// ranked returns the value with that rank, the least having rank 1.
func (h *histogram) ranked(rank uint64) time.Duration {
	var below uint64
	for i := h.lo; i <= h.hi; i++ {
		if below += uint64(h.counts[i]); below >= rank {
			return min(middle(i), h.max)
		}
	}
	return h.max // buckets were full
}

// plus adds without wrapping round.
func plus(c uint32, n uint64) uint32 {
	return uint32(min(uint64(c)+min(n, math.MaxUint32), math.MaxUint32))
}

// timing is one lane's measures over some time.
type timing struct {
	lateness, interval, wait histogram
	source                   *signed // nil: no message said when it was made; most never do
}

// empty reports whether nothing was measured: every emit has a lateness.
func (t *timing) empty() bool { return t.lateness.n == 0 }

func (t *timing) merge(from *timing) {
	t.lateness.merge(&from.lateness)
	t.interval.merge(&from.interval)
	t.wait.merge(&from.wait)
	if from.source.len() > 0 {
		t.sources().merge(from.source)
	}
}

// sources returns t.source, and makes it when it is needed first.
func (t *timing) sources() *signed {
	if t.source == nil {
		t.source = new(signed)
	}
	return t.source
}

func (t *timing) reset() {
	t.lateness.reset()
	t.interval.reset()
	t.wait.reset()
	if t.source != nil {
		t.source.reset()
	}
}
