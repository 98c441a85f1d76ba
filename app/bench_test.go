package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"emitscope/backend/trial"
)

func TestBenchPrintsATableOrJSON(t *testing.T) {
	url := serve(t)
	args := []string{"bench", "--url", url, "--rate", "100", "--seconds", "0.2", "--warmup", "0", "--clients", "3", "--via", "websocket", "--as", "native"}
	code, out, says := run(t, args...)
	if code != 0 || !strings.Contains(out, "60 of 60") || !strings.Contains(out, "interval error") {
		t.Errorf("got %d and %q, want 0 and a table with 20 messages to 3 clients", code, out)
	}
	if !strings.HasPrefix(says, "3 clients and 1 producer connected") {
		t.Errorf("got %q beside it, want what is going on", says)
	}
	var r trial.Report
	code, out, _ = run(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || r.Delivered != 60 {
		t.Errorf("got %d, %v and %s, want 0 and a report with 60 deliveries", code, err, out)
	}
}

func TestBenchRefusesFlagsThatMakeNoSense(t *testing.T) {
	for flags, want := range map[string]string{
		"--interval 1ms --pace 1ms":  "--pace",
		"--seconds 0":                "--seconds",
		"--interval=-5ms":            "-5ms",
		"--pace=-5ms":                "-5ms",
		"--warmup=-1":                "-1s",
		"--size 79":                  "79",
		"--producers 0 --clients 0":  "0 producers",
		"--publish-event x":          "rest",
		"--url 127.0.0.1:8092":       "not the address",
		"--namespace x":              `"x"`,
		"--clients 5 --batch 100000": "100000",
	} {
		code, out, errs := run(t, append([]string{"bench"}, strings.Fields(flags)...)...)
		if code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d, %q and %q; want 1 and a word about %s", flags, code, out, errs, want)
		}
	}
	if code, _, errs := run(t, "bench", "--via", "pigeon"); code != 2 || !strings.Contains(errs, "see scope bench --help") {
		t.Errorf("got %d and %q, want 2 and where help is", code, errs)
	}
}
