package chaos

import (
	"math"
	"math/rand/v2"
	"time"

	"emitscope/backend/msg"
)

// place is one namespace with faults, or one whose faults are over while some of its
// messages are still held.
type place struct {
	namespace string
	on        bool
	settings  msg.FaultSettings
	began     time.Time
	ends      time.Time
	counts    msg.FaultCounts
	dice      *rand.Rand // thrown for messages alone, so that clients change nothing for them
	stallAt   time.Time  // zero: not again
	tickAt    time.Time  // when clients are looked at next
	crowd     *crowd     // what was decided for clients; Run's own
	slowed    int        // clients of that which are slow

	line  []held // oldest first; the times are in order
	back  *held  // waits to be overtaken; nil: none does
	until time.Time
}

func (p *place) begin(s msg.FaultSettings, now time.Time) {
	p.on, p.settings, p.began, p.ends, p.counts = true, s, now, now.Add(s.For), msg.FaultCounts{}
	p.dice = rand.New(rand.NewPCG(s.Seed, 0))
	p.stallAt, p.tickAt, p.slowed = time.Time{}, now, 0
	if s.Stall > 0 && s.StallEvery > 0 {
		p.stallAt = now.Add(s.StallEvery)
	}
	p.crowd = &crowd{dice: rand.New(rand.NewPCG(s.Seed, 1)), slow: make(map[string]bool)}
}

func (p *place) state() msg.FaultState {
	return msg.FaultState{
		Namespace: p.namespace, Settings: p.settings, Began: p.began, Ends: p.ends, Counts: p.counts, Held: p.waiting(), SlowedDown: p.slowed,
	}
}

// fate is what chance has for one message.
type fate struct {
	drop, duplicate, reorder, delay bool
	by                              time.Duration
}

// draw throws the dice as often for each message, whatever is on: so one fault more or
// less leaves the others as they were.
func (p *place) draw() fate {
	s := p.settings
	return fate{
		drop: p.dice.Float64() < s.Dropped, duplicate: p.dice.Float64() < s.Duplicated, reorder: p.dice.Float64() < s.Reordered,
		delay: p.dice.Float64() < s.Delayed, by: s.Delay + time.Duration(math.Round(p.dice.Float64()*float64(s.Jitter))),
	}
}

// reorderFor is how long a message waits to be overtaken. Where nothing comes for so
// long, it leaves.
const reorderFor = time.Second

// held is a message that is held back until its Due.
type held struct{ msg.Turn }

// hold puts off when a message is due. That is no lateness, and told apart from it.
func (h *held) hold(until time.Time) {
	if until.After(h.Due) {
		h.Held += until.Sub(h.Due)
		h.Due = until
	}
}

// push puts a message behind the others of its place, whose order it keeps.
func (p *place) push(h held) {
	if last := len(p.line) - 1; last >= 0 && p.line[last].Due.After(h.Due) {
		h.Faults = h.Faults.With(msg.FaultDelay) // behind one that is
		h.hold(p.line[last].Due)
	}
	p.line = append(p.line, h)
}

// settle puts the message that waits to be overtaken in line, if there is one. Either
// it has been, or it waits no longer.
func (p *place) settle(now time.Time) {
	if p.back == nil {
		return
	}
	h := *p.back
	p.back = nil
	if len(p.line) == 0 {
		h.Faults = h.Faults.With(msg.FaultDelay) // which is all that came of it
		h.hold(now)
	} else if last := p.line[len(p.line)-1].Due; last.After(h.Due) {
		h.hold(last)
	}
	p.line = append(p.line, h)
}

// end switches the faults off: what is held is due now.
func (p *place) end(now time.Time) {
	p.on, p.slowed, p.crowd = false, 0, nil
	p.settle(now)
	for i := range p.line {
		p.line[i].rush(now)
	}
}

// rush has a message leave now that is held back for longer.
func (h *held) rush(now time.Time) {
	if early := h.Due.Sub(now); early > 0 {
		h.Held -= early
		h.Due = now
	}
}

func (p *place) isDue(now time.Time) bool { return len(p.line) > 0 && !p.line[0].Due.After(now) }

func (p *place) waiting() int {
	if p.back != nil {
		return len(p.line) + 1
	}
	return len(p.line)
}
