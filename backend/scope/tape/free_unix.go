//go:build unix

package tape

import "golang.org/x/sys/unix"

// freeBytes says how many bytes of a folder's disk a user may still fill.
func freeBytes(folder string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // both differ by system
}
