package access

import (
	"cmp"
	"sync"
	"time"
)

// tallyFor is how long a count goes on before it begins anew, unless a tally has
// a period of its own.
const tallyFor = time.Minute

// maxTallied is how many callers are told apart in that time; the others are
// counted together, so that nobody can make us remember without end.
const maxTallied = 4096

// tally counts by caller, anew each period. The zero tally is ready. Its methods
// may be called from any goroutine.
type tally struct {
	period time.Duration // 0: tallyFor
	mu     sync.Mutex
	since  time.Time
	counts map[string]int
}

// add counts one more for who, and returns how many that makes in this period.
func (t *tally) add(who string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); t.counts == nil || now.Sub(t.since) >= cmp.Or(t.period, tallyFor) {
		t.since, t.counts = now, make(map[string]int)
	}
	if _, known := t.counts[who]; !known && len(t.counts) >= maxTallied {
		who = ""
	}
	t.counts[who]++
	return t.counts[who]
}

// maxLogged is how many lines of one sort are logged in a minute.
const maxLogged = 20

// gate keeps a flood of requests from becoming a flood of log lines. The zero
// gate is ready. Its methods may be called from any goroutine.
type gate struct {
	mu         sync.Mutex
	since      time.Time
	passed     int
	suppressed int // since the last line that passed
}

// pass reports whether one more line may be logged, and how many were not since
// the last one that was.
func (g *gate) pass() (suppressed int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.since) >= tallyFor {
		g.since, g.passed = now, 0
	}
	if g.passed == maxLogged {
		g.suppressed++
		return 0, false
	}
	g.passed++
	suppressed, g.suppressed = g.suppressed, 0
	return suppressed, true
}
