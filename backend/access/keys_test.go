package access_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/access"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// scopesOf is what a key allows, asked the way the doors ask.
func scopesOf(t *testing.T, k *access.Keys, secret string) msg.Scopes {
	t.Helper()
	c, err := newGuard(t, access.Options{Keys: k}).Admit(at("192.0.2.7"), secret)
	if err != nil && !errors.Is(err, fault.Unauthorized) {
		t.Fatal(err)
	}
	return c.Scopes
}

func TestKeysAreKnownAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	before, err := access.OpenKeys(path, writeFile)
	if err != nil {
		t.Fatal(err)
	}
	viewer := makeKey(t, before, "viewer", msg.MayView)
	sensor := makeKey(t, before, "sensor «süd»", msg.MayPublish|msg.MayView)
	gone := makeKey(t, before, "gone", msg.AllScopes)
	if err := before.Revoke("gone"); err != nil {
		t.Fatal(err)
	}

	after, err := access.OpenKeys(path, writeFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.List(), after.List()); diff != "" || len(after.List()) != 2 {
		t.Errorf("got %d keys; -before +after:\n%s", len(after.List()), diff)
	}
	for secret, want := range map[string]msg.Scopes{viewer: msg.MayView, sensor: msg.MayView | msg.MayPublish, gone: 0, "": 0, viewer + "x": 0} {
		if got := scopesOf(t, after, secret); got != want {
			t.Errorf("key %q: got %q, want %q", secret, got, want)
		}
	}
}

func TestASecretIsLongUniqueAndNotInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k, err := access.OpenKeys(path, writeFile)
	if err != nil {
		t.Fatal(err)
	}
	a, b := makeKey(t, k, "a", msg.MayView), makeKey(t, k, "b", msg.MayView)
	for _, secret := range []string{a, b} {
		random, marked := strings.CutPrefix(secret, "es_")
		if !marked || len(random) < 26 || strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("got %q, want es_ and at least 26 characters of base32 (5 bits each)", secret)
		}
	}
	if a == b {
		t.Error("two keys have the same secret")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), a[3:]) || strings.Contains(string(text), cookieFor(t, k, a)) {
		t.Errorf("the file holds the secret, or the cookie: %s", text)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, want 0600", info.Mode().Perm())
	}
}

func TestMakeRefusesWhatCannotBeAKey(t *testing.T) {
	k := openKeys(t)
	makeKey(t, k, "taken", msg.MayView)
	for _, c := range []struct {
		name   string
		scopes msg.Scopes
		want   fault.Kind
	}{
		{"taken", msg.MayView, fault.Conflict},
		{"", msg.MayView, fault.Invalid},
		{strings.Repeat("n", 65), msg.MayView, fault.Invalid},
		{"line\nbreak", msg.MayView, fault.Invalid},
		{"\xff", msg.MayView, fault.Invalid},
		{"\u202eneddih", msg.MayView, fault.Invalid},
		{".", msg.MayView, fault.Invalid},
		{"..", msg.MayView, fault.Invalid},
		{"View link", msg.MayView, fault.Invalid},
		{" view LINK", msg.MayView, fault.Invalid},
		{"nothing", 0, fault.Invalid},
		{"more", 255, fault.Invalid},
	} {
		if _, _, err := k.Make(c.name, c.scopes); !errors.Is(err, c.want) {
			t.Errorf("%q with %d: got %v, want %s", c.name, c.scopes, err, c.want)
		}
	}
	if got := len(k.List()); got != 1 {
		t.Errorf("got %d keys, want 1", got)
	}
}

func TestThereAreNoMoreThan256Keys(t *testing.T) {
	k := openKeys(t)
	for i := range 256 {
		makeKey(t, k, string(rune('一'+i)), msg.MayView)
	}
	if _, _, err := k.Make("one more", msg.MayView); !errors.Is(err, fault.TooMany) {
		t.Errorf("got %v, want TooMany", err)
	}
}

func TestRevokeSaysWhenThereIsNoSuchKey(t *testing.T) {
	if err := openKeys(t).Revoke("nobody"); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want NotFound", err)
	}
}

