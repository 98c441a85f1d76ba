package experiment

import (
	"context"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

// queueSize is how many messages wait for the loop at most.
const queueSize = 5000

// loop is the known remedy: producers put their messages into one bounded queue,
// and one loop takes a message, emits it, and sleeps for the interval. It sleeps
// after the work, so each message is late by what emitting took and by what the
// sleep was too long, and so is everything after it.
type loop struct {
	*small
	plan  msg.ExperimentPlan
	queue queue
}

func newLoop(ctx context.Context, p msg.ExperimentPlan) (subject, error) {
	s, err := newSmall(ctx)
	if err != nil {
		return nil, err
	}
	return &loop{s, p, make(queue, queueSize)}, nil
}

func (l *loop) emit(ctx context.Context, start time.Time) error {
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case data := <-l.queue:
				l.send(data)
				trial.Sleep(ctx, l.plan.Interval)
			case <-ctx.Done():
				return
			}
		}
	})
	defer working.Wait()
	return produce(ctx, l.plan, start, func() (giver, error) { return l.queue, nil })
}

// queue is what waits for the loop.
type queue chan []byte

func (q queue) give(_ int, data []byte) error {
	select {
	case q <- data:
		return nil
	default:
		return fault.Newf(fault.Full, "the loop is so slow that %d messages wait for it", queueSize).WithCode("experiment_failed").
			WithHint("ask for a longer interval, or fewer clients")
	}
}

func (q queue) close() {}
