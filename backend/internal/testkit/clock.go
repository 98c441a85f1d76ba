package testkit

import (
	"testing"
	"time"
	"unsafe"
)

// Stepped returns t as the clock would have told it, had somebody put the wall clock
// forward by so many seconds, or back: what Go measures time with has not moved.
// That is how a machine that was suspended looks afterwards, too.
//
// No function of package time makes such a time, so this changes the seconds where
// they are kept.
func Stepped(tb testing.TB, t time.Time, seconds int) time.Time {
	tb.Helper()
	stepped := t
	const shift = 30 // below them are the nanoseconds
	*(*uint64)(unsafe.Pointer(&stepped)) += uint64(int64(seconds)) << shift
	if wall := stepped.Round(0).Sub(t.Round(0)); stepped.Sub(t) != 0 || wall != time.Duration(seconds)*time.Second {
		tb.Fatalf("the wall clock moved by %v and the other by %v, want %d s and nothing: package time keeps times in another way, or t has no more than a wall clock", wall, stepped.Sub(t), seconds)
	}
	return stepped
}
