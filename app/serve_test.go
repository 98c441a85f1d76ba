package app

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"emitscope/backend/config"
)

// opening returns what a hub with these settings says when it opens. It is not
// run, so no other machine can reach it.
func opening(t *testing.T, change func(*config.Config)) string {
	t.Helper()
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.LAN, cfg.MDNS = "127.0.0.1:0", t.TempDir(), true, false
	change(&cfg)
	var out, errs strings.Builder
	hub, url, err := openHub(cfg, Process{Name: "scope", Stdout: &out, Stderr: &errs, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	hub.Close()
	if !strings.Contains(out.String(), ": "+url+" (shared on the LAN)\n") {
		t.Errorf("got %q, want the address on this machine, %s", out.String(), url)
	}
	return out.String()
}

func TestASharedHubSaysWhereOthersReachItAndHowToGetAKey(t *testing.T) {
	got := opening(t, func(*config.Config) {})
	want := regexp.MustCompile(`^Emitscope 1\.2\.3: http://127\.0\.0\.1:\d+ \(shared on the LAN\)\n` +
		`(  http://\S+ \([a-z]+\)\n)*` +
		`Other machines need a key: scope share --link prints a link to view, scope key make NAME a key\.\n$`)
	if !want.MatchString(got) {
		t.Errorf("got %q, want the addresses and how to get a key", got)
	}
}

func TestWhatASharedHubSaysHoldsNoSecret(t *testing.T) {
	dir := t.TempDir()
	got := opening(t, func(cfg *config.Config) { cfg.DataDir = dir })
	if strings.Contains(got, "es_") || strings.Contains(got, "#k=") {
		t.Errorf("got %q, want no key: it may be kept in a log", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys.json")); err == nil {
		t.Error("a key was made that nobody asked for")
	}
}

func TestASharedHubSaysThatViewingIsOpen(t *testing.T) {
	got := opening(t, func(cfg *config.Config) { cfg.OpenView = true })
	if !strings.Contains(got, "may view without a key. To publish they need one: scope key make NAME.\n") {
		t.Errorf("got %q, want who needs a key", got)
	}
}

func TestAHubWithTLSSaysItsFingerprint(t *testing.T) {
	got := opening(t, func(cfg *config.Config) { cfg.TLS = true })
	if !regexp.MustCompile(`\(SHA-256\):\n  ([0-9A-F]{2}:){31}[0-9A-F]{2}\n`).MatchString(got) || !strings.Contains(got, ": http://127.0.0.1:") {
		t.Errorf("got %q, want the fingerprint, and no TLS on this machine", got)
	}
}

func TestSettingsOfSharingAreFlagsOfServe(t *testing.T) {
	var out strings.Builder
	code := Run(context.Background(), Process{Name: "scope", Args: []string{"serve", "--help"}, Stdout: &out, Stderr: &out})
	for _, flag := range []string{"--[no-]lan", "--[no-]open-view", "--[no-]tls ", "--tls-cert=FILE", "--tls-key=FILE", "--allowed-origins=ORIGIN", "--allowed-hosts=HOST"} {
		if code != 0 || !strings.Contains(out.String(), flag) {
			t.Errorf("got %d and\n%s\nwant %s", code, out.String(), flag)
		}
	}
}
