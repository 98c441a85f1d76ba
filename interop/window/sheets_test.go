//go:build linux

package window

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStartingAtLoginIsSwitchedInTheSettings(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.keyboard("ctrl+comma")
	p.awaitText("Start at login")
	file := filepath.Join(h.dir, "config", "autostart", "emitscope.desktop")
	choose := func(words string) {
		eval[any](p, `[...document.querySelectorAll('dialog label, dialog button')].find((e) => e.innerText.trim() === args[0]).click()`, words)
	}
	choose("In the background")
	await(t, "the file", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), "--hidden") && strings.Contains(string(text), h.data())
	})
	choose("Off")
	await(t, "the end of the file", func() bool { _, err := os.Stat(file); return os.IsNotExist(err) })
}

func TestUpdatesAreAskedForOnlyWhenSomebodyAsks(t *testing.T) {
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	p.keyboard("F10", "Left", "Up", "Up", "Return")
	p.awaitText("No address to ask for updates is set")
}

func TestANewerVersionIsShownWithItsNotes(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	news := `{"version":"99.1.0","notes":"Faster still.","link":"https://example.org/99"}`
	asked := 0
	address := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_ = json.NewEncoder(w).Encode(map[string]any{"news": news, "signature": ed25519.Sign(private, []byte(news))})
	}))
	defer address.Close()
	h := newHome(t)
	settings := fmt.Sprintf("[updates]\nurl = %q\nkey = %q\n", address.URL, base64.StdEncoding.EncodeToString(public))
	if err := os.WriteFile(h.settings(), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	if asked != 0 {
		t.Errorf("it was asked %d times before somebody wanted to know", asked)
	}
	p.keyboard("F10", "Left", "Up", "Up", "Return")
	p.awaitText("Emitscope 99.1.0 is there.")
	p.awaitText("Faster still.")
	p.awaitText("Open its page")
}
