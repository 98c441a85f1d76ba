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
	// Wake receives when a message may have become due earlier than Take said.
	Wake() <-chan struct{}
}

// sender puts one message in the outbox of every socket it is for, and says how
// many those were. It never blocks.
type sender interface {
	Send(m *msg.Message, emitted time.Time) (sockets int)
}

// watcher is told what became of each message. It never blocks.
type watcher interface {
	Observe(r *msg.Record)
}

// Emitter takes messages from the lanes and sends them, each at its time. It is
// the only one that does, so messages of a lane never overtake one another.
type Emitter struct {
	lanes   lanes
	senders []sender
	watch   watcher
	clock   Clock
}

// New returns an Emitter that waits on c and sends each message through all
// senders, in their order.
func New(l lanes, w watcher, c Clock, senders ...sender) *Emitter {
	return &Emitter{lanes: l, senders: senders, watch: w, clock: c}
}

// Run emits until ctx ends, and then returns nil. What still waits stays in the
// lanes.
func (e *Emitter) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if t, next, ok := e.lanes.Take(time.Now()); ok {
			e.emit(t)
		} else {
			e.clock.Wait(ctx, next, e.lanes.Wake())
		}
	}
	return nil
}

// emit stamps the message before it is handed out, for the stamp is part of what
// native clients get.
func (e *Emitter) emit(t msg.Turn) {
	emitted := time.Now()
	sockets := 0
	for _, s := range e.senders {
		sockets += s.Send(t.Message, emitted)
	}
	e.watch.Observe(&msg.Record{
		Message: t.Message, Outcome: msg.Emitted, Due: t.Due, At: emitted,
		Sockets: sockets, Period: t.Period, Missed: t.Missed,
	})
}
