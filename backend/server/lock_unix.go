//go:build unix

package server

import (
	"os"
	"syscall"
)

// lock takes the file for this process alone, and reports whether it could. The
// system gives it back when the file is closed, also by a crash.
func lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
