//go:build linux

package window

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkFirstPaint measures from the start of the process to the first words
// on the screen, by turns with a window of one word.
func BenchmarkFirstPaint(b *testing.B) {
	empty := buildEmpty(b)
	var took, nothing []float64
	for range 5 {
		h := newHome(b)
		p := drive(b, h, h.env(), h.args()...)
		p.awaitText("Nothing has been sent yet.")
		painted := eval[float64](p, `return performance.timeOrigin + performance.getEntriesByName("first-contentful-paint")[0].startTime`)
		took = append(took, painted-startedMS(b, p.process(b)))
		end(b, p.driver)

		h = newHome(b)
		bare := start(b, h, h.env(), empty)
		await(b, "the word", func() bool { return strings.Contains(bare.text(), "painted ") })
		_, at, _ := strings.Cut(bare.text(), "painted ")
		painted, err := strconv.ParseFloat(strings.Fields(at)[0], 64)
		if err != nil {
			b.Fatal(err)
		}
		nothing = append(nothing, painted-startedMS(b, bare.Process.Pid))
		end(b, bare)
	}
	report(b, took)
	slices.Sort(nothing)
	b.ReportMetric(nothing[len(nothing)/2], "ms-median-empty")
}

// end ends a program, and all that it has started.
func end(b *testing.B, p *program) {
	if err := syscall.Kill(-p.Process.Pid, syscall.SIGKILL); err != nil {
		b.Fatal(err)
	}
	<-p.ended
}

// buildEmpty builds the window of one word, and returns its path.
func buildEmpty(b *testing.B) string {
	empty := filepath.Join(b.TempDir(), "empty")
	build := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", empty, "./testdata/empty")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the empty window: %v\n%s", err, out)
	}
	return empty
}

// BenchmarkDelay measures from before a message is sent over HTTP to the end of
// the frame that shows it. Each comes alone: the list changes at most every 100 ms.
func BenchmarkDelay(b *testing.B) {
	h := newHome(b)
	p := drive(b, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	eval[any](p, `
		window.awaited = "";
		window.shown = 0;
		new MutationObserver(() => {
			if (!awaited || !document.body.textContent.includes(awaited)) return;
			awaited = "";
			requestAnimationFrame(() => setTimeout(() => (shown = performance.timeOrigin + performance.now())));
		}).observe(document.body, { subtree: true, childList: true, characterData: true });`)
	var took []float64
	for i := range 20 {
		time.Sleep(300*time.Millisecond + time.Duration(i)*7*time.Millisecond) // at all phases of the feed
		word := fmt.Sprintf("word-%d.", i)
		eval[any](p, "shown = 0; awaited = args[0]", word)
		sent := float64(time.Now().UnixMicro()) / 1000
		publish(b, p.hub(), strconv.Quote(word))
		var shown float64
		await(b, "the message", func() bool {
			shown = eval[float64](p, "return shown")
			return shown > 0
		})
		took = append(took, shown-sent)
	}
	report(b, took)
}

// BenchmarkIdleMemory measures what all processes of a window hold after 30 seconds
// in which nothing happens, and what those of a window of one word do; pages
// of memory that several share are divided.
func BenchmarkIdleMemory(b *testing.B) {
	h := newHome(b)
	nothing := heldBy(b, start(b, h, h.env(), buildEmpty(b)))
	p, _ := startWindow(b, newHome(b))
	all := heldBy(b, p)
	b.ReportMetric(all, "MB")
	b.ReportMetric(all-nothing, "MB-above-empty")
	b.ReportMetric(0, "ns/op")
}

// heldBy returns how many MB a program's processes hold when it has been left alone.
func heldBy(b *testing.B, p *program) (mb float64) {
	time.Sleep(30 * time.Second)
	for _, pid := range group(p.Process.Pid) {
		kB := pss(b, pid)
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		b.Logf("%-16s %6.1f MB", strings.TrimSpace(string(name)), kB/1000)
		mb += kB / 1000
	}
	return mb
}

// report tells the median and the largest of some durations in ms.
func report(b *testing.B, ms []float64) {
	slices.Sort(ms)
	b.ReportMetric(ms[len(ms)/2], "ms-median")
	b.ReportMetric(ms[len(ms)-1], "ms-max")
	b.ReportMetric(0, "ns/op")
}

// process returns the process of the page's window.
func (p *page) process(b *testing.B) int {
	for _, pid := range group(p.driver.Process.Pid) {
		if path, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); path == driven {
			return pid
		}
	}
	b.Fatal("the driver has no window")
	return 0
}

// startedMS returns when a process started, in ms of Unix time, to 10 ms.
func startedMS(b *testing.B, pid int) float64 {
	const field, ticksPerSecond = 19, 100 // of what comes after the name
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	ticks, _ := strconv.ParseFloat(strings.Fields(rest)[field], 64)
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		b.Fatal(err)
	}
	up, _ := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	return float64(time.Now().UnixMilli()) - 1000*(up-ticks/ticksPerSecond)
}

// pss returns a process's proportional share of memory, in kB.
func pss(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nPss:")
	kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kib * 1.024
}
