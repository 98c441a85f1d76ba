//go:build desktop

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFilesNameBecomesOneThatARecordingMayHave(t *testing.T) {
	for from, want := range map[string]string{
		"run 1":                    "run 1",
		"a:b?c":                    "a b c",
		" .hidden. ":               "hidden",
		strings.Repeat("长", 80):    strings.Repeat("长", 58),
		"tab\there":                "tab here",
		"ends with a dot and up .": "ends with a dot and up",
	} {
		if got := clipName(from); got != want {
			t.Errorf("%q: got %q, want %q", from, got, want)
		}
	}
}

func TestOnlyARecordingInTheHubsFolderIsItsOwn(t *testing.T) {
	dir := t.TempDir()
	if isWithin(dir, filepath.Join(dir, "recordings", "a.emitscope")) {
		t.Error("there is no folder yet, and yet it is its own")
	}
	if err := os.MkdirAll(filepath.Join(dir, "recordings", "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"recordings/a.emitscope": true, "recordings/../recordings/a.emitscope": true,
		"a.emitscope": false, "recordings/below/a.emitscope": false, "nowhere/a.emitscope": false,
	} {
		if got := isWithin(dir, filepath.Join(dir, filepath.FromSlash(path))); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestActsWaitForAPageThatListens(t *testing.T) {
	var sent []Act
	w := &Window{toolkit: toolkit{send: func(a Act) { sent = append(sent, a) }}}
	w.tell(Act{Name: "help"})
	if got := w.Listen(); len(got) != 1 || got[0].Name != "help" || len(sent) != 0 {
		t.Errorf("got %v and sent %v, want the one that waited", got, sent)
	}
	w.tell(Act{Name: "about"})
	if len(sent) != 1 || sent[0].Name != "about" {
		t.Errorf("sent %v, want the one after that at once", sent)
	}
	if got := w.Listen(); got == nil || len(got) != 0 {
		t.Errorf("a page that comes again has %v, want an empty list", got)
	}
	w = &Window{}
	for range mostActs + 5 {
		w.tell(Act{})
	}
	if got := len(w.Listen()); got != mostActs {
		t.Errorf("%d acts wait, want at most %d", got, mostActs)
	}
}
