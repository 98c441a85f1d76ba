//go:build desktop || bindings || dev

package app

import (
	"fmt"
	"math"
	"regexp"
)

// palette is what colours the page has, for the menu bar above it. Each is written
// as #rrggbb.
type palette struct {
	Ground string `json:"ground"` // of a panel
	Raised string `json:"raised"` // of what is pointed at
	Line   string `json:"line"`
	Text   string `json:"text"`
	Quiet  string `json:"quiet"` // text that is not in use
}

// darkFrame is the interface's dark theme.
func darkFrame() palette {
	return palette{Ground: "#0f1212", Raised: "#1d2222", Line: "#202626", Text: "#e9ece7", Quiet: "#818c88"}
}

var rgbColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// isWhole reports whether all of it are colours, and nothing else.
func (p palette) isWhole() bool {
	for _, c := range []string{p.Ground, p.Raised, p.Line, p.Text, p.Quiet} {
		if !rgbColour.MatchString(c) {
			return false
		}
	}
	return true
}

// css draws a menu bar, and the menus, as the page draws its panels.
func (p palette) css() string {
	return fmt.Sprintf(`
menubar { background: %[1]s; color: %[4]s; border: none; box-shadow: inset 0 -1px %[3]s; padding: 0 6px; }
menubar > menuitem { padding: 4px 8px; color: %[4]s; background: transparent; box-shadow: none; }
menubar > menuitem:hover { background: %[2]s; color: %[4]s; }
menubar > menuitem:disabled, menu menuitem:disabled { color: %[5]s; }
menu, .context-menu { background: %[1]s; color: %[4]s; border: 1px solid %[3]s; padding: 4px 0; }
menu menuitem { padding: 4px 10px; color: %[4]s; text-shadow: none; }
menu menuitem:hover { background: %[2]s; color: %[4]s; }
menu menuitem accelerator, menu menuitem:hover accelerator { color: %[5]s; }
menu separator { background: %[3]s; min-height: 1px; margin: 4px 0; }
`, p.Ground, p.Raised, p.Line, p.Text, p.Quiet)
}

// Paint is told the page's colours, each as #rrggbb, whenever they change.
func (w *Window) Paint(ground, raised, line, text, quiet string) {
	p := palette{ground, raised, line, text, quiet}
	if !p.isWhole() {
		return
	}
	w.mu.Lock()
	w.place.Frame = p
	w.mu.Unlock()
	dress(p)
}

// Speak is told the language of the page. The tray and what the system shows follow
// at once; the menu does where the toolkit can change one that is there.
func (w *Window) Speak(tag string) {
	w.mu.Lock()
	w.place.Language = tag
	speak := w.speak
	w.mu.Unlock()
	if speak != nil {
		speak(wordsIn(tag))
	}
}

// The page can be made so much smaller and larger, in these steps.
const (
	leastZoom = 0.5
	mostZoom  = 2.0
	zoomStep  = 0.1
)

func clampZoom(z float64) float64 {
	if !(z >= leastZoom) { // not a number is none
		if z == 0 || math.IsNaN(z) {
			return 1
		}
		return leastZoom
	}
	return math.Round(min(z, mostZoom)*10) / 10
}

// Zoom makes the page larger (+1), smaller (-1), or as it is (0), where the process
// can do that; elsewhere the web view does by itself.
func (w *Window) Zoom(by int) {
	w.mu.Lock()
	if by == 0 {
		w.place.Zoom = 1
	} else {
		w.place.Zoom = clampZoom(w.place.Zoom + float64(by)*zoomStep)
	}
	zoom := w.place.Zoom
	w.mu.Unlock()
	zoomTo(zoom)
}
