package meter

import (
	"encoding/binary"
	"math"
	"time"

	"emitscope/backend/msg"
)

// packed are the spreads of one step's measures in as many bytes as they need. Of
// each: the first bucket, how many follow, and a varint for the count of each. It
// is empty where nothing was measured. Even with counts in all buckets it takes
// less than half of what slices would.
type packed string

// tell writes the spreads into a point: that of lateness always, the others where
// the point has the measure.
func (p packed) tell(to *msg.Point) {
	rest := []byte(p)
	to.Spread, rest = unpack(rest)
	interval, rest := unpack(rest)
	wait, _ := unpack(rest)
	if to.IntervalError != nil {
		to.IntervalError.Spread = interval
	}
	if to.Wait != nil {
		to.Wait.Spread = wait
	}
}

// unpack reads one spread, and returns what comes after it. Of nothing it is empty.
func unpack(from []byte) (s *msg.Spread, rest []byte) {
	s = &msg.Spread{}
	if len(from) == 0 {
		return s, nil
	}
	n := int(from[1])
	if n > 0 {
		s.First, s.Counts = int(from[0]), make([]uint32, n)
	}
	rest = from[2:]
	for i := range s.Counts {
		count, size := binary.Uvarint(rest)
		s.Counts[i] = uint32(count)
		rest = rest[size:]
	}
	return s, rest
}

// scale turns histograms into spreads. A bucket of a histogram that lies across
// a border counts above it: so a round value, as the period of a missed slot
// mostly is, counts where it belongs, and others are at most 3.1 % too high.
type scale struct {
	of     [buckets]uint8 // the spread's bucket of each of a histogram's
	counts [msg.SpreadBuckets]uint32
	buf    []byte

	nothing timing // of ten seconds in which a lane was not there yet
}

func newScale() *scale {
	s := &scale{}
	for i := range s.of {
		decades := math.Log10(float64(low(i+1)-1) / float64(time.Microsecond))
		s.of[i] = uint8(min(max(0, math.Floor(decades*10)), msg.SpreadBuckets-1))
	}
	return s
}

// pack returns how the values in each are spread. It must not be called
// concurrently.
func (s *scale) pack(each ...*histogram) packed {
	s.buf = s.buf[:0]
	measured := false
	for _, h := range each {
		measured = measured || h.n > 0
		s.add(h)
	}
	if !measured {
		return ""
	}
	return packed(s.buf)
}

// add appends how the values in h are spread to buf.
func (s *scale) add(h *histogram) {
	if h.n == 0 {
		s.buf = append(s.buf, 0, 0)
		return
	}
	first, last := s.of[h.lo], s.of[h.hi]
	clear(s.counts[first : last+1])
	for i := h.lo; i <= h.hi; i++ {
		if c := h.counts[i]; c != 0 {
			s.counts[s.of[i]] = plus(s.counts[s.of[i]], uint64(c))
		}
	}
	s.buf = append(s.buf, first, last-first+1)
	for _, c := range s.counts[first : last+1] {
		s.buf = binary.AppendUvarint(s.buf, uint64(c))
	}
}
