package peer

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var rssLine = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

// RSS is how many bytes of memory the server's process has of the system's.
func (s *Peer) RSS() (int64, error) {
	pid := strconv.Itoa(s.process.Process.Pid)
	var text string
	if status, err := os.ReadFile("/proc/" + pid + "/status"); err == nil {
		match := rssLine.FindSubmatch(status)
		if match == nil {
			return 0, errNoSuchFact
		}
		text = string(match[1])
	} else { // not on Linux
		out, err := exec.Command("ps", "-o", "rss=", "-p", pid).Output()
		if err != nil {
			return 0, errNoSuchFact
		}
		text = strings.TrimSpace(string(out))
	}
	kilobytes, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errNoSuchFact
	}
	return kilobytes << 10, nil
}

// Goroutines is how many the server has; 0 when it is not one in Go.
func (s *Peer) Goroutines(ctx context.Context) (int, error) {
	if s.Kind != Hub {
		status, err := s.Status(ctx)
		return status.Goroutines, err
	}
	n, err := s.metric(ctx, "go_goroutines")
	return int(n), err
}

// CPU is how much processor time the hub has used since it began; no other server
// tells.
func (s *Peer) CPU(ctx context.Context) (time.Duration, error) {
	seconds, err := s.metric(ctx, "process_cpu_seconds_total")
	return time.Duration(seconds * float64(time.Second)), err
}

// metric is one of the hub's numbers without labels.
func (s *Peer) metric(ctx context.Context, name string) (float64, error) {
	text, err := s.ask(ctx, http.MethodGet, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0, fmt.Errorf("read the hub's %s: %w", name, err)
			}
			return n, nil
		}
	}
	return 0, fmt.Errorf("the hub's /metrics do not tell %s", name)
}
