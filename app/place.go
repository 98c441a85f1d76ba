//go:build desktop || bindings || dev

package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/wailsapp/wails/v2/pkg/options"
	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/config"
)

// place is where the window was when it was last closed, and what colour it had.
// The data folder keeps it, as window.json.
type place struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Maximised bool `json:"maximised"`
	// Screen is the size of the only screen there was; zero where there were
	// several. Only on Linux (see moveTo) a place on one of several is found again:
	// the toolkit reads X and Y from one origin and writes them from another.
	Screen  size    `json:"screen"`
	Surface colour  `json:"surface"`
	Frame   palette `json:"frame"`
	// Language is that of the page, for the words around it; empty: it has not said yet.
	Language string  `json:"language"`
	Zoom     float64 `json:"zoom"` // of the page; 1: as it is
}

type size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type colour struct {
	R uint8 `json:"r"`
	G uint8 `json:"g"`
	B uint8 `json:"b"`
}

// placeFile is the name of the file in the data folder.
const placeFile = "window.json"

// readPlace returns what was kept; what makes no sense is as in the beginning.
func readPlace(dataDir string) place {
	p := place{Surface: colour{0x09, 0x0b, 0x0b}, Frame: darkFrame(), Zoom: 1} // the interface's ground in its dark theme
	if text, err := os.ReadFile(filepath.Join(dataDir, placeFile)); err == nil {
		_ = json.Unmarshal(text, &p) // a broken file is a window in its first place
	}
	const most = 16384 // what X11 can draw
	if p.Width < leastWidth || p.Width > most || p.Height < leastHeight || p.Height > most {
		p.Width, p.Height, p.Screen, p.X, p.Y = 1280, 800, size{}, 0, 0
	}
	if !p.Frame.isWhole() {
		p.Frame = darkFrame()
	}
	p.Zoom = clampZoom(p.Zoom)
	return p
}

func (p place) save(dataDir string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return config.WriteFileAtomic(filepath.Join(dataDir, placeFile), append(text, '\n'), 0o600)
}

func (p place) surface() *options.RGBA { return options.NewRGB(p.Surface.R, p.Surface.G, p.Surface.B) }

func (p place) state() options.WindowStartState {
	if p.Maximised {
		return options.Maximised
	}
	return options.Normal
}

// Surface is told the colour of the page's ground, which changes with its theme.
// The window has it too, so that nothing flashes: not now when it grows, and not
// at its next start, before the page is there.
func (w *Window) Surface(red, green, blue uint8) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.place.Surface = colour{red, green, blue}
}

// arrive puts the window where it was, if that is still on a screen. Elsewhere the
// toolkit has put it into the middle.
func (w *Window) arrive(window context.Context) {
	w.mu.Lock()
	p := w.place
	w.mu.Unlock()
	if p.Maximised || p.X == 0 && p.Y == 0 && p.Screen == (size{}) { // it never was anywhere
		return
	}
	if moveTo(p.X, p.Y, p.Width) {
		return
	}
	if screen, only := onlyScreen(window); only && screen == p.Screen {
		desktop.WindowSetPosition(window, p.X, p.Y)
	}
}

// keepPlace keeps where the window is now, unless it is nowhere to be seen.
func (w *Window) keepPlace(window context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hub == nil {
		return
	}
	if !w.hidden {
		w.place.look(window)
	}
	if err := w.place.save(w.hub.dataDir); err != nil {
		w.process.explain(err)
	}
}

// leave keeps where the window is, and hides it: its hub may need seconds to
// stop, which is nothing to look at. It reports whether it is the first to; the
// toolkit crashes when it is told to quit twice.
func (w *Window) leave(window context.Context) bool {
	w.mu.Lock()
	first := !w.closing
	w.closing = true
	w.mu.Unlock()
	if !first {
		return false
	}
	w.keepPlace(window)
	desktop.WindowHide(window)
	return true
}

// look takes the window's present place. A maximised window keeps the one it had
// before, to return to.
func (p *place) look(window context.Context) {
	if p.Maximised = desktop.WindowIsMaximised(window); p.Maximised {
		return
	}
	p.Width, p.Height = desktop.WindowGetSize(window)
	p.X, p.Y = desktop.WindowGetPosition(window)
	p.Screen, _ = onlyScreen(window)
}

// onlyScreen returns the size of the screen, and whether there is just one.
func onlyScreen(window context.Context) (size, bool) {
	screens, err := desktop.ScreenGetAll(window)
	if err != nil || len(screens) != 1 {
		return size{}, false
	}
	return size(screens[0].Size), true
}
