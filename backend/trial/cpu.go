package trial

import (
	"cmp"
	"sync/atomic"
	"time"
)

// cpuBetween returns a function that says how much processor time this process has
// used from one moment to another, or until now if that has not come.
func cpuBetween(from, until time.Time) (used func() time.Duration) {
	var before, after atomic.Int64
	begin := time.AfterFunc(time.Until(from), func() { before.Store(int64(cpuTime())) })
	end := time.AfterFunc(time.Until(until), func() { after.Store(int64(cpuTime())) })
	return func() time.Duration {
		begin.Stop()
		end.Stop()
		if before.Load() == 0 {
			return 0
		}
		return time.Duration(cmp.Or(after.Load(), int64(cpuTime())) - before.Load())
	}
}
