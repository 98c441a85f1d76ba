package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"emitscope/backend/fault"
)

func TestDataIsKeptWhereEachSystemKeepsIt(t *testing.T) {
	home := filepath.Join(string(filepath.Separator), "home", "ada")
	for _, c := range []struct {
		system string
		env    map[string]string
		home   string
		want   string
	}{
		{"linux", nil, home, filepath.Join(home, ".local", "share", "emitscope")},
		{"linux", map[string]string{"XDG_DATA_HOME": filepath.Join(home, "data")}, home, filepath.Join(home, "data", "emitscope")},
		{"linux", map[string]string{"XDG_DATA_HOME": "data"}, home, filepath.Join(home, ".local", "share", "emitscope")},
		{"linux", nil, "", ""},
		{"darwin", nil, home, filepath.Join(home, "Library", "Application Support", "Emitscope")},
		{"windows", map[string]string{"LocalAppData": `C:\ada`}, home, inHome(`C:\ada`, "Emitscope")},
		{"windows", nil, home, ""},
	} {
		got := dataDir(c.system, func(name string) string { return c.env[name] }, c.home)
		if got != c.want {
			t.Errorf("%s %v, home %q: got %q, want %q", c.system, c.env, c.home, got, c.want)
		}
	}
}

func TestPrepareDataDirMakesAFolderForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := PrepareDataDir(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o700 {
		t.Errorf("got mode %v, want 0700", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v in the folder, want nothing", left)
	}
}

func TestPrepareDataDirSaysWhichFolderAndWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "data")
	err := PrepareDataDir(dir)
	if !errors.Is(err, fault.Conflict) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("got %v, want a Conflict that names %s and --data-dir", err, dir)
	}
}

func TestWriteFileAtomicReplacesAFileWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	for _, text := range []string{"a longer first text", "second"} {
		if err := WriteFileAtomic(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("got %v in the folder, want the file only", left)
	}
}

func TestWriteFileAtomicLeavesNothingBehindWhenItCannotReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteFileAtomic(path, []byte("x"), 0o600); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("got %v in the folder, want the one that was there", left)
	}
}
