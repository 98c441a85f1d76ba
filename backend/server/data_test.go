package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// startHubWithPast starts a hub in dir, with what an earlier one may have left there.
func startHubWithPast(t *testing.T, dir string) *hub {
	t.Helper()
	for name, text := range map[string]string{
		"tls.key": "a private key", "lanes.json.damaged-20260101T000000Z": "{", "notes.txt": "somebody's own", ".writing-1": "half",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return startHub(t, func(cfg *config.Config) {
		cfg.DataDir, cfg.File = dir, "/etc/emitscope.toml"
	})
}

func TestAHubTellsWhatItKeeps(t *testing.T) {
	dir := t.TempDir()
	h := startHubWithPast(t, dir)
	h.makeKey(t, "feeder", "publish")
	publish(t, h, "/x", 1)
	var about wire.About
	ask(t, "GET", h.url+"/api/v1/about", "", "", &about)
	if about.Version != "1.2.3" || about.DataDir != dir || about.SettingsFile != "/etc/emitscope.toml" {
		t.Errorf("got %+v", about)
	}
	kinds := map[string]string{}
	for _, f := range about.Files {
		kinds[f.Name] = f.Kind
		if f.Kind != "lock" && f.Bytes == 0 {
			t.Errorf("%s is said to be empty", f.Name)
		}
	}
	for name, kind := range map[string]string{"keys.json": "keys", "sequence": "sequence", "lock": "lock", "tls.key": "private_key", "notes.txt": "other", ".writing-1": ""} {
		if kinds[name] != kind {
			t.Errorf("%s: got kind %q, want %q", name, kinds[name], kind)
		}
	}
}

func TestABackupHasAllThatIsKeptButWhatAThiefCouldUse(t *testing.T) {
	dir := t.TempDir()
	h := startHubWithPast(t, dir)
	secret := h.makeKey(t, "feeder", "publish")
	h.record(t, "a recording")
	pem := "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n"
	if err := os.WriteFile(filepath.Join(dir, "site.pem"), []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(h.url + "/api/v1/backup")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range packed.File {
		names = append(names, f.Name)
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(from)
		want, gone := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || gone != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %q (%v), want %q", f.Name, got, err, want)
		}
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s has a secret in it", f.Name)
		}
	}
	for name, want := range map[string]bool{"keys.json": true, "notes.txt": true, "tls.key": false, "site.pem": false, "lock": false, ".writing-1": false} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s is in the backup: %v, want %v", name, !want, want)
		}
	}
}

func TestViewersAreToldThatRecentMessagesAreForgotten(t *testing.T) {
	h := startHub(t, nil)
	publish(t, h, "/x", 3)
	viewer := dial(t, h.url, "/api/v1/feed", "")
	viewer.until("hello")
	var cleared wire.Cleared
	if got := ask(t, "DELETE", h.url+"/api/v1/messages", "", "", &cleared); got != http.StatusOK || cleared.Messages != 3 {
		t.Errorf("got %d, %+v, want 3 messages", got, cleared)
	}
	viewer.until(`"cleared"`)
	var page wire.MessagePage
	if ask(t, "GET", h.url+"/api/v1/messages", "", "", &page); len(page.Messages) != 0 {
		t.Errorf("got %d messages, want none", len(page.Messages))
	}
}

func TestWhoseKeyIsDeletedWithAllDataIsShownOutWhateverElseFails(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, func(c *config.Config) { c.DataDir = dir })
	keyed := subscriber(t, h.url, h.makeKey(t, "feeder", "view"))
	if got := ask(t, "PUT", h.url+"/api/v1/queries/mine", "", `{"query":"event:e"}`, nil); got >= 300 {
		t.Fatalf("a query was not saved: %d", got)
	}
	file := filepath.Join(dir, "queries.json") // a folder in its place cannot be written over
	if err := errors.Join(os.Remove(file), os.MkdirAll(filepath.Join(file, "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, "DELETE", h.url+"/api/v1/data?confirm=everything", "", "", nil); got != http.StatusInternalServerError {
		t.Errorf("got %d, want 500: queries are still on disk", got)
	}
	keyed.wantsEnd("the key was revoked")
}

func TestAHubThatForgotEverythingGoesOn(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	h := startHubWithPast(t, dir)
	first := publish(t, h, "/x", 3)
	secret := h.makeKey(t, "feeder", "view publish")
	mine, keyed := subscriber(t, h.url, ""), subscriber(t, h.url, secret)
	for _, lane := range []string{"%2Fx", "%2Fws%2Frt_market"} {
		ask(t, "PATCH", h.url+"/api/v1/lanes/"+lane, "", `{"interval":"50ms"}`, nil)
	}
	if got := ask(t, "PUT", h.url+"/api/v1/queries/mine", "", `{"query":"event:e"}`, nil); got >= 300 {
		t.Fatalf("a query was not saved: %d", got)
	}
	var erased wire.Erased
	if got := ask(t, "DELETE", h.url+"/api/v1/data?confirm=everything", "", "", &erased); got != http.StatusOK || erased != (wire.Erased{Messages: 3, Keys: 1, Lanes: 2}) {
		t.Fatalf("got %d %+v, want 3 messages, 1 key and 2 lanes", got, erased)
	}
	keyed.wantsEnd("the key was revoked")
	if keys, err := h.Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("got %d keys (%v), want none", len(keys), err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "queries.json")); err != nil || strings.Contains(string(text), "mine") {
		t.Errorf("queries.json has %s (%v), want no query", text, err)
	}
	var lane wire.Lane
	if ask(t, "GET", h.url+"/api/v1/lanes/%2Fws%2Frt_market", "", "", &lane); lane.Interval != "10ms" {
		t.Errorf("the preset's interval is %q, want 10ms", lane.Interval)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.damaged-*")); err != nil || len(left) > 0 {
		t.Errorf("%v was left", left)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || len(text) == 0 {
		t.Errorf("a file that is not the hub's is gone: %v", err)
	}
	again, err := h.Publish(t.Context(), wire.Publish{Namespace: "/x", Event: "after", Data: json.RawMessage("1")})
	if err != nil || again.FirstSeq <= first.LastSeq {
		t.Errorf("got number %d (%v), want one after %d", again.FirstSeq, err, first.LastSeq)
	}
	mine.until("after")
	var page wire.AuditPage
	ask(t, "GET", h.url+"/api/v1/audit", "", "", &page)
	if !slices.ContainsFunc(page.Entries, func(e wire.AuditEntry) bool { return e.Kind == "data_deleted" }) {
		t.Error("the audit does not know of it")
	}
	h.stop()
	if text, err := os.ReadFile(filepath.Join(dir, "keys.json")); err != nil || strings.Contains(string(text), "feeder") {
		t.Errorf("keys.json has %s (%v), want no key", text, err)
	}
	startHubWithPast(t, dir) // and it starts again
}
