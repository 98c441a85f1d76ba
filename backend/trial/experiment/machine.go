package experiment

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"emitscope/backend/msg"
)

var modelLine = regexp.MustCompile(`(?m)^model name\s*: (.+)$`)

// thisMachine says what the experiment runs on, as far as the system tells.
func thisMachine(version string) msg.Machine {
	m := msg.Machine{
		Processor: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS, Load: -1,
		Versions: map[string]string{"emitscope": version, "go": strings.TrimPrefix(runtime.Version(), "go")},
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if match := modelLine.FindSubmatch(text); match != nil {
			m.Processor = string(match[1])
		}
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += " " + strings.TrimSpace(string(kernel))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		lastMinute, _, _ := strings.Cut(string(text), " ")
		if load, err := strconv.ParseFloat(lastMinute, 64); err == nil {
			m.Load = load
		}
	}
	return m
}
