//go:build linux

package window

import (
	"net/http"
	"strings"
	"testing"
)

// statusWith hands one message to a hub with a key, and returns how it answers.
func statusWith(t testing.TB, hub, secret string) int {
	t.Helper()
	ask, err := http.NewRequest(http.MethodPost, hub+"/api/v1/messages", strings.NewReader(`{"event":"greeting"}`))
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Content-Type", "application/json")
	ask.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// The page is of another origin than its hub here, has a policy of its own, and
// gets the clipboard from the window: none of this is so in a browser.
func TestTheWindowSharesItsHubAndMakesAndRevokesAKey(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args("--no-mdns")...)
	p.awaitText("Nothing has been sent yet.")
	p.press("s")
	p.awaitText("Only this computer can connect")
	p.press(" ") // the switch has the focus
	p.awaitText("Any device on your network can ask")

	p.click("New key")
	for _, letter := range "feeder-01" {
		p.press(string(letter))
	}
	p.click("Make key")
	p.awaitText("shown once")
	secret := eval[string](p, "return document.querySelector('dialog .made code').textContent")
	p.press(enter) // the button that copies the secret has the focus
	p.awaitText("Copied")
	if text := eval[string](p, "return window.runtime.ClipboardGetText()"); text != secret || len(secret) < 26 {
		t.Errorf("the clipboard has %q, want the secret %q", text, secret)
	}
	if got := statusWith(t, p.hub(), secret); got != http.StatusAccepted {
		t.Errorf("a message with the key is answered %d, want 202", got)
	}

	p.click("Revoke feeder-01")
	p.awaitText("Whoever came in with it is disconnected.")
	p.press(tab) // from the button that keeps it
	p.press(enter)
	await(t, "the end of the key", func() bool { return !strings.Contains(p.text(), "feeder-01") })
	if got := statusWith(t, p.hub(), secret); got != http.StatusUnauthorized {
		t.Errorf("a message with the revoked key is answered %d, want 401", got)
	}

	p.click("Who did what")
	for _, act := range []string{"shared the hub on the LAN", "made key feeder-01", "revoked key feeder-01"} {
		p.awaitText(act)
	}
}
