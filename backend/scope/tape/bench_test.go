//go:build unix

package tape_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

// twoHundred is a message whose payload has 200 bytes.
func twoHundred() *msg.Record {
	rec := tick(1)
	rec.Payload = fmt.Appendf(nil, `{"p":"%s"}`, bytes.Repeat([]byte("x"), 192))
	return rec
}

// What the emitter's goroutine pays for a message while nothing is recorded, and for
// each recording: that of a dear query, which is asked by who writes, and selects nothing.
func BenchmarkObserve(b *testing.B) {
	for _, recordings := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("recordings=%d", recordings), func(b *testing.B) {
			t := newDeckAt(filepath.Join(b.TempDir(), "recordings"))
			for i := range recordings {
				if _, err := t.Start(msg.NewRecording{Name: fmt.Sprint(i), Query: "data.none:1"}); err != nil {
					b.Fatal(err)
				}
			}
			rec := twoHundred()
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				if n%tape.MaxWaiting == tape.MaxWaiting-1 { // full
					b.StopTimer()
					tape.Write(t, time.Now())
					b.StartTimer()
				}
				t.Observe(rec)
			}
			b.StopTimer()
			if _, err := t.Clear(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// What it costs to write a message of 200 bytes, in time of the processor too.
func BenchmarkAppend(b *testing.B) {
	t := newDeckAt(filepath.Join(b.TempDir(), "recordings"))
	if _, err := t.Start(msg.NewRecording{Name: "bench"}); err != nil {
		b.Fatal(err)
	}
	rec := twoHundred()
	const burst = 2500 // what comes in 50 ms at 50,000 a second
	before, began := processorTime(b), time.Now()
	b.ResetTimer()
	for n := 0; n < b.N; n += burst {
		for range min(burst, b.N-n) {
			t.Observe(rec)
		}
		tape.Write(t, time.Now())
	}
	took := time.Since(began)
	b.ReportMetric(float64(b.N)/took.Seconds(), "messages/s")
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/message")
	b.StopTimer()
	about, err := t.Stop("bench")
	if err != nil || about.Messages != uint64(b.N) {
		b.Errorf("got %d messages, want %d: %v", about.Messages, b.N, err)
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pagesOf is how many messages are in the recording whose pages are measured: few,
// unless EMITSCOPE_BENCH_MESSAGES says how many. Making ten million takes minutes.
func pagesOf(b *testing.B) int {
	text := os.Getenv("EMITSCOPE_BENCH_MESSAGES")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// How long a page takes of a recording with many messages of 40 streams, of which one
// has a message of a hundred thousand, at any place of it.
func BenchmarkPage(b *testing.B) {
	count := pagesOf(b)
	t := newDeckAt(filepath.Join(b.TempDir(), "recordings"))
	if _, err := t.Start(msg.NewRecording{Name: "bench"}); err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	began := time.Now()
	for n := range count {
		rec := twoHundred()
		rec.Seq, rec.At = uint64(n+1), epoch.Add(time.Duration(n)*time.Millisecond)
		rec.Event = fmt.Sprint("e", random.IntN(40))
		if n%100_000 == 50_000 {
			rec.Event = "rare"
		}
		if t.Observe(rec); n%20_000 == 0 {
			tape.Write(t, time.Now())
		}
	}
	about, err := t.Stop("bench")
	if err != nil || about.Messages != uint64(count) {
		b.Fatalf("got %d messages, want %d: %v", about.Messages, count, err)
	}
	b.Logf("made %d messages in %v, %d bytes each", count, time.Since(began).Round(time.Second), about.FileBytes/int64(count))
	share := func(of float64) int { return 1 + int(of*float64(count-1)) }
	moment := func(of float64) string {
		return epoch.Add(time.Duration(share(of)) * time.Millisecond).Format(time.RFC3339Nano)
	}
	for what, asked := range map[string]func(at float64) (string, msg.PageFrom){
		"all": func(at float64) (string, msg.PageFrom) { return "", msg.PageFrom{Before: uint64(share(at))} },
		"at a moment": func(at float64) (string, msg.PageFrom) {
			return "", msg.PageFrom{At: epoch.Add(time.Duration(share(at)) * time.Millisecond)}
		},
		"event":      func(at float64) (string, msg.PageFrom) { return "event:e7", msg.PageFrom{Before: uint64(share(at))} },
		"rare event": func(at float64) (string, msg.PageFrom) { return "event:rare", msg.PageFrom{Before: uint64(share(at))} },
		"no event":   func(float64) (string, msg.PageFrom) { return "event:none", msg.PageFrom{} },
		"namespace, event": func(at float64) (string, msg.PageFrom) {
			return "ns:/ws/* event:e1*", msg.PageFrom{Before: uint64(share(at))}
		},
		"seq":       func(at float64) (string, msg.PageFrom) { return fmt.Sprint("seq:", share(at)), msg.PageFrom{} },
		"seq up to": func(at float64) (string, msg.PageFrom) { return fmt.Sprint("seq<", share(at)), msg.PageFrom{} },
		"time":      func(at float64) (string, msg.PageFrom) { return "time<" + moment(at), msg.PageFrom{} },
		"time and event": func(at float64) (string, msg.PageFrom) {
			return "event:e3 time>" + moment(at/2) + " time<" + moment(at), msg.PageFrom{}
		},
		"data, 1 of 2": func(at float64) (string, msg.PageFrom) {
			return "xxx ns:/ws/*", msg.PageFrom{Before: uint64(share(at))}
		},
		"data, none": func(at float64) (string, msg.PageFrom) { return "data.none:1", msg.PageFrom{Before: uint64(share(at))} },
	} {
		b.Run(what, func(b *testing.B) {
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				q, from := asked(float64(n%20+1) / 20)
				from.Limit = 100
				began := time.Now()
				_, err := t.Page(context.Background(), "bench", parse(b, q), from)
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)*95/100].Seconds()*1e3, "p95-ms")
			b.ReportMetric(took[len(took)-1].Seconds()*1e3, "max-ms")
		})
	}
}
