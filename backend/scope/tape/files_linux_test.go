package tape_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"emitscope/backend/scope/tape"
)

// openIn returns the files in a folder that this process has open, those that are deleted
// among them.
func openIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	const own = "/proc/self/fd"
	entries, err := os.ReadDir(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if file, err := os.Readlink(filepath.Join(own, e.Name())); err == nil && strings.HasPrefix(file, folder) {
			files = append(files, file)
		}
	}
	return files
}

func TestARecordingThatHasEndedKeepsNoFileOpen(t *testing.T) {
	d := newDeck(t)
	for i := range 3 {
		name := fmt.Sprint("r", i)
		d.start(name, "")
		d.Observe(tick(uint64(i) + 1))
		tape.Write(d.Tape, time.Now())
		if len(openIn(t, d.folder)) == 0 {
			t.Fatal("a recording that runs has no file open, so this test sees nothing")
		}
		d.stop(name)
		if err := d.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if files := openIn(t, d.folder); len(files) > 0 {
		t.Errorf("%d files are still open: %v", len(files), files)
	}
}
