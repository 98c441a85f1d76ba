// Package peer starts the servers that are compared, each in a process of its
// own, tells them what to broadcast, and asks what they take.
package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"emitscope/bench/serve"
)

// patience is how long a server may take to start, to stop, or to answer.
const patience = 15 * time.Second

// Peer is one running server. All methods may be called from any goroutine.
type Peer struct {
	Kind Kind
	URL  string

	process *exec.Cmd
	http    *http.Client
	said    *transcript
	folder  string
	ended   chan struct{}
	once    sync.Once
}

// Start starts a server on a free port and waits until it serves. Whoever starts
// it stops it. Only Node and Flask have options; see their programs.
func Start(ctx context.Context, p Places, k Kind, options ...string) (*Peer, error) {
	folder, err := os.MkdirTemp("", "emitscope-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", k, err)
	}
	s := &Peer{
		Kind: k, process: p.command(k, folder, options), folder: folder,
		http: &http.Client{Timeout: patience}, said: &transcript{address: make(chan string, 1)}, ended: make(chan struct{}),
	}
	s.process.Stdout, s.process.Stderr = s.said, s.said
	if err := s.process.Start(); err != nil {
		_ = os.RemoveAll(folder) // it is empty
		return nil, fmt.Errorf("start %s: %w", k, err)
	}
	go func() {
		_ = s.process.Wait() // it is ended by a signal
		close(s.ended)
	}()
	select {
	case s.URL = <-s.said.address:
		return s, nil
	case <-s.ended:
		err = fmt.Errorf("%s ended at once; it said: %s", k, s.said)
	case <-time.After(patience):
		err = fmt.Errorf("%s does not listen after %v; it said: %s", k, patience, s.said)
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Stop()
	return nil, err
}

// Stop ends the process, by force if need be, and waits until it has ended.
func (s *Peer) Stop() {
	s.once.Do(func() {
		s.http.CloseIdleConnections()
		_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended already
		select {
		case <-s.ended:
		case <-time.After(patience):
			_ = s.process.Process.Kill()
			<-s.ended
		}
		_ = os.RemoveAll(s.folder) // in the system's folder for such
	})
}

// Broadcast has the server publish by a schedule, in place of what it may be
// publishing. The hub publishes nothing by itself.
func (s *Peer) Broadcast(ctx context.Context, plan serve.Schedule) error {
	return s.call(ctx, http.MethodPost, "/control?"+plan.Query(), nil)
}

// Status asks how far the server is.
func (s *Peer) Status(ctx context.Context) (serve.Status, error) {
	var status serve.Status
	err := s.call(ctx, http.MethodGet, "/control", &status)
	return status, err
}

// Collect has the server collect its garbage and give memory back to the system.
func (s *Peer) Collect(ctx context.Context) error {
	return s.call(ctx, http.MethodPost, "/collect", nil)
}

// call asks the server something; answer may be nil.
func (s *Peer) call(ctx context.Context, method, path string, answer any) error {
	text, err := s.ask(ctx, method, path)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read what %s answers to %s: %w", s.Kind, path, err)
	}
	return nil
}

func (s *Peer) ask(ctx context.Context, method, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.Kind, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.Kind, err)
	}
	if res.StatusCode >= 300 {
		return nil, fmt.Errorf("%s answers %s to %s %s: %s", s.Kind, res.Status, method, path, bytes.TrimSpace(text))
	}
	return text, nil
}

// transcript keeps what a server writes, and finds the address in it.
type transcript struct {
	address chan string // capacity 1: gets the first address

	mu    sync.Mutex
	text  []byte
	found bool
}

// mostKept is how much of what a server says is kept.
const mostKept = 16 << 10

var addressLine = regexp.MustCompile(`(http://\S+:\d+)[^\n]*\n`)

// Write implements io.Writer.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if !t.found {
		if match := addressLine.FindSubmatch(t.text); match != nil {
			t.found = true
			t.address <- string(match[1])
		}
	}
	if n := len(t.text) - mostKept; n > 0 && t.found {
		t.text = t.text[n:]
	}
	return len(p), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// errNoSuchFact says that the system does not tell.
var errNoSuchFact = errors.New("this system does not say how much memory a process takes")
