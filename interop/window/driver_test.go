//go:build linux

package window

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// page is the page of a window that WebDriver drives.
type page struct {
	t       testing.TB
	driver  *program
	session string // its address
}

// drive opens a window with these arguments, and returns its page.
func drive(t testing.TB, h home, env []string, args ...string) *page {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	driver := start(t, h, env, "WebKitWebDriver", fmt.Sprintf("--port=%d", port))
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, "the driver", func() bool {
		answer, err := http.Get(address + "/status")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	var opened struct {
		SessionID string `json:"sessionId"`
	}
	p := &page{t, driver, address + "/session"}
	p.ask("", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": driven, "args": args},
	}}}, &opened)
	p.session += "/" + opened.SessionID
	p.ask("/timeouts", map[string]any{"script": patience.Milliseconds()}, nil)
	t.Cleanup(func() {
		end, _ := http.NewRequest(http.MethodDelete, p.session, nil)
		if answer, err := http.DefaultClient.Do(end); err == nil {
			answer.Body.Close()
		}
	})
	return p
}

// ask sends one command and takes its value.
func (p *page) ask(command string, body, value any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.Post(p.session+command, "application/json", bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct{ Value json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s %s (%v)", command, answer.Status, got.Value, err)
	}
	if value != nil {
		if err := json.Unmarshal(got.Value, value); err != nil {
			p.t.Fatalf("%s: %s: %v", command, got.Value, err)
		}
	}
}

// eval runs the body of an async function in the page.
func eval[T any](p *page, body string, args ...any) (value T) {
	p.t.Helper()
	script := "const done = arguments[arguments.length - 1]; (async (...args) => {" + body + "})(...arguments).then(done, (e) => done(String(e)))"
	p.ask("/execute/async", map[string]any{"script": script, "args": append([]any{}, args...)}, &value)
	return value
}

func (p *page) text() string { return eval[string](p, "return document.body.innerText") }

func (p *page) shows(words string) bool { return strings.Contains(p.text(), words) }

// awaitText waits until a reader would see the words.
func (p *page) awaitText(words string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(p.text(), words); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited %v for %q; the page says\n%s", patience, words, p.text())
		}
	}
}

// hub returns the address of the window's hub.
func (p *page) hub() string {
	return eval[string](p, "return (await window.go.app.Window.Start(0)).url")
}

// Keys without a letter, as WebDriver names them.
const (
	tab    = "\ue004"
	enter  = "\ue007"
	escape = "\ue00c"
)

// press presses and releases one key.
func (p *page) press(key string) {
	p.t.Helper()
	var keys []map[string]string
	for _, kind := range []string{"keyDown", "keyUp"} {
		keys = append(keys, map[string]string{"type": kind, "value": key})
	}
	p.ask("/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": keys}}}, nil)
}

// click clicks the button with these words, or with this name where it shows others.
func (p *page) click(words string) {
	p.t.Helper()
	var element map[string]string
	p.ask("/element", map[string]string{"using": "xpath", "value": fmt.Sprintf("//button[@aria-label=%[1]q or not(@aria-label) and normalize-space()=%[1]q]", words)}, &element)
	for _, id := range element {
		p.ask("/element/"+id+"/click", struct{}{}, nil)
	}
}
