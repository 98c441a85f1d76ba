package rest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds of a wait. All that is found may wait for a client that does not read.
const (
	maxWaiters = 64 // each is asked about every message
	waitMost   = 1000
	waitBytes  = 16 << 20 // of payloads that wait for one client
)

// waiter is one request that waits for messages.
type waiter struct {
	filter    query.Filter
	allowance query.Allowance // for filter
	caller    msg.Caller
	most      int // records that it takes
	ctl       *http.ResponseController
	cancel    context.CancelFunc
	more      chan struct{} // capacity 1: there is something to take, or the end

	mu       sync.Mutex
	held     []*msg.Record // not yet taken
	taken    int           // records ever held
	bytes    int           // of held
	missed   uint64        // of records that were not looked at, or did not fit
	stopping bool          // the hub is: nothing more will come
}

// offer lets w have r, if it wants it.
func (w *waiter) offer(r *msg.Record, askers int) {
	wanted, known := w.allowance.Match(w.filter, r, askers)
	if known && !wanted {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch size := r.Size(); {
	case w.taken == w.most: // enough: it is about to end
		return
	case !known, len(w.held) > 0 && w.bytes+size > waitBytes:
		w.missed++
		return
	default:
		w.held = append(w.held, r)
		w.taken++
		w.bytes += size
	}
	w.wake()
}

// take returns what was found since the last call, and whether the hub is stopping.
func (w *waiter) take() (found []*msg.Record, stopping bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found, w.held, w.bytes = w.held, nil, 0
	return found, w.stopping
}

func (w *waiter) lost() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.missed
}

func (w *waiter) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopping = true
	w.wake()
}

// cut ends the wait at once, even where its client reads nothing.
func (w *waiter) cut() {
	w.cancel()
	_ = w.ctl.SetWriteDeadline(time.Unix(1, 0))
}

func (w *waiter) wake() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// Observe shows each request that waits what became of a message. Without one it
// costs one atomic load. It never blocks: what it finds is encoded elsewhere.
func (d *Door) Observe(r *msg.Record) {
	all := d.waiters.Load()
	if all == nil {
		return
	}
	askers := int(d.dear.Load())
	for _, w := range *all {
		w.offer(r, askers)
	}
}

// waiting returns the requests that wait.
func (d *Door) waiting() []*waiter {
	if all := d.waiters.Load(); all != nil {
		return *all
	}
	return nil
}

// joinWait has w be shown all that is observed from now on.
func (d *Door) joinWait(w *waiter) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping {
		return errStopping()
	}
	all := d.waiting()
	if len(all) == maxWaiters {
		return tooManyWait()
	}
	d.inUse.Add(1)
	d.setWaiters(append(slices.Clone(all), w))
	if !w.filter.IsCheap() {
		d.dear.Add(1)
	}
	return nil
}

func (d *Door) leaveWait(w *waiter) {
	d.mu.Lock()
	d.setWaiters(slices.DeleteFunc(slices.Clone(d.waiting()), func(other *waiter) bool { return other == w }))
	if !w.filter.IsCheap() {
		d.dear.Add(-1)
	}
	d.mu.Unlock()
	d.inUse.Done()
}

// setWaiters replaces the list that Observe reads. The caller holds mu.
func (d *Door) setWaiters(all []*waiter) {
	if len(all) == 0 {
		d.waiters.Store(nil)
		return
	}
	d.waiters.Store(&all)
}

func tooManyWait() error {
	return fault.Newf(fault.TooMany, "%d requests wait already; more are not possible", maxWaiters).
		WithHint("end one, or read GET /api/v1/stream")
}
