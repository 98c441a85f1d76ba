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

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\S+)$`)

// Goroutines is how many the server has; 0 when it is not one in Go.
func (s *Peer) Goroutines(ctx context.Context) (int, error) {
	if s.Kind != Hub {
		status, err := s.Status(ctx)
		return status.Goroutines, err
	}
	text, err := s.ask(ctx, http.MethodGet, "/metrics")
	if err != nil {
		return 0, err
	}
	match := goroutinesLine.FindSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("the hub's /metrics do not tell its goroutines")
	}
	n, err := strconv.ParseFloat(string(match[1]), 64)
	if err != nil {
		return 0, fmt.Errorf("read the hub's goroutines: %w", err)
	}
	return int(n), nil
}
