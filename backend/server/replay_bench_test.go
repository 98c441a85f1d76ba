package server_test

import (
	"slices"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// BenchmarkReplay records a stream of 10 ms ± 3 ms as it comes, plays it at speed 1 into
// another namespace, and compares the gaps between emits: one by one, and the two
// histograms at the same quantile. drift is by how much the last emit is off. A lane with
// a pace of 10 ms goes on beside it: how late each is says what the machine has done to
// both.
func BenchmarkReplay(b *testing.B) {
	for name, length := range map[string]time.Duration{"20s": 20 * time.Second, "60s": time.Minute} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				replayed(b, length)
			}
		})
	}
}

func replayed(b *testing.B, length time.Duration) {
	h := startHub(b, nil)
	ctx := b.Context()
	if _, err := h.PatchLane(ctx, "/lane", wire.LanePatch{Interval: new("10ms")}); err != nil {
		b.Fatal(err)
	}
	if _, err := h.PutSimulator(ctx, "beside", wire.SimulatorSetup{Feed: "counter", Namespace: "/lane", Interval: "10ms"}); err != nil {
		b.Fatal(err)
	}
	if _, err := h.PutSimulator(ctx, "it", wire.SimulatorSetup{Feed: "counter", Namespace: "/was", Interval: "10ms", Jitter: "6ms", Count: uint64(length / (10 * time.Millisecond))}); err != nil {
		b.Fatal(err)
	}
	for _, step := range []struct {
		name string
		play func() error
		over func() bool
	}{
		{"was", func() error { _, err := h.RunSimulator(ctx, "it", true); return err }, func() bool {
			list, err := h.Simulators(ctx)
			return err == nil && !slices.ContainsFunc(list.Simulators, func(s wire.Simulator) bool { return s.Running })
		}},
		{"is", func() error {
			if _, err := h.RunSimulator(ctx, "beside", true); err != nil {
				return err
			}
			_, err := h.StartReplay(ctx, wire.NewReplay{Recording: "was", Namespace: "/is", Record: true})
			return err
		}, func() bool { r, err := h.Replay(ctx); return err == nil && r.State == "ended" }},
	} {
		if _, err := h.StartRecording(ctx, wire.NewRecording{Name: step.name}); err != nil {
			b.Fatal(err)
		}
		if err := step.play(); err != nil {
			b.Fatal(err)
		}
		for !step.over() {
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := h.StopRecording(ctx, step.name); err != nil {
			b.Fatal(err)
		}
	}
	both := h.emits(b, "is")
	played := slices.DeleteFunc(slices.Clone(both), func(m wire.Message) bool { return m.Namespace != "/is" })
	lane := slices.DeleteFunc(both, func(m wire.Message) bool { return m.Namespace != "/lane" })
	was, is := moments(b, h.emits(b, "was")), moments(b, played)
	if len(was) != len(is) {
		b.Fatalf("got %d messages of %d", len(is), len(was))
	}
	before, after := gaps(was), gaps(is)
	off := make([]time.Duration, len(before))
	for i := range off {
		off[i] = (after[i] - before[i]).Abs()
	}
	for _, all := range [][]time.Duration{before, after, off} {
		slices.Sort(all)
	}
	histograms := time.Duration(0)
	for i := range before[:len(before)*99/100] {
		histograms = max(histograms, (after[i] - before[i]).Abs())
	}
	n := len(off)
	for name, d := range map[string]time.Duration{
		"gap-off-p50-µs": off[n/2], "gap-off-p99-µs": off[n*99/100], "gap-off-max-µs": off[n-1], "histograms-off-to-p99-µs": histograms, "gap-p99-off-µs": (after[n*99/100] - before[n*99/100]).Abs(),
		"drift-µs":    is[n].Sub(is[0]) - was[n].Sub(was[0]),
		"late-p50-µs": late(b, played, 0.5), "late-p99-µs": late(b, played, 0.99), "lane-late-p50-µs": late(b, lane, 0.5), "lane-late-p99-µs": late(b, lane, 0.99),
	} {
		b.ReportMetric(float64(d)/float64(time.Microsecond), name)
	}
}

// late is a quantile of how late messages were.
func late(b *testing.B, messages []wire.Message, q float64) time.Duration {
	var all []time.Duration
	for _, m := range messages {
		d, err := time.ParseDuration(m.Lateness)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, d)
	}
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))]
}

func moments(b *testing.B, messages []wire.Message) (all []time.Time) {
	for _, m := range messages {
		at, err := time.Parse(time.RFC3339Nano, m.EmittedTime)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, at)
	}
	return all
}

func gaps(all []time.Time) (between []time.Duration) {
	for i := range all[1:] {
		between = append(between, all[i+1].Sub(all[i]))
	}
	return between
}
