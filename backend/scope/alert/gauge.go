package alert

import (
	"time"

	"emitscope/backend/msg"
)

// reading is a condition's value at one time.
type reading struct {
	value float64
	known bool   // else there is none, and nothing is wrong
	where string // a lane, stream or client; may be empty
}

// step is what a reading does to an alert.
type step int

const (
	stays step = iota
	becomesRaised
	becomesCleared
)

// gauge holds an alert back until its value has been beyond the limit for as long
// as Hold says, and then until it has been back for as long as ClearHold says.
// Between both limits it stays as it is. So a value that trembles at its limit
// raises once.
type gauge struct {
	raised bool
	since  time.Time // since when the value would change raised; zero: it would not
}

func (g *gauge) step(now time.Time, a msg.Alert, r reading) step {
	wanted, hold := isBeyond(a, r), a.Hold
	if g.raised {
		wanted, hold = isBack(a, r), a.ClearHold
	}
	if !wanted {
		g.since = time.Time{}
		return stays
	}
	if g.since.IsZero() {
		g.since = now
	}
	if now.Sub(g.since) < hold {
		return stays
	}
	g.raised, g.since = !g.raised, time.Time{}
	if g.raised {
		return becomesRaised
	}
	return becomesCleared
}

func isBeyond(a msg.Alert, r reading) bool {
	switch {
	case !r.known:
		return false
	case a.When.Below():
		return r.value < a.Limit
	}
	return r.value >= a.Limit
}

func isBack(a msg.Alert, r reading) bool {
	switch {
	case !r.known:
		return true
	case a.When == msg.Silence:
		return r.value < a.Limit
	case a.When.Below():
		return r.value >= a.Clear
	}
	return r.value <= a.Clear && r.value < a.Limit
}
