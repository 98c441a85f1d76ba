//go:build !linux

package trial

// newWaiter returns the most precise waiter there is.
func newWaiter() waiter { return newTimerWaiter() }
