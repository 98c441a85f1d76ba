package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"emitscope/app"
	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

func TestAnAlertIsSetChangedListedAndRemoved(t *testing.T) {
	url := serve(t)
	set := func(want string, args ...string) {
		t.Helper()
		if code, out, errs := run(t, append([]string{"alerts", "set", "Ticks stopped", "--url", url}, args...)...); code != 0 || out != want {
			t.Errorf("%v: got %d %q %q, want %q", args, code, out, errs, want)
		}
	}
	if code, _, errs := run(t, "alerts", "set", "Ticks stopped", "--url", url); code != 1 || !strings.Contains(errs, "--when: silence, ") {
		t.Errorf("without a condition: got %d %q, want those there are", code, errs)
	}
	set("The alert \"Ticks stopped\" is on: silence, raised at 10 s held for 0s.\n", "--when", "silence", "-n", "/m", "-e", "tick")
	set("The alert \"Ticks stopped\" is on: silence, raised at 30 s held for 0s.\n", "--limit", "30")
	set("The alert \"Ticks stopped\" is off: silence, raised at 30 s held for 2s.\n", "--off", "--hold", "2s")
	set("The alert \"Ticks stopped\" is off: silence, raised at 30 s held for 2s.\n", "--keep")
	keeps := func(want bool) {
		t.Helper()
		hub, err := client.New(url, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := hub.Alerts(t.Context())
		if err != nil || !slices.ContainsFunc(all, func(a wire.Alert) bool { return a.Name == "Ticks stopped" && a.Keep == want }) {
			t.Errorf("got %+v, %v; want that it keeps: %v", all, err, want)
		}
	}
	keeps(true)
	set("The alert \"Ticks stopped\" is off: silence, raised at 30 s held for 2s.\n", "--no-keep")
	keeps(false)
	if _, out, _ := run(t, "alerts", "--url", url); !strings.Contains(strings.Join(strings.Fields(out), " "), "Ticks stopped off silence /m tick 30 s") {
		t.Errorf("got\n%s", out)
	}
	set("The alert \"Ticks stopped\" is off: queue, raised at 80 % held for 3s.\n", "--when", "queue")
	if code, _, errs := run(t, "alerts", "set", "Ticks stopped", "--limit", "101", "--url", url); code != 1 || !strings.Contains(errs, "the limit is 101") {
		t.Errorf("got %d %q, want that it is too much", code, errs)
	}
	if code, _, errs := run(t, "alerts", "ack", "Ticks stopped", "--url", url); code != 1 || !strings.Contains(errs, "is not raised") {
		t.Errorf("got %d %q, want that it is not raised", code, errs)
	}
	if code, _, errs := run(t, "alerts", "remove", "Ticks stopped", "--url", url); code != 0 {
		t.Errorf("got %d %q", code, errs)
	}
	if _, out, _ := run(t, "alerts", "list", "--url", url); strings.Contains(out, "Ticks stopped") {
		t.Errorf("it is still there:\n%s", out)
	}
}

func TestAnotherLimitOfAnAlertKeepsHowLongItMustHold(t *testing.T) {
	url := serve(t)
	run(t, "alerts", "set", "Full", "--when", "queue", "--limit", "80", "--clear", "10", "--hold", "7s", "--clear-hold", "9s", "--url", url)
	run(t, "alerts", "set", "Quiet", "--when", "silence", "-n", "/m", "--limit", "20", "--hold", "7s", "--clear-hold", "9s", "--url", url)
	run(t, "alerts", "set", "Full", "--limit", "40", "--url", url)
	run(t, "alerts", "set", "Quiet", "--limit", "60", "--url", url)
	hub, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	all, err := hub.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		switch {
		case a.Name == "Full" && (*a.Limit != 40 || *a.Clear != 30 || a.Hold != "7s" || a.ClearHold != "9s"):
			t.Errorf("got limit %v, clear %v, holds %s and %s; want 40, 30, 7s and 9s", *a.Limit, *a.Clear, a.Hold, a.ClearHold)
		case a.Name == "Quiet" && (*a.Limit != 60 || a.Hold != "7s" || a.ClearHold != "1m0s"):
			t.Errorf("silence: got limit %v, holds %s and %s; want 60, 7s and 1m0s", *a.Limit, a.Hold, a.ClearHold)
		}
	}
}

func TestAnAlertThatIsClearedAfterHundredsOfOthersIsWatched(t *testing.T) {
	var cleared atomic.Bool
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.ParseUint(r.URL.Query().Get("limit"), 10, 64) // else none
		var page wire.AlertHistory
		for id := uint64(500); id > 500-min(limit, 500); id-- {
			e := wire.AlertEvent{ID: id, Name: "Other", Cleared: "2026-01-02T15:04:05.000000000Z"}
			if id == 1 {
				e.Name = "First"
				if !cleared.Load() {
					e.Cleared = ""
				}
			}
			page.Events = append(page.Events, e)
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer there.Close()
	ctx, stop := context.WithCancel(t.Context())
	var told output
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{Name: "scope", Args: []string{"alerts", "watch", "--url", there.URL}, Stdout: &told, Stderr: &output{}})
	}()
	eventually(t, func() bool { return strings.Count(told.String(), "First") == 1 }, "that it is raised")
	cleared.Store(true)
	eventually(t, func() bool { return strings.Count(told.String(), "First") == 2 }, "that it is cleared")
	stop()
	<-ended
}

func TestAWebhookIsTested(t *testing.T) {
	url := serve(t)
	status := http.StatusNoContent
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer there.Close()
	run(t, "alerts", "set", "Queue fills up", "--webhook", there.URL, "--url", url)
	if code, out, _ := run(t, "alerts", "test", "Queue fills up", "--url", url); code != 0 || out != "The webhook took it.\n" {
		t.Errorf("got %d %q", code, out)
	}
	status = http.StatusGone
	if code, _, errs := run(t, "alerts", "test", "Queue fills up", "--url", url); code != 1 || !strings.Contains(errs, "it answered 410 Gone") {
		t.Errorf("got %d %q", code, errs)
	}
}

func TestWatchedAlertsAreLinesOfJSON(t *testing.T) {
	url := serve(t)
	run(t, "alerts", "set", "Quiet", "--when", "silence", "-n", "/m", "--limit", "1", "--url", url)
	ctx, stop := context.WithCancel(t.Context())
	var told output
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{Name: "scope", Args: []string{"alerts", "watch", "--url", url}, Stdout: &told, Stderr: &output{}})
	}()
	eventually(t, func() bool { return strings.Contains(told.String(), "\n") }, "the alert")
	run(t, "alerts", "remove", "Quiet", "--url", url)
	eventually(t, func() bool { return strings.Count(told.String(), "\n") == 2 }, "that it is over")
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("got %d, want 0", code)
	}
	for i, line := range strings.Split(strings.TrimSpace(told.String()), "\n") {
		var e struct{ Name, Cleared string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Name != "Quiet" || (e.Cleared != "") != (i == 1) {
			t.Errorf("line %d is %s (%v)", i, line, err)
		}
	}
}
