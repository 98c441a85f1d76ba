package crowd

import (
	"cmp"
	"net/netip"
	"slices"

	"emitscope/backend/msg"
)

// sortable is a row with how it stands, which sorting asks for often.
type sortable struct {
	*row
	standing msg.Standing
}

// arrange puts rows, which come the longest connected first, in the order asked for.
func arrange(rows []sortable, by msg.ClientSort) {
	switch by {
	case msg.Slowest:
		worst(rows)
	case msg.NewestFirst:
		slices.Reverse(rows)
	case msg.ByAddress:
		slices.SortStableFunc(rows, func(a, b sortable) int { return byAddress(a.address, b.address) })
	case msg.OldestFirst:
	}
}

// worst puts those first that lose messages, then those that fall behind, then those
// that ever missed any. What waits for a client that keeps up changes all the time and
// says nothing, so of those the longest connected stay first: nearly all are, and only
// the others are sorted.
func worst(rows []sortable) {
	rank := func(s sortable) int {
		switch {
		case s.standing == msg.Losing:
			return 0
		case s.standing == msg.Behind:
			return 1
		case s.missed > 0:
			return 2
		}
		return 3
	}
	waits := func(s sortable) int64 {
		if s.standing == msg.Keeping {
			return 0
		}
		return int64(s.lag.Age)
	}
	slices.SortStableFunc(rows, func(a, b sortable) int {
		ra, rb := rank(a), rank(b)
		if ra != rb || ra == 3 {
			return ra - rb
		}
		return cmp.Or(cmp.Compare(waits(b), waits(a)), cmp.Compare(b.missed, a.missed))
	})
}

// byAddress compares two addresses as numbers, so that 10.0.0.9 comes before
// 10.0.0.10. What is none comes last.
func byAddress(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	switch {
	case errX != nil && errY != nil:
		return cmp.Compare(a, b)
	case errX != nil:
		return 1
	case errY != nil:
		return -1
	}
	return x.Compare(y)
}

// older compares by who has been connected for longer.
func older(a, b *row) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.id, b.id)) }
