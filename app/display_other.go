//go:build bindings || ((desktop || dev) && !linux)

package app

// hasDisplay is true where every user has a display, and while Wails only asks
// what the page may call, which needs none.
func hasDisplay() bool { return true }

// drawWithoutDriver does nothing: the system draws.
func drawWithoutDriver() {}
