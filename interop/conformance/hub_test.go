package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
	"emitscope/backend/server"
)

// patience is how long a test waits for something that should be soon.
const patience = 20 * time.Second

// hub is a whole hub in this process, on a free port of loopback.
type hub struct {
	t    *testing.T
	addr string      // host:port
	web  http.Client // keeps no connection, so that none outlives its test
}

// newHub starts a hub that ends with the test.
func newHub(t *testing.T, change ...func(*config.Config)) *hub {
	t.Helper()
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", t.TempDir(), false
	for _, c := range change {
		c(&cfg)
	}
	s, err := server.New(cfg, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := s.Run(ctx)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	})
	return &hub{t, addr.String(), http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}}
}

// eager has the hub ask its Socket.IO clients soon whether they are there.
func eager(timeout time.Duration) func(*config.Config) {
	return func(c *config.Config) { c.PingInterval, c.PingTimeout = 100*time.Millisecond, timeout }
}

// do sends a request and returns the answer's status and body.
func (h *hub) do(method, path, body string) (int, string) {
	h.t.Helper()
	status, _, text := h.request(method, path, body)
	return status, text
}

func (h *hub) request(method, path, body string) (int, http.Header, string) {
	h.t.Helper()
	r, err := http.NewRequest(method, "http://"+h.addr+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if strings.HasPrefix(path, "/api/") && body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := h.web.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// publish hands in a message for each number, in their order.
func (h *hub) publish(namespace string, from, to int) {
	h.t.Helper()
	var batch []map[string]any
	for n := from; n <= to; n++ {
		batch = append(batch, map[string]any{"namespace": namespace, "event": "n", "data": n})
	}
	body, err := json.Marshal(batch)
	if err != nil {
		h.t.Fatal(err)
	}
	if status, text := h.do("POST", "/api/v1/messages", string(body)); status >= 300 {
		h.t.Fatalf("publish: got %d %s", status, text)
	}
}

// relay lets what clients say in a namespace reach all of it.
func (h *hub) relay(namespace string) {
	h.t.Helper()
	if status, text := h.do("PATCH", "/api/v1/lanes/"+url.PathEscape(namespace), `{"relay":true}`); status != http.StatusOK {
		h.t.Fatalf("relay: got %d %s", status, text)
	}
}

// eventually waits until holds returns true; what names the condition in the failure.
func (h *hub) eventually(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// wantClients waits until the hub has so many clients.
func (h *hub) wantClients(n int) {
	h.t.Helper()
	h.eventually(fmt.Sprintf("%d clients", n), func() bool {
		_, text := h.do("GET", "/api/v1/clients", "")
		var got struct{ Clients []json.RawMessage }
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			h.t.Fatalf("%s: %v", text, err)
		}
		return len(got.Clients) == n
	})
}

// wantUnknown waits until requests of a session are refused because it has ended: who
// was told so by another connection may have heard of it before it is forgotten.
func (h *hub) wantUnknown(path string) {
	h.t.Helper()
	for _, method := range []string{"GET", "POST"} {
		h.eventually("the session to be unknown", func() bool {
			status, body := h.do(method, path, "3")
			return status == http.StatusBadRequest && strings.Contains(body, `"code":1`)
		})
	}
}
