package app_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataSaysWhereItIsAndWhatIsInIt(t *testing.T) {
	code, out, errs := run(t, "data", "--url", serve(t))
	if code != 0 || errs != "" {
		t.Fatalf("got %d %q", code, errs)
	}
	for _, want := range []string{"Data folder: /", "lock", "HAS"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
}

func TestABackupIsWrittenOnceAndWhole(t *testing.T) {
	url := serve(t)
	file := filepath.Join(t.TempDir(), "copy.zip")
	run(t, "key", "make", "feeder", "--url", url)
	if code, _, errs := run(t, "data", "backup", file, "--url", url); code != 0 {
		t.Fatalf("got %d %q", code, errs)
	}
	packed, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if len(packed.File) == 0 || packed.File[0].Name != "keys.json" {
		t.Errorf("got %d files, want keys.json first", len(packed.File))
	}
	if code, _, errs := run(t, "data", "backup", file, "--url", url); code == 0 || !strings.Contains(errs, "already") {
		t.Errorf("over a file that is there: got %d %q, want that it is there", code, errs)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("%d files are there, want one", len(left))
	}
}

func TestAllDataIsDeletedOnlyWithYes(t *testing.T) {
	url := serve(t)
	run(t, "key", "make", "feeder", "--url", url)
	run(t, "emit", "tick", "1", "--url", url)
	if code, _, errs := run(t, "data", "delete", "--url", url); code == 0 || !strings.Contains(errs, "data delete --yes") {
		t.Errorf("got %d %q, want what to write", code, errs)
	}
	if _, out, _ := run(t, "data", "clear", "--url", url); out != "Messages forgotten: 1.\n" {
		t.Errorf("got %q", out)
	}
	code, out, errs := run(t, "data", "delete", "--yes", "--url", url)
	if want := "Deleted: messages 0, recordings 0, keys 1, lanes changed 0, and all that was saved. The hub goes on.\n"; code != 0 || out != want {
		t.Errorf("got %d %q %q, want %q", code, out, errs, want)
	}
}
