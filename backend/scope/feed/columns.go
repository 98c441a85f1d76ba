package feed

import (
	"slices"
	"strings"
	"time"

	"emitscope/backend/msg"
)

// What is drawn of one lane at most.
const (
	// maxEmits a second are sent one by one; more become bins. It is also what
	// may be sent at once after a pause, so that the burst after a stall is
	// seen emit by emit, and a lane at just this rate does not flicker.
	maxEmits = 1000
	// binWidth makes two entries of each bin come to maxEmits a second.
	binWidth = 2 * time.Second / maxEmits
	// maxMissed slots of one frame are drawn; of more, every so many.
	maxMissed = 1000
)

// columns are the lanes of one frame.
type columns struct {
	lanes  []msg.FrameLane
	stalls [][]stall // of each lane
	index  map[string]int
}

// stall is a row of missed slots, a period apart; the one after them was due.
type stall struct {
	due    time.Time
	period time.Duration
	missed int
}

func newColumns(states []msg.LaneState) *columns {
	c := &columns{index: make(map[string]int, len(states))}
	for _, s := range states {
		c.join(msg.FrameLane{
			Namespace: s.Namespace, Depth: s.Depth, Capacity: s.Settings.Capacity, Period: s.Settings.Pace.Period(),
		})
	}
	return c
}

func (c *columns) join(l msg.FrameLane) int {
	i := len(c.lanes)
	c.index[l.Namespace] = i
	c.lanes = append(c.lanes, l)
	c.stalls = append(c.stalls, nil)
	return i
}

// add draws an emit that has a place in its lane's schedule.
func (c *columns) add(e *entry) {
	if !e.timed {
		return
	}
	i, known := c.index[e.row.Namespace]
	if !known { // the lane expired just now
		i = c.join(msg.FrameLane{Namespace: e.row.Namespace, Period: e.period})
	}
	l := &c.lanes[i]
	l.Due = append(l.Due, e.due)
	l.Lateness = append(l.Lateness, e.row.Lateness)
	if e.missed > 0 {
		c.stalls[i] = append(c.stalls[i], stall{e.due, e.period, e.missed})
	}
}

// frame returns the lanes sorted by name. spare says how many emits of each lane
// may still be sent one by one; it grows with the time since the last frame.
func (c *columns) frame(spare map[string]float64, since time.Duration) []msg.FrameLane {
	for name := range spare {
		if _, here := c.index[name]; !here {
			delete(spare, name)
		}
	}
	for i := range c.lanes {
		l := &c.lanes[i]
		left, known := spare[l.Namespace]
		if left += since.Seconds() * maxEmits; !known || left > maxEmits {
			left = maxEmits
		}
		if float64(len(l.Due)) > left {
			bin(l)
		}
		spare[l.Namespace] = max(0, left-float64(len(l.Due)))
		l.Missed = missedSlots(c.stalls[i])
	}
	slices.SortFunc(c.lanes, func(a, b msg.FrameLane) int { return strings.Compare(a.Namespace, b.Namespace) })
	return c.lanes
}

// bin keeps the least and the most late emit of each binWidth, in their order.
// It goes by when they were emitted: what is overdue is emitted all at once, and
// would fill a bin each by its due time.
func bin(l *msg.FrameLane) {
	number := func(i int) int64 { return l.Due[i].Add(l.Lateness[i]).UnixNano() / int64(binWidth) }
	kept := 0
	keep := func(i int) {
		l.Due[kept], l.Lateness[kept] = l.Due[i], l.Lateness[i]
		kept++
	}
	for from, to := 0, 0; from < len(l.Due); from = to {
		this, least, most := number(from), from, from
		for to = from + 1; to < len(l.Due) && number(to) == this; to++ {
			if l.Lateness[to] < l.Lateness[least] {
				least = to
			}
			if l.Lateness[to] > l.Lateness[most] {
				most = to
			}
		}
		keep(min(least, most))
		if least != most {
			keep(max(least, most))
		}
	}
	l.Due, l.Lateness, l.Binned = l.Due[:kept], l.Lateness[:kept], true
}

// missedSlots returns when the slots were due, oldest first.
func missedSlots(stalls []stall) []time.Time {
	total := 0
	for _, s := range stalls {
		total += s.missed
	}
	every := (total + maxMissed - 1) / maxMissed
	var out []time.Time
	next := 0 // slot to draw next, counted from the first of the stall
	for _, s := range stalls {
		for ; next < s.missed; next += every {
			out = append(out, s.due.Add(-time.Duration(s.missed-next)*s.period))
		}
		next -= s.missed
	}
	return out
}
