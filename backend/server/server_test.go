package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/client"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/server"
)

// hub is a hub in this process, on a free port of loopback.
type hub struct {
	*client.Client
	url  string
	stop func() map[string]int // ends it and returns what was left
}

func startHub(t testing.TB, change func(*config.Config)) *hub {
	t.Helper()
	cfg := settings(t)
	if change != nil {
		change(&cfg)
	}
	s, err := server.New(cfg, "1.2.3", quiet())
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	type end struct {
		left map[string]int
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		left, err := s.Run(ctx)
		ended <- end{left, err}
	}()
	h := &hub{url: "http://" + addr.String()}
	if h.Client, err = client.New(h.url, ""); err != nil {
		t.Fatal(err)
	}
	stopped := false
	h.stop = func() map[string]int {
		if stopped {
			return nil
		}
		stopped = true
		h.Close()
		cancel()
		e := <-ended
		if e.err != nil {
			t.Errorf("Run: got %v, want nil", e.err)
		}
		return e.left
	}
	t.Cleanup(func() { h.stop() })
	return h
}

func settings(t testing.TB) config.Config {
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", t.TempDir(), false
	return cfg
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func publish(t *testing.T, h *hub, namespace string, n int) wire.Accepted {
	t.Helper()
	batch := make([]wire.Publish, n)
	for i := range batch {
		batch[i] = wire.Publish{Namespace: namespace, Event: "e", Data: json.RawMessage("1")}
	}
	done, err := h.Publish(t.Context(), batch...)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestNothingRunsAfterStop(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	watching := make(chan error, 1)
	go func() {
		watching <- h.Watch(ctx, client.Watched{}, func([]byte) error {
			cancel()
			return nil
		})
	}()
	testkit.Eventually(t, func() bool {
		s, err := h.Stats(t.Context())
		return err == nil && s.Clients == 1
	}, "the watcher to be connected")
	publish(t, h, "/x", 3)
	if err := <-watching; err != nil {
		t.Errorf("Watch: got %v, want nil", err)
	}
	if left := h.stop(); len(left) != 0 {
		t.Errorf("got %v left, want nothing", left)
	}
}

func TestWhatIsLeftAtTheEndIsCountedForEachNamespace(t *testing.T) {
	h := startHub(t, nil)
	hour := "1h"
	for _, ns := range []string{"/a", "/b"} {
		if _, err := h.PatchLane(t.Context(), ns, wire.LanePatch{Interval: &hour}); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, h, "/a", 2)
	publish(t, h, "/b", 3)
	if diff := cmp.Diff(map[string]int{"/a": 2, "/b": 3}, h.stop()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLaneSettingsChangedWhileRunningHoldAtTheNextStart(t *testing.T) {
	data := t.TempDir()
	at := func(c *config.Config) { c.DataDir = data }
	first := startHub(t, at)
	interval := "123ms"
	if _, err := first.PatchLane(t.Context(), "/ws/rt_market", wire.LanePatch{Interval: &interval}); err != nil {
		t.Fatal(err)
	}
	first.stop()
	second := startHub(t, at)
	lane, err := second.PatchLane(t.Context(), "/ws/rt_market", wire.LanePatch{})
	if err != nil || lane.Interval != "123ms" {
		t.Errorf("got interval %s, %v, want 123ms", lane.Interval, err)
	}
}

func TestAPortThatIsTakenIsNamedWithItsHolder(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := settings(t)
	cfg.Addr = taken.Addr().String()
	s, err := server.New(cfg, "1.2.3", quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Listen()
	if !errors.Is(err, fault.Conflict) {
		t.Fatalf("got %v, want an error of kind Conflict", err)
	}
	_, port, _ := net.SplitHostPort(cfg.Addr)
	for _, word := range []string{"port " + port + " is taken", "--addr 127.0.0.1:"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("got %q, want it to say %q", err, word)
		}
	}
}

func TestTwoHubsCannotShareADataFolder(t *testing.T) {
	cfg := settings(t)
	first, err := server.New(cfg, "1.2.3", quiet())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.New(cfg, "1.2.3", quiet()); !errors.Is(err, fault.Conflict) || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Errorf("got %v, want an error of kind Conflict that names the folder", err)
	}
	first.Close()
	second, err := server.New(cfg, "1.2.3", quiet())
	if err != nil {
		t.Fatalf("after the first is closed: %v", err)
	}
	second.Close()
}

func TestADataFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := settings(t)
	cfg.DataDir = filepath.Join(file, "data")
	if _, err := server.New(cfg, "1.2.3", quiet()); err == nil || !strings.Contains(err.Error(), cfg.DataDir) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("got %v, want an error that names %s and --data-dir", err, cfg.DataDir)
	}
}

func TestADamagedSequenceIsNotGuessed(t *testing.T) {
	cfg := settings(t)
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "sequence"), []byte("12x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.New(cfg, "1.2.3", quiet()); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %v, want an error of kind Conflict", err)
	}
}

func TestReadinessAndMetrics(t *testing.T) {
	h := startHub(t, nil)
	publish(t, h, "/x", 3)
	testkit.Eventually(t, func() bool {
		return strings.Contains(body(t, h.url+"/metrics"), `emitscope_messages_accepted_total{namespace="/x"} 3`)
	}, "the accepted messages to be in /metrics")
	for _, name := range []string{"emitscope_clients 0", "emitscope_recent_messages 3", `emitscope_limit_reached_total{limit="max_connections"} 0`, "go_goroutines", "emitscope_emit_lateness_seconds_bucket"} {
		if !strings.Contains(body(t, h.url+"/metrics"), name) {
			t.Errorf("/metrics has no %s", name)
		}
	}
	body(t, h.url+"/readyz")
	body(t, h.url+"/livez")
}

func TestAForeignHostOrOriginIsRefusedOnEveryRouteButTheAPIsGreeting(t *testing.T) {
	h := startHub(t, nil)
	for _, path := range []string{"/", "/api/v1/stats", "/api/v1/messages", "/websocket", "/api/v1/feed", "/socket.io/?EIO=4&transport=polling", "/metrics", "/demo", "/%61pi", "//api", "/api/../api/v1/stats"} {
		for header, value := range map[string]string{"Host": "evil.example", "Origin": "https://evil.example"} {
			req, err := http.NewRequest(http.MethodGet, h.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if header == "Host" {
				req.Host = value
			} else {
				req.Header.Set(header, value)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s %s: got %d, want 403", path, header, value, res.StatusCode)
			}
		}
	}
}

func TestALaneIsFoundByItsEncodedNamespaceAlone(t *testing.T) {
	h := startHub(t, nil)
	publish(t, h, "/", 1)
	publish(t, h, "/ws/x", 1)
	for path, want := range map[string]int{
		"%2F": http.StatusOK, "%2Fws%2Fx": http.StatusOK, "": http.StatusNotFound, "/": http.StatusNotFound, "/ws/x": http.StatusNotFound,
	} {
		req, err := http.NewRequest(http.MethodGet, h.url+"/api/v1/lanes/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req) // a redirect is an answer
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want || want == http.StatusNotFound && !strings.Contains(string(text), "%2Fws%2Frt_market") {
			t.Errorf("lane %q: got %d %s, want %d, and how to write it where there is none", path, res.StatusCode, text, want)
		}
	}
}

func body(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got %d, %v: %s", url, res.StatusCode, err, text)
	}
	return string(text)
}
