package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"emitscope/app"
)

func TestARecordingIsMadeListedExportedAndRemoved(t *testing.T) {
	url := serve(t)
	if code, out, errs := run(t, "record", "--url", url, "--name", "a b", "--query", "event:tick", "--detach"); code != 0 ||
		out != "Recording \"a b\". scope recordings stop \"a b\" ends it.\n" {
		t.Fatalf("record: got %d %q %q", code, out, errs)
	}
	for _, event := range []string{"tick", "other", "tick"} {
		if code, _, errs := run(t, "emit", "--url", url, event, `{"price":1.50}`); code != 0 {
			t.Fatalf("emit: %s", errs)
		}
	}
	eventually(t, func() bool { _, out, _ := run(t, "recordings", "--url", url); return strings.Contains(out, " 2 ") }, "two messages to be written")
	if code, out, errs := run(t, "recordings", "stop", "--url", url, "a b"); code != 0 || !strings.HasPrefix(out, "a b: 2 messages, ") {
		t.Fatalf("stop: got %d %q %q", code, out, errs)
	}
	file := filepath.Join(t.TempDir(), "a.csv")
	if code, _, errs := run(t, "export", "--url", url, "a b", "--format", "csv", "--columns", "/price", "-o", file); code != 0 {
		t.Fatalf("export: %s", errs)
	}
	table, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(table)), "\n"); len(lines) != 3 || !strings.HasSuffix(lines[0], ",/price") || !strings.HasSuffix(lines[1], ",1.50") {
		t.Errorf("got %s, want a head and two rows with the price", table)
	}
	if code, out, _ := run(t, "recordings", "rename", "--url", url, "a b", "c"); code != 0 || out != "The recording \"a b\" is called \"c\" now.\n" {
		t.Errorf("rename: got %d %q", code, out)
	}
	if code, _, errs := run(t, "recordings", "rename", "--url", url, "c", "a b"); code != 0 {
		t.Errorf("and back: %s", errs)
	}
	if code, out, _ := run(t, "export", "--url", url, "a b", "--query", "seq:0"); code != 0 || out != "" {
		t.Errorf("export of nothing: got %d %q", code, out)
	}
	if code, _, errs := run(t, "recordings", "remove", "--url", url, "a b"); code != 0 {
		t.Errorf("remove: %s", errs)
	}
	if _, out, _ := run(t, "recordings", "--url", url); out != "There are no recordings. scope record --name NAME makes one.\n" {
		t.Errorf("afterwards there is %q", out)
	}
}

func TestARecordingLastsAsLongAsItWasTold(t *testing.T) {
	url := serve(t)
	if code, out, errs := run(t, "record", "--url", url, "--name", "short", "--for", "10ms"); code != 0 || !strings.HasPrefix(out, "short: 0 messages, ") {
		t.Errorf("got %d %q %q", code, out, errs)
	}
}

func TestARecordingEndsWithItsCommand(t *testing.T) {
	url := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs output
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{Name: "scope", Args: []string{"record", "--url", url, "--name", "one"}, Stdout: &out, Stderr: &errs})
	}()
	eventually(t, func() bool { return strings.Contains(errs.String(), "Ctrl-C ends it") }, "it to record")
	cancel()
	if code := <-ended; code != 0 || !strings.HasPrefix(out.String(), "one: 0 messages, ") {
		t.Errorf("got %d %q %q", code, out.String(), errs.String())
	}
	if _, list, _ := run(t, "recordings", "--url", url); !strings.Contains(list, " ended ") {
		t.Errorf("got %s, want it ended", list)
	}
}

func TestTheLastMinutesBecomeARecording(t *testing.T) {
	url := serve(t)
	if code, _, errs := run(t, "emit", "--url", url, "tick", "1"); code != 0 {
		t.Fatalf("emit: %s", errs)
	}
	eventually(t, func() bool {
		code, out, _ := run(t, "record", "--url", url, "--last", "5m", "--name", "what was that")
		return code == 0 && strings.HasPrefix(out, "what was that: 1 messages, ")
	}, "the message to be kept")
	if code, _, errs := run(t, "record", "--url", url, "--last", "5m", "--name", "What was that"); code != 1 || !strings.Contains(errs, "there is a recording") {
		t.Errorf("a second time: got %d %q", code, errs)
	}
	if code, out, errs := run(t, "record", "--url", url, "--last", "5m", "--query", "event:tick"); code != 0 || !strings.HasPrefix(out, "20") {
		t.Errorf("without a name: got %d %q %q", code, out, errs)
	}
	for _, args := range [][]string{{}, {"--last", "-5m"}, {"--last", "5m", "--for", "5m"}, {"--last", "5m", "--detach"}} {
		if code, out, _ := run(t, append([]string{"record", "--url", url}, args...)...); code == 0 || code == 1 || out != "" {
			t.Errorf("%v: got %d %q, want that the arguments are wrong", args, code, out)
		}
	}
}
