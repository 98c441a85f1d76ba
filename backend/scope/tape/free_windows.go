package tape

import "golang.org/x/sys/windows"

// freeBytes says how many bytes of a folder's disk a user may still fill.
func freeBytes(folder string) (free uint64, err error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return free, err
}
