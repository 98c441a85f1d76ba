package emit

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mostLead bounds the spinning. Windows ends a sleep on a grid of half a
// millisecond, so a doze comes later than on other systems.
const mostLead = time.Millisecond

// doze sleeps on a waitable timer of high resolution, which Windows has since 10
// version 1803, and an event that wakes.
type doze struct {
	timer windows.Handle
	set   *windows.LazyProc // SetWaitableTimer

	mu    sync.Mutex     // keeps close from taking away the event that wake sets
	event windows.Handle // zero: closed
}

// From synchapi.h and winnt.h.
const (
	highResolution = 0x00000002 // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
	allAccess      = 0x001f0003 // TIMER_ALL_ACCESS
)

// newDoze returns nil where the system does not know the timer: without the flag
// one comes up to 16 ms late, and Go's own timers are better.
func newDoze() *doze {
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	create, set := kernel.NewProc("CreateWaitableTimerExW"), kernel.NewProc("SetWaitableTimer")
	if create.Find() != nil || set.Find() != nil {
		return nil
	}
	timer, _, _ := create.Call(0, 0, highResolution, allAccess)
	if timer == 0 {
		return nil
	}
	event, err := windows.CreateEvent(nil, 0, 0, nil) // reset by the wait that it ends
	if err != nil {
		_ = windows.CloseHandle(windows.Handle(timer))
		return nil
	}
	return &doze{timer: windows.Handle(timer), set: set, event: event}
}

func (w *doze) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.event != 0 {
		_ = windows.CloseHandle(w.event)
		_ = windows.CloseHandle(w.timer)
		w.event = 0
	}
}

// sleep returns after d, or sooner when wake was called.
func (w *doze) sleep(_ *atomic.Uint32, d time.Duration) {
	due := -int64(d / 100) // in units of 100 ns; below zero: from this moment
	if ok, _, _ := w.set.Call(uintptr(w.timer), uintptr(unsafe.Pointer(&due)), 0, 0, 0, 0); ok == 0 {
		return // the caller spins instead
	}
	// The limit is for the case that the timer is never set off.
	_, _ = windows.WaitForMultipleObjects([]windows.Handle{w.timer, w.event}, false, uint32(d/time.Millisecond)+100)
}

// wake ends the sleep, or else the next one.
func (w *doze) wake(*atomic.Uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.event != 0 {
		_ = windows.SetEvent(w.event)
	}
}
