package simulate_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/jsontext"
	"emitscope/backend/simulate"
)

func read(t testing.TB, s wire.SimulatorSetup) *simulate.Plan {
	t.Helper()
	p, err := simulate.Read(s)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	return p
}

// made returns the first messages of a producer with when they are due.
func made(p *simulate.Producer, count int) string {
	var b strings.Builder
	for range count {
		due, more := p.Due()
		if !more {
			break
		}
		fmt.Fprintf(&b, "%v %s\n", due, p.Append(nil))
	}
	return b.String()
}

func TestTheSameSeedMakesTheSameMessages(t *testing.T) {
	for _, feed := range simulate.Feeds() {
		p := read(t, wire.SimulatorSetup{Feed: feed, Producers: 2, Seed: 7, Jitter: "1ms"})
		testkit.Golden(t, feed, made(p.Producer(0), 60)+"\nthe second producer\n"+made(p.Producer(1), 5))
	}
}

func TestAnotherSeedMakesOtherMessages(t *testing.T) {
	for _, feed := range []string{"walk", "ticks"} {
		one, two := read(t, wire.SimulatorSetup{Feed: feed, Seed: 1}), read(t, wire.SimulatorSetup{Feed: feed, Seed: 2})
		if a, b := made(one.Producer(0), 20), made(two.Producer(0), 20); a == b {
			t.Errorf("%s: got the same of two seeds: %s", feed, a)
		}
	}
}

func TestEveryMessageIsCompactJSON(t *testing.T) {
	for _, feed := range simulate.Feeds() {
		p := read(t, wire.SimulatorSetup{Feed: feed}).Producer(0)
		for range 2000 {
			text := p.Append(nil)
			if compact, err := jsontext.Compact(text); err != nil || !bytes.Equal(compact, text) {
				t.Fatalf("%s: got %s, %v, want compact JSON", feed, text, err)
			}
		}
	}
}

func TestProducersTakeTurns(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "counter", Interval: "40ms", Producers: 4})
	for i := range 4 {
		if due, _ := p.Producer(i).Due(); due != time.Duration(i)*10*time.Millisecond {
			t.Errorf("producer %d: got its first after %v, want %v", i, due, time.Duration(i)*10*time.Millisecond)
		}
	}
}

func TestScheduleDoesNotDrift(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "counter", Rate: 3}).Producer(0)
	for range 300_000 {
		p.Append(nil)
	}
	if due, _ := p.Due(); due != 100_000*time.Second {
		t.Errorf("message 300,000 at 3 a second: got %v, want 100,000 s", due)
	}
}

func TestJitterDelaysAMessageAndNotTheSchedule(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "counter", Interval: "10ms", Jitter: "4ms"}).Producer(0)
	late := map[time.Duration]bool{}
	for i := range 1000 {
		due, _ := p.Due()
		d := due - time.Duration(i)*10*time.Millisecond
		if d < 0 || d >= 4*time.Millisecond {
			t.Errorf("message %d: got %v after its slot, want less than 4 ms", i, d)
		}
		late[d] = true
		p.Append(nil)
	}
	if len(late) < 500 {
		t.Errorf("got %d different delays of 1000, want chance", len(late))
	}
}

func TestABurstComesAtOnce(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "bursts", Interval: "1s", Set: map[string]float64{"size": 3}})
	got := strings.Fields(made(p.Producer(0), 7))
	want := []string{"0s", "0s", "0s", "1s", "1s", "1s", "2s"}
	for i, w := range want {
		if got[2*i] != w {
			t.Errorf("message %d: got %s, want %s", i, got[2*i], w)
		}
	}
	if got := p.Offered(); got != 3 {
		t.Errorf("got %v messages a second offered, want 3", got)
	}
}

func TestBurstsOfAMarketKeepItsRate(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "ticks", Interval: "10ms", Set: map[string]float64{"burst_one_in": 5}}).Producer(0)
	together, last := 0, time.Duration(-1)
	for range 10_000 {
		due, _ := p.Due()
		if due < last {
			t.Fatalf("got a tick at %v after one at %v", due, last)
		}
		if due == last {
			together++
		}
		last = due
		p.Append(nil)
	}
	if together < 5000 || last < 99*time.Second || last > 100*time.Second {
		t.Errorf("got %d of 10,000 ticks together with another, the last at %v; want more than half, and 100 s", together, last)
	}
}

func TestCountIsOfAllProducersTogether(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "counter", Producers: 3, Count: 10})
	var all []int
	for i := range 3 {
		all = append(all, strings.Count(made(p.Producer(i), 100), "\n"))
	}
	if got := fmt.Sprint(all); got != "[4 3 3]" {
		t.Errorf("got %v messages, want 4, 3 and 3", got)
	}
}

