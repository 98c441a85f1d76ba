//go:build desktop

package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBashCompletesTheRecordingThatTheWindowIsToShow(t *testing.T) {
	recording := filepath.Join(t.TempDir(), "run-1.emitscope")
	if err := os.WriteFile(recording, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{{recording[:len(recording)-8]}, {"window", recording[:len(recording)-8]}} {
		if got, want := completed(t, line...), []string{recording}; !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
