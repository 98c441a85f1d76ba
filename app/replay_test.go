package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"emitscope/app"
)

// recordFive makes a recording of five messages.
func recordFive(t *testing.T, url, name string) {
	t.Helper()
	if code, _, errs := run(t, "record", "--url", url, "--name", name, "--query", "source:rest", "--detach"); code != 0 {
		t.Fatalf("record: %s", errs)
	}
	for range 5 {
		if code, _, errs := run(t, "emit", "--url", url, "-n", "/was", "tick", `{"price":1.50}`); code != 0 {
			t.Fatalf("emit: %s", errs)
		}
	}
	eventually(t, func() bool { _, out, _ := run(t, "recordings", "--url", url); return strings.Contains(out, " 5 ") }, "five messages to be written")
	if code, _, errs := run(t, "recordings", "stop", "--url", url, name); code != 0 {
		t.Fatalf("stop: %s", errs)
	}
}

func replayed(t *testing.T, url string) int {
	t.Helper()
	_, out, _ := run(t, "messages", "--url", url, "--query", "source:replay")
	return strings.Count(out, "\n")
}

func TestARecordingIsReplayed(t *testing.T) {
	url := serve(t)
	recordFive(t, url, "a b")
	code, out, errs := run(t, "replay", "--url", url, "a b", "--speed", "20", "--to", "/again", "--begin", "0s", "--end", "1h")
	if code != 0 || out != "a b: 5 messages sent\n" || errs != "Playing \"a b\"; Ctrl-C stops it.\n" {
		t.Errorf("got %d %q %q", code, out, errs)
	}
	if _, out, _ := run(t, "messages", "--url", url, "--query", "source:replay ns:/again"); strings.Count(out, "\n") != 5 {
		t.Errorf("got %s, want the five in /again", out)
	}
	if code, out, errs := run(t, "replay", "--url", url, "a b", "--query", "event:none"); code != 1 || out != "a b: 0 messages sent\n" || !strings.Contains(errs, "cannot go on: no message") {
		t.Errorf("of nothing: got %d %q %q, want 1", code, out, errs)
	}
	for _, args := range [][]string{{"none"}, {"a b", "--speed", "0"}, {"a b", "--begin", "soon"}, {"a b", "--every", "1us"}} {
		if code, _, _ := run(t, append([]string{"replay", "--url", url}, args...)...); code == 0 {
			t.Errorf("%v: got 0, want another exit code", args)
		}
	}
}

func TestAReplayIsInterrupted(t *testing.T) {
	url := serve(t)
	recordFive(t, url, "it")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var out, errs bytes.Buffer
	go func() {
		ended <- app.Run(ctx, app.Process{Name: "scope", Args: []string{"replay", "--url", url, "it", "--loop", "--even", "--every", "1h"}, Stdout: &out, Stderr: &errs})
	}()
	eventually(t, func() bool { return replayed(t, url) == 1 }, "the first message")
	cancel()
	if code := <-ended; code != 0 || out.String() != "it: 1 messages sent\n" {
		t.Errorf("got %d %q %q", code, out.String(), errs.String())
	}
	if code, out, errs := run(t, "replay", "--url", url, "it", "--loop", "--detach"); code != 0 || !strings.HasPrefix(out, "Playing \"it\".") {
		t.Errorf("detached: got %d %q %q", code, out, errs)
	}
	if code, _, errs := run(t, "replay", "--url", url, "it"); code != 1 || !strings.Contains(errs, "is being played") {
		t.Errorf("another: got %d %q, want it refused", code, errs)
	}
	if code, out, errs := run(t, "replay", "--url", url, "--stop"); code != 0 || !strings.HasPrefix(out, "it: ") {
		t.Errorf("stopped: got %d %q %q", code, out, errs)
	}
}

func TestAReplayIsSteppedThrough(t *testing.T) {
	url := serve(t)
	recordFive(t, url, "it")
	var out, errs bytes.Buffer
	code := app.Run(t.Context(), app.Process{
		Name: "scope", Args: []string{"replay", "--url", url, "it", "--step"}, Stdin: strings.NewReader("\n\nx\n2\n"), Stdout: &out, Stderr: &errs,
	})
	if code != 0 || out.String() != "it: 4 messages sent\n" || !strings.Contains(errs.String(), `"x" is no number`) {
		t.Errorf("got %d %q %q, want 1 + 1 + 2", code, out.String(), errs.String())
	}
	if got := replayed(t, url); got != 4 {
		t.Errorf("%d messages were sent, want 4", got)
	}
}
