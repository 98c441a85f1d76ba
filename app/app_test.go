package app_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/app"
	"emitscope/backend/client"
)

// output is what a command writes; it may still be writing when we look.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run runs a command to its end.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs output
	code = app.Run(t.Context(), app.Process{Name: "scope", Args: args, Stdout: &out, Stderr: &errs, Version: "1.2.3"})
	return code, out.String(), errs.String()
}

// serve runs a hub on a free port until the test's end and returns its address.
func serve(t *testing.T) (url string) {
	t.Helper()
	url, _ = serveWith(t, "")
	return url
}

// serveWith does so with these settings. stop stops the hub before the test's
// end, and returns all it said.
func serveWith(t *testing.T, text string) (url string, stop func() string) {
	t.Helper()
	args := []string{"serve", "--addr", "127.0.0.1:0", "--data-dir", t.TempDir(), "--config", settings(t, text)}
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs output
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{Args: args, Stdout: &out, Stderr: &errs, Version: "1.2.3"})
	}()
	stop = sync.OnceValue(func() string {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve ended with %d: %s", code, errs.String())
		}
		return out.String()
	})
	t.Cleanup(func() { stop() })
	address := regexp.MustCompile(`http://\S+`)
	eventually(t, func() bool { return address.MatchString(out.String()) }, "the hub to say its address")
	return address.FindString(out.String()), stop
}

// eventually waits until holds returns true.
func eventually(t *testing.T, holds func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 10 s for %s", what)
		}
	}
}

