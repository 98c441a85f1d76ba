//go:build desktop || bindings || dev

package app

import (
	"context"
	"sync"

	desktop "github.com/wailsapp/wails/v2/pkg/runtime"
)

// Notify shows a notice of the system, in the place of one with the same tag. Where
// the system shows none, nothing happens: what it tells is on the page too.
func (w *Window) Notify(title, body, tag string) {
	w.mu.Lock()
	notify := w.notify
	w.mu.Unlock()
	if notify != nil {
		notify(title, body, tag)
	}
}

// notifier returns what shows notices. The system is asked whether it does when there
// is the first.
func notifier(window context.Context) func(title, body, tag string) {
	ready := sync.OnceValue(func() bool {
		if desktop.InitializeNotifications(window) != nil || !desktop.IsNotificationAvailable(window) {
			return false
		}
		allowed, err := desktop.RequestNotificationAuthorization(window)
		return err == nil && allowed
	})
	return func(title, body, tag string) {
		if ready() {
			_ = desktop.SendNotification(window, desktop.NotificationOptions{ID: tag, Title: title, Body: body}) // the page tells it too
		}
	}
}
