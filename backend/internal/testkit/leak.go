package testkit

import (
	"runtime"
	"strings"
	"testing"
)

// NoLeaks fails the test when, after it and its other cleanups, goroutines run
// that did not run when NoLeaks was called. It gives them 10 s to end. Call it
// first, so that its cleanup comes last.
//
// Goroutines of tests that run in parallel look like leaks: do not use it in
// those. Neither does it belong inside a synctest bubble, which has its own
// check. Idle connections of an HTTP client count too, so close them.
func NoLeaks(t testing.TB) {
	t.Helper()
	before := goroutines()
	t.Cleanup(func() {
		var left []string
		ended := within(patience, func() bool {
			left = left[:0]
			for id, stack := range goroutines() {
				if _, known := before[id]; !known && !harmless(stack) {
					left = append(left, stack)
				}
			}
			return len(left) == 0
		})
		if !ended {
			t.Errorf("%d goroutines still run %v after the test:\n\n%s", len(left), patience, strings.Join(left, "\n\n"))
		}
	})
}

// goroutines returns the stack of every goroutine by its number.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	stacks := make(map[string]string)
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		head, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		stacks[head] = stack
	}
	return stacks
}

// harmless reports whether a goroutine belongs to package testing, or is one
// the runtime starts once and keeps.
func harmless(stack string) bool {
	for _, part := range []string{
		"testing.tRunner(", "testing.(*F).Fuzz", "testing.(*M).", "testing.(*T).Run(",
		"os/signal.signal_recv", "os/signal.loop", "runtime.ensureSigM", "runtime/trace.Start",
	} {
		if strings.Contains(stack, part) {
			return true
		}
	}
	return false
}
