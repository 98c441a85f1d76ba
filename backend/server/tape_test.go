package server_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"emitscope/backend/client"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
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

// metrics are what Prometheus is told.
func (h *hub) metrics(t *testing.T) string {
	t.Helper()
	from, err := h.Fetch(t.Context(), "/metrics")
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

// emitted waits until the hub has emitted so many messages since it started.
func (h *hub) emitted(t *testing.T, count uint64) {
	t.Helper()
	testkit.Eventually(t, func() bool { s, err := h.Stats(t.Context()); return err == nil && s.Counters.Emitted == count }, "the messages to be emitted")
}

func TestWhatHasJustBeenIsKept(t *testing.T) {
	for _, where := range []msg.FlightWhere{msg.FlightOnDisk, msg.FlightInMemory} {
		h := startHub(t, func(cfg *config.Config) { cfg.Recordings.Flight = where })
		publish(t, h, "/x", 4)
		h.emitted(t, 4)
		one, err := h.KeepFlight(t.Context(), wire.KeepFlight{Name: "kept", Last: "1m"})
		if err != nil || one.State != "ended" || one.Messages != 4 {
			t.Errorf("%s: got %+v, %v; want a recording of 4 messages", where, one, err)
		}
		if _, err := h.RenameRecording(t.Context(), "kept", "Kept"); err != nil {
			t.Error(err)
		}
		if got := strings.Count(h.exported(t, "Kept"), "\n"); got != 1+4 {
			t.Errorf("%s: got %d lines, want a head and 4 messages", where, got)
		}
		var metrics string
		testkit.Eventually(t, func() bool {
			metrics = h.metrics(t)
			return strings.Contains(metrics, "emitscope_flight_messages 4\n")
		}, "the metrics to tell of 4 messages")
		for _, line := range []string{"emitscope_flight_recording 1\n", "emitscope_flight_messages_total 4\n", "emitscope_flight_dropped_total 0\n", "emitscope_recordings_running 0\n"} {
			if !strings.Contains(metrics, line) {
				t.Errorf("%s: the metrics do not have %s", where, line)
			}
		}
	}
}

func TestWithoutAFlightRecorderItCannotBeKept(t *testing.T) {
	h := startHub(t, func(cfg *config.Config) { cfg.Recordings.Flight = msg.FlightOff })
	publish(t, h, "/x", 1)
	if _, err := h.KeepFlight(t.Context(), wire.KeepFlight{}); err == nil || !strings.Contains(err.Error(), "the flight recorder is off") {
		t.Errorf("got %v, want that it is off", err)
	}
}

func TestThePastOfTheStartBeforeIsStillThere(t *testing.T) {
	dir := t.TempDir()
	at := func(cfg *config.Config) { cfg.DataDir = dir }
	first := startHub(t, at)
	sent := publish(t, first, "/x", 3)
	first.emitted(t, 3)
	first.stop()

	second := startHub(t, at)
	publish(t, second, "/x", 2)
	second.emitted(t, 2)
	messages := func() (seqs []uint64) {
		t.Helper()
		for before := uint64(0); ; {
			var page wire.MessagePage
			ask(t, "GET", fmt.Sprintf("%s/api/v1/messages?limit=2&before=%d", second.url, before), "", "", &page)
			for _, m := range page.Messages {
				seqs = append(seqs, m.Seq)
			}
			if before = page.Before; before == 0 {
				return seqs
			}
		}
	}
	all := messages()
	if len(all) != 5 || all[4] != sent.FirstSeq || !slices.IsSortedFunc(all, func(a, b uint64) int { return int(b) - int(a) }) {
		t.Errorf("got %v, want five messages down to %d", all, sent.FirstSeq)
	}
	var one wire.Message
	if got := ask(t, "GET", fmt.Sprintf("%s/api/v1/messages/%d", second.url, sent.FirstSeq), "", "", &one); got != http.StatusOK || one.Seq != sent.FirstSeq {
		t.Errorf("got %d, %+v; want message %d", got, one, sent.FirstSeq)
	}
	ask(t, "DELETE", second.url+"/api/v1/messages", "", "", nil)
	if left := messages(); len(left) != 0 {
		t.Errorf("after they were forgotten there is %v", left)
	}
}

func TestViewersAreToldWhichRecordingsRun(t *testing.T) {
	h := startHub(t, nil)
	viewer := dial(t, h.url, "/api/v1/feed", "")
	if hello := viewer.until(`"hello"`); !strings.Contains(hello, `"recordings":{"running":[],"flight":"recording"}`) {
		t.Errorf("got hello %s, want that nothing but the flight recorder runs", hello)
	}
	h.record(t, "one")
	viewer.until(`"type":"recordings","recordings":{"running":[{"name":"one","state":"recording"`)
	if hello := dial(t, h.url, "/api/v1/feed", "").until(`"hello"`); !strings.Contains(hello, `"running":[{"name":"one"`) {
		t.Errorf("who comes later is told %s, want that it runs", hello)
	}
	if _, err := h.StopRecording(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	viewer.until(`"type":"recordings","recordings":{"running":[],`)
	if _, err := h.StartRecording(t.Context(), wire.NewRecording{Name: "short", For: "10ms"}); err != nil {
		t.Fatal(err)
	}
	viewer.until(`"running":[{"name":"short"`)
	viewer.until(`"running":[],`) // by itself
}
