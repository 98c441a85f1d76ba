//go:build linux

package window

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// mostStop is how long the window and its hub may take to end.
const mostStop = 6 * time.Second

func TestClosingAsksWhileARecordingRunsAndKeepsItWhole(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	url := p.hub()
	record(t, url, "running")
	publish(t, url, `"kept"`)
	p.awaitText("kept")

	p.closeWindow()
	p.awaitText("Close Emitscope?")
	p.awaitText("A recording runs.")
	p.click("Cancel")
	await(t, "the end of the question", func() bool { return !p.shows("Close Emitscope?") })
	if got := recordingOf(t, url, "running"); got.State != "recording" {
		t.Fatalf("after Cancel: got %+v, want it to run", got)
	}

	p.closeWindow()
	p.awaitText("Close Emitscope?")
	pids := group(p.driver.Process.Pid)
	began := time.Now()
	p.answer("Stop and close")
	await(t, "the end of the hub", func() bool { return !isListening(url) })
	if took := time.Since(began); took > mostStop {
		t.Errorf("it took %v to end, want at most %v (%v ran)", took, mostStop, pids)
	}

	hub := start(t, h, h.env(), shipped, append([]string{"serve"}, h.args()...)...)
	again := hub.address(t)
	if got := recordingOf(t, again, "running"); got.State != "ended" || got.Messages != 1 {
		t.Errorf("got %+v, want it ended, with its message", got)
	}
}

func TestClosingAsksNothingWhereNothingWouldEnd(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	url := p.hub()
	p.closeWindow()
	await(t, "the end of the hub", func() bool { return !isListening(url) })
}

func TestTheHubGoesOnInTheBackgroundUntilASecondStart(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	url := p.hub()
	record(t, url, "running")
	p.closeWindow()
	p.awaitText("Close Emitscope?")
	p.answer("Keep serving in the background")
	await(t, "the window to be gone", func() bool { return !seen() })
	publish(t, url, `"in the background"`)
	await(t, "the message in the recording", func() bool { return recordingOf(t, url, "running").Messages == 1 })

	second := start(t, h, h.env(), driven, h.args()...)
	await(t, "the end of the second", second.hasEnded)
	await(t, "the window", seen)
	p.awaitText("in the background")
}

func TestASignalAsksNothing(t *testing.T) {
	h := newHome(t)
	p, url := startWindow(t, h)
	p.window(t)
	record(t, url, "running")
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.endsWell(t, url)
	if took := time.Since(began); took > mostStop {
		t.Errorf("it took %v to end, want at most %v", took, mostStop)
	}
}

func TestAHiddenStartServesAndTheNextStartShowsTheWindow(t *testing.T) {
	h := newHome(t)
	p := start(t, h, h.env(), shipped, append([]string{"window", "--hidden"}, h.args()...)...)
	url := p.address(t)
	publish(t, url, `1`)
	await(t, "the window to be hidden", func() bool { return !seen() })
	second := start(t, h, h.env(), shipped, h.args()...)
	await(t, "the end of the second", second.hasEnded)
	id := p.window(t)
	xdotool("windowactivate", "--sync", id)
	xdotool("key", "ctrl+q")
	p.endsWell(t, url)
}

// seen reports whether the window is to be seen.
func seen() bool {
	_, seen := xdotool("search", "--onlyvisible", "--name", "^Emitscope$")
	return seen
}

// closeWindow closes the window as its button does.
func (p *page) closeWindow() {
	p.t.Helper()
	id, found := xdotool("search", "--onlyvisible", "--name", "^Emitscope$")
	if !found || strings.Contains(id, "\n") {
		p.t.Fatalf("the windows are %q, want one", id)
	}
	xdotool("windowactivate", "--sync", id)
	xdotool("key", "alt+F4")
}

// answer clicks a button after which there may be no page that says so.
func (p *page) answer(words string) {
	p.t.Helper()
	eval[any](p, `const b = [...document.querySelectorAll('dialog button')].find((b) => b.innerText.trim() === args[0]); setTimeout(() => b.click(), 50)`, words)
}
