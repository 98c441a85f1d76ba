// Package emit is the one emitter: it waits for the next message's time, sends
// it through every door, and reports what became of it.
package emit

import (
	"context"
	"time"

	"emitscope/backend/msg"
)

// lanes hold the messages that wait.
type lanes interface {
	// Take removes and returns the message whose turn it is; where there is none,
	// next is when the next one's turn comes, zero if nothing waits.
	Take(now time.Time) (t msg.Turn, next time.Time, ok bool)
	// TakeSlot does the same for lanes with a pace alone, and leaves those of busy
	// namespaces out.
	TakeSlot(now time.Time, busy []string) (t msg.Turn, ok bool)
}

// sender puts one message in the outbox of every socket it is for, and says how
// many those were. It never blocks, and calls giveWay now and then, which may
// have it send a message of another namespace before it goes on.
type sender interface {
	Send(e msg.Emission, giveWay func()) (sockets int)
}

// watcher is told of each message before the first socket gets it, and then what
// became of it. It never blocks.
type watcher interface {
	Sending(e msg.Emission)
	Observe(r *msg.Record)
}

// Emitter takes messages from the lanes and sends them, each at its time. It is
// the only one that does, so messages of a lane never overtake one another.
//
// Sending to ten thousand sockets takes milliseconds, and another lane's slot
// does not wait for that: every few sockets the sender gives way, and the
// emitter sends the message whose slot has come in between.
type Emitter struct {
	lanes   lanes
	senders []sender
	watch   watcher
	clock   Clock

	order   uint64   // of the last emission
	busy    []string // namespaces of the messages that are being sent; each but the last has given way
	giveWay func()   // sendDue, made once: a method value is allocated
}

// New returns an Emitter that waits on c and sends each message through all
// senders, in their order.
func New(l lanes, w watcher, c Clock, senders ...sender) *Emitter {
	e := &Emitter{lanes: l, senders: senders, watch: w, clock: c}
	e.giveWay = e.sendDue
	return e
}

// Run emits until ctx ends, and then returns nil. What still waits stays in the
// lanes.
func (e *Emitter) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if t, next, ok := e.lanes.Take(time.Now()); ok {
			e.emit(t)
		} else {
			e.clock.Wait(ctx, next)
		}
	}
	return nil
}

// sendDue sends what has a slot that has come.
func (e *Emitter) sendDue() {
	for {
		t, ok := e.lanes.TakeSlot(time.Now(), e.busy)
		if !ok {
			return
		}
		e.emit(t)
	}
}

// emit stamps the message before it is handed out, for the stamp is part of what
// native clients get. One that is duplicated on purpose goes to the same sockets once
// more; it stays one emission, so the copy is in no count but that of the faults.
func (e *Emitter) emit(t msg.Turn) {
	e.order++
	at := time.Now()
	out := msg.Emission{Message: t.Message, Due: t.DueBy(at), At: at, Order: e.order}
	e.busy = append(e.busy, t.Namespace)
	e.watch.Sending(out)
	sockets := 0
	for _, s := range e.senders {
		sockets += s.Send(out, e.giveWay)
	}
	if t.Faults.Has(msg.FaultDuplicate) {
		for _, s := range e.senders {
			s.Send(out, e.giveWay)
		}
	}
	e.busy = e.busy[:len(e.busy)-1]
	e.watch.Observe(&msg.Record{
		Message: t.Message, Outcome: msg.Emitted, Due: out.Due, At: out.At, Order: out.Order,
		Sockets: sockets, Period: t.Period, Missed: t.Missed,
		Faults: t.Faults, Held: t.Held,
	})
}
