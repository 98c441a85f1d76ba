//go:build (desktop || dev) && linux && !bindings

package app

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// trayWatcher is who shows icons beside the clock, where a desktop has somebody.
const trayWatcher = "org.kde.StatusNotifierWatcher"

// trayIcon is a picture in a form that the tray takes.
func trayIcon() []byte { return icon }

// untilTray waits until somebody on the session bus shows icons, and reports whether
// there is somebody: at login the panel may come after the program. Without a bus, and
// when ctx ends, there is nobody.
func untilTray(ctx context.Context) bool {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	defer bus.Close()
	const buffered = 8
	changes := make(chan *dbus.Signal, buffered)
	bus.Signal(changes)
	if err := bus.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, trayWatcher)); err != nil {
		return false
	}
	for {
		var owned bool
		if err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, trayWatcher).Store(&owned); err != nil {
			return false
		}
		if owned {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case _, goesOn := <-changes:
			if !goesOn { // the bus is gone
				return false
			}
		}
	}
}
