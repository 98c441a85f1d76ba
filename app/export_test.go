package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARecordingIsExportedByTheEndingOfItsFileAndImportedAgain(t *testing.T) {
	url := serve(t)
	if code, _, errs := run(t, "record", "--url", url, "--name", "one", "--detach"); code != 0 {
		t.Fatalf("record: %s", errs)
	}
	for _, event := range []string{"tick", "other", "tick"} {
		if code, _, errs := run(t, "emit", "--url", url, event, `{"price":1.50}`); code != 0 {
			t.Fatalf("emit: %s", errs)
		}
	}
	eventually(t, func() bool { _, out, _ := run(t, "recordings", "--url", url); return strings.Contains(out, " 3 ") }, "three messages to be written")
	if code, _, errs := run(t, "recordings", "stop", "--url", url, "one"); code != 0 {
		t.Fatalf("stop: %s", errs)
	}
	folder := t.TempDir()
	for ending, begins := range map[string]string{
		"ndjson": `{"id":"`, "jsonl": `{"id":"`, "csv": "seq,", "parquet": "PAR1", "mcap": "\x89MCAP0", "html": "<!doctype html>", "emitscope": "SQLite format 3\x00",
	} {
		file := filepath.Join(folder, "one."+ending)
		if code, _, errs := run(t, "export", "--url", url, "one", "-o", file); code != 0 {
			t.Fatalf("export as %s: %s", ending, errs)
		}
		if text, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(text, []byte(begins)) {
			t.Errorf("%s begins with %.20q, want %q: %v", ending, text, begins, err)
		}
	}
	_, want, _ := run(t, "export", "--url", url, "one")
	for _, ending := range []string{"ndjson", "csv", "emitscope"} {
		if code, out, errs := run(t, "import", "--url", url, filepath.Join(folder, "one."+ending), "--name", "as "+ending); code != 0 || !strings.HasPrefix(out, "as "+ending+": 3 messages, ") {
			t.Fatalf("import %s: got %d %q %q", ending, code, out, errs)
		}
		if _, got, _ := run(t, "export", "--url", url, "as "+ending); got != want {
			t.Errorf("by way of %s it is\n%s\nand was\n%s", ending, got, want)
		}
	}
	if code, _, errs := run(t, "import", "--url", url, filepath.Join(folder, "one.csv")); code != 1 || !strings.Contains(errs, `there is a recording "one" already`) {
		t.Errorf("a second one of a name: got %d %q", code, errs)
	}
	if code, _, errs := run(t, "import", "--url", url, filepath.Join(folder, "one.mcap"), "--name", "two"); code != 1 || !strings.Contains(errs, "export the recording as ndjson") {
		t.Errorf("a format that cannot be read: got %d %q", code, errs)
	}
	if code, _, errs := run(t, "import", "--url", url, "-"); code != 1 || !strings.Contains(errs, "--name") {
		t.Errorf("standard input without a name: got %d %q", code, errs)
	}
	if code, out, _ := run(t, "export", "--url", url, "one", "--to", "2000-01-01T00:00:00Z"); code != 0 || out != "" {
		t.Errorf("of a span before it: got %d %q", code, out)
	}
}
