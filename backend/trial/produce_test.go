package trial

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// notebook is a sender that notes what it was handed and when.
type notebook struct {
	most    int
	takes   func(n int64) time.Duration // how long message n takes
	fails   int64                       // from this message on; 0: never
	numbers []int64
	marks   []mark
	times   []time.Time
}

func (b *notebook) Most() int    { return max(b.most, 1) }
func (b *notebook) Close() error { return nil }

func (b *notebook) Send(items []Item) error {
	for _, it := range items {
		if b.fails > 0 && it.N >= b.fails {
			return errors.New("cut off")
		}
		b.numbers = append(b.numbers, it.N)
		var s scanner
		m, _ := s.scan(it.Data)
		b.marks = append(b.marks, m)
		b.times = append(b.times, time.Now())
		if b.takes != nil {
			time.Sleep(b.takes(it.N))
		}
	}
	return nil
}

// produce has the producer index of the plan send all it has to, in a bubble.
func produce(ctx context.Context, plan Plan, index int, b *notebook) (p *producer, s schedule) {
	plan = plan.withDefaults()
	start := time.Now()
	r := &rules{id: 7, producers: plan.Producers, batch: plan.Batch, clock: newClock(false), into: newHistograms()}
	s = newSchedule(plan, start)
	r.window.from.Store(r.clock.at(start.Add(plan.Warmup)))
	r.window.first.Store(s.number(s.first))
	p = newProducer(r, index, plan, b)
	p.run(ctx, s, start.Add(plan.Warmup+plan.Length), newTimerWaiter())
	return p, s
}

func TestMessagesAreSentWhenTheRateSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{}
		p, s := produce(t.Context(), Plan{Producers: 2, Rate: 10, Length: time.Second}, 1, b)
		if want := []int64{1, 3, 5, 7, 9}; !slices.Equal(b.numbers, want) {
			t.Fatalf("producer 1 of 2 sent %v, want %v", b.numbers, want)
		}
		for i, n := range b.numbers {
			want := s.start.Add(time.Duration(n) * 100 * time.Millisecond)
			if !b.times[i].Equal(want) || b.marks[i].due != p.clock.at(want) {
				t.Errorf("message %d was sent %v after the start as due %v, want %v", n, b.times[i].Sub(s.start), b.marks[i].due, want.Sub(s.start))
			}
		}
		if p.sent != 5 || p.late != 0 || p.lateness.Max() != 0 {
			t.Errorf("got %d sent, %d late by up to %d ns; want 5 and none", p.sent, p.late, p.lateness.Max())
		}
	})
}

func TestWhatASlowServerHoldsUpIsSentLateAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{takes: func(n int64) time.Duration {
			if n == 3 {
				return 450 * time.Millisecond
			}
			return 0
		}}
		p, s := produce(t.Context(), Plan{Producers: 1, Rate: 10, Length: time.Second}, 0, b)
		if want := []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(b.numbers, want) {
			t.Fatalf("got %v, want all of %v", b.numbers, want)
		}
		for i, m := range b.marks { // what is due does not move
			if want := p.clock.at(s.start.Add(time.Duration(i) * 100 * time.Millisecond)); m.due != want {
				t.Errorf("message %d was due %d, want %d", i, m.due, want)
			}
		}
		if p.late != 4 { // 4 to 7 were due while 3 was being sent
			t.Errorf("got %d late, want 4", p.late)
		}
		if got, want := quantilesOf(p.lateness).Max, 350*time.Millisecond; (got - want).Abs() > want/1000 {
			t.Errorf("got up to %v late, want %v", got, want)
		}
	})
}

func TestAProducerThatIsBehindHandsOverTogetherWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{most: 4, takes: func(n int64) time.Duration {
			if n == 0 {
				return 650 * time.Millisecond
			}
			return 0
		}}
		p, _ := produce(t.Context(), Plan{Producers: 1, Rate: 10, Length: time.Second}, 0, b)
		if len(b.numbers) != 10 || p.sent != 10 || p.late != 6 {
			t.Errorf("got %v, %d sent, %d late; want ten messages, of which 6 late", b.numbers, p.sent, p.late)
		}
	})
}

func TestTheWarmUpIsSentButNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{}
		p, _ := produce(t.Context(), Plan{Producers: 1, Rate: 10, Warmup: 500 * time.Millisecond, Length: time.Second}, 0, b)
		if len(b.numbers) != 15 || p.sent != 10 {
			t.Errorf("got %d messages, of which %d count; want 15 and 10", len(b.numbers), p.sent)
		}
	})
}

func TestABatchIsDueAtOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{most: 5}
		p, s := produce(t.Context(), Plan{Producers: 2, Batch: 5, Rate: 20, Length: time.Second}, 1, b)
		if want := []int64{5, 6, 7, 8, 9, 15, 16, 17, 18, 19}; !slices.Equal(b.numbers, want) {
			t.Fatalf("got %v, want %v", b.numbers, want)
		}
		for i, m := range b.marks {
			if want := p.clock.at(s.start.Add([]time.Duration{250, 750}[i/5] * time.Millisecond)); m.due != want {
				t.Errorf("message %d was due %d, want %d", b.numbers[i], m.due, want)
			}
		}
	})
}

func TestWhatALostProducerLeavesBehindIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{fails: 4}
		p, _ := produce(t.Context(), Plan{Producers: 1, Rate: 10, Length: time.Second}, 0, b)
		if p.sent != 4 || p.unsent != 6 || p.err == nil {
			t.Errorf("got %d sent, %d not, error %v; want 4, 6 and why", p.sent, p.unsent, p.err)
		}
	})
}

func TestWhatIsLateWhenATrialIsInterruptedIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		b := &notebook{takes: func(n int64) time.Duration { return time.Duration(n/3) * 450 * time.Millisecond }}
		p, _ := produce(ctx, Plan{Producers: 1, Rate: 10, Length: time.Hour}, 0, b)
		if p.sent != 4 || p.unsent != 4 { // 4 to 7 were due while 3 was being sent
			t.Errorf("got %d sent, %d not; want 4 and 4", p.sent, p.unsent)
		}
	})
}

func TestWithoutARateAProducerSendsAsFastAsItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &notebook{takes: func(int64) time.Duration { return 10 * time.Millisecond }}
		p, s := produce(t.Context(), Plan{Producers: 1, Warmup: 500 * time.Millisecond, Length: time.Second}, 0, b)
		if len(b.numbers) != 150 || p.sent != 100 || p.late != 0 {
			t.Errorf("got %d messages, %d count, %d late; want 150, 100 and none", len(b.numbers), p.sent, p.late)
		}
		for i, m := range b.marks {
			if want := p.clock.at(s.start.Add(time.Duration(i) * 10 * time.Millisecond)); m.due != want {
				t.Fatalf("message %d was due %d, want when it was sent, %d", i, m.due, want)
			}
		}
	})
}

func TestTheScheduleDoesNotDrift(t *testing.T) {
	start := time.Now()
	for _, c := range []struct {
		rate float64
		slot int64
		want time.Duration
	}{
		{1000, 3_600_000, time.Hour},
		{80, 80 * 86400, 24 * time.Hour},
		{3, 1, 333_333_333},
		{3, 3_000_000, 1_000_000 * time.Second},
		{0.5, 7, 14 * time.Second},
	} {
		s := newSchedule(Plan{Rate: c.rate, Batch: 1, Producers: 1}, start)
		if got := s.due(c.slot).Sub(start); got != c.want {
			t.Errorf("at %v/s slot %d is due after %v, want %v", c.rate, c.slot, got, c.want)
		}
	}
}

func TestARefusalOfTheWarmUpIsNotCounted(t *testing.T) {
	r := listening(1)
	r.window.first.Store(10)
	f := &refusals{rules: r, counts: map[string]uint64{}}
	f.add("queue_full", 9)
	f.add("queue_full", 10)
	f.add("stopping", -1)
	if f.counts["queue_full"] != 1 || f.counts["stopping"] != 1 || f.total != 2 {
		t.Errorf("got %v, %d in all; want one of each", f.counts, f.total)
	}
}
