package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// onAPhone opens an address in a browser on the other machine, at the size of a
// phone, and returns what it saw: see node/phone.mjs.
func (s *sharedHub) onAPhone(t *testing.T, address, event string) (seen phoneSaw) {
	t.Helper()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Skip("there is no browser here")
	}
	if _, err := os.Stat("../frontend/node_modules/playwright-core"); err != nil {
		t.Skip("there is nothing to drive a browser with (make interface)")
	}
	if _, err := os.Stat("../frontend/dist/index.html"); err != nil {
		t.Skip("the interface is not built (make interface)")
	}
	wrapper := filepath.Join(t.TempDir(), "chromium")
	script := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", s.callers, chromium)
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "node/phone.mjs", wrapper, address, event)
	problems := newTranscript()
	c.Stderr = problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("the browser: %v\n%s\n%s", err, out, problems)
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("the browser saw %s: %v", out, err)
	}
	return seen
}

type phoneSaw struct {
	MessageMS float64 `json:"message_ms"` // from opening the address until a live message was to be seen; below 0: none was
	Address   string  `json:"address"`    // in the end
	History   int     `json:"history"`
	Script    string  `json:"script"` // cookies as scripts see them
	Stored    string  `json:"stored"` // what the page has stored
	Text      string  `json:"text"`   // on the page
	Width     int     `json:"width"`  // of what is on the page; more than the phone's when something sticks out
	Cookies   []struct {
		Name, Value, SameSite string
		HTTPOnly              bool
	} `json:"cookies"`
	Problems []string `json:"problems"` // errors of the page
}

// publishUntil hands in a message each 100 ms on the hub's machine until the test,
// or what it is for, ends.
func (s *sharedHub) publishUntil(t *testing.T, event string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			body := fmt.Sprintf(`{"namespace":"/ws/rt_market","event":%q,"data":1}`, event)
			if got := ask(t, s.local, "POST", s.url+"/api/v1/messages", body, nil); got.status != http.StatusAccepted {
				t.Errorf("publish: got %d %s", got.status, got.body)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func TestAPhoneOpensTheViewLinkAndSeesMessagesWithinTenSeconds(t *testing.T) {
	s := startSharedHub(t)
	defer s.publishUntil(t, "seen-by-phone")()
	var link wire.ViewLink
	ask(t, s.local, "POST", s.url+"/api/v1/sharing/link", "", nil).into(t, &link)
	seen := s.onAPhone(t, s.far+"/#k="+link.Key, "seen-by-phone")
	t.Logf("the first live message is on the screen %.1f s after the link was opened", seen.MessageMS/1000)
	if seen.MessageMS < 0 || seen.MessageMS > 10_000 {
		t.Errorf("the message was there after %.0f ms (below 0: never), want at most 10 s; the page says: %s", seen.MessageMS, seen.Text)
	}
	if strings.Contains(seen.Address, link.Key) || strings.Contains(seen.Address, "#k=") || seen.History > 2 {
		t.Errorf("the address is %s with %d steps of history, want the key gone from it", seen.Address, seen.History)
	}
	if strings.Contains(seen.Script+seen.Stored, link.Key) || strings.Contains(seen.Script, "emitscope") {
		t.Errorf("scripts see the cookies %q and the page keeps %q, want no key and no cookie", seen.Script, seen.Stored)
	}
	if len(seen.Cookies) != 1 || !seen.Cookies[0].HTTPOnly || seen.Cookies[0].SameSite != "Strict" || seen.Cookies[0].Value == link.Key {
		t.Errorf("got the cookies %+v, want one that is HttpOnly, SameSite=Strict and not the key", seen.Cookies)
	}
	if seen.Width > 390 {
		t.Errorf("the page is %d px wide on a screen of 390", seen.Width)
	}
	if len(seen.Problems) > 0 {
		t.Errorf("the page complained: %q", seen.Problems)
	}
}

func TestAPhoneWithoutAKeySeesThatItNeedsOne(t *testing.T) {
	s := startSharedHub(t)
	defer s.publishUntil(t, "never-to-be-seen")()
	seen := s.onAPhone(t, s.far+"/", "")
	if strings.Contains(seen.Text, "never-to-be-seen") {
		t.Errorf("the page shows messages without a key: %s", seen.Text)
	}
	if !strings.Contains(strings.ToLower(seen.Text), "key") {
		t.Errorf("the page says %q, want that a key is needed", seen.Text)
	}
	if len(seen.Cookies) != 0 {
		t.Errorf("got the cookies %+v, want none", seen.Cookies)
	}
}
