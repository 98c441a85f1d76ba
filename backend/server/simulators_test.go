package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

func TestTheDemoFeedIsMessagesLikeAnyOther(t *testing.T) {
	h := startHub(t, nil)
	list, err := h.Simulators(t.Context())
	if err != nil || len(list.Simulators) != 4 {
		t.Fatalf("got %+v, %v, want the four of the demo in a new data folder", list, err)
	}
	for _, one := range list.Simulators {
		if one.Running {
			t.Errorf("%s runs, though nobody started it", one.Name)
		}
	}
	if got := ask(t, http.MethodPost, h.url+"/api/v1/demo", "", "", nil); got != http.StatusOK {
		t.Fatalf("got %d, want 200", got)
	}
	testkit.Eventually(t, func() bool {
		stats, err := h.Stats(t.Context())
		return err == nil && len(stats.Streams) == 4
	}, "messages of all four")
	var lines []string
	if err := h.Messages(t.Context(), "source:simulator ns:/ws/rt_market data.price>0", 1, func(line []byte) error {
		lines = append(lines, string(line))
		return nil
	}); err != nil || len(lines) != 1 || !strings.Contains(lines[0], `"source_time"`) {
		t.Errorf("got %v, %v, want a tick by its source", lines, err)
	}
	var seen wire.ClientList
	testkit.Eventually(t, func() bool {
		return ask(t, http.MethodGet, h.url+"/api/v1/clients", "", "", &seen) == http.StatusOK && len(seen.Clients) == 4
	}, "clients that read it")
	var after wire.SimulatorList
	if got := ask(t, http.MethodDelete, h.url+"/api/v1/demo", "", "", &after); got != http.StatusOK {
		t.Errorf("got %d, want 200", got)
	}
	testkit.Eventually(t, func() bool {
		return ask(t, http.MethodGet, h.url+"/api/v1/clients", "", "", &seen) == http.StatusOK && len(seen.Clients) == 0
	}, "no clients of a feed that has ended")
	for _, one := range after.Simulators {
		if one.Running || one.Sent == 0 || one.Accepted != one.Sent {
			t.Errorf("got %+v, want it at rest, and all that it sent accepted", one)
		}
	}
}

func TestSimulatorsOutliveTheHubAndDoNotStartThemselves(t *testing.T) {
	folder := t.TempDir()
	in := func(c *config.Config) { c.DataDir = folder }
	h := startHub(t, in)
	if _, err := h.PutSimulator(t.Context(), "mine", wire.SimulatorSetup{Feed: "counter", Namespace: "/mine"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RunSimulator(t.Context(), "mine", true); err != nil {
		t.Fatal(err)
	}
	h.stop()
	if _, err := os.Stat(filepath.Join(folder, "simulators.json")); err != nil {
		t.Fatal(err)
	}
	h = startHub(t, in)
	list, err := h.Simulators(t.Context())
	if err != nil || len(list.Simulators) != 5 {
		t.Fatalf("got %+v, %v, want the one that was made, and those of the demo", list, err)
	}
	if last := list.Simulators[4]; last.Name != "mine" || last.Namespace != "/mine" || last.Running {
		t.Errorf("got %+v, want it as it was made, at rest", last)
	}
}

func TestASimulatorThatIsTooFastForItsLaneIsToldSo(t *testing.T) {
	h := startHub(t, nil)
	lane := wire.LanePatch{Interval: new("1h"), Capacity: new(10)}
	if _, err := h.PatchLane(t.Context(), "/slow", lane); err != nil {
		t.Fatal(err)
	}
	if _, err := h.PutSimulator(t.Context(), "mine", wire.SimulatorSetup{Feed: "counter", Namespace: "/slow", Rate: 10_000, Count: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RunSimulator(t.Context(), "mine", true); err != nil {
		t.Fatal(err)
	}
	var got wire.Simulator
	testkit.Eventually(t, func() bool {
		list, err := h.Simulators(t.Context())
		for _, one := range list.Simulators {
			if one.Name == "mine" {
				got = one
			}
		}
		return err == nil && got.Sent == 100 && !got.Running
	}, "the simulator to have ended")
	if got.Accepted != 10 || got.Refused != 90 || got.Refusal == nil || got.Refusal.Code != "queue_full" {
		t.Errorf("got %+v, want 10 accepted and 90 refused by a full lane", got)
	}
}

func TestErasingTheDataEndsTheSimulators(t *testing.T) {
	h := startHub(t, nil)
	if _, err := h.RunSimulator(t.Context(), "Sine", true); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, http.MethodDelete, h.url+"/api/v1/data?confirm=everything", "", "", nil); got != http.StatusOK {
		t.Fatalf("got %d, want 200", got)
	}
	if list, err := h.Simulators(t.Context()); err != nil || len(list.Simulators) != 0 {
		t.Errorf("got %+v, %v, want none", list, err)
	}
}