func settings(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVersion(t *testing.T) {
	if code, out, _ := run(t, "version"); code != 0 || out != "emitscope 1.2.3\n" {
		t.Errorf("got %d %q, want 0 and the version", code, out)
	}
	if code, out, _ := run(t, "--version"); code != 0 || out != "emitscope 1.2.3\n" {
		t.Errorf("--version: got %d %q, want 0 and the version", code, out)
	}
	if code, out, _ := run(t, "version", "--json"); code != 0 || out != `{"version":"1.2.3"}`+"\n" {
		t.Errorf("got %d %q, want 0 and the version as JSON", code, out)
	}
}

func TestWrongArgumentsAreRefusedByTheNameOfTheProgramWithAHint(t *testing.T) {
	for _, c := range []struct {
		args         []string
		wrong, where string
	}{
		{[]string{"serve", "--adr", "x"}, "--adr", "see scope serve --help"},
		{[]string{"emit", "tick", "-5"}, "-5", "see scope emit --help"},
		{[]string{"tick"}, "tick", "see scope --help"},
	} {
		code, _, errs := run(t, c.args...)
		if code != 2 || !strings.HasPrefix(errs, "scope: ") || !strings.Contains(errs, c.wrong) || !strings.Contains(errs, c.where) {
			t.Errorf("%v: got %d %q, want 2, %q and %q", c.args, code, errs, c.wrong, c.where)
		}
	}
}

func TestHelpIsACommandToo(t *testing.T) {
	for _, args := range [][]string{{}, {"config", "show"}} {
		_, want, _ := run(t, append(args, "--help")...)
		if code, out, errs := run(t, append([]string{"help"}, args...)...); code != 0 || out != want {
			t.Errorf("help %v: got %d %q %q, want what --help prints", args, code, out, errs)
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	code, out, _ := run(t, "--help")
	for _, command := range []string{"serve", "emit", "watch", "bench", "share", "key list", "key make", "key revoke", "config check", "config show", "version"} {
		if code != 0 || !strings.Contains(out, command) {
			t.Errorf("got %d %q, want 0 and %q", code, out, command)
		}
	}
}

func TestTheTableOfCommandsHasThoseThatThereAre(t *testing.T) {
	doc, err := os.ReadFile("../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	_, help, _ := run(t, "--help")
	names := func(text, pattern string) (all []string) {
		for _, row := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, row[1])
		}
		return slices.Compact(all) // emit has two rows
	}
	want := names(help, `(?m)^  ([a-z-]+(?: [a-z]+)?)  +[A-Z]`)
	want = slices.DeleteFunc(want, func(name string) bool { return name == "window" }) // not every build has it; the text says so
	table, _, _ := strings.Cut(string(doc), "## Exit codes")
	got := names(table, "(?m)^\\| `([a-z-]+(?: [a-z]+)?)[^`]*` \\|")
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 15 {
		t.Errorf("help and docs/commands.md (-help +table):\n%s", diff)
	}
}

func TestConfigCheckNamesLineAndFieldAndLeavesTheFileAlone(t *testing.T) {
	const text = "addr = \"127.0.0.1:9000\"\n\n[lanes.\"/x\"]\ninterval = \"10us\"\n"
	path := settings(t, text)
	code, _, errs := run(t, "config", "check", "--config", path)
	for _, word := range []string{"config.toml:4", "/x", "interval", "10µs"} {
		if code != 1 || !strings.Contains(errs, word) {
			t.Errorf("got %d %q, want 1 and %q", code, errs, word)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != text {
		t.Errorf("the file is now %q (%v)", after, err)
	}
}

func TestConfigCheckNamesTheFile(t *testing.T) {
	path := settings(t, "")
	if code, out, _ := run(t, "config", "check", "--config", path); code != 0 || !strings.Contains(out, path) {
		t.Errorf("got %d %q, want 0 and %s", code, out, path)
	}
	home := t.TempDir() // on every system the settings folder is somewhere in here
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, home)
	}
	if code, out, _ := run(t, "config", "check"); code != 0 || !strings.Contains(out, "there is none at "+home) {
		t.Errorf("got %d %q, want 0 and that there is no file in %s", code, out, home)
	}
}

func TestAFlagWinsOverTheEnvironmentOverTheFile(t *testing.T) {
	path := settings(t, "addr = \"127.0.0.1:1111\"\nlog_format = \"json\"\nlog_level = \"warn\"\n")
	t.Setenv("EMITSCOPE_ADDR", "127.0.0.1:2222")
	t.Setenv("EMITSCOPE_LOG_LEVEL", "debug")
	code, out, errs := run(t, "config", "show", "--config", path, "--addr", "127.0.0.1:3333")
	if code != 0 {
		t.Fatalf("got %d: %s", code, errs)
	}
	for _, line := range []string{`addr = "127.0.0.1:3333"`, `log_level = "debug"`, `log_format = "json"`} {
		if !strings.Contains(strings.ReplaceAll(out, "'", `"`), line) {
			t.Errorf("got\n%s\nwant the line %s", out, line)
		}
	}
}

func TestEmitAndWatchTalkToARunningHub(t *testing.T) {
	url := serve(t)
	ctx, cancel := context.WithCancel(context.Background())
	var watched output
	ended := make(chan int)
	go func() {
		ended <- app.Run(ctx, app.Process{Args: []string{"watch", "--url", url, "--namespace", "/x"}, Stdout: &watched, Stderr: &output{}})
	}()
	eventually(t, func() bool {
		// Until the watcher is connected, messages pass it by.
		if code, out, errs := run(t, "emit", "--url", url, "--namespace", "/x", "tick", `{"n": 1}`); code != 0 || !strings.Contains(out, "accepted as") {
			t.Fatalf("emit: got %d %q %q", code, out, errs)
		}
		return strings.Contains(watched.String(), `"data":{"n":1}`)
	}, "the watcher to print the message")
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("watch ended with %d, want 0", code)
	}
	for line := range strings.Lines(watched.String()) {
		if !strings.HasPrefix(line, `{"type":"event","seq":`) {
			t.Errorf("watch printed %q, want one JSON object a line", line)
		}
	}
}

func TestWatchSaysThatTheHubStoppedAndEndsWith1(t *testing.T) {
	url, stop := serveWith(t, "")
	type end struct {
		code int
		errs string
	}
	ended := make(chan end, 1)
	go func() {
		code, _, errs := run(t, "watch", "--url", url)
		ended <- end{code, errs}
	}()
	hub, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	eventually(t, func() bool {
		stats, err := hub.Stats(t.Context())
		return err == nil && stats.Clients == 1
	}, "the watcher to be connected")
	stop()
	if got, want := <-ended, (end{1, "scope: the hub at " + url + " stopped\n"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAStopSaysWhatItWaitsFor(t *testing.T) {
	url, stop := serveWith(t, "[lanes.\"/x\"]\ninterval = \"500ms\"\n")
	for range 2 {
		if code, _, errs := run(t, "emit", "--url", url, "--namespace", "/x", "tick", "1"); code != 0 {
			t.Fatalf("emit: got %d %q", code, errs)
		}
	}
	said := regexp.MustCompile(`Stopping; up to 5 s for what still waits: [12] in /x\. Ctrl-C again ends at once\.\nStopped; nothing was waiting\.\n$`)
	if out := stop(); !said.MatchString(out) {
		t.Errorf("it said %q, want what it waited for, and how it ended", out)
	}
}

func TestEmitExplainsWhatIsWrong(t *testing.T) {
	url := serve(t)
	for name, c := range map[string]struct {
		args []string
		word string
	}{
		"text without quotes": {[]string{"emit", "--url", url, "note", "hello"}, "quote text twice"},
		"reserved event":      {[]string{"emit", "--url", url, "disconnect", "1"}, "reserved"},
		"no hub":              {[]string{"emit", "--url", "http://127.0.0.1:1", "e", "1"}, "no hub answers at http://127.0.0.1:1"},
		"no address":          {[]string{"emit", "--url", "localhost", "e", "1"}, "http://127.0.0.1:8092"},
	} {
		if code, _, errs := run(t, c.args...); code != 1 || !strings.Contains(errs, c.word) {
			t.Errorf("%s: got %d %q, want 1 and %q", name, code, errs, c.word)
		}
	}
}

func TestServeOnATakenPortSaysWhoHasItAndWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, errs := run(t, "serve", "--addr", l.Addr().String(), "--data-dir", t.TempDir(), "--config", settings(t, ""))
	if code != 1 || !strings.Contains(errs, "is taken by") || !strings.Contains(errs, "--addr") {
		t.Errorf("got %d %q, want 1, who has the port, and --addr", code, errs)
	}
}
