package figure

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"emitscope/bench/peer"
)

var modelLine = regexp.MustCompile(`(?m)^model name\s*: (.+)$`)

// about says what the machine and the servers are.
func about(o Options) About {
	a := About{
		Started: time.Now(), Machine: "unknown machine", CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Versions: map[string]string{"go": runtime.Version()}, Runs: o.Runs,
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if match := modelLine.FindSubmatch(text); match != nil {
			a.Machine = string(match[1])
		}
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		a.System += ", Linux " + strings.TrimSpace(string(kernel))
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "github.com/centrifugal/centrifuge", "github.com/zishang520/socket.io/servers/socket/v3":
				a.Versions[m.Path] = m.Version
			}
		}
	}
	for name, command := range map[string][]string{
		"emitscope": {o.Places.Hub, "version"},
		"node":      {"node", "--version"},
		"flask":     peer.FlaskVersions(),
	} {
		if out, err := exec.Command(command[0], command[1:]...).Output(); err == nil {
			a.Versions[name] = strings.TrimSpace(string(out))
		}
	}
	if o.Places.Missing(peer.Node) == nil {
		if text, err := os.ReadFile(fmt.Sprintf("%s/node/node_modules/socket.io/package.json", o.Places.Here)); err == nil {
			if match := versionLine.FindSubmatch(text); match != nil {
				a.Versions["socket.io"] = string(match[1])
			}
		}
	}
	return a
}

var versionLine = regexp.MustCompile(`"version": "([^"]+)"`)
