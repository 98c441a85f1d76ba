package intake

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Sequence gives out the hub's message numbers, from 1, each once for ever: also
// across restarts, and after a crash, which leaves a gap of up to one block.
//
// It keeps a number on disk below which it may give out; most calls of Take
// touch only memory.
type Sequence struct {
	given    atomic.Uint64 // the last number given out
	reserved atomic.Uint64 // numbers up to this one may be given out

	mu   sync.Mutex
	save func(upTo uint64) error
}

// block is how many numbers are reserved at once. At 200,000 messages a second
// that is one write each five seconds, and it leaves room for 8 thousand million
// crashes before a number exceeds 2^53, the most that JavaScript counts exactly.
const block = 1 << 20

// NewSequence continues after last, the number that save was last called with
// (0 for the first start ever). save must not return before the number is safe.
func NewSequence(last uint64, save func(upTo uint64) error) *Sequence {
	s := &Sequence{save: save}
	s.given.Store(last)
	s.reserved.Store(last)
	return s
}

// Take returns the first of n consecutive numbers, or an error when they could
// not be made safe on disk.
func (s *Sequence) Take(n int) (first uint64, err error) {
	last := s.given.Add(uint64(n))
	if last > s.reserved.Load() {
		if err := s.reserve(last); err != nil {
			return 0, err
		}
	}
	return last - uint64(n) + 1, nil
}

// Last returns the highest number given out, 0 before the first ever. A message
// that comes from now on has a higher one.
func (s *Sequence) Last() uint64 { return s.given.Load() }

func (s *Sequence) reserve(last uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last <= s.reserved.Load() { // somebody else did
		return nil
	}
	if err := s.save(last + block); err != nil {
		return fmt.Errorf("reserve message numbers: %w", err)
	}
	s.reserved.Store(last + block)
	return nil
}

// Close makes the next start continue without a gap. No number may be taken
// afterwards.
func (s *Sequence) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.given.Load() == s.reserved.Load() {
		return nil
	}
	if err := s.save(s.given.Load()); err != nil {
		return fmt.Errorf("keep the last message number: %w", err)
	}
	s.reserved.Store(s.given.Load())
	return nil
}
