package simulate

import (
	"context"
	"errors"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// intake takes drafts in order until the first refusal, which is about the draft
// behind those it has accepted. It keeps no payload.
type intake interface {
	Accept(drafts ...msg.Draft) (msg.Receipt, error)
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
	most := len(h.drafts)
	for rest := h.drafts; len(rest) > 0; {
		receipt, err := h.intake.Accept(rest[:min(most, len(rest))]...)
		got.accepted += uint64(receipt.Accepted)
		got.dropped += uint64(receipt.Dropped)
		rest = rest[receipt.Accepted:]
		if err == nil {
			continue
		}
		rest = rest[1:]
		most = 1 // those behind it were checked too, and would be again for each that is refused
		got.refused++
		got.refusal = err
		if errors.Is(err, fault.Stopping) {
			got.refused += uint64(len(rest))
			break
		}
	}
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
