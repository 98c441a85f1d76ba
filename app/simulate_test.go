package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
)

func TestSimulateSaysWhatBecameOfItsMessages(t *testing.T) {
	url := serve(t)
	for _, via := range []string{"websocket", "rest", "socketio"} {
		args := []string{"simulate", "--url", url, "--feed", "ticks", "--namespace", "/n", "--rate", "2000", "--producers", "4", "--seed", "7", "--count", "100", "--via", via}
		code, out, errs := run(t, args...)
		if code != 0 || !strings.Contains(out, "4, offering 2,000 messages") || !strings.Contains(out, "accepted    100\n") || !strings.Contains(out, "refused     0\n") {
			t.Errorf("%s: got %d, %q and %q, want 0 and 100 messages accepted", via, code, out, errs)
		}
	}
	_, out, _ := run(t, "messages", "--url", url, "--query", `ns:/n event:tick source:websocket data.symbol:* data.price>0`, "--limit", "0")
	if got := strings.Count(out, "\n"); got != 100 {
		t.Errorf("got %d messages in the hub, want 100 by WebSocket", got)
	}
}

func TestSimulateCountsWhatTheHubRefuses(t *testing.T) {
	url := serve(t)
	hub, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	if _, err := hub.PatchLane(t.Context(), "/slow", wire.LanePatch{Interval: new("1h"), Capacity: new(5)}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "it.json")
	if err := os.WriteFile(file, []byte(`{"n":{{seq}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, "simulate", "--url", url, "--feed", "template", "--template", "@"+file, "--namespace", "/slow", "--rate", "5000", "--count", "20", "--json")
	var got trial.Simulated
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil || got.Sent != 20 || got.Accepted != 5 || got.Refused["queue_full"] != 15 {
		t.Errorf("got %d, %v, %s and %s, want 5 of 20 accepted, and the others refused by a full lane", code, err, out, errs)
	}
}

func TestSimulateRefusesFlagsThatMakeNoSense(t *testing.T) {
	for flags, want := range map[string]string{
		"--producers 0":                         "--producers is 0",
		"--rate 5 --interval 1s":                "both given",
		"--rate 1000000":                        "1000000",
		"--set mean=5":                          "symbols",
		"--feed template --template {{nwo}}":    "line 1, column 3",
		"--feed template --template @/nowhere/": "cannot be read",
		"--namespace x":                         `"x"`,
	} {
		code, out, errs := run(t, append([]string{"simulate"}, strings.Fields(flags)...)...)
		if code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d, %q and %q; want 1 and a word about %s", flags, code, out, errs, want)
		}
	}
	if code, _, errs := run(t, "simulate", "--url", "http://127.0.0.1:9"); code != 1 || !strings.Contains(errs, "127.0.0.1:9") {
		t.Errorf("got %d and %q without a hub, want 1 and which was not reached", code, errs)
	}
}
