package chaos

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"emitscope/backend/msg"
)

// every is how often clients are looked at: who is cut off in this second, and who is
// new and may be slow.
const every = time.Second

// crowd is what was decided for the clients of a place since its faults are on.
type crowd struct {
	dice *rand.Rand
	slow map[string]bool // for each client that was ever looked at
}

// turn is a look at the clients of one place, with what it needs of the place.
type turn struct {
	place    *place
	crowd    *crowd
	settings msg.FaultSettings
	isTick   bool // a second is over: some may be cut off
	cut      int  // what came of it: so many were,
	slowed   int  // and so many are slow from now on
}

// Run ends faults whose time is over, stalls lanes, and sees to the clients, until ctx
// ends. It returns nil.
func (f *Faults) Run(ctx context.Context) error {
	drains := make(map[string]float64) // of clients that are slow now, by id
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.changed:
		case <-timer.C:
		}
		turns, ended := f.look(time.Now())
		f.seeTo(turns, drains)
		for _, namespace := range ended {
			f.o.Ended(namespace)
		}
		if next := f.wakeAt(); !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// look does what it is time for at the places, and returns what is to be done to
// clients, and whose time was over.
func (f *Faults) look(now time.Time) (turns []*turn, ended []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.places {
		if !p.on {
			continue
		}
		if !now.Before(p.ends) {
			f.end(p, now)
			f.o.Wake()
			ended = append(ended, p.namespace)
			continue
		}
		if !p.stallAt.IsZero() && !now.Before(p.stallAt) {
			if f.o.Lanes.Hold(p.namespace, now.Add(p.settings.Stall)) == nil { // else there are too many lanes now
				f.count(p, msg.FaultStall, 1)
			}
			p.stallAt = p.stallAt.Add(p.settings.StallEvery)
		}
		t := &turn{place: p, crowd: p.crowd, settings: p.settings}
		if t.isTick = !now.Before(p.tickAt); t.isTick {
			p.tickAt = now.Add(every)
		}
		turns = append(turns, t)
	}
	slices.Sort(ended)
	return turns, ended
}

// wakeAt is when to look again; the zero time: when something changes.
func (f *Faults) wakeAt() (next time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.places {
		if p.on {
			next = earlier(earlier(next, p.ends), earlier(p.stallAt, p.tickAt))
		}
	}
	return next
}

// seeTo does to the clients what the faults want, and gives those back their speed that
// none wants to be slow any more.
func (f *Faults) seeTo(turns []*turn, drains map[string]float64) {
	wanted := make(map[string]float64)
	for _, t := range turns {
		if s := t.settings; s.Disconnected > 0 || s.Slowed > 0 || s.SlowClient != "" {
			f.choose(t, wanted)
		}
	}
	for id := range drains {
		if _, still := wanted[id]; !still {
			f.o.Clients.SetDrain(id, 0)
			delete(drains, id)
		}
	}
	for id, rate := range wanted {
		if drains[id] != rate && f.o.Clients.SetDrain(id, rate) {
			drains[id] = rate
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range turns {
		if t.place.crowd != t.crowd {
			continue // others are on by now, or none
		}
		f.count(t.place, msg.FaultDisconnect, t.cut)
		f.count(t.place, msg.FaultSlow, t.slowed)
		t.place.slowed = 0
		for _, slow := range t.crowd.slow {
			if slow {
				t.place.slowed++
			}
		}
	}
}

// choose cuts clients off by chance, and adds those to wanted that should be slow.
func (f *Faults) choose(t *turn, wanted map[string]float64) {
	members := f.o.Clients.Members(t.place.namespace)
	slices.Sort(members)
	here := make(map[string]bool, len(members))
	for _, id := range members {
		if t.isTick && t.crowd.dice.Float64() < t.settings.Disconnected && f.o.Clients.Break(id) {
			t.cut++
			continue
		}
		slow, known := t.crowd.slow[id]
		if !known {
			slow = id == t.settings.SlowClient || t.crowd.dice.Float64() < t.settings.Slowed
			if slow {
				t.slowed++
			}
		}
		here[id] = slow
		if rate, other := wanted[id]; slow && (!other || t.settings.SlowRate < rate) {
			wanted[id] = t.settings.SlowRate
		}
	}
	t.crowd.slow = here // who has left is forgotten
}
