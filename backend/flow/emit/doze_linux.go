package emit

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mostLead bounds the spinning: 3 % of a core with one message each 10 ms.
const mostLead = 300 * time.Microsecond

// slice is the shortest that Linux gives a thread. One that asks for less time at
// once goes before those that ask for more, so it does not have to wait until their
// milliseconds are over. It needs no privilege; before Linux 6.12 it does nothing.
const slice = 100 * time.Microsecond

// doze sleeps on a futex: the phase itself, so a wake that comes just before the
// sleep is seen by the kernel, and there is nothing to open or close.
type doze struct{}

// From linux/futex.h. Private: no other process looks at it.
const (
	futexWait    = 0
	futexWake    = 1
	futexPrivate = 128
)

func newDoze() *doze { return &doze{} }

func (*doze) close() {}

// sleep returns after d, or sooner when phase is no longer dozing and wake was
// called, or on a signal.
//
// It asks for two things that belong to the thread, so the goroutine stays on it
// meanwhile: that the kernel does not join our timer with others (it may by 50 µs),
// and the short slice. Where either is refused the sleep comes a little later.
func (*doze) sleep(phase *atomic.Uint32, d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	before, err := unix.SchedGetAttr(0, 0)
	shorter := err == nil && (before.Policy == unix.SCHED_NORMAL || before.Policy == unix.SCHED_BATCH)
	if shorter {
		asked := *before
		asked.Runtime = uint64(slice)
		shorter = unix.SchedSetAttr(0, &asked, 0) == nil
	}
	limit := unix.NsecToTimespec(int64(d))
	// Why it ended is told by the clock and the phase.
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(phase)), futexWait|futexPrivate,
		uintptr(dozing), uintptr(unsafe.Pointer(&limit)), 0, 0)
	if shorter {
		_ = unix.SchedSetAttr(0, before, 0)
	}
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0: what the thread began with
}

// wake ends the sleep on phase. It does not block, so Go's scheduler is not told.
func (*doze) wake(phase *atomic.Uint32) {
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(phase)), futexWake|futexPrivate, 1, 0, 0, 0)
}
