package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// happening is one line a driven client wrote.
type happening struct {
	Type      string            `json:"type"` // connected, upgrade, event, ack, disconnect, connect_error
	ID        json.RawMessage   `json:"id"`
	Transport string            `json:"transport"`
	Event     string            `json:"event"`
	Args      []json.RawMessage `json:"args"`
	Message   string            `json:"message"`
	Data      json.RawMessage   `json:"data"`
	Reason    string            `json:"reason"`
	Recovered bool              `json:"recovered"`
}

// peer is a Socket.IO client in another language, a process of its own.
type peer struct {
	t     testing.TB
	in    io.WriteCloser
	acks  int
	mu    sync.Mutex
	seen  []happening
	more  chan struct{} // closed and replaced with each happening
	inMu  sync.Mutex
	stops func()
}

// languages are the clients every test runs with. The older ones of Node are of
// versions that are still in use; version 2 speaks Engine.IO 3, which a hub lets in
// with --eio3 only.
var languages = map[string][]string{
	"node":   {"node", "node/client.mjs"},
	"node3":  {"node", "node/client.mjs", "socket.io-client-3"},
	"node2":  {"node", "node/client.mjs", "socket.io-client-2"},
	"python": {"/usr/bin/python3", "python/client.py"},
}

// transports of the Socket.IO clients; both means polling with an upgrade.
var transports = map[string][]string{
	"polling": {"polling"}, "websocket": {"websocket"}, "upgrade": {"polling", "websocket"},
}

func startPeer(t testing.TB, language string) *peer {
	t.Helper()
	return startPeerBy(t, languages[language]...)
}

// startPeerBy is startPeer with what starts the client.
func startPeerBy(t testing.TB, by ...string) *peer {
	t.Helper()
	c := exec.Command(by[0], by[1:]...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errors := newTranscript()
	c.Stderr = errors
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, in: in, more: make(chan struct{})}
	done := linesOf(bufio.NewScanner(out), p.add)
	p.stops = sync.OnceFunc(func() {
		_ = in.Close()
		kill := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
		<-done
		_ = c.Wait()
		kill.Stop()
		if t.Failed() {
			t.Logf("the client %s said: %s", by, errors)
		}
	})
	t.Cleanup(p.stops)
	return p
}

func (p *peer) add(line string) {
	var h happening
	if err := json.Unmarshal([]byte(line), &h); err != nil {
		p.t.Errorf("the client wrote %q: %v", line, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, h)
	close(p.more)
	p.more = make(chan struct{})
}

// await returns the happenings that fit, in their order, once there are at least n.
func (p *peer) await(what string, n int, fits func(happening) bool) []happening {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		var found []happening
		for _, h := range p.seen {
			if fits(h) {
				found = append(found, h)
			}
		}
		more := p.more
		p.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-more:
		case <-deadline:
			p.t.Fatalf("got %d of %d %s within %v", len(found), n, what, patience)
		}
	}
}

// count is how many happenings fit by now.
func (p *peer) count(fits func(happening) bool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.seen {
		if fits(h) {
			n++
		}
	}
	return n
}

func (p *peer) tell(command map[string]any) {
	p.t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		p.t.Fatal(err)
	}
	p.inMu.Lock()
	defer p.inMu.Unlock()
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatalf("drive the client: %v", err)
	}
}

// connect connects to a namespace and waits until it has; with an upgrade on
// offer, until that is done.
func (p *peer) connect(url, namespace, transport string, auth map[string]any) {
	p.t.Helper()
	p.tell(map[string]any{"op": "connect", "url": url, "namespace": namespace, "transports": transports[transport], "auth": auth})
	h := p.await("connections", 1, func(h happening) bool { return h.Type == "connected" || h.Type == "connect_error" })[0]
	if h.Type == "connect_error" {
		p.t.Fatalf("not connected: %s %s", h.Message, h.Data)
	}
}

func (p *peer) emit(event string, args ...any) {
	p.t.Helper()
	p.tell(map[string]any{"op": "emit", "event": event, "args": orNone(args)})
}

// ask emits with an ack callback and returns its argument.
func (p *peer) ask(event string, args ...any) string {
	p.t.Helper()
	p.acks++
	id := p.acks
	p.tell(map[string]any{"op": "emit", "id": id, "event": event, "args": orNone(args)})
	want, _ := json.Marshal(id)
	h := p.await("acks of "+event, 1, func(h happening) bool { return h.Type == "ack" && string(h.ID) == string(want) })[0]
	return joined(h.Args)
}

// events returns the arguments of the events of that name, as JSON, once there
// are at least n.
func (p *peer) events(name string, n int) []string {
	p.t.Helper()
	var args []string
	for _, h := range p.await("events "+name, n, func(h happening) bool { return h.Type == "event" && h.Event == name }) {
		args = append(args, joined(h.Args))
	}
	return args
}

func joined(args []json.RawMessage) string {
	var parts []string
	for _, a := range args {
		parts = append(parts, compactJSON(a))
	}
	return strings.Join(parts, " ")
}

func compactJSON(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	text, _ := json.Marshal(v) // keys in order, whatever the language printed
	return string(text)
}

func orNone(args []any) []any {
	if args == nil {
		return []any{}
	}
	return args
}
