//go:build !linux

package server

// holderOf is only known on Linux.
func holderOf(int) (name string, pid int, ok bool) { return "", 0, false }
