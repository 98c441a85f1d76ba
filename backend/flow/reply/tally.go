package reply

import (
	"sync"
	"sync/atomic"

	"emitscope/backend/msg"
)

// window is over how many seconds a rule's rate is taken: a client that says
// something now and then should not make the number flicker.
const window = 10

// tally is what a rule has done. It outlives changes of the rule.
type tally struct {
	hits atomic.Uint64

	mu       sync.Mutex
	errors   uint64
	last     *msg.RuleError
	past     [window + 1]uint64 // hits at the last seconds, a ring
	measured int                // seconds
}

func (t *tally) fail(e *msg.RuleError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors++
	t.last = e
}

// measure is called each second.
func (t *tally) measure() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.past[t.measured%len(t.past)] = t.hits.Load()
	t.measured++
}

// fill completes a state.
func (t *tally) fill(s *msg.RuleState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Hits, s.Errors, s.LastError = t.hits.Load(), t.errors, t.last
	if seconds := min(t.measured-1, window); seconds > 0 {
		newest, oldest := t.measured-1, t.measured-1-seconds
		s.PerSecond = float64(t.past[newest%len(t.past)]-t.past[oldest%len(t.past)]) / float64(seconds)
	}
}
