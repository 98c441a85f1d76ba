//go:build desktop || bindings || dev

package app

import (
	"os"
	"slices"
	"strings"
)

// Autostart is whether the system starts the program when its user comes, and how.
type Autostart struct {
	On     bool   `json:"on"`
	Hidden bool   `json:"hidden"` // its window is not shown then
	What   string `json:"what"`   // why that is not known, or was not changed; empty: nothing is wrong
}

// Autostart says whether the system starts the program at login.
func (w *Window) Autostart() Autostart {
	on, hidden, err := readAutostart()
	if err != nil {
		return Autostart{What: err.Error()} // its details are this user's own
	}
	return Autostart{On: on, Hidden: hidden}
}

// SetAutostart has the system start the program at login, or not any more, and says
// how it is then.
func (w *Window) SetAutostart(on, hidden bool) Autostart {
	var err error
	if on {
		var program string
		if program, err = programPath(); err == nil {
			err = writeAutostart(program, autostartArgs(w.process.Args, hidden))
		}
	} else {
		err = removeAutostart()
	}
	now := w.Autostart()
	if err != nil {
		now.What = err.Error()
	}
	return now
}

// programPath is what starts this program. Of an AppImage it is that file: what is in
// it is somewhere else each time.
func programPath() (string, error) {
	if image := os.Getenv("APPIMAGE"); image != "" {
		return image, nil
	}
	return os.Executable()
}

const hiddenFlag = "--hidden"

// autostartArgs are the arguments that the program is to be started with: those it was
// started with now, but for a file to open and whether its window is shown.
func autostartArgs(args []string, hidden bool) []string {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		return a == hiddenFlag || a == "window" || !strings.HasPrefix(a, "-") && isRecording(a)
	})
	args = slices.Insert(args, 0, "window")
	if hidden {
		args = append(args, hiddenFlag)
	}
	return args
}
