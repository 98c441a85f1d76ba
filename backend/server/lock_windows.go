package server

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock takes the file for this process alone, and reports whether it could. The
// system gives it back when the file is closed, also by a crash.
func lock(f *os.File) bool {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)) == nil
}
