package trial

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newWaiter returns the most precise waiter there is.
func newWaiter() waiter {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return newTimerWaiter()
	}
	return &fdWaiter{fd: fd, file: os.NewFile(uintptr(fd), "timer")}
}

// fdWaiter waits by a timer of the kernel's that the runtime's poller watches: it
// is as late as the scheduler alone makes it, about 0.1 ms, and no thread hangs in
// it. The runtime's own timers are rounded up to whole milliseconds by its poller.
type fdWaiter struct {
	fd   int
	file *os.File
	buf  [8]byte
}

func (w *fdWaiter) until(ctx context.Context, t time.Time) {
	d := time.Until(t)
	if d <= 0 || ctx.Err() != nil {
		return
	}
	value := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if unix.TimerfdSettime(w.fd, 0, &value, nil) != nil {
		time.Sleep(d) // not with a valid timer and time; but a message must not be sent early
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = w.file.SetReadDeadline(time.Unix(1, 0)) })
	_, _ = w.file.Read(w.buf[:]) // the timer, or the end of ctx
	stop()
}

func (w *fdWaiter) close() { _ = w.file.Close() }
