//go:build (desktop || dev) && linux && !bindings

package app

import (
	"cmp"
	"os"
)

// hasDisplay reports whether there is something to open a window on.
func hasDisplay() bool { return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" }

// drawWithoutDriver keeps WebKit from loading the graphics driver. The window is
// drawn without it (see options), it takes 6 MB where it is software, and some
// drivers leave the window blank.
func drawWithoutDriver() {
	const name = "WEBKIT_DISABLE_DMABUF_RENDERER"
	_ = os.Setenv(name, cmp.Or(os.Getenv(name), "1")) // the name is a valid one
}
