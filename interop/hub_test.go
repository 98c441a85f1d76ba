package interop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"emitscope/backend/client"
)

// program is the built hub, made once for all tests.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "emitscope-interop-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "emitscope-server")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "emitscope")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the hub: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// patience is how long a test waits for something that should be soon.
const patience = 20 * time.Second

// hub is a running hub, a process of its own.
type hub struct {
	url     string
	process *exec.Cmd
	out     *transcript
	asked   sync.Once
	ended   chan struct{}
	endErr  error
}

var addressLine = regexp.MustCompile(`http://\S+:\d+`)

// startHub runs the program on a free port with its data in a folder of its
// own, and ends it with the test.
func startHub(t testing.TB, args ...string) *hub {
	t.Helper()
	return startHubBy(t, []string{program}, args...)
}

// startHubBy is startHub with what starts the program.
func startHubBy(t testing.TB, by []string, args ...string) *hub {
	t.Helper()
	args = slices.Concat(by[1:], []string{"serve", "--addr", "127.0.0.1:0", "--data-dir", t.TempDir()}, args)
	h := &hub{process: exec.Command(by[0], args...), out: newTranscript(), ended: make(chan struct{})}
	h.process.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	h.process.Stdout, h.process.Stderr = h.out, h.out
	if err := h.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		h.endErr = h.process.Wait()
		close(h.ended)
	}()
	t.Cleanup(func() {
		h.stop(t)
		if t.Failed() {
			t.Logf("the hub said:\n%s", h.out)
		}
	})
	h.url = addressLine.FindString(h.out.waitFor(t, addressLine.MatchString))
	return h
}

// terminate asks the hub to end, once: asked again, it would end at once.
func (h *hub) terminate() {
	h.asked.Do(func() { _ = h.process.Process.Signal(syscall.SIGTERM) }) // it may have ended already
}

// stop asks the hub to end and waits until it has.
func (h *hub) stop(t testing.TB) {
	t.Helper()
	h.terminate()
	select {
	case <-h.ended:
		if h.endErr != nil {
			t.Errorf("the hub ended with %v", h.endErr)
		}
	case <-time.After(patience):
		_ = h.process.Process.Kill()
		t.Errorf("the hub did not end within %v", patience)
	}
}

func (h *hub) client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.New(h.url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// transcript is what a process wrote, line by line.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines []string
	part  string
	more  chan struct{} // closed and replaced with each line
}

func newTranscript() *transcript { return &transcript{more: make(chan struct{})} }

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	parts := strings.Split(t.part+string(p), "\n")
	t.part = parts[len(parts)-1]
	t.lines = append(t.lines, parts[:len(parts)-1]...)
	close(t.more)
	t.more = make(chan struct{})
	return len(p), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// waitFor returns the first line that fits.
func (t *transcript) waitFor(tb testing.TB, fits func(string) bool) string {
	tb.Helper()
	deadline := time.After(patience)
	for seen := 0; ; {
		t.mu.Lock()
		lines, more := t.lines, t.more
		t.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if fits(lines[seen]) {
				return lines[seen]
			}
		}
		select {
		case <-more:
		case <-deadline:
			tb.Fatalf("no such line within %v; got:\n%s", patience, t)
		}
	}
}

// command runs a program to its end and returns what it printed.
func command(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// linesOf calls each for every line a process writes, on a goroutine that ends
// with the process's output.
func linesOf(pipe *bufio.Scanner, each func(string)) (done chan struct{}) {
	done = make(chan struct{})
	pipe.Buffer(nil, 16<<20)
	go func() {
		defer close(done)
		for pipe.Scan() {
			each(pipe.Text())
		}
	}()
	return done
}
