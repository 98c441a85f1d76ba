//go:build desktop || bindings || dev

package app

import (
	"errors"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Where Windows looks for what to start, and where its Task Manager keeps what its user
// has switched off there.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	runName     = "Emitscope"
)

func readAutostart() (on, hidden bool, err error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	defer key.Close()
	line, _, err := key.GetStringValue(runName)
	if errors.Is(err, registry.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return !isSwitchedOff(), strings.Contains(line, hiddenFlag), nil
}

// isSwitchedOff reports whether the Task Manager keeps the program from being started:
// the first byte is odd then.
func isSwitchedOff() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	state, _, err := key.GetBinaryValue(runName)
	return err == nil && len(state) > 0 && state[0]&1 == 1
}

func writeAutostart(program string, args []string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	if err := key.SetStringValue(runName, windows.ComposeCommandLine(append([]string{program}, args...))); err != nil {
		return err
	}
	return forget(approvedKey)
}

func removeAutostart() error { return forget(runKey) }

// forget deletes what a key says of the program, if it says anything.
func forget(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer key.Close()
	if err := key.DeleteValue(runName); !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}
