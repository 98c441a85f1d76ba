// Package testkit helps tests to wait for a condition instead of a time, to
// compare with golden files, and to see goroutines that were left behind.
package testkit

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience bounds every wait: far beyond what a busy machine needs, so that
// reaching it means that the condition will never hold.
const patience = 10 * time.Second

// A condition is looked at again after a pause that doubles from minPause to
// maxPause: most hold at once, and the others should not cost the machine much.
const (
	minPause = time.Millisecond
	maxPause = 32 * time.Millisecond
)

// Eventually waits until holds returns true. After 10 s it ends the test; what
// names the condition in the failure: "two clients to be connected".
//
// holds is called from the caller's goroutine. Inside a synctest bubble the
// 10 s are the bubble's.
func Eventually(t testing.TB, holds func() bool, what string) {
	t.Helper()
	if !within(patience, holds) {
		t.Fatalf("waited %v for %s", patience, what)
	}
}

func within(limit time.Duration, holds func() bool) bool {
	end := time.Now().Add(limit)
	for pause := minPause; !holds(); pause = min(2*pause, maxPause) {
		if time.Now().After(end) {
			return false
		}
		time.Sleep(pause)
	}
	return true
}

// updateFlag is the flag that makes Golden write instead of compare.
const updateFlag = "update"

func init() {
	// A flag must be registered before package testing parses the command line.
	flag.Bool(updateFlag, false, "rewrite golden files with what the tests got")
}

// Golden compares got with the file testdata/NAME.golden of the package under
// test. With the flag -update it writes the file instead; review it like code.
func Golden[T ~string | ~[]byte](t testing.TB, name string, got T) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if flag.Lookup(updateFlag).Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, path, string(got))
}

func compare(t testing.TB, path, got string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got; run the test with -update to accept it):\n%s", path, diff)
	}
}
