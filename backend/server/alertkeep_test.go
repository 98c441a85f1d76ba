package server_test

import (
	"strings"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// keeping has alerts of lost messages that keep what led to them, and lets a hub lose
// some.
func keeping(t *testing.T, h *hub, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := h.PutAlert(t.Context(), name, wire.NewAlert{When: "drops", ClearHold: "1h", Keep: true}); err != nil {
			t.Fatal(err)
		}
		h.await(t, name)
	}
	overflow(t, h)
}

// noted waits until the newest event of an alert says what was kept, or why nothing.
func (h *hub) noted(t *testing.T, name string) (newest wire.AlertEvent) {
	t.Helper()
	testkit.Eventually(t, func() bool {
		events, err := h.AlertHistory(t.Context(), 10)
		for _, e := range events {
			if e.Name == name {
				newest = e
				return err == nil && (e.Kept != "" || e.NotKept != nil)
			}
		}
		return false
	}, "what was kept for "+name)
	return newest
}

func TestAnAlertKeepsTheMinutesBeforeAsARecording(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	publish(t, h, "/x", 5)
	testkit.Eventually(t, func() bool { s, err := h.Stats(t.Context()); return err == nil && s.Counters.Emitted == 5 }, "five messages to be emitted")
	viewer := dial(t, h.url, "/api/v1/feed", "")
	viewer.until("hello")
	keeping(t, h, "Lost: /full", "CON.1") // the second is no name of a file, not even before a time
	for name, want := range map[string]string{"Lost: /full": "Lost- -full 20", "CON.1": "Alert 20"} {
		e := h.noted(t, name)
		if !strings.HasPrefix(e.Kept, want) || e.NotKept != nil {
			t.Errorf("%q: got %q, %+v; want a recording %s…", name, e.Kept, e.NotKept, want)
		}
		if r, err := h.Recording(t.Context(), e.Kept); err != nil || r.State != "ended" || r.Messages < 5 {
			t.Errorf("%q: got %+v, %v; want what was before", name, r, err)
		}
	}
	viewer.until(`"kept":"Lost- -full 20`)
}

func TestAnAlertIsKeptOnceInAWhile(t *testing.T) {
	h := startHub(t, nil)
	publish(t, h, "/x", 1)
	keeping(t, h, "Lost")
	first := h.noted(t, "Lost")
	if err := h.RemoveAlert(t.Context(), "Lost"); err != nil {
		t.Fatal(err)
	}
	keeping(t, h, "Lost")
	testkit.Eventually(t, func() bool { return h.noted(t, "Lost").ID != first.ID }, "it to be raised again")
	again := h.noted(t, "Lost")
	if again.Kept != "" || again.NotKept.Code != "kept_recently" || !strings.Contains(again.NotKept.Message, first.Kept) {
		t.Errorf("got %q, %+v; want the name of the one before, %q", again.Kept, again.NotKept, first.Kept)
	}
	if all, err := h.Recordings(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("got %+v, %v; want one recording", all, err)
	}
}

func TestAnAlertSaysWhyNothingWasKept(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Recordings.Flight = msg.FlightOff })
	keeping(t, h, "Lost")
	if e := h.noted(t, "Lost"); e.Kept != "" || e.NotKept.Code != "flight_off" {
		t.Errorf("got %q, %+v; want that there is no flight recorder", e.Kept, e.NotKept)
	}
}
