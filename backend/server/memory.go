package server

import (
	"context"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// shedder decides what a hub gives up as its memory fills, and when it takes it
// back: first what it remembers, step by step near the limit and all beyond it; new
// messages only when it has nothing else left to give.
type shedder struct {
	limit  int64 // bytes of memory
	full   int   // bytes that it remembers when there is room
	budget int   // bytes that it may remember now
	holds  bool  // new messages are refused

	over time.Time // since when the limit has been exceeded with the least budget; zero: it is not
}

// When a shedder acts, in parts of the limit, and how far it goes.
const (
	shedAbove    = 0.90
	giveBelow    = 0.75
	releaseBelow = 0.85
	leastBudget  = 1 << 20 // bytes
	holdAfter    = 2 * time.Second
	holdAbove    = 1.25 // at once: a flood fills much in two seconds
)

// newShedder returns one for a hub that remembers at most so many bytes, and at
// most half of the limit.
func newShedder(limit int64, remembered int) *shedder {
	full := int(min(int64(remembered), limit/2))
	return &shedder{limit: limit, full: full, budget: full}
}

// look takes what is in use, in bytes, and reports whether budget or holds changed.
func (s *shedder) look(now time.Time, used int64) (changed bool) {
	share := float64(used) / float64(s.limit)
	budget, holds := s.budget, s.holds
	switch {
	case share > 1:
		s.budget = min(s.budget, leastBudget)
	case share > shedAbove:
		s.budget = max(leastBudget, s.budget/2)
	case share < giveBelow:
		s.budget = min(s.full, 2*s.budget)
	}
	switch {
	case used <= s.limit || budget > leastBudget:
		s.over = time.Time{}
	case s.over.IsZero():
		s.over = now
	}
	switch {
	case !s.over.IsZero() && (now.Sub(s.over) >= holdAfter || share > holdAbove):
		s.holds = true
	case share < releaseBelow:
		s.holds = false
	}
	return s.budget != budget || s.holds != holds
}

// memoryEvery is how often a hub with a limit looks at its memory.
const memoryEvery = 250 * time.Millisecond

// memory keeps the process within its limit.
type memory struct {
	shedder  *shedder
	remember func(bytes int)
	hold     func(on bool)
	reached  func(limit string)
	log      *slog.Logger
	cycles   uint64 // of the garbage collector, when something was last given up
}

// limitMemory tells the garbage collector the limit, which is the process's, and
// returns what takes that back.
func limitMemory(limit int64) (free func()) {
	before := debug.SetMemoryLimit(limit)
	return sync.OnceFunc(func() { debug.SetMemoryLimit(before) })
}

// run looks at the memory again and again until ctx ends.
func (m *memory) run(ctx context.Context) {
	m.remember(m.shedder.budget)
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.look(time.Now())
		case <-ctx.Done():
			return
		}
	}
}

func (m *memory) look(now time.Time) {
	u := readUsage()
	if u.cycles == m.cycles && (m.shedder.holds || m.shedder.budget < m.shedder.full) {
		// What was given up is counted as used until the next collection, and a hub
		// that takes nothing may not come to one for minutes.
		runtime.GC()
		u = readUsage()
	}
	budget, holds := m.shedder.budget, m.shedder.holds
	if !m.shedder.look(now, u.live) {
		if holds {
			m.cycles = u.cycles
		}
		return
	}
	m.cycles = u.cycles
	facts := []any{"used_bytes", u.live, "limit_bytes", m.shedder.limit, "remember_bytes", m.shedder.budget}
	if m.shedder.budget != budget {
		m.remember(m.shedder.budget)
		if m.shedder.budget < budget {
			m.reached("memory")
			m.log.Warn("Memory nearly full, less is remembered", facts...)
		} else {
			m.log.Info("Memory has room again, more is remembered", facts...)
		}
	}
	if m.shedder.holds != holds {
		m.hold(m.shedder.holds)
		if m.shedder.holds {
			m.log.Warn("Memory full, new messages are refused", facts...)
		} else {
			m.log.Info("Memory has room again, new messages are taken", facts...)
		}
	}
}

// usage is what the process uses of its memory.
type usage struct {
	total  int64  // bytes, counted as the limit does
	live   int64  // total without what the next collection frees
	cycles uint64 // collections until now
}

func readUsage() usage {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	bytes := func(i int) int64 { return int64(min(samples[i].Value.Uint64(), math.MaxInt64)) }
	total := bytes(0) - bytes(1)
	return usage{total: total, live: total - bytes(2) - bytes(3) - bytes(4) + bytes(5), cycles: samples[6].Value.Uint64()}
}
