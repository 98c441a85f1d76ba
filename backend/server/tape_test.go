package server_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"emitscope/backend/client"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// exported is a recording as a table.
func (h *hub) exported(t *testing.T, name string) string {
	t.Helper()
	from, err := h.Export(t.Context(), name, client.Exported{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (h *hub) record(t *testing.T, name string) {
	t.Helper()
	if _, err := h.StartRecording(t.Context(), wire.NewRecording{Name: name}); err != nil {
		t.Fatal(err)
	}
}

func TestARecordingHasWhatTheHubEmits(t *testing.T) {
	h := startHub(t, nil)
	publish(t, h, "/x", 2)
	testkit.Eventually(t, func() bool { s, err := h.Stats(t.Context()); return err == nil && s.Counters.Emitted == 2 }, "two messages to be emitted")
	h.record(t, "three")
	publish(t, h, "/x", 3)
	testkit.Eventually(t, func() bool { r, err := h.Recording(t.Context(), "three"); return err == nil && r.Messages == 3 }, "three messages to be written")
	one, err := h.StopRecording(t.Context(), "three")
	if err != nil || one.State != "ended" || one.Messages != 3 || one.Dropped != 0 {
		t.Errorf("got %+v, %v; want it ended with 3 messages", one, err)
	}
	if got := strings.Count(h.exported(t, "three"), "\n"); got != 1+3 {
		t.Errorf("got %d lines, want a head and 3 messages", got)
	}
}

// Whatever still waits at a stop is dropped, and the recording says so.
func TestARecordingHasWhatTheStopLeftOver(t *testing.T) {
	dir := t.TempDir()
	at := func(cfg *config.Config) { cfg.DataDir = dir }
	first, hour := startHub(t, at), "1h"
	if _, err := first.PatchLane(t.Context(), "/slow", wire.LanePatch{Interval: &hour}); err != nil {
		t.Fatal(err)
	}
	first.record(t, "rest")
	publish(t, first, "/slow", 5)
	first.stop()

	second := startHub(t, at)
	one, err := second.Recording(t.Context(), "rest")
	if err != nil || one.State != "ended" || one.Messages != 5 {
		t.Errorf("got %+v, %v; want it ended with 5 messages", one, err)
	}
	if got := strings.Count(second.exported(t, "rest"), ",dropped,stopped,"); got != 5 {
		t.Errorf("%d messages are said to be dropped by the stop, want 5", got)
	}
}

func TestRecordingsAreToldOfAndErased(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, func(cfg *config.Config) { cfg.DataDir = dir })
	h.record(t, "runs")
	about, err := h.About(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(about.Files, func(f wire.KeptFile) bool { return f.Name == "recordings/runs.emitscope" && f.Kind == "recording" }) {
		t.Errorf("got %+v, want the recording among them", about.Files)
	}
	erased, err := h.DeleteData(t.Context())
	if err != nil || erased.Recordings != 1 {
		t.Errorf("got %+v, %v; want one recording deleted", erased, err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "recordings")); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v; want nothing left", left, err)
	}
}
