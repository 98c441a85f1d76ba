package feed

import (
	"fmt"
	"testing"
	"time"

	"emitscope/backend/query"
)

func BenchmarkObserve(b *testing.B) {
	for _, viewers := range []int{0, 1, 5} {
		b.Run(fmt.Sprint("viewers=", viewers), func(b *testing.B) {
			f := newFeed(&gauge{})
			for range viewers {
				if _, err := f.Open(query.View{Filter: query.Stream("", "tick")}); err != nil {
					b.Fatal(err)
				}
			}
			r := emitted(1, "tick")
			r.Payload = make([]byte, 200)
			b.ReportAllocs()
			for b.Loop() {
				f.Observe(r)
			}
		})
	}
}

func BenchmarkFrameOfAFullRing(b *testing.B) {
	f := newFeed(&gauge{})
	v, err := f.Open(query.View{})
	if err != nil {
		b.Fatal(err)
	}
	r := emitted(1, "tick")
	for b.Loop() {
		b.StopTimer()
		for range ringSize {
			f.Observe(r)
		}
		b.StartTimer()
		if _, err := v.frame(time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
