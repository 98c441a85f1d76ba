package server_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"emitscope/backend/client"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

// recorded makes a recording of messages that are numbered from 0.
func (h *hub) recorded(t *testing.T, name string, n int) {
	t.Helper()
	h.record(t, name)
	for i := range n {
		if _, err := h.Publish(t.Context(), wire.Publish{Namespace: "/was", Event: "e", Data: json.RawMessage(`{"n":` + string(rune('0'+i)) + `}`)}); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, func() bool { r, err := h.Recording(t.Context(), name); return err == nil && r.Messages == uint64(n) }, "all messages to be written")
	if _, err := h.StopRecording(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// played waits for the end of a replay.
func (h *hub) played(t testing.TB, state string) (r wire.Replay) {
	t.Helper()
	testkit.Eventually(t, func() (over bool) {
		var err error
		r, err = h.Replay(t.Context())
		return err == nil && r.State == state
	}, "the replay to be "+state)
	return r
}

// selected returns the newest messages that a query selects, oldest first.
func (h *hub) selected(t testing.TB, query string) (all []wire.Message) {
	t.Helper()
	if err := h.Messages(t.Context(), query, 0, func(line []byte) error {
		var m wire.Message
		err := json.Unmarshal(line, &m)
		all = append(all, m)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func payloads(all []wire.Message) (texts []string) {
	for _, m := range all {
		texts = append(texts, string(m.Data))
	}
	return texts
}

func TestARecordingIsPlayedIntoTheHubAgain(t *testing.T) {
	h := startHub(t, nil)
	hour := "1h"
	h.recorded(t, "it", 5)
	if _, err := h.PatchLane(t.Context(), "/again", wire.LanePatch{Interval: &hour}); err != nil { // which it does not wait for
		t.Fatal(err)
	}
	h.record(t, "without")
	started, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it", Namespace: "/again", Speed: 0.5})
	if err != nil || started.State != "playing" || started.Spacing != "kept" {
		t.Fatalf("got %+v, %v; want it to be played", started, err)
	}
	if r := h.played(t, "ended"); r.Sent != 5 || r.Refused != 0 {
		t.Errorf("got %+v, want 5 sent", r)
	}
	was, again := h.selected(t, "ns:/was"), h.selected(t, "source:replay")
	if got, want := payloads(again), payloads(was); !slices.Equal(got, want) || again[0].Namespace != "/again" || again[0].Origin.Door != "replay" || again[0].Lateness == "" {
		t.Errorf("got %+v, want %v in /again", again, want)
	}
	if one, err := h.StopRecording(t.Context(), "without"); err != nil || one.Messages != 0 {
		t.Errorf("got %+v, %v; want none of the replay recorded", one, err)
	}
	h.record(t, "with")
	if _, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it", Namespace: "/again", Record: true, Speed: 20}); err != nil {
		t.Fatal(err)
	}
	h.played(t, "ended")
	if one, err := h.StopRecording(t.Context(), "with"); err != nil || one.Messages != 5 {
		t.Errorf("got %+v, %v; want the replay recorded", one, err)
	}
	var audit wire.AuditPage
	if got := ask(t, http.MethodGet, h.url+"/api/v1/audit", "", "", &audit); got != http.StatusOK || !slices.ContainsFunc(audit.Entries, func(e wire.AuditEntry) bool { return e.Kind == "replay_started" && e.Subject == "it" }) {
		t.Errorf("got %d %+v, want it noted who played it", got, audit)
	}
}

func TestAReplayThatWaitsIsSteppedThroughAndStopped(t *testing.T) {
	h := startHub(t, nil)
	h.recorded(t, "it", 5)
	if _, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it", Paused: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it"}); !errors.Is(err, fault.Conflict) {
		t.Errorf("starting another: got %v, want a conflict", err)
	}
	err := h.DeleteRecording(t.Context(), "it")
	if f := fault.From(err); f == nil || f.Code != "recording_in_use" {
		t.Errorf("deleting it: got %v, want recording_in_use", err)
	}
	two := 2
	if _, err := h.ChangeReplay(t.Context(), wire.ReplayPatch{Step: &two}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() bool { r, err := h.Replay(t.Context()); return err == nil && r.Sent == 2 }, "two messages to be sent")
	stopped, err := h.StopReplay(t.Context())
	if err != nil || stopped.State != "ended" || stopped.Sent != 2 {
		t.Errorf("got %+v, %v; want it ended behind two", stopped, err)
	}
	if got := payloads(h.selected(t, "source:replay")); !slices.Equal(got, []string{`{"n":0}`, `{"n":1}`}) {
		t.Errorf("got %v, want the first two", got)
	}
	if _, err := h.StopReplay(t.Context()); !errors.Is(err, fault.NotFound) {
		t.Errorf("stopping it again: got %v, want not found", err)
	}
	if err := h.DeleteRecording(t.Context(), "it"); err != nil {
		t.Errorf("deleting it afterwards: %v", err)
	}
}

func TestALaneThatIsFullRefusesWhatIsReplayed(t *testing.T) {
	h := startHub(t, nil)
	h.recorded(t, "it", 5)
	hour, two := "1h", 2
	if _, err := h.PatchLane(t.Context(), "/slow", wire.LanePatch{Interval: &hour, Capacity: &two}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it", Namespace: "/slow", Spacing: "even", Speed: 20}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() bool { r, err := h.Replay(t.Context()); return err == nil && r.Refused == 3 }, "three messages to be refused")
	if r, err := h.StopReplay(t.Context()); err != nil || r.Sent != 0 || !strings.Contains(r.Problem, "/slow is full") {
		t.Errorf("got %+v, %v; want it to say why", r, err)
	}
	lane, err := h.lane(t, "/slow")
	if err != nil || lane.Depth != 0 {
		t.Errorf("got %+v, %v; want nothing left in the lane", lane, err)
	}
}

// lane asks for one lane.
func (h *hub) lane(t *testing.T, namespace string) (lane wire.Lane, err error) {
	t.Helper()
	if got := ask(t, http.MethodGet, h.url+"/api/v1/lanes/"+strings.ReplaceAll(namespace, "/", "%2F"), "", "", &lane); got != http.StatusOK {
		err = errors.New("no lane")
	}
	return lane, err
}

func TestAHubThatStopsSendsNothingOfAReplayAnyMore(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	h.recorded(t, "it", 5)
	hour := "1h"
	if _, err := h.PatchLane(t.Context(), "/slow", wire.LanePatch{Interval: &hour}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []wire.NewReplay{{Recording: "it", Loop: true}, {Recording: "it", Namespace: "/slow", Spacing: "even"}} {
		if _, err := h.StartReplay(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if n.Loop {
			if _, err := h.StopReplay(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	testkit.Eventually(t, func() bool { lane, err := h.lane(t, "/slow"); return err == nil && lane.Depth == 5 }, "all to wait in the lane")
	if left := h.stop(); len(left) != 0 {
		t.Errorf("%v was left, want what is replayed to be in nobody's way", left)
	}
}

func TestAReplayOfADamagedRecordingSaysSo(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, func(cfg *config.Config) { cfg.DataDir = dir })
	h.recorded(t, "it", 2)
	if err := os.WriteFile(filepath.Join(dir, "recordings", "it.emitscope"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{"it": "recording_damaged", "none": "recording_not_found"} {
		_, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: name})
		if f := fault.From(err); f == nil || f.Code != code {
			t.Errorf("%s: got %v, want %s", name, err, code)
		}
	}
}

func TestErasingTheDataEndsTheReplay(t *testing.T) {
	h := startHub(t, nil)
	h.recorded(t, "it", 2)
	if _, err := h.StartReplay(t.Context(), wire.NewReplay{Recording: "it", Paused: true}); err != nil {
		t.Fatal(err)
	}
	if erased, err := h.DeleteData(t.Context()); err != nil || erased.Recordings != 1 {
		t.Errorf("got %+v, %v; want the recording deleted", erased, err)
	}
	if r, err := h.Replay(t.Context()); err != nil || r.State != "ended" {
		t.Errorf("got %+v, %v; want it ended", r, err)
	}
}

// emits returns when the messages of a recording were emitted.
func (h *hub) emits(t testing.TB, name string) (messages []wire.Message) {
	t.Helper()
	from, err := h.Export(t.Context(), name, client.Exported{Format: "ndjson"})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var m wire.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	return messages
}
