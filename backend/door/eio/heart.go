package eio

import (
	"sync"
	"time"
)

// firstPing is when the first ping comes, where the interval is longer: so that a
// round trip is known soon.
const firstPing = 2 * time.Second

// heart finds out whether a client is still there. Revision 4: the server pings
// and the client answers; revision 3: the client pings.
//
// It has one timer and no goroutine, for there are many.
type heart struct {
	interval, timeout time.Duration
	body              body

	mu       sync.Mutex
	timer    *time.Timer   // nil: it has not begun
	due      time.Time     // when the timer is to do something
	awaiting bool          // an answer to a ping
	asked    time.Time     // when the newest ping was handed out
	took     time.Duration // the newest answer; 0: there was none
	passive  bool          // it waits for the client's pings
	stopped  bool
}

// body is what a heart beats for.
type body interface {
	ping() // hand a ping out, without waiting for it
	die()  // nothing was heard in time
}

// start begins; a passive heart never pings.
func (h *heart) start(passive bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return
	}
	wait := min(h.interval, firstPing)
	if passive {
		h.passive, wait = true, h.interval+h.timeout
	}
	h.due = time.Now().Add(wait)
	h.timer = time.AfterFunc(wait, h.beat)
}

// beat is called by the timer.
func (h *heart) beat() {
	h.mu.Lock()
	switch now := time.Now(); {
	case h.stopped:
		h.mu.Unlock()
		return
	case now.Before(h.due): // it was put off when the timer was already on its way
		h.timer.Reset(h.due.Sub(now))
		h.mu.Unlock()
		return
	case h.awaiting || h.passive:
		h.stopped = true
		h.mu.Unlock()
		h.body.die()
		return
	}
	// Before the ping is out: an answer that comes in that very moment finds what
	// it ends. The other way round it would be forgotten, and a healthy client
	// closed for not answering.
	h.awaiting, h.asked = true, time.Now()
	h.putOff(h.timeout)
	h.mu.Unlock()
	h.body.ping()
}

// hear notes that the client has answered a ping, or sent one.
func (h *heart) hear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopped || h.timer == nil:
	case h.passive:
		h.putOff(h.interval + h.timeout)
	case h.awaiting: // else nobody has asked
		h.awaiting, h.took = false, max(1, time.Since(h.asked))
		h.putOff(h.interval)
	}
}

// roundTrip is how long the client took to answer the newest ping, or for how long
// one is already waited for, if that is longer and over a second; 0: unknown. The
// time that a ping spends behind a write that is under way counts, as it does for a
// message, and by polling the way of the next poll.
func (h *heart) roundTrip() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if waited := time.Since(h.asked); h.awaiting && waited > max(h.took, time.Second) {
		return waited
	}
	return h.took
}

// putOff is called with the lock held.
func (h *heart) putOff(wait time.Duration) {
	h.due = time.Now().Add(wait)
	h.timer.Reset(wait)
}

func (h *heart) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	if h.timer != nil {
		h.timer.Stop()
	}
}
