//go:build (desktop || dev) && linux && !bindings

package app

import "os"

// hasDisplay reports whether there is something to open a window on.
func hasDisplay() bool { return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" }
