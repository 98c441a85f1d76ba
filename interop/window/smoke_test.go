//go:build linux

package window

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func interrupt(t *testing.T, p *program) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// xdotool does what a hand would; it fails where there is nothing to do it to.
func xdotool(args ...string) (out string, ok bool) {
	text, err := exec.Command("xdotool", args...).Output()
	return strings.TrimSpace(string(text)), err == nil
}

// window waits until the program's window is to be seen, and returns its number.
func (p *program) window(t *testing.T) (id string) {
	t.Helper()
	await(t, "the window", func() (seen bool) {
		id, seen = xdotool("search", "--onlyvisible", "--name", "^Emitscope$")
		return seen
	})
	if strings.Contains(id, "\n") {
		t.Fatalf("there are several windows: %s", id)
	}
	return id
}

// ground waits until the window has this colour where the page has its deck.
func ground(t *testing.T, id, colour string) {
	t.Helper()
	await(t, "the colour "+colour, func() bool {
		out, err := exec.Command("import", "-silent", "-window", id, "-gravity", "SouthWest", "-crop", "1x1+4+8", "-depth", "8", "txt:-").Output()
		return err == nil && strings.Contains(string(out), colour)
	})
}

// The grounds of the interface's panels.
const (
	light = "#F6F5F1"
	dark  = "#0F1212"
)

func TestThePersonAtTheKeyboardUsesAndClosesTheWindow(t *testing.T) {
	h := newHome(t)
	p, url := startWindow(t, h)
	id := p.window(t)
	ground(t, id, light) // as the toolkit prefers it
	xdotool("windowactivate", "--sync", id)
	xdotool("key", "t")
	ground(t, id, dark)
	xdotool("windowmove", "--sync", id, "50", "60")
	xdotool("key", "alt+F4")
	p.endsWell(t, url)

	var kept struct {
		Surface struct{ R, G, B uint8 }
		Width   int
	}
	text, err := os.ReadFile(filepath.Join(h.data(), "window.json"))
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil || kept.Surface.R > 0x20 || kept.Width != 1280 {
		t.Errorf("kept %s (%v), want the width and the dark ground", text, err)
	}
}

func TestTheWindowComesBackWhereItWas(t *testing.T) {
	h := newHome(t)
	p, url := startWindow(t, h)
	id := p.window(t)
	ground(t, id, light) // the page hears keys
	xdotool("windowmove", "--sync", id, "70", "90")
	xdotool("windowsize", "--sync", id, "850", "650")
	where, _ := xdotool("getwindowgeometry", "--shell", id)
	xdotool("windowactivate", "--sync", id)
	xdotool("key", "ctrl+q")
	p.endsWell(t, url)

	p, url = startWindow(t, h)
	await(t, "the window in its place", func() bool {
		now, _ := xdotool("getwindowgeometry", "--shell", p.window(t))
		return placeOf(now) == placeOf(where)
	})
	interrupt(t, p)
	p.endsWell(t, url)
}

// placeOf returns X, Y, width and height of what xdotool says, without the
// number of the window.
func placeOf(geometry string) string {
	_, place, _ := strings.Cut(geometry, "\n")
	return place
}

func TestASecondStartRaisesTheFirstWindow(t *testing.T) {
	h := newHome(t)
	first, url := startWindow(t, h)
	id := first.window(t)
	xdotool("windowminimize", "--sync", id)
	second := start(t, h, h.env(), shipped, h.args()...)
	await(t, "the end of the second", second.hasEnded)
	if first.window(t) != id {
		t.Error("it is not the first window that came up")
	}
	interrupt(t, first)
	first.endsWell(t, url)
}

func TestASignalClosesTheWindow(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			p, url := startWindow(t, newHome(t))
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			p.endsWell(t, url)
		})
	}
}

func TestItServesWhereThereIsNoDisplay(t *testing.T) {
	h := newHome(t)
	for name, env := range map[string][]string{
		"none":      h.env("DISPLAY=", "WAYLAND_DISPLAY="),
		"forbidden": h.env("DISPLAY=:9999", "WAYLAND_DISPLAY="),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, h, env, shipped, h.args()...)
			url := p.address(t)
			if !strings.Contains(p.text(), "serving without a window") {
				t.Errorf("it said\n%s\nwant why there is no window", p.text())
			}
			interrupt(t, p)
			p.endsWell(t, url)
		})
	}
}
