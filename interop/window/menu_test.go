//go:build linux

package window

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keyboard presses keys as a hand does: the toolkit has them before the page.
func (p *page) keyboard(keys ...string) {
	p.t.Helper()
	id, found := xdotool("search", "--onlyvisible", "--name", "^Emitscope$")
	if !found || strings.Contains(id, "\n") {
		p.t.Fatalf("the windows are %q, want one", id)
	}
	xdotool("windowactivate", "--sync", id)
	for _, key := range keys {
		xdotool("key", key)
	}
}

// sheet waits for a dialog with this title.
func (p *page) sheet(title string) {
	p.t.Helper()
	await(p.t, "the sheet "+title, func() bool {
		return eval[string](p, "return document.querySelector('dialog h2')?.innerText ?? ''") == title
	})
}

func TestTheMenuAndItsKeysDoWhatTheySay(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	for _, c := range []struct {
		keys  []string
		title string
	}{
		{[]string{"ctrl+comma"}, "Settings"},
		{[]string{"F1"}, "Keys"},
		{[]string{"F10", "Left", "Up", "Return"}, "About Emitscope"}, // the last entry of the last menu
		{[]string{"F10", "Left", "Up", "Up", "Return"}, "Updates"},
	} {
		p.keyboard(c.keys...)
		p.sheet(c.title)
		p.press(escape)
		await(t, "the end of it", func() bool { return eval[bool](p, "return document.querySelector('dialog') === null") })
	}

	// The page's own keys still come to it, once.
	p.keyboard("ctrl+k")
	await(t, "the box to find in", func() bool { return eval[bool](p, "return document.querySelector('dialog input') !== null") })
	p.press(escape)
	await(t, "the end of it", func() bool { return eval[bool](p, "return document.querySelector('dialog') === null") })

	before := eval[int](p, "return innerWidth")
	p.keyboard("ctrl+plus")
	await(t, "a larger page", func() bool { return eval[int](p, "return innerWidth") < before })
	p.keyboard("ctrl+0")
	await(t, "the page as it was", func() bool { return eval[int](p, "return innerWidth") == before })

	p.keyboard("F11")
	await(t, "the full screen", func() bool { return eval[int](p, "return innerWidth") == 1440 })
	p.keyboard("F11")
	await(t, "the window as it was", func() bool { return eval[int](p, "return innerWidth") == before })
}

func TestTheAboutBoxTellsAllVersions(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.keyboard("F10", "Left", "Up", "Return")
	for _, words := range []string{"WebKitGTK 2.", "linux/amd64", "MIT", h.data()} {
		p.awaitText(words)
	}
	eval[any](p, `[...document.querySelectorAll('dialog button')].find((b) => b.innerText.includes('Copy')).click()`)
	await(t, "the clipboard", func() bool {
		return strings.Contains(eval[string](p, "return window.runtime.ClipboardGetText()"), "Emitscope: dev\n")
	})
}

func TestTheMenuEditsWhatHasTheFocus(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.press("5")
	p.awaitText("Send a message")
	const field = "document.querySelector('main input')"
	eval[any](p, field+".focus(); "+field+".value = ''")
	for _, letter := range "tick" {
		p.press(string(letter))
	}
	choose := func(ups ...string) { p.keyboard(append(append([]string{"F10", "Right"}, ups...), "Return")...) }
	choose("Up")             // Select all
	choose("Up", "Up", "Up") // Copy
	await(t, "the clipboard", func() bool { return eval[string](p, "return window.runtime.ClipboardGetText()") == "tick" })
	eval[any](p, field+".setSelectionRange(4, 4)")
	choose("Up", "Up") // Paste
	await(t, "the field", func() bool { return eval[string](p, "return "+field+".value") == "ticktick" })
}

func TestTheWindowShowsAgainTheScreenAndThemeItHad(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.press("t")
	p.press("3")
	p.awaitText("Nobody is connected.")
	theme := eval[string](p, "return document.documentElement.dataset.theme")
	url := p.hub()
	p.keyboard("ctrl+q")
	await(t, "the end of the hub", func() bool { return !isListening(url) })

	again := drive(t, h, h.env(), h.args()...)
	again.awaitText("Nobody is connected.")
	if got := eval[string](again, "return document.documentElement.dataset.theme"); got != theme {
		t.Errorf("the theme is %s, want %s", got, theme)
	}
}

func TestAWindowThatWasOnAScreenThatIsGoneIsPutIntoTheMiddle(t *testing.T) {
	h := newHome(t)
	if err := os.MkdirAll(h.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.data(), "window.json"), []byte(`{"width":900,"height":700,"x":5000,"y":90}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p, url := startWindow(t, h)
	id := p.window(t)
	ground(t, id, light)
	if where, _ := xdotool("getwindowgeometry", "--shell", id); !strings.Contains(where, "X=27") { // 270, and what the frame takes
		t.Errorf("it is at\n%s\nwant the middle", where)
	}
	interrupt(t, p)
	p.endsWell(t, url)
}
