package compare

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
)

// How sure a ratio is, is found by drawing anew, many times, from what was measured.
// What comes in a row is alike, for one stall holds up several emits: so not single
// values are drawn but pieces of time, of which there must be enough to differ.
const (
	pieces      = 40
	leastPieces = 8  // with fewer nothing can be said
	leastValues = 25 // of a piece
	draws       = 1000
)

// confidence returns between what the ratio of a's and b's quantile lies with 95 %
// confidence; zeros where too little was measured. It is the same for the same values.
func confidence(a, b []time.Duration, share float64) (low, high float64) {
	of, against := cut(a), cut(b)
	if len(of.pieces) < leastPieces || len(against.pieces) < leastPieces {
		return 0, 0
	}
	chance := rand.New(rand.NewPCG(1, 2))
	ratios := make([]float64, draws)
	for i := range ratios {
		ratios[i] = of.draw(share, chance) / against.draw(share, chance)
	}
	slices.Sort(ratios)
	const outside = 0.025
	return ratios[int(outside*draws)], ratios[int((1-outside)*draws)-1]
}

// pool are the pieces of a span. Its bins are 1/32 of a doubling wide, about 2 %:
// finer than what confidence is about.
type pool struct {
	pieces []piece
	first  int      // bin of sum[0], the lowest of all
	sum    []uint32 // memory for draw
}

// piece counts the values of one piece of time.
type piece struct {
	counts []count // only what is there, for a piece has few values
	n      int
}

type count struct {
	bin int // from the lowest of all
	of  uint32
}

const subBits = 5

func binOf(v time.Duration) int {
	n := uint64(max(1, v))
	exp := bits.Len64(n) - 1
	if exp < subBits {
		return exp<<subBits | int(n<<(subBits-exp))&(1<<subBits-1)
	}
	return exp<<subBits | int(n>>(exp-subBits))&(1<<subBits-1)
}

// middleOf returns the value in the middle of a bin.
func middleOf(bin int) float64 {
	width := math.Exp2(float64(bin>>subBits)) / (1 << subBits)
	return width * (float64(bin&(1<<subBits-1)+1<<subBits) + 0.5)
}

func cut(values []time.Duration) pool {
	many := min(pieces, len(values)/leastValues)
	if many < leastPieces {
		return pool{}
	}
	lowest, highest := binOf(slices.Min(values)), binOf(slices.Max(values))
	m := pool{pieces: make([]piece, many), first: lowest, sum: make([]uint32, highest-lowest+1)}
	for i := range m.pieces {
		part := values[i*len(values)/many : (i+1)*len(values)/many]
		for _, v := range part {
			m.sum[binOf(v)-lowest]++
		}
		p := &m.pieces[i]
		p.n = len(part)
		for i, of := range m.sum {
			if of > 0 {
				p.counts = append(p.counts, count{i, of})
			}
		}
		clear(m.sum)
	}
	return m
}

// draw returns the quantile of as many pieces as there are, each drawn from all.
func (m pool) draw(share float64, chance *rand.Rand) float64 {
	clear(m.sum)
	n := 0
	for range m.pieces {
		p := &m.pieces[chance.IntN(len(m.pieces))]
		for _, c := range p.counts {
			m.sum[c.bin] += c.of
		}
		n += p.n
	}
	rank, below := int(math.Ceil(share*float64(n))), 0
	for i, of := range m.sum {
		if below += int(of); below >= rank {
			return middleOf(m.first + i)
		}
	}
	return 0 // rank is at most n
}
