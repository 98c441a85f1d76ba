package simulate

import (
	"context"
	"errors"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// intake takes each draft that it can, in order, and tells of every other one why. It
// keeps no payload.
type intake interface {
	AcceptEach(drafts []msg.Draft, refused func(i int, why error)) msg.Receipt
}

// run is a simulator from one start to its end.
type run struct {
	plan    *Plan
	started time.Time
	cancel  context.CancelFunc
	ended   chan struct{} // closed when no producer is left

	mu     sync.Mutex
	counts counts
}

// counts are a run's, and why the hub last refused something.
type counts struct {
	sent, accepted, refused, dropped, missed uint64
	refusal                                  error
}

// begin starts the producers of a plan. They end by themselves, or with stop.
func begin(p *Plan, in intake) *run {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{plan: p, started: time.Now(), cancel: cancel, ended: make(chan struct{})}
	var producers sync.WaitGroup
	for i := range p.setup.Producers {
		producers.Go(func() {
			h := handler{run: r, intake: in}
			p.Producer(i).Run(ctx, r.started, h.hand)
		})
	}
	go func() {
		producers.Wait()
		cancel()
		close(r.ended)
	}()
	return r
}

// stop ends the producers and waits until they have.
func (r *run) stop() {
	r.cancel()
	<-r.ended
}

func (r *run) running() bool {
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

func (r *run) count() counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// handler hands over what one producer has made.
type handler struct {
	run    *run
	intake intake
	drafts []msg.Draft
}

// hand gives messages to intake, each once: what a full lane refuses is lost, as it
// is for a program that does not wait.
func (h *handler) hand(b Batch) (more bool) {
	now := time.Now()
	h.drafts = h.drafts[:0]
	for _, data := range b.Data {
		h.drafts = append(h.drafts, msg.Draft{
			Namespace: h.run.plan.setup.Namespace, Event: h.run.plan.setup.Event, Rooms: h.run.plan.setup.Rooms, Payload: data, Source: now,
			Origin: msg.Origin{Door: msg.DoorSimulator, Local: true},
		})
	}
	got := counts{sent: uint64(len(b.Data)), missed: b.Missed}
	receipt := h.intake.AcceptEach(h.drafts, func(_ int, why error) {
		got.refused++
		got.refusal = why
	})
	got.accepted, got.dropped = uint64(receipt.Accepted), uint64(receipt.Dropped)
	h.run.add(got)
	return !errors.Is(got.refusal, fault.Stopping)
}

func (r *run) add(c counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.sent += c.sent
	r.counts.accepted += c.accepted
	r.counts.refused += c.refused
	r.counts.dropped += c.dropped
	r.counts.missed += c.missed
	if c.refusal != nil {
		r.counts.refusal = c.refusal
	}
}
