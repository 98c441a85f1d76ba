//go:build linux

package window

import "testing"

// What is opened rarely is a file of its own, which a page of this origin must
// be able to fetch from inside the program.
func TestWhatIsLoadedLaterLoadsInTheWindow(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	publish(t, p.hub(), `"how do you do"`)
	p.awaitText("how do you do")
	for _, screen := range []struct{ key, says string }{
		{"2", "Every emit"},
		{"3", "Nobody is connected."},
		{"4", "Nothing is recorded."},
		{"5", "Send a message"},
		{"1", "how do you do"},
	} {
		p.press(screen.key)
		p.awaitText(screen.says)
	}
	for _, sheet := range []struct{ name, says string }{
		{"Find anything", "A screen, stream"},
		{"Settings", "Time zone"},
	} {
		eval[any](p, "[...document.querySelectorAll('header button')].find((b) => (b.ariaLabel ?? b.innerText).startsWith(args[0])).click()", sheet.name)
		await(t, "the sheet "+sheet.name, func() bool {
			return eval[bool](p, "return [...document.querySelectorAll('dialog, dialog [placeholder]')].some((e) => (e.placeholder ?? e.innerText).includes(args[0]))", sheet.says)
		})
		p.press(escape)
		await(t, "the end of it", func() bool { return eval[bool](p, "return document.querySelector('dialog') === null") })
	}
}

// The page asks, the process answers with the system's own dialog, and a reader
// who closes it has saved nothing.
func TestSavingOpensTheSystemsDialog(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.click("Settings")
	p.awaitText("Time zone")
	eval[any](p, `document.querySelector('input[value="data"]').click()`)
	p.click("Save a backup…")
	await(t, "the dialog", func() bool {
		_, seen := xdotool("search", "--onlyvisible", "--name", "^Emitscope: emitscope-.*zip$")
		return seen
	})
}
