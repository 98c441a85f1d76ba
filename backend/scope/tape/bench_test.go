//go:build unix

package tape_test

import (
	"bytes"
	"fmt"
	"path/filepath"
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
