//go:build linux

package window

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// publish hands one message to a hub, as any program would.
func publish(t testing.TB, hub, data string) {
	t.Helper()
	answer, err := http.Post(hub+"/api/v1/messages", "application/json", strings.NewReader(`{"namespace":"/room","event":"greeting","data":`+data+`}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		t.Fatalf("publish: %s", answer.Status)
	}
}

func TestTheWindowShowsAMessageThatIsSentToItsHub(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.awaitText(strings.TrimPrefix(p.hub(), "http://"))
	publish(t, p.hub(), `"how do you do"`)
	p.awaitText("how do you do")
}

func TestAKeySwitchesTheScreen(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.press("2")
	await(t, "the second screen", func() bool { return eval[string](p, "return location.hash") == "#timing" })
}

// A tab is a link, and links to elsewhere are kept from the page.
func TestATabSwitchesTheScreen(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	eval[any](p, `document.querySelector('a[href="#timing"]').click()`)
	await(t, "the second screen", func() bool { return eval[string](p, "return location.hash") == "#timing" })
}

// WebKit gives these as the page's language, and they are none.
func TestThePageHasALanguageWhereTheUserHasNone(t *testing.T) {
	for _, lang := range []string{"C", "C.UTF-8"} {
		t.Run(lang, func(t *testing.T) {
			h := newHome(t)
			p := drive(t, h, h.env("LANG="+lang), h.args()...)
			p.awaitText("Nothing has been sent yet.")
			if got := eval[string](p, "return new Intl.NumberFormat(navigator.language).format(1234)"); got != "1,234" {
				t.Errorf("a number is written %q, want 1,234", got)
			}
		})
	}
}

func TestATakenPortIsSaidAndAFreeOneOffered(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	h := newHome(t)
	p := drive(t, h, h.env(), h.args("--addr", l.Addr().String())...)
	p.awaitText(fmt.Sprintf("Port %d is in use.", taken))
	text := p.text()
	if !strings.Contains(text, "is taken by window.test") || strings.Contains(text, "Streams") {
		t.Errorf("the page says %q, want who has the port, and nothing else yet", text)
	}
	_, rest, _ := strings.Cut(text, "Use port ")
	next, _, _ := strings.Cut(rest, " instead")
	if n, err := strconv.Atoi(next); err != nil || n <= taken {
		t.Fatalf("the page offers port %q, want one above %d", next, taken)
	}
	p.click("Use port " + next + " instead")
	p.awaitText("Nothing has been sent yet.")
	if want := "http://127.0.0.1:" + next; p.hub() != want {
		t.Errorf("the hub is at %s, want %s", p.hub(), want)
	}
}

func TestAnotherHubInTheDataFolderIsSaidAndTriedAgain(t *testing.T) {
	h := newHome(t)
	other := start(t, h, h.env(), shipped, append([]string{"serve"}, h.args()...)...)
	url := other.address(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Emitscope is running already.")
	p.awaitText(h.data())
	interrupt(t, other)
	other.endsWell(t, url)
	p.click("Try again")
	p.awaitText("Nothing has been sent yet.")
}

func TestALinkOpensInTheSystemsBrowserAndLeavesThePageAlone(t *testing.T) {
	h := newHome(t)
	opened := filepath.Join(h.dir, "opened")
	browser := "#!/bin/sh\necho \"$1\" >" + opened + "\n"
	if err := os.WriteFile(filepath.Join(h.dir, "xdg-open"), []byte(browser), 0o700); err != nil {
		t.Fatal(err)
	}
	p := drive(t, h, h.env("PATH="+h.dir+":"+os.Getenv("PATH")), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	docs := p.hub() + "/api/v1/docs"
	eval[any](p, `
		const link = document.createElement("a");
		link.href = args[0];
		document.body.append(link);
		link.click();`, docs)
	await(t, "the browser", func() bool {
		text, err := os.ReadFile(opened)
		return err == nil && string(text) == docs+"\n"
	})
	p.awaitText("Nothing has been sent yet.")
}

func TestTheCopyButtonFillsTheClipboard(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.click("Copy")
	p.awaitText("Copied")
	if text := eval[string](p, "return window.runtime.ClipboardGetText()"); !strings.HasPrefix(text, "curl "+p.hub()) {
		t.Errorf("the clipboard has %q, want the command to send", text)
	}
}
