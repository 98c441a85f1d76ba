package meter

import (
	"time"

	"emitscope/backend/msg"
)

// signed counts durations of which some may be negative, as a histogram counts
// those that cannot. It takes 4.6 KiB, and as much again once there was a negative
// one. The zero signed is empty. It must not be used concurrently.
type signed struct {
	after histogram  // zero and more
	ahead *histogram // less than zero, by size; nil: there was none
}

func (s *signed) add(v time.Duration) {
	if v >= 0 {
		s.after.add(v, 1)
		return
	}
	s.negative().add(-v, 1)
}

func (s *signed) negative() *histogram {
	if s.ahead == nil {
		s.ahead = new(histogram)
	}
	return s.ahead
}

// len returns how many were counted; none by nil.
func (s *signed) len() uint64 {
	if s == nil {
		return 0
	}
	return s.after.n + s.negatives()
}

func (s *signed) negatives() uint64 {
	if s.ahead == nil {
		return 0
	}
	return s.ahead.n
}

func (s *signed) merge(from *signed) {
	s.after.merge(&from.after)
	if from.negatives() > 0 {
		s.negative().merge(from.ahead)
	}
}

func (s *signed) reset() {
	s.after.reset()
	if s.ahead != nil {
		s.ahead.reset()
	}
}

// quantile returns the least value that the share q of all does not exceed.
func (s *signed) quantile(q float64) time.Duration {
	rank, below := rankOf(q, s.len()), s.negatives()
	if rank <= below {
		return -s.ahead.ranked(below - rank + 1) // the least has the largest size
	}
	return s.after.ranked(rank - below)
}

// latency reads the usual points; all are zero for nil.
func (s *signed) latency() msg.SourceLatency {
	if s.len() == 0 {
		return msg.SourceLatency{}
	}
	return msg.SourceLatency{Count: s.len(), Ahead: s.negatives(), P50: s.quantile(0.50), P99: s.quantile(0.99)}
}
