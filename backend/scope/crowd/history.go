package crowd

import (
	"time"

	"emitscope/backend/msg"
)

// History returns the level of every client in each step of 1 s (the last minute) or
// of 5 s (the last ten), of steps that were over after a time only; the longest
// connected client first.
func (c *Crowd) History(step time.Duration, after time.Time) msg.Levels {
	c.mu.Lock()
	defer c.mu.Unlock()
	ring := c.ringOf(step)
	from, to := ring.span(c.tick)
	for from < to && !ring.over(from).After(after) {
		from++
	}
	h := msg.Levels{Step: ring.step, Times: make([]time.Time, 0, to-from), Clients: make([]msg.ClientLevels, len(c.rows))}
	for k := from; k < to; k++ {
		h.Times = append(h.Times, ring.over(k))
	}
	all := make([]uint8, 0, len(c.rows)*(to-from))
	for i, r := range c.rows {
		begin := len(all)
		all = ring.appendLevels(all, r, from, to)
		h.Clients[i] = msg.ClientLevels{ID: r.id, Levels: all[begin:len(all):len(all)]}
	}
	return h
}

// ring is one of the two pasts. Its steps are counted from the first one on.
type ring struct {
	step  time.Duration
	per   int // seconds in a step
	size  int
	times []time.Time
	of    func(r *row) []uint8
}

func (c *Crowd) ringOf(step time.Duration) ring {
	if step <= second {
		return ring{second, 1, seconds, c.times[:], func(r *row) []uint8 { return r.seconds[:] }}
	}
	return ring{perFive * second, perFive, fives, c.five[:], func(r *row) []uint8 { return r.fives[:] }}
}

// span returns the steps that are kept and over, when tick seconds are.
func (g ring) span(tick int) (from, to int) {
	to = tick / g.per
	kept := g.size
	if g.per > 1 {
		kept-- // one is being filled
	}
	return max(0, to-kept), to
}

func (g ring) over(k int) time.Time { return g.times[k%g.size] }

// appendLevels appends r's levels in the steps from up to to, without those before it
// was there.
func (g ring) appendLevels(dst []uint8, r *row, from, to int) []uint8 {
	levels := g.of(r)
	for k := max(from, r.born/g.per); k < to; k++ {
		dst = append(dst, levels[k%g.size])
	}
	return dst
}
