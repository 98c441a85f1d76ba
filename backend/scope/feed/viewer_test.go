package feed

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/query"
)

func TestFramesComeAtMostTwentyTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		v := open(t, f, query.Filter{})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		var wg sync.WaitGroup
		wg.Go(func() {
			for seq := uint64(1); ctx.Err() == nil; seq++ {
				f.Observe(emitted(seq, "tick"))
				time.Sleep(time.Millisecond)
			}
		})
		var last time.Time
		frames := 0
		for {
			frame, err := v.Next(ctx)
			if err != nil {
				break
			}
			if len(frame.Rows) == 0 { // the first, before the traffic
				continue
			}
			frames++
			if gap := frame.Time.Sub(last); gap < frameEvery {
				t.Errorf("a frame came %v after the one before, want at least %v", gap, frameEvery)
			}
			last = frame.Time
		}
		wg.Wait()
		if frames < 199 || frames > 201 {
			t.Errorf("%d frames in 10 s of traffic, want 200", frames)
		}
	})
}

func TestAnIdleViewerGetsFourFramesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := open(t, newFeed(&gauge{}), query.Filter{})
		start := next(t, v).Time
		for range 8 {
			next(t, v)
		}
		if got := time.Since(start); got != 2*time.Second {
			t.Errorf("8 idle frames took %v, want 2s", got)
		}
	})
}

func TestALoneRecordReachesAViewerAfterFiveMilliseconds(t *testing.T) {
	for observed, want := range map[time.Duration]time.Duration{
		time.Millisecond:       6 * time.Millisecond,
		51 * time.Millisecond:  56 * time.Millisecond,
		112 * time.Millisecond: 117 * time.Millisecond,
		249 * time.Millisecond: idleEvery,
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFeed(&gauge{})
			v := open(t, f, query.Filter{})
			next(t, v)
			start := time.Now()
			timer := time.AfterFunc(observed, func() { f.Observe(emitted(1, "tick")) })
			defer timer.Stop()
			if got := seqs(next(t, v).Rows); len(got) != 1 || time.Since(start) != want {
				t.Errorf("observed after %v: got rows %v after %v, want one after %v", observed, got, time.Since(start), want)
			}
			timer.Reset(time.Millisecond)
			if next(t, v); time.Since(start) != want+frameEvery {
				t.Errorf("the record after it came after %v, want %v", time.Since(start), want+frameEvery)
			}
		})
	}
}

func TestAViewerThatHasLeftIsNotWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		stays, leaves := open(t, f, query.Filter{}), open(t, f, query.Filter{})
		next(t, stays)
		next(t, leaves)
		var sleeping sync.WaitGroup
		sleeping.Go(func() {
			if _, err := leaves.Next(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("got error %v, want %v", err, ErrClosed)
			}
		})
		synctest.Wait()
		leaves.Close()
		sleeping.Wait()
		start := time.Now()
		timer := time.AfterFunc(time.Millisecond, func() { f.Observe(emitted(1, "tick")) })
		defer timer.Stop()
		if got := seqs(next(t, stays).Rows); len(got) != 1 || time.Since(start) != time.Millisecond+gather {
			t.Errorf("got rows %v after %v, want one after 6 ms", got, time.Since(start))
		}
	})
}

func TestEverySecondIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gauge{}
		v := open(t, newFeed(g), query.Filter{})
		start := time.Now()
		var sent []time.Duration
		for time.Since(start) < 5*time.Second {
			g.second.Point.Time = time.Now().Truncate(time.Second)
			if s := next(t, v).Second; s != nil {
				sent = append(sent, s.Point.Time.Sub(start))
			}
		}
		want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("seconds sent (-want +got):\n%s", diff)
		}
	})
}

func TestCloseEndsANextThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := open(t, newFeed(&gauge{}), query.Filter{})
		next(t, v)
		timer := time.AfterFunc(10*time.Millisecond, v.Close)
		defer timer.Stop()
		for range 2 {
			if _, err := v.Next(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("got error %v, want %v", err, ErrClosed)
			}
		}
		v.Close()                                            // again
		v.Query(query.View{Filter: query.Stream("", "any")}) // too late to mean anything
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := open(t, newFeed(&gauge{}), query.Filter{})
		next(t, v)
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer stop()
		if _, err := v.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestViewersWithDearQueriesHoldNeitherTheEmitterNorOthersUp(t *testing.T) {
	f := newFeed(&gauge{})
	plain := open(t, f, query.Stream("", "tick"))
	dear, err := query.Parse(strings.Repeat("-zzz ", query.MaxTerms))
	if err != nil {
		t.Fatal(err)
	}
	viewers := make([]*Viewer, MaxViewers-1)
	for i := range viewers {
		viewers[i] = open(t, f, dear)
	}
	r := emitted(1, "tick")
	r.Payload = []byte(`"` + strings.Repeat("x", 1<<20) + `"`) // each answer would take 0.2 s
	const records = 10
	for range records {
		f.Observe(r)
	}
	if frame := next(t, plain); frame.Matched != records || frame.Lost != 0 {
		t.Errorf("the plain viewer: got %d matched and %d lost, want all %d", frame.Matched, frame.Lost, records)
	}
	for _, v := range viewers {
		if frame := next(t, v); frame.Lost != records || frame.Matched != 0 {
			t.Fatalf("a dear query: got %d matched and %d lost, want it to be told that it lost %d", frame.Matched, frame.Lost, records)
		}
	}
}

func TestOneViewersQueryLooksIntoALongPayload(t *testing.T) {
	f := newFeed(&gauge{})
	filter, err := query.Parse("event:tick zzz")
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, f, filter)
	r := emitted(1, "tick")
	r.Payload = []byte(`"` + strings.Repeat("x", 1<<20) + `zzz"`)
	f.Observe(r)
	if frame := next(t, v); frame.Matched != 1 || frame.Lost != 0 {
		t.Errorf("got %d matched and %d lost, want 1 and 0", frame.Matched, frame.Lost)
	}
}