func TestAKeyThatCannotBeKeptIsNotMade(t *testing.T) {
	full := errors.New("no space left on device")
	k, err := access.OpenKeys(filepath.Join(t.TempDir(), "keys.json"), func(string, []byte, fs.FileMode) error { return full })
	if err != nil {
		t.Fatal(err)
	}
	if _, secret, err := k.Make("a", msg.MayView); !errors.Is(err, full) || len(k.List()) != 0 {
		t.Errorf("got secret %q, %v and %d keys; want the error and none", secret, err, len(k.List()))
	}
}

func TestADamagedFileOfKeysStopsTheStart(t *testing.T) {
	const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	key := func(name, scopes, hash string) string {
		return `{"name":"` + name + `","scopes":"` + scopes + `","created":"2024-01-02T03:04:05Z","hashes":["` + hash + `"]}`
	}
	for text, want := range map[string]string{
		``:              "EOF",
		`{"keys":[`:     "unexpected EOF",
		`{"keys":[]} x`: "more text",
		`{"kees":[]}`:   "kees",
		`{"keys":[` + key("a", "view", hash[2:]) + `]}`:                                                                                  `key 1 ("a"): its hash has 31 bytes`,
		`{"keys":[` + key("a", "view", hash+"00") + `]}`:                                                                                 `key 1 ("a"): its hash has 33 bytes`,
		`{"keys":[` + key("a", "view", "zz") + `]}`:                                                                                      `key 1 ("a"): encoding/hex`,
		`{"keys":[` + key("a", "root", hash) + `]}`:                                                                                      `scope "root" is unknown`,
		`{"keys":[` + key("", "view", hash) + `]}`:                                                                                       `key name "" cannot be used`,
		`{"keys":[` + key("a", "view", hash) + `,` + key("a", "admin", hash) + `]}`:                                                      `key 2 ("a"): its name is there twice`,
		`{"keys":[{"name":"a","scopes":"view","hashes":[]}]}`:                                                                            `it has 0 hashes`,
		`{"keys":[{"name":"a","scopes":"view","hashes":["` + hash + `","` + hash + `"]}]}`:                                               `it has 2 hashes`,
		`{"keys":[{"name":"a","scopes":"view","link":true,"hashes":["` + hash + `"]}]}`:                                                  `is named "View link"`,
		`{"keys":[` + key("View link", "view", hash) + `]}`:                                                                              `is named "View link"`,
		`{"keys":[{"name":"View link","scopes":"view admin","link":true,"hashes":["` + hash + `"]}]}`:                                    `may only view`,
		`{"keys":[{"name":"View link","scopes":"view","link":true,"hashes":[` + strings.Repeat(`"`+hash+`",`, 16) + `"` + hash + `"]}]}`: `at most 16`,
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := access.OpenKeys(path, writeFile)
		if !errors.Is(err, fault.Conflict) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant a Conflict that names the file and %s", text, err, want)
		}
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("the file was changed to %q", left)
		}
	}
}

func TestKeysMayBeMadeRevokedAndUsedAtTheSameTime(t *testing.T) {
	k := openKeys(t)
	steady := makeKey(t, k, "steady", msg.MayView)
	g := newGuard(t, access.Options{Keys: k})
	var busy sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		busy.Go(func() {
			for range 20 {
				if _, _, err := k.Make(name, msg.MayPublish); err != nil {
					t.Error(err)
				}
				if c, err := g.Admit(at("192.0.2.7"), steady); c.Scopes != msg.MayView || err != nil {
					t.Errorf("got %v, %v, want view", c.Scopes, err)
				}
				k.Count("steady", 1)
				if _, err := k.Link(); err != nil {
					t.Error(err)
				}
				if err := k.Revoke(name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	busy.Wait()
	for _, one := range k.List() {
		if one.Name == "steady" && one.Messages != 60 {
			t.Errorf("got %d messages of the steady key, want 60", one.Messages)
		}
	}
}
