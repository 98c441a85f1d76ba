package tape_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"emitscope/backend/msg"
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

// One that were kept open would cost memory, a descriptor and, once deleted, its room on
// the disk, until the hub ends.
func TestWhatIsDoneKeepsNoFileOpen(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	wantOpen := func(after string, some bool) {
		t.Helper()
		if files := openIn(t, d.folder); len(files) > 0 != some {
			t.Errorf("after %s %d files are open: %v", after, len(files), files)
		}
	}
	d.start("a", "")
	d.Observe(now(1, time.Second))
	tape.Write(d.Tape, time.Now())
	tape.WriteFlight(d.Tape, time.Now())
	wantOpen("what was written", true)
	d.keep(msg.KeepFlight{Name: "kept"})
	d.stop("a")
	tape.EndFlight(d.Tape)
	wantOpen("the end", false)
	d.all("a", "event:tick")
	d.history("", 10)
	if _, err := d.bringFile("b", d.copied("a", "event:tick")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.bring("c", ticks(10)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rename("c", "d"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Timeline(t.Context(), "a", time.Time{}, time.Time{}, 10); err != nil {
		t.Fatal(err)
	}
	wantOpen("all that is done with recordings", false)
	if _, err := d.Clear(); err != nil {
		t.Fatal(err)
	}
	wantOpen("they were deleted", false)
}
