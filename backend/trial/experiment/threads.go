package experiment

import (
	"context"
	"sync"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

// threads is the first way that comes to mind: each producer emits, sleeps, and
// emits again, on a goroutine of its own. They begin one interval after the other,
// so together they would be steady if sleeping were exact and emitting took no time.
type threads struct {
	*small
	plan msg.ExperimentPlan
}

func newThreads(ctx context.Context, p msg.ExperimentPlan) (subject, error) {
	s, err := newSmall(ctx)
	if err != nil {
		return nil, err
	}
	return &threads{s, p}, nil
}

func (t *threads) emit(ctx context.Context, start time.Time) error {
	var producing sync.WaitGroup
	for i := range t.plan.Producers {
		producing.Go(func() {
			trial.Sleep(ctx, time.Until(start.Add(time.Duration(i)*t.plan.Interval)))
			for n := i; ctx.Err() == nil; n += t.plan.Producers {
				t.send(dataOf(n, t.plan.Size))
				trial.Sleep(ctx, time.Duration(t.plan.Producers)*t.plan.Interval)
			}
		})
	}
	producing.Wait()
	return nil
}