func TestForIsMeasuredOnTheSchedule(t *testing.T) {
	p := read(t, wire.SimulatorSetup{Feed: "counter", Interval: "10ms", For: "1s", Jitter: "50ms"})
	if got := strings.Count(made(p.Producer(0), 1000), "\n"); got != 100 {
		t.Errorf("got %d messages in a second of 10 ms, want 100", got)
	}
}

func TestSetupIsFilledIn(t *testing.T) {
	s := read(t, wire.SimulatorSetup{Feed: "ticks", Set: map[string]float64{"symbols": 2}}).Setup()
	if s.Namespace != "/ws/rt_market" || s.Event != "tick" || s.Interval != "10ms" || s.Producers != 1 || s.Seed != 1 || s.Set["symbols"] != 2 || s.Set["spread"] != 0.02 {
		t.Errorf("got %+v, want what is usual of ticks, and two symbols", s)
	}
}

func TestAWrongSetupIsExplained(t *testing.T) {
	set := func(name string, v float64) map[string]float64 { return map[string]float64{name: v} }
	for _, c := range []struct {
		setup wire.SimulatorSetup
		code  string
		says  string
	}{
		{wire.SimulatorSetup{Feed: "noise"}, "invalid_simulator", `the feed "noise" is unknown; known are sine, walk`},
		{wire.SimulatorSetup{Feed: "sine", Interval: "10ms", Rate: 5}, "invalid_simulator", "interval and rate are both given"},
		{wire.SimulatorSetup{Feed: "sine", Rate: -5}, "invalid_simulator", "a rate of -5"},
		{wire.SimulatorSetup{Feed: "sine", Interval: "1"}, "invalid_simulator", "is not a duration"},
		{wire.SimulatorSetup{Feed: "sine", Interval: "1us"}, "invalid_simulator", "it can be 10µs to 24h"},
		{wire.SimulatorSetup{Feed: "sine", Jitter: "-1ms"}, "invalid_simulator", "jitter is -1ms"},
		{wire.SimulatorSetup{Feed: "sine", Producers: 65}, "invalid_simulator", "65 producers"},
		{wire.SimulatorSetup{Feed: "sine", Producers: 64, Rate: 2000}, "invalid_simulator", "would offer 128000"},
		{wire.SimulatorSetup{Feed: "bursts", Interval: "1ms", Set: set("size", 1000)}, "invalid_simulator", "would offer 1000000"},
		{wire.SimulatorSetup{Feed: "sine", Set: set("step", 1)}, "invalid_simulator", `has no number "step"; it has mean, swing, period_s`},
		{wire.SimulatorSetup{Feed: "template", Set: set("step", 1)}, "invalid_simulator", "it has none"},
		{wire.SimulatorSetup{Feed: "ticks", Set: set("symbols", 1.5)}, "invalid_simulator", "a whole number from 1 to 100"},
		{wire.SimulatorSetup{Feed: "sine", Set: set("period_s", 0)}, "invalid_simulator", "it is 0.01 to 86400"},
		{wire.SimulatorSetup{Feed: "sine", Template: "{}"}, "invalid_simulator", "has no template"},
		{wire.SimulatorSetup{Feed: "template", Template: "{{nwo}}"}, "invalid_template", "line 1, column 3"},
		{wire.SimulatorSetup{Feed: "sine", Namespace: "ws"}, "invalid_namespace", "does not begin with /"},
		{wire.SimulatorSetup{Feed: "sine", Event: "connect"}, "invalid_event", "reserved"},
		{wire.SimulatorSetup{Feed: "sine", Rooms: make([]string, 65)}, "invalid_room", "65 rooms"},
	} {
		_, err := simulate.Read(c.setup)
		f := fault.From(err)
		if !errors.Is(err, fault.Invalid) || f.Code != c.code || f.Hint == "" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: got %v, want %s that says %q", c.setup, err, c.code, c.says)
		}
	}
}

func TestMakingAMessageAllocatesNothing(t *testing.T) {
	for _, feed := range simulate.Feeds() {
		p, to := read(t, wire.SimulatorSetup{Feed: feed, Jitter: "1ms"}).Producer(0), make([]byte, 0, 512)
		if n := testing.AllocsPerRun(200, func() { p.Due(); to = p.Append(to[:0]) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", feed, n)
		}
	}
}

func BenchmarkProducer(b *testing.B) {
	for _, feed := range simulate.Feeds() {
		b.Run(feed, func(b *testing.B) {
			p, to := read(b, wire.SimulatorSetup{Feed: feed}).Producer(0), make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				p.Due()
				to = p.Append(to[:0])
			}
		})
	}
}
