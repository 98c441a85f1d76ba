package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// scriptOf returns the block of docs/scripts.md that has this text in it, as it
// stands there.
func scriptOf(t *testing.T, text string) string {
	t.Helper()
	doc, err := os.ReadFile("../docs/scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(doc), -1) {
		if strings.Contains(block[1], text) {
			return block[1]
		}
	}
	t.Fatalf("docs/scripts.md has no script with %q", text)
	return ""
}

// bash is what runs a script in a shell that knows the program as emitscope, and
// where the hub is.
func (h *hub) bash(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	bin := t.TempDir()
	if err := os.Symlink(program, filepath.Join(bin, "emitscope")); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(script, "http://127.0.0.1:8092", h.url))
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "EMITSCOPE_URL="+h.url)
	return c
}

// runs a script that must succeed, and returns what it printed.
func (h *hub) runs(t *testing.T, script string) string {
	t.Helper()
	out, err := h.bash(t, script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nin\n%s", err, out, script)
	}
	return string(out)
}

// awaits waits until the hub has had so many messages of a query.
func (h *hub) awaits(t *testing.T, query string, count int) {
	t.Helper()
	var from uint64
	end, err := h.client(t).Wait(t.Context(), client.Awaited{Watched: client.Watched{Query: query}, Count: count, Timeout: patience, After: &from},
		func([]byte) error { return nil })
	if err != nil || end.End != wire.WaitMatched {
		t.Fatalf("%s: got %+v, %v, want %d messages", query, end, err, count)
	}
}

// The scripts of the document begin to wait at some time, so what they wait for is
// handed in until they have seen it.
func TestTheScriptsThatWaitEndWhenItHappens(t *testing.T) {
	h := startHub(t)
	hub := h.client(t)
	for name, script := range map[string]string{
		"wait": scriptOf(t, "echo passed") + "\n", "curl": scriptOf(t, "curl -sN") + "\necho passed",
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan string, 1)
			c := h.bash(t, script)
			go func() {
				out, _ := c.CombinedOutput() // it says passed, or did not
				ended <- string(out)
			}()
			for {
				if _, err := hub.Publish(t.Context(), wire.Publish{Event: "done", Data: []byte(`{"ok":true}`)}); err != nil {
					t.Error(err)
				}
				select {
				case out := <-ended:
					if !strings.HasSuffix(out, "passed\n") {
						t.Errorf("got %q, want that it passed", out)
					}
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
}

func TestAScriptMissesNothingBetweenItsTriggerAndItsWait(t *testing.T) {
	h := startHub(t)
	script := strings.Replace(scriptOf(t, "--mark"), "./trigger-what-is-tested", `for i in 1 2 3; do emitscope emit -n /orders created "$i" >/dev/null; done`, 1)
	if out := h.runs(t, script); strings.Count(out, `"event":"created"`) != 3 {
		t.Errorf("got %q, want three messages", out)
	}
}

func TestAScriptThatWaitsForNothingToHappenTellsThatFromNoHub(t *testing.T) {
	h := startHub(t)
	line := regexp.MustCompile(`emitscope wait.*outcome:dropped OR.*`).FindString(scriptOf(t, "outcome:dropped OR"))
	script := strings.Replace(line, "-t 60s", "-t 100ms", 1)
	h.runs(t, script)
	if out, err := h.bash(t, "export EMITSCOPE_URL=http://127.0.0.1:1\n"+script).CombinedOutput(); err == nil {
		t.Errorf("without a hub: got success and %q", out)
	}
}

func TestTheScriptThatReadsProgramsHandsTheirLinesIn(t *testing.T) {
	h := startHub(t)
	out := h.runs(t, `
my-feed() { echo '{"event":"tick","namespace":"/ws/rt_market","data":{"price":231.42}}'; }
vmstat() { echo 'procs  "memory"'; }
jq() { printf '1\n2\n'; }
`+scriptOf(t, "my-feed"))
	if strings.Count(out, "accepted lines: ") != 3 {
		t.Errorf("got %q, want what became of three inputs", out)
	}
	h.awaits(t, `event:tick data.price:231.42`, 1)
	h.awaits(t, `event:vmstat "procs"`, 1)
	h.awaits(t, `event:quote ns:/ws/rt_market data>0`, 2)
}

func TestAShellSendsValuesByUDP(t *testing.T) {
	h := startHub(t, "--udp", "127.0.0.1:0")
	port := regexp.MustCompile(`msg="Datagrams taken" address=127\.0\.0\.1:(\d+)`)
	at := port.FindStringSubmatch(h.out.waitFor(t, port.MatchString))[1]
	script := regexp.MustCompile(`(?m)^emitscope serve.*$`).ReplaceAllString(scriptOf(t, "/dev/udp/"), "")
	h.runs(t, `nc() { cat > "/dev/udp/$3/$4"; }`+"\n"+strings.ReplaceAll(script, "47269", at))
	h.awaits(t, "source:udp ns:/udp event:temp data.value:23.4", 2)
}
