package emit

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestADozeLeavesItsThreadAsItWas(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	slack, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	sched, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}

	var phase atomic.Uint32
	phase.Store(dozing)
	newDoze().sleep(&phase, 10*time.Microsecond)

	if got, _ := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); got != slack {
		t.Errorf("got a timer slack of %d ns, want %d", got, slack)
	}
	got, err := unix.SchedGetAttr(0, 0)
	if diff := cmp.Diff(sched, got); err != nil || diff != "" {
		t.Errorf("scheduling (-want +got): %v\n%s", err, diff)
	}
}

func TestADozeDoesNotBeginAfterTheWake(t *testing.T) {
	var phase atomic.Uint32
	phase.Store(woken)
	newDoze().sleep(&phase, time.Hour)
}
