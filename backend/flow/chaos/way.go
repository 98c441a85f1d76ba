package chaos

import (
	"context"
	"slices"
	"time"

	"emitscope/backend/msg"
)

// Take removes and returns the message whose turn it is, as lanes do, once the faults
// of its namespace have had their part.
func (f *Faults) Take(now time.Time) (t msg.Turn, next time.Time, ok bool) {
	if !f.any.Load() {
		return f.o.Lanes.Take(now)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if t, ok := f.due(now, nil); ok {
			return t, time.Time{}, true
		}
		t, next, ok := f.o.Lanes.Take(now)
		if !ok {
			return msg.Turn{}, earlier(next, f.next()), false
		}
		now = time.Now() // whatever many are held back one after the other, slots are kept
		if t, ok = f.pass(t, now); ok {
			return t, time.Time{}, true
		}
	}
}

// TakeSlot does the same for lanes with a pace alone, and for what was held back; it
// leaves those of busy namespaces out.
func (f *Faults) TakeSlot(now time.Time, busy []string) (msg.Turn, bool) {
	if !f.any.Load() {
		return f.o.Lanes.TakeSlot(now, busy)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if t, ok := f.due(now, busy); ok {
			return t, true
		}
		t, ok := f.o.Lanes.TakeSlot(now, busy)
		if !ok {
			return msg.Turn{}, false
		}
		now = time.Now()
		if t, ok = f.pass(t, now); ok {
			return t, true
		}
	}
}

// WaitEmpty returns true when nothing is held back any more, or false when ctx ends
// before.
func (f *Faults) WaitEmpty(ctx context.Context) bool {
	for {
		f.mu.Lock()
		left := f.held
		f.mu.Unlock()
		if left == 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-f.emptied:
		}
	}
}

// Stop switches all faults off, for good. What was held back is due at once.
func (f *Faults) Stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.ClearAll()
}

// Close returns what is still held back, by when the emitter has ended.
func (f *Faults) Close() []*msg.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []*msg.Message
	for _, p := range f.places {
		p.settle(time.Now())
		for p.waiting() > 0 {
			left = append(left, f.pop(p).Message)
		}
	}
	return left
}

// pass does to a message what chance has for it, and returns the message of its
// namespace that is due then, if any is. The caller holds mu.
func (f *Faults) pass(t msg.Turn, now time.Time) (msg.Turn, bool) {
	p := f.places[t.Namespace]
	if p == nil {
		return t, true
	}
	fate := fate{}
	if p.on {
		fate = p.draw()
	}
	if fate.drop {
		f.count(p, msg.FaultDrop, 1)
		f.o.Watch.Observe(&msg.Record{
			Message: t.Message, Outcome: msg.DroppedOnPurpose, Due: t.DueBy(now), At: now, Period: t.Period, Missed: t.Missed,
			Faults: t.Faults.With(msg.FaultDrop), Held: t.Held,
		})
		return msg.Turn{}, false
	}
	if fate.duplicate {
		f.count(p, msg.FaultDuplicate, 1)
		t.Faults = t.Faults.With(msg.FaultDuplicate)
	}
	h := held{t}
	if fate.delay {
		f.count(p, msg.FaultDelay, 1)
		h.Faults = h.Faults.With(msg.FaultDelay)
		h.hold(t.Due.Add(fate.by))
	}
	f.held++
	f.heldBytes += t.Size()
	switch {
	case p.back != nil:
		p.push(h)
		f.count(p, msg.FaultReorder, 1)
		p.back.Faults = p.back.Faults.With(msg.FaultReorder)
		p.settle(now)
	case fate.reorder:
		p.back, p.until = &h, now.Add(reorderFor)
	default:
		p.push(h)
	}
	if f.held > maxHeld || f.heldBytes > maxHeldBytes {
		p.settle(now)
		p.line[0].rush(now)
	}
	if p.isDue(now) {
		return f.pop(p).Turn, true
	}
	return msg.Turn{}, false
}

// due returns a message that was held back until now, and of no busy namespace. The
// caller holds mu.
func (f *Faults) due(now time.Time, busy []string) (msg.Turn, bool) {
	var first *place
	for _, p := range f.places {
		if p.back != nil && !now.Before(p.until) {
			p.settle(now)
		}
		if p.isDue(now) && !slices.Contains(busy, p.namespace) && (first == nil || p.line[0].Due.Before(first.line[0].Due)) {
			first = p
		}
	}
	if first == nil {
		return msg.Turn{}, false
	}
	return f.pop(first).Turn, true
}

// next is when something that is held back is due; the zero time: nothing is. The
// caller holds mu.
func (f *Faults) next() (next time.Time) {
	for _, p := range f.places {
		if len(p.line) > 0 {
			next = earlier(next, p.line[0].Due)
		}
		if p.back != nil {
			next = earlier(next, p.until)
		}
	}
	return next
}

// pop removes the first message of a place's line. The caller holds mu.
func (f *Faults) pop(p *place) held {
	h := p.line[0]
	p.line[0] = held{} // lets go of it
	p.line = p.line[1:]
	f.heldBytes -= h.Size()
	if f.held--; f.held == 0 {
		signal(f.emptied)
	}
	f.forget(p)
	return h
}

// earlier returns the earlier of two times, of which the zero one means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
