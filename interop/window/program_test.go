//go:build linux

package window

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The program as it is shipped, and the same open to WebDriver.
var shipped, driven string

const tags = "desktop,production,webkit2_41"

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if os.Getenv("DISPLAY") == "" || os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
			fmt.Fprintln(os.Stderr, "there is no display or no session bus: run build/check.sh window")
			return 1
		}
		dir, err := os.MkdirTemp("", "emitscope-window-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		shipped, driven = filepath.Join(dir, "emitscope"), filepath.Join(dir, "emitscope-driven")
		for path, tags := range map[string]string{shipped: tags, driven: tags + ",e2e"} {
			build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", path, "emitscope")
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
				return 1
			}
		}
		// Without a window manager nothing has the focus, and nothing can be closed.
		manager := exec.Command("openbox")
		if err := manager.Start(); err != nil {
			fmt.Fprintf(os.Stderr, "start the window manager: %v\n", err)
			return 1
		}
		defer manager.Wait()
		defer manager.Process.Kill()
		return m.Run()
	}())
}

// patience is how long a test waits for something that should be soon.
const patience = 20 * time.Second

// await asks until it is so.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// home is a user who has never started the program: folders for the settings and
// the data, also the toolkit's.
type home struct{ dir string }

func newHome(t testing.TB) home {
	t.Helper()
	h := home{t.TempDir()}
	if err := os.WriteFile(h.settings(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h home) settings() string { return filepath.Join(h.dir, "config.toml") }
func (h home) data() string     { return filepath.Join(h.dir, "hub") }

// args are those of a window, or of another command, on a free port.
func (h home) args(more ...string) []string {
	return append([]string{"--config", h.settings(), "--data-dir", h.data(), "--addr", "127.0.0.1:0"}, more...)
}

// env is this user's environment, with no word about the language.
func (h home) env(more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LANG=") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "EMITSCOPE_") {
			env = append(env, v)
		}
	}
	return append(append(env, "XDG_DATA_HOME="+h.dir+"/share", "XDG_CACHE_HOME="+h.dir+"/cache", "XDG_CONFIG_HOME="+h.dir+"/config"), more...)
}

// program is a running one, in a process group of its own.
type program struct {
	*exec.Cmd
	mu    sync.Mutex
	said  []string
	ended chan struct{}
	err   error
}

// start runs a program, and ends it with the test if it has not ended before.
func start(t testing.TB, h home, env []string, path string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.Env = env
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = p.Stdout
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.said = append(p.said, lines.Text())
			p.mu.Unlock()
		}
		p.err = p.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL) // mostly it has ended
		<-p.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(path), p.text())
		}
	})
	return p
}

// startWindow runs the program as it is shipped, and waits for its hub.
func startWindow(t testing.TB, h home, more ...string) (p *program, url string) {
	t.Helper()
	p = start(t, h, h.env(), shipped, h.args(more...)...)
	url = p.address(t)
	return p, url
}

func (p *program) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

var addressLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// address waits until the program says where its hub is.
func (p *program) address(t testing.TB) string {
	t.Helper()
	await(t, "the address of the hub", func() bool { return addressLine.MatchString(p.text()) })
	return addressLine.FindString(p.text())
}

func (p *program) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// isListening reports whether somebody has the port of an address.
func isListening(url string) bool {
	l, err := net.Listen("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		l.Close()
	}
	return err != nil
}

// endsWell waits until the program has ended as it should: with 0, all its
// processes and its port gone, and its last word said.
func (p *program) endsWell(t *testing.T, url string) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("the program did not end within %v", patience)
	}
	if p.err != nil {
		t.Errorf("the program ended with %v, want 0", p.err)
	}
	if !strings.Contains(p.text(), "Stopped; nothing was waiting.") {
		t.Errorf("the program said\n%s\nwant its farewell", p.text())
	}
	await(t, "the end of all its processes", func() bool { return len(group(p.Process.Pid)) == 0 })
	l, err := net.Listen("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Errorf("the port is not free: %v", err)
		return
	}
	l.Close()
}

// group returns the processes of a process group that still run.
func group(leader int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// pid (name, which may have spaces) state parent group …
		_, rest, _ := strings.Cut(string(text), ") ")
		field := strings.Fields(rest)
		if len(field) > 2 && field[2] == strconv.Itoa(leader) && field[0] != "Z" {
			pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}
