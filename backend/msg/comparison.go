package msg

import (
	"fmt"
	"time"
)

// Span is one side of a comparison: what a namespace emitted in a part of a
// recording.
type Span struct {
	Recording string
	Namespace string    // empty: the loudest
	Event     string    // empty: all of the namespace
	From, To  time.Time // from this moment until before that one; zero: from the beginning, to the end
}

// SpanComparison is how steady two spans were beside one another.
type SpanComparison struct {
	A, B SpanFigures
	// How many times the interval error of B the one of A is, at p50 and p99, and the
	// same of the lateness: above 1, B is so many times steadier.
	P50, P99, Lateness Ratio
	Cut                bool // a span has more emits than are compared: only its first ones are
}

// SpanFigures are one side's. They are of emits that have a place in the schedule:
// what went to one socket has none.
type SpanFigures struct {
	Span                               // From and To are when its first and last message were emitted
	Emitted                     uint64 // messages
	Late                        uint64 // of them
	Lost                        uint64 // dropped, and not on purpose
	PerSecond                   float64
	Asked                       time.Duration // interval that was asked for; see Paced
	Paced                       bool          // by the lane's pace; else Asked is that of the other side, or the median of the intervals
	Mean                        time.Duration // of the intervals
	Drift                       time.Duration // of the last emit from the schedule that began with the first
	Error                       Quantiles     // by how much each interval missed what was asked for, without sign
	ErrorSpread, LatenessSpread Spread
	Lateness                    Quantiles
}

// Ratio is how many times one figure another one is.
type Ratio struct {
	Times     float64 // 0: there is nothing to compare
	Low, High float64 // between what it lies with 95 % confidence; 0: there is too little to say
}

// Sentence says in English what it comes to.
func (c SpanComparison) Sentence() string {
	p99 := c.P99
	switch {
	case c.A.Error.Count == 0 || c.B.Error.Count == 0:
		return "There is nothing to compare: a span has fewer than two emits."
	case p99.Low == 0:
		return "There is too little to say which is steadier: " + c.both() + "."
	case p99.Low > 1:
		return "B is " + times(p99.Times) + " steadier: " + c.both() + "."
	case p99.High < 1:
		return "A is " + times(1/p99.Times) + " steadier: " + c.both() + "."
	}
	return "A and B are as steady as one another, as far as so many emits can tell: " + c.both() + "."
}

func times(ratio float64) string { return fmt.Sprintf("%.2g times", ratio) }

// both names the figures that a sentence is about.
func (c SpanComparison) both() string {
	return fmt.Sprintf("p99 of the interval error is %v with A and %v with B", short(c.A.Error.P99), short(c.B.Error.P99))
}

// short rounds to three digits.
func short(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
