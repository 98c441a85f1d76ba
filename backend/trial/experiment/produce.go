package experiment

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

// backlog is how much is handed over before its time, so that whoever paces the
// messages always has one: then no producer's timing has a part in what is measured.
const backlog = 250 * time.Millisecond

// ahead is backlog in messages, at least two.
func ahead(p msg.ExperimentPlan) int { return max(2, int(backlog/p.Interval)) }

// giver is one producer's way to hand messages over.
type giver interface {
	give(n int, data []byte) error
	close()
}

// produce has the producers hand over their messages in turn, each at the moment
// that the interval prescribes, until ctx ends. open connects one producer.
func produce(ctx context.Context, p msg.ExperimentPlan, start time.Time, open func() (giver, error)) error {
	producing, working := errgroup.WithContext(ctx)
	for i := range p.Producers {
		producing.Go(func() error {
			to, err := open()
			if err != nil {
				return err
			}
			defer to.close()
			for n := i; ; n += p.Producers {
				trial.Sleep(working, time.Until(start.Add(time.Duration(n-ahead(p))*p.Interval)))
				if working.Err() != nil {
					return nil
				}
				if err := to.give(n, dataOf(n, p.Size)); err != nil && ctx.Err() == nil {
					return err
				}
			}
		})
	}
	return producing.Wait()
}
