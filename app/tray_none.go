//go:build bindings || ((desktop || dev) && !linux && !windows)

package app

import "context"

// trayActs is what can be chosen in the tray.
type trayActs struct{ show, record, browser, quit func() }

// tray is none here.
type tray struct{}

func (*tray) start(words, trayActs) {}
func (*tray) speak(words)           {}
func (*tray) stop()                 {}

// untilTray never returns true: there is none.
func untilTray(context.Context) bool { return false }
