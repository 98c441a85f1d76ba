package emit

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// mostLead bounds the spinning: 3 % of a core with one message each 10 ms.
const mostLead = 300 * time.Microsecond

// doze sleeps in a kernel queue: on a timer that the system does not put off to
// save power, and on an event that wakes. mach_wait_until would be as exact, but
// needs C, which a hub without a window is built without.
type doze struct {
	mu    sync.Mutex // keeps close from taking away the queue that wake writes to
	queue int        // -1: closed
}

// event is the name of both the timer and the event that wakes.
const event = 1

// newDoze returns nil where the system has no queue left for us.
func newDoze() *doze {
	queue, err := unix.Kqueue()
	if err != nil {
		return nil
	}
	unix.CloseOnExec(queue)
	wake := unix.Kevent_t{Ident: event, Filter: unix.EVFILT_USER, Flags: unix.EV_ADD | unix.EV_CLEAR}
	if _, err := unix.Kevent(queue, []unix.Kevent_t{wake}, nil, nil); err != nil {
		_ = unix.Close(queue)
		return nil
	}
	return &doze{queue: queue}
}

func (w *doze) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue >= 0 {
		_ = unix.Close(w.queue)
		w.queue = -1
	}
}

// sleep returns after d, or sooner when wake was called, or on a signal.
func (w *doze) sleep(_ *atomic.Uint32, d time.Duration) {
	timer := unix.Kevent_t{
		Ident: event, Filter: unix.EVFILT_TIMER, Flags: unix.EV_ADD | unix.EV_ONESHOT,
		Fflags: unix.NOTE_NSECONDS | unix.NOTE_CRITICAL, Data: int64(d),
	}
	limit := unix.NsecToTimespec(int64(d + 100*time.Millisecond)) // for the case that the timer is lost
	var came [2]unix.Kevent_t
	// Which of them came is told by the clock and the phase.
	_, _ = unix.Kevent(w.queue, []unix.Kevent_t{timer}, came[:], &limit)
}

// wake ends the sleep, or else the next one.
func (w *doze) wake(*atomic.Uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue >= 0 {
		now := unix.Kevent_t{Ident: event, Filter: unix.EVFILT_USER, Fflags: unix.NOTE_TRIGGER}
		_, _ = unix.Kevent(w.queue, []unix.Kevent_t{now}, nil, nil)
	}
}
