package interop

import (
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

// The example programs are what people copy first, so they must work as they
// stand: each producer's messages reach each subscriber.
func TestEveryExampleProducerReachesEveryExampleSubscriber(t *testing.T) {
	h := startHub(t)
	const ns = "/examples"
	pace := "20ms"
	if _, err := h.client(t).PatchLane(t.Context(), ns, wire.LanePatch{Interval: &pace}); err != nil {
		t.Fatal(err)
	}
	subscribers := exampleSubscribers(t, h, ns)
	for name, run := range map[string][]string{
		"python threads":   {"/usr/bin/python3", "../examples/python/threads_rest.py"},
		"python processes": {"/usr/bin/python3", "../examples/python/processes_socketio.py"},
		"node":             {"node", "../examples/node/producer.mjs"},
		"go":               {goProgram(t, "producer")},
	} {
		out := command(t, ".", run[0], append(run[1:], "--url", h.url, "--namespace", ns, "--interval", "0.1", "--seconds", "0.3")...)
		if !strings.Contains(out, "published") {
			t.Errorf("%s printed %q, want how many it published", name, out)
		}
	}
	for name, out := range subscribers {
		for _, from := range []string{`"thread"`, `"process"`} {
			out.waitFor(t, func(line string) bool { return strings.Contains(line, from) })
			t.Logf("%s got messages with %s", name, from)
		}
		out.waitFor(t, func(line string) bool { return strings.Contains(line, "off the pace by") })
	}
}

// exampleSubscribers starts all of them, and returns what they write when they listen.
func exampleSubscribers(t *testing.T, h *hub, namespace string) map[string]*transcript {
	t.Helper()
	subscribers := map[string]*transcript{}
	for name, run := range map[string][]string{
		"python": {"/usr/bin/python3", "../examples/python/subscriber.py"},
		"node":   {"node", "../examples/node/subscriber.mjs"},
		"go":     {goProgram(t, "subscriber")},
	} {
		subscribers[name] = start(t, append(run, "--seconds", "600", "--url", h.url, "--namespace", namespace)...)
	}
	for name, out := range subscribers {
		out.waitFor(t, func(line string) bool { return strings.Contains(line, "listening") })
		t.Logf("%s is listening", name)
	}
	return subscribers
}

func TestEveryExampleSubscriberComesBackByItselfWhenTheHubWasKilled(t *testing.T) {
	settings := []string{"--addr", addressToReturnTo(t), "--data-dir", t.TempDir()}
	first := startHub(t, settings...)
	const ns = "/examples"
	subscribers := exampleSubscribers(t, first, ns)
	publishTo(t, first, ns, `"before"`)
	for _, out := range subscribers {
		out.waitFor(t, func(line string) bool { return strings.Contains(line, "before") })
	}
	first.kill()
	second := startHub(t, settings...)
	for name, out := range subscribers {
		// A client is in a namespace a little later than connected: what comes too early it does not get.
		second.await(t, name+" to get what is sent", func() bool {
			publishTo(t, second, ns, `"after"`)
			return strings.Contains(out.String(), "after")
		})
		if n := strings.Count(out.String(), "before"); n != 1 {
			t.Errorf("%s got what was sent before the hub was killed %d times, want once", name, n)
		}
	}
}

func TestEveryExampleSaysInASentenceThatNoHubAnswers(t *testing.T) {
	for name, run := range map[string][]string{
		"python subscriber": {"/usr/bin/python3", "../examples/python/subscriber.py"},
		"python threads":    {"/usr/bin/python3", "../examples/python/threads_rest.py"},
		"python processes":  {"/usr/bin/python3", "../examples/python/processes_socketio.py"},
		"node subscriber":   {"node", "../examples/node/subscriber.mjs"},
		"node producer":     {"node", "../examples/node/producer.mjs"},
		"go subscriber":     {goProgram(t, "subscriber")},
		"go producer":       {goProgram(t, "producer")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Nobody can listen to port 1 without being root, and nobody who is does.
			out, err := exec.Command(run[0], append(run[1:], "--url", "http://127.0.0.1:1")...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("ended with %v, want an exit code that says it failed", err)
			}
			said := string(out)
			if !strings.Contains(said, "no hub answers") && !strings.Contains(said, "connection refused") {
				t.Errorf("printed %q, want that no hub answers", said)
			}
			if lines := strings.Count(said, "\n"); lines > 4 { // one of each thread
				t.Errorf("printed %d lines, want a sentence:\n%s", lines, said)
			}
		})
	}
}

// The programs in JavaScript are run by a test of the page that shows them.
func TestThePythonProgramsOfTheDocumentRunAsTheyAre(t *testing.T) {
	h := startHub(t)
	answer, err := http.Get(h.url + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var doc struct {
		Sockets []struct {
			ID       string
			Programs []struct{ Language, Code string }
		} `json:"x-sockets"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, protocol := range doc.Sockets {
		for _, program := range protocol.Programs {
			if program.Language != "Python" {
				continue
			}
			ran++
			code := strings.ReplaceAll(program.Code, "127.0.0.1:8092", strings.TrimPrefix(h.url, "http://"))
			out := start(t, "/usr/bin/python3", "-u", "-c", code)
			out.waitFor(t, func(line string) bool { return strings.Contains(line, "ack") && strings.Contains(line, "'seq'") })
			out.waitFor(t, func(line string) bool { return strings.Contains(line, "tick") && strings.Contains(line, "189.3") })
			t.Logf("%s publishes and receives", protocol.ID)
		}
	}
	if ran != 2 {
		t.Errorf("ran %d programs, want one of each protocol", ran)
	}
}

// goProgram builds one of the Go examples.
func goProgram(t *testing.T, name string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	command(t, ".", "go", "build", "-buildvcs=false", "-o", path, "emitscope/examples/go/"+name)
	return path
}

// start runs a program until the test's end and returns what it writes.
func start(t *testing.T, run ...string) *transcript {
	t.Helper()
	c := exec.Command(run[0], run[1:]...)
	out := newTranscript()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(run, " "), out)
		}
	})
	return out
}
