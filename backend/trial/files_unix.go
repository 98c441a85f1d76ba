//go:build unix

package trial

import (
	"syscall"

	"emitscope/backend/fault"
)

// spareFiles is how many files the process needs beside its connections.
const spareFiles = 64

// checkFiles reports whether the process may have so many connections. The Go
// runtime has raised its limit to the system's already.
func checkFiles(connections int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil // then a connection fails, and says why
	}
	if need := uint64(connections + spareFiles); uint64(limit.Cur) < need { //nolint:unconvert // of another type on some systems
		return fault.Newf(fault.TooMany, "%d connections need %d open files; this process may have %d", connections, need, limit.Cur).
			WithCode("too_many_files").WithHint("raise the limit: ulimit -Hn %d && ulimit -n %d, as root where that is refused", need, need)
	}
	return nil
}
