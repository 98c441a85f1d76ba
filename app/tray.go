//go:build (desktop || dev) && (linux || windows) && !bindings

package app

import (
	"runtime"
	"sync"

	"fyne.io/systray"
)

// trayActs is what can be chosen in the tray.
type trayActs struct{ show, record, browser, quit func() }

// tray is an icon beside the clock, where the system has room for one. It runs beside
// the window's loop, with which it shares nothing: on Linux it is an object on the
// session bus, on Windows a window of its own with a loop of its own. On macOS it would
// have to share the toolkit's loop, so there is none.
type tray struct {
	running sync.WaitGroup
	once    sync.Once
	mu      sync.Mutex
	items   []*systray.MenuItem // nil until it is there
	words   words
}

// start shows it, once.
func (t *tray) start(w words, do trayActs) {
	t.mu.Lock()
	t.words = w
	t.mu.Unlock()
	t.once.Do(func() {
		t.running.Go(func() {
			runtime.LockOSThread() // Windows has a window's messages come to one thread
			defer runtime.UnlockOSThread()
			systray.Run(func() { t.ready(do) }, nil)
		})
	})
}

func (t *tray) ready(do trayActs) {
	systray.SetIcon(trayIcon())
	systray.SetTooltip("Emitscope")
	systray.SetTitle("Emitscope")
	t.mu.Lock()
	show := systray.AddMenuItem(t.words.Show, "")
	record := systray.AddMenuItem(t.words.Record, "")
	browser := systray.AddMenuItem(t.words.Browser, "")
	systray.AddSeparator()
	quit := systray.AddMenuItem(t.words.Quit, "")
	t.items = []*systray.MenuItem{show, record, browser, quit}
	t.mu.Unlock()
	systray.SetOnTapped(do.show)
	for item, act := range map[*systray.MenuItem]func(){show: do.show, record: do.record, browser: do.browser, quit: do.quit} {
		go func() { // until the process ends: the library never closes the channel
			for range item.ClickedCh {
				act()
			}
		}()
	}
}

// speak changes its words.
func (t *tray) speak(w words) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.words = w
	for i, text := range []string{w.Show, w.Record, w.Browser, w.Quit} {
		if i < len(t.items) {
			t.items[i].SetTitle(text)
		}
	}
}

// stop takes it away, and returns when it is.
func (t *tray) stop() {
	t.mu.Lock()
	shown := t.items != nil
	t.mu.Unlock()
	if shown {
		systray.Quit()
		t.running.Wait()
	}
}
