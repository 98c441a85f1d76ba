// Package crowd watches all clients at once: how full each one's outbox was lately,
// who keeps up, and why those left that did.
//
//	doors ──Pulses──▶ crowd.go ─▶ history.go   (once a second, for each client)
//	                     └──────▶ list.go      (who, in which order)
//	doors ──Leave───▶ left.go
package crowd

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// What is kept of each client: a minute by the second, ten minutes by 5 s. That is
// 180 bytes, and about 400 with all that belongs to them: 8 MB for 20,000 clients,
// who are as many as may connect.
const (
	second  = time.Second
	seconds = 60
	perFive = 5 // seconds in one step of the longer past
	fives   = 120
)

// What a level says, in one byte: from nothing waits to full, or that messages were
// missed.
const (
	full   = 254
	missed = 255
)

// source is everybody who is connected.
type source interface {
	// Pulses calls each for every client, in no order. Crowd is the only caller.
	Pulses(each func(msg.Pulse))
	// Client describes one client; false when it has left.
	Client(id string) (msg.Client, bool)
}

// Crowd watches all clients. All methods may be called from any goroutine; those of
// a door may not be under a lock that Pulses takes.
type Crowd struct {
	mu     sync.Mutex
	source source
	rows   []*row // the longest connected first, when sorted is true
	sorted bool
	byID   map[string]*row
	pulse  uint64             // how often the clients were asked
	tick   int                // how many seconds have been closed
	times  [seconds]time.Time // when each was over
	five   [fives]time.Time

	total, slow atomic.Int64 // when the last second was closed

	left left
}

// row is what is known of one client.
type row struct {
	id      string
	address string
	since   time.Time
	lag     msg.Lag
	slowed  bool // on purpose
	missed  uint64
	seen    uint64 // the pulse that last found it
	born    int    // the tick in which it was first seen
	lostAt  time.Time
	peak    float64 // of the second that is under way
	lost    bool    // whether messages were missed in it
	seconds [seconds]uint8
	fives   [fives]uint8
}

// New returns a Crowd that knows nobody until Run.
func New() *Crowd { return &Crowd{byID: make(map[string]*row)} }

// Watch says whom to watch. It is called once, before anything else.
func (c *Crowd) Watch(everybody source) { c.source = everybody }

// Run looks at everybody once a second until ctx ends.
func (c *Crowd) Run(ctx context.Context) error {
	tick := time.NewTicker(second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			c.closeSecond(now)
		}
	}
}

// Count returns how many clients there were when last looked at, which is at most a
// second ago, and how many of them had missed messages in the last ten. It waits for
// nothing.
func (c *Crowd) Count() (total, slow int) { return int(c.total.Load()), int(c.slow.Load()) }

// look asks every client for its pulse, and forgets who has left. The caller holds mu.
func (c *Crowd) look(now time.Time) {
	c.pulse++
	c.source.Pulses(func(p msg.Pulse) {
		r := c.byID[p.ID]
		if r == nil {
			r = &row{id: p.ID, address: p.Address, since: p.Since, born: c.tick}
			c.byID[p.ID] = r
			c.rows = append(c.rows, r)
			c.sorted = false
		}
		if p.Missed > r.missed && !p.Slowed { // what was meant is no loss
			r.lost, r.lostAt = true, now
		}
		r.missed, r.lag, r.slowed, r.seen = p.Missed, p.Lag, p.Slowed, c.pulse
		r.peak = max(r.peak, p.Peak)
	})
	c.rows = slices.DeleteFunc(c.rows, func(r *row) bool {
		if r.seen == c.pulse {
			return false
		}
		delete(c.byID, r.id)
		return true
	})
	if !c.sorted {
		slices.SortFunc(c.rows, older)
		c.sorted = true
	}
}

// closeSecond looks once more and writes down what the second was like.
func (c *Crowd) closeSecond(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(now)
	at, five := c.tick%seconds, c.tick/perFive%fives
	begins := c.tick%perFive == 0
	c.times[at], c.five[five] = now, now
	slow := 0
	for _, r := range c.rows {
		level := levelOf(r)
		r.seconds[at] = level
		if begins {
			r.fives[five] = level
		} else {
			r.fives[five] = max(r.fives[five], level)
		}
		r.peak, r.lost = 0, false
		if isLosing(r, now) {
			slow++
		}
	}
	c.tick++
	c.total.Store(int64(len(c.rows)))
	c.slow.Store(int64(slow))
}

// levelOf is a row's second as one byte. What waits at all is never 0, or a client
// that is a little behind would look like one that nothing is sent to.
func levelOf(r *row) uint8 {
	switch {
	case r.lost:
		return missed
	case r.peak == 0:
		return 0
	}
	return uint8(max(1, min(full, r.peak*full)))
}

func isLosing(r *row, now time.Time) bool {
	return !r.lostAt.IsZero() && now.Sub(r.lostAt) < msg.LosingFor
}

func standingOf(r *row, now time.Time) msg.Standing {
	switch {
	case isLosing(r, now):
		return msg.Losing
	case r.lag.Age >= msg.BehindAfter && !r.slowed: // what was meant is no trouble
		return msg.Behind
	}
	return msg.Keeping
}
