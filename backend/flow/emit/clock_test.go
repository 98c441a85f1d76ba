package emit_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/flow/emit"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// clocks are those that can be tried against real time.
func clocks(t testing.TB) map[string]emit.Clock {
	precise := emit.NewPreciseClock()
	t.Cleanup(precise.Close)
	return map[string]emit.Clock{"timer": emit.NewTimerClock(), "precise": precise}
}

func TestAClockNeedsFewWaitsUntilTheTimeHasCome(t *testing.T) {
	for name, c := range clocks(t) {
		waits := 0
		for until := time.Now().Add(20 * time.Millisecond); time.Now().Before(until); waits++ {
			c.Wait(t.Context(), until)
		}
		if waits > 5 { // a clock that does not wait at all needs thousands
			t.Errorf("%s: got %d waits, want at most 5", name, waits)
		}
	}
}

func TestAClockReturnsWhenTheTimeIsOver(t *testing.T) {
	for _, c := range clocks(t) {
		c.Wait(t.Context(), time.Now())
		c.Wait(t.Context(), time.Now().Add(-time.Hour))
	}
}

func TestAClockReturnsWhenWokenOrWhenItsContextEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range clocks(t) {
		for _, until := range []time.Time{{}, time.Now().Add(time.Hour), time.Now().Add(time.Millisecond)} {
			c.Wait(ended, until)
			c.Wake()
			c.Wait(t.Context(), until)
		}
	}
}

// A wake-up that is lost leaves both sides waiting for each other for ever.
func TestNoWakeIsLostWhateverTheClockIsDoing(t *testing.T) {
	const rounds = 3000
	for name, c := range clocks(t) {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			answered := make(chan struct{})
			var asking sync.WaitGroup
			defer asking.Wait()
			asking.Go(func() {
				for i := range rounds {
					for range i % 7 * 100 {
						runtime.Gosched() // finds the clock now at the beginning of a phase, now within it
					}
					asked.Add(1)
					c.Wake()
					<-answered
				}
			})
			for seen := int64(0); seen < rounds; {
				if asked.Load() > seen {
					seen++
					answered <- struct{}{}
					continue
				}
				// An hour away, near, and so near that it spins. After the near ones the
				// wait is for the wake-up alone.
				c.Wait(t.Context(), time.Now().Add([]time.Duration{time.Hour, 1500 * time.Microsecond, 20 * time.Microsecond}[seen%3]))
				if asked.Load() == seen {
					c.Wait(t.Context(), time.Time{})
				}
			}
		})
	}
}

// grid is a lane whose every slot has a message.
type grid struct {
	start time.Time
	every time.Duration
	taken int
	stop  context.CancelFunc
}

func (g *grid) Take(now time.Time) (t msg.Turn, next time.Time, ok bool) {
	due := g.start.Add(time.Duration(g.taken) * g.every)
	if now.Before(due) {
		return t, due, false
	}
	g.taken++
	return msg.Turn{Message: &msg.Message{Namespace: "/grid"}, Due: due}, due, true
}

func (*grid) TakeSlot(time.Time, []string) (t msg.Turn, ok bool) { return t, false }
func (*grid) Sending(msg.Emission)                               {}

func (g *grid) Observe(*msg.Record) {
	if g.taken == 200 {
		g.stop()
	}
}

// early counts what comes to the door before its slot.
type early struct {
	grid  *grid
	count int
}

func (e *early) Send(m msg.Emission, _ func()) int {
	due := e.grid.start.Add(time.Duration(e.grid.taken-1) * e.grid.every)
	if m.At.Before(due) || time.Now().Before(due) {
		e.count++
	}
	return 0
}

func TestNothingIsEverEmittedBeforeItsTime(t *testing.T) {
	for name, c := range clocks(t) {
		ctx, stop := context.WithCancel(t.Context())
		g := &grid{start: time.Now(), every: time.Millisecond, stop: stop}
		door := &early{grid: g}
		if err := emit.New(g, g, c, door).Run(ctx); err != nil {
			t.Errorf("%s: got %v, want no error", name, err)
		}
		if door.count > 0 {
			t.Errorf("%s: %d of %d came early, want none", name, door.count, g.taken)
		}
	}
}

