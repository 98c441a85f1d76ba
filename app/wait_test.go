package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"emitscope/app"
)

func TestWaitSeesWhatCameBetweenTheMarkAndItself(t *testing.T) {
	url := serve(t)
	code, mark, errs := run(t, "wait", "--url", url, "--mark")
	if code != 0 {
		t.Fatalf("mark: got %d %q", code, errs)
	}
	if code, _, errs := run(t, "emit", "--url", url, "done", `{"ok":true}`); code != 0 {
		t.Fatalf("emit: got %d %q", code, errs)
	}
	code, out, errs := run(t, "wait", "--url", url, "--since", strings.TrimSpace(mark), "--query", "event:done data.ok:true")
	if code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, `"data":{"ok":true}`) || errs != "" {
		t.Errorf("got %d %q %q, want 0 and the message on a line", code, out, errs)
	}
}

func TestWaitSeesWhatAClientWaitsForAsItComes(t *testing.T) {
	url := serve(t)
	var out output
	ended := make(chan int)
	go func() {
		ended <- app.Run(context.Background(), app.Process{Args: []string{"wait", "--url", url, "--count", "2", "--timeout", "1m"}, Stdout: &out, Stderr: &output{}})
	}()
	eventually(t, func() bool { // until it waits, messages pass it by
		if code, _, errs := run(t, "emit", "--url", url, "tick", "1"); code != 0 {
			t.Fatalf("emit: got %d %q", code, errs)
		}
		return strings.Contains(out.String(), `"event":"tick"`)
	}, "the first message to be printed")
	if code, _, errs := run(t, "emit", "--url", url, "tick", "2"); code != 0 {
		t.Fatalf("emit: got %d %q", code, errs)
	}
	if code := <-ended; code != 0 || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got %d and %q, want 0 and two messages", code, out.String())
	}
}

func TestWaitSaysByItsExitCodeHowItEnded(t *testing.T) {
	url := serve(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing came":   {[]string{"--url", url, "--timeout", "10ms"}, 1, "the time was up after 10ms, with 0 of 1 messages"},
		"too many":       {[]string{"--url", url, "--count", "1001"}, 2, "1 to 1000"},
		"none":           {[]string{"--url", url, "--count", "0"}, 2, "1 to 1000"},
		"a wrong query":  {[]string{"--url", url, "--query", "x:y"}, 2, "unknown field"},
		"no hub":         {[]string{"--url", "http://127.0.0.1:1"}, 2, "no hub answers"},
		"no hub to mark": {[]string{"--url", "http://127.0.0.1:1", "--mark"}, 2, "no hub answers"},
		"a wrong flag":   {[]string{"--url", url, "--tiemout", "1s"}, 2, "--tiemout"},
	} {
		code, out, errs := run(t, append([]string{"wait"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: got %d %q %q, want %d and %q", name, code, out, errs, c.code, c.says)
		}
	}
}

// full is an output that takes nothing, as on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWaitEndsWith2WhenWhatItSaysCannotBeWritten(t *testing.T) {
	url := serve(t)
	if code, _, errs := run(t, "emit", "--url", url, "tick", "1"); code != 0 {
		t.Fatalf("emit: got %d %q", code, errs)
	}
	for _, asked := range [][]string{{"--mark"}, {"--since", "0"}} {
		var errs output
		code := app.Run(t.Context(), app.Process{Args: append([]string{"wait", "--url", url}, asked...), Stdout: full{}, Stderr: &errs})
		if code != 2 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v: got %d %q, want 2 and why", asked, code, errs.String())
		}
	}
}

func TestWaitEndsWith2WhenItIsInterruptedOrTheHubStops(t *testing.T) {
	for name, says := range map[string]string{"the hub stops": "stopped", "interrupted": "interrupted"} {
		url, stop := serveWith(t, "")
		ctx, cancel := context.WithCancel(context.Background())
		var out, errs output
		ended := make(chan int)
		go func() {
			ended <- app.Run(ctx, app.Process{Args: []string{"wait", "--url", url, "--count", "1000", "--timeout", "10m"}, Stdout: &out, Stderr: &errs})
		}()
		eventually(t, func() bool { // as above
			_, _, _ = run(t, "emit", "--url", url, "tick", "1")
			return out.String() != ""
		}, "it to wait")
		if name == "interrupted" {
			cancel()
		} else {
			stop()
		}
		if code := <-ended; code != 2 || !strings.Contains(errs.String(), says) {
			t.Errorf("%s: got %d %q, want 2 and %q", name, code, errs.String(), says)
		}
		cancel()
	}
}
