package crowd

import (
	"slices"
	"sync"

	"emitscope/backend/msg"
)

// MaxLeft is how many of those who have left are remembered.
const MaxLeft = 200

// left remembers who has left last. It has a lock of its own: doors tell of it while
// they may be asked for pulses.
type left struct {
	mu    sync.Mutex
	list  []msg.Departure // a ring once it has MaxLeft
	total uint64
}

// Leave takes in that a client has left.
func (c *Crowd) Leave(d msg.Departure) {
	l := &c.left
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) < MaxLeft {
		l.list = append(l.list, d)
	} else {
		l.list[l.total%MaxLeft] = d
	}
	l.total++
}

// Left returns those who have left last, the newest first, and how many have since
// the hub started.
func (c *Crowd) Left() (list []msg.Departure, total uint64) {
	l := &c.left
	l.mu.Lock()
	list, total = slices.Clone(l.list), l.total
	l.mu.Unlock()
	slices.SortStableFunc(list, func(a, b msg.Departure) int { return b.At.Compare(a.At) })
	return list, total
}