func TestNothingIsLeftWhenAnEmitterWithAPreciseClockHasEnded(t *testing.T) {
	testkit.NoLeaks(t)
	open := openFiles(t)
	for range 10 {
		ctx, stop := context.WithCancel(t.Context())
		g := &grid{start: time.Now(), every: 5 * time.Microsecond, stop: stop}
		c := emit.NewPreciseClock()
		if err := emit.New(g, g, c).Run(ctx); err != nil {
			t.Error(err)
		}
		c.Close()
		c.Close()
		c.Wake()
	}
	testkit.Eventually(t, func() bool { return openFiles(t) <= open }, "the files that were opened to be closed")
}

// openFiles counts them where the system tells; elsewhere it is 0.
func openFiles(t *testing.T) int {
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if list, err := os.ReadDir(dir); err == nil {
			return len(list)
		}
	}
	t.Log("this system does not tell which files are open")
	return 0
}

// Lateness on a grid of 10 ms, alone and while 100,000 small messages a second go
// out to 200 sockets that another process reads. Run it on a quiet machine, with
// -benchtime 500x so that p99 means something.
func BenchmarkClock(b *testing.B) {
	for _, load := range []string{"idle", "loaded"} {
		b.Run(load, func(b *testing.B) {
			if load == "loaded" {
				startLoad(b)
			}
			for name, c := range clocks(b) {
				b.Run(name, func(b *testing.B) { measure(b, c) })
			}
		})
	}
}

func measure(b *testing.B, c emit.Clock) {
	late := make([]time.Duration, 0, b.N)
	due := time.Now()
	for b.Loop() {
		due = due.Add(10 * time.Millisecond)
		for time.Now().Before(due) {
			c.Wait(b.Context(), due)
		}
		late = append(late, time.Since(due))
		due = due.Add(late[len(late)-1].Truncate(10 * time.Millisecond)) // the slot that is running
	}
	slices.Sort(late)
	micros := func(share float64) float64 {
		return float64(late[int(share*float64(len(late)-1))].Nanoseconds()) / 1e3
	}
	b.ReportMetric(0, "ns/op") // it is the grid's
	b.ReportMetric(micros(.5), "p50-µs")
	b.ReportMetric(micros(.99), "p99-µs")
	b.ReportMetric(micros(1), "max-µs")
}

const (
	loadSockets = 200
	loadEvery   = 2 * time.Millisecond // one message to each socket: 100,000 writes a second
	readerEnv   = "EMIT_TEST_READ_FROM"
)

// startLoad writes to its sockets until the benchmark ends.
func startLoad(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	reader := exec.CommandContext(b.Context(), self, "-test.run=^TestReadEverything$")
	reader.Env = append(os.Environ(), readerEnv+"="+l.Addr().String())
	if err := reader.Start(); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	lines := make([]chan []byte, loadSockets)
	for i := range lines {
		conn, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		lines[i] = make(chan []byte, 64)
		running.Go(func() {
			defer conn.Close()
			for m := range lines[i] {
				if _, err := conn.Write(m); err != nil {
					b.Errorf("write to the reader: %v", err)
					return
				}
			}
		})
	}
	running.Go(func() {
		message := make([]byte, 200)
		ticks := time.NewTicker(loadEvery)
		defer ticks.Stop()
		for ctx.Err() == nil {
			<-ticks.C
			for _, line := range lines {
				select {
				case line <- message:
				default: // the machine does not keep up
				}
			}
		}
		for _, line := range lines {
			close(line)
		}
	})
	b.Cleanup(func() {
		stop()
		running.Wait()
		_ = reader.Wait() // it ends when the last socket closes
	})
}

// TestReadEverything is no test: it is the process that reads what startLoad writes.
func TestReadEverything(t *testing.T) {
	from := os.Getenv(readerEnv)
	if from == "" {
		t.Skip("only for the benchmark with load")
	}
	var reading sync.WaitGroup
	for range loadSockets {
		conn, err := net.Dial("tcp", from)
		if err != nil {
			t.Fatal(fmt.Errorf("dial the benchmark: %w", err))
		}
		reading.Go(func() {
			defer conn.Close()
			_, _ = io.Copy(io.Discard, bufio.NewReaderSize(struct{ io.Reader }{conn}, 4096))
		})
	}
	reading.Wait()
}
