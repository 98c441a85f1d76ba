package eio

import (
	"sync"
	"time"
)

// heart finds out whether a client is still there. Revision 4: the server pings
// and the client answers; revision 3: the client pings.
//
// It has one timer and no goroutine, for there are many.
type heart struct {
	interval, timeout time.Duration
	body              body

	mu       sync.Mutex
	timer    *time.Timer // nil: it has not begun
	due      time.Time   // when the timer is to do something
	awaiting bool        // an answer to a ping
	passive  bool        // it waits for the client's pings
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
	wait := h.interval
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
	h.awaiting = true
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
		h.awaiting = false
		h.putOff(h.interval)
	}
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
