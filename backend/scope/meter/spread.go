package meter

import (
	"encoding/binary"
	"math"
	"time"

	"emitscope/backend/msg"
)

// packed is a msg.Spread in as many bytes as it needs: the first bucket, and a
// varint for each count. It is empty where nothing was measured. Even a lane
// with counts in all buckets takes less than half of what a slice would.
type packed string

// spread unpacks p; it is never nil.
func (p packed) spread() *msg.Spread {
	s := &msg.Spread{}
	if p == "" {
		return s
	}
	s.First = int(p[0])
	for rest := []byte(p[1:]); len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		s.Counts = append(s.Counts, uint32(n))
		rest = rest[size:]
	}
	return s
}

// scale turns histograms into spreads. A bucket of a histogram that lies across
// a border counts above it: so a round value, as the period of a missed slot
// mostly is, counts where it belongs, and others are at most 3.1 % too high.
type scale struct {
	of     [buckets]uint8 // the spread's bucket of each of a histogram's
	counts [msg.SpreadBuckets]uint32
	buf    []byte
}

func newScale() *scale {
	s := &scale{}
	for i := range s.of {
		decades := math.Log10(float64(low(i+1)-1) / float64(time.Microsecond))
		s.of[i] = uint8(min(max(0, math.Floor(decades*10)), msg.SpreadBuckets-1))
	}
	return s
}

// pack returns how the values in h are spread. It must not be called
// concurrently.
func (s *scale) pack(h *histogram) packed {
	if h.n == 0 {
		return ""
	}
	first, last := s.of[h.lo], s.of[h.hi]
	clear(s.counts[first : last+1])
	for i := h.lo; i <= h.hi; i++ {
		if c := h.counts[i]; c != 0 {
			s.counts[s.of[i]] = plus(s.counts[s.of[i]], uint64(c))
		}
	}
	s.buf = append(s.buf[:0], first)
	for _, c := range s.counts[first : last+1] {
		s.buf = binary.AppendUvarint(s.buf, uint64(c))
	}
	return packed(s.buf)
}
