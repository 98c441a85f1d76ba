package outbox

import (
	"context"
	"net"
	"slices"
	"time"
)

// Run writes what waits until the outbox is closed and everything is written,
// until write fails, or until ctx ends, and says which: it returns the reason
// given to Close, write's error, or ctx's cause. Afterwards the outbox holds
// nothing and takes nothing.
//
// write gets whole frames, and may use up the slice but not change the frames.
// It blocks as long as the client does not read, so it sets itself a deadline.
func (o *Outbox) Run(ctx context.Context, write func(net.Buffers) error) error {
	err := o.run(ctx, write)
	o.End(err)
	return err
}

func (o *Outbox) run(ctx context.Context, write func(net.Buffers) error) error {
	var batch net.Buffers
	alarm := alarm{}
	defer alarm.stop()
	for ctx.Err() == nil {
		var again time.Duration
		var reason error
		batch, again, reason = o.take(batch[:0], batchFrames)
		if reason != nil {
			return reason
		}
		if len(batch) > 0 {
			if err := write(batch); err != nil {
				return err
			}
			clear(batch) // lets go of the frames
			continue
		}
		if again == 0 && cap(batch) > smallRing {
			batch = nil // an idle client should be small
		}
		select {
		case <-o.wake:
		case <-alarm.in(again):
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}

// Fetch waits until something waits, and returns the oldest frames, at most most
// of them, which is 2 or more. It is Run for a client that comes for its frames,
// as one that polls does: the frames count as being written until the next
// Fetch. It returns ctx's cause when ctx ends, and the reason when the outbox is
// closed and everything was fetched.
//
// Only one call of Fetch or Run may be under way at a time; Run may follow.
func (o *Outbox) Fetch(ctx context.Context, most int) (net.Buffers, error) {
	alarm := alarm{}
	defer alarm.stop()
	for {
		batch, again, reason := o.take(nil, most)
		if reason != nil {
			o.End(reason)
			return nil, reason
		}
		if len(batch) > 0 {
			return batch, nil
		}
		select {
		case <-o.wake:
		case <-alarm.in(again):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// alarm is a timer that is made when it is first needed.
type alarm struct{ timer *time.Timer }

// in returns what tells that so much time is over; nil for 0, which never is.
func (a *alarm) in(d time.Duration) <-chan time.Time {
	switch {
	case d == 0:
		return nil
	case a.timer == nil:
		a.timer = time.NewTimer(d)
	default:
		a.timer.Reset(d)
	}
	return a.timer.C
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// take says that the batch before has been written, and returns the next one of
// at most most frames, appended to batch. When that is empty there was nothing
// to take: either there is a reason to end, or the next push will wake Run or
// Fetch, and take should also be called again after a while, if that is not 0: when
// the client has been calm, or may be given more.
func (o *Outbox) take(batch net.Buffers, most int) (_ net.Buffers, again time.Duration, reason error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.land()
	controls := min(len(o.controls), most)
	batch = append(batch, o.controls[:controls]...)
	o.controls = slices.Delete(o.controls, 0, controls)
	for len(batch) < most {
		from := o.next()
		if from == nil {
			last := min(len(o.last), most-len(batch))
			batch = append(batch, o.last[:last]...)
			o.last = o.last[last:]
			break
		}
		if o.flying.frames > 0 && o.flying.bytes+len(from.front().frame) > batchBytes {
			break
		}
		if from == &o.messages && o.drain.perSecond > 0 && o.state == open {
			if again = o.drain.wait(from.front().at, time.Since(o.start)); again > 0 {
				break
			}
		}
		if from == &o.messages && o.gap > 0 {
			if o.opts.MissedFrame != nil {
				if len(batch)+2 > most {
					break // it goes with the message after it
				}
				batch = append(batch, o.opts.MissedFrame(o.gap))
			}
			o.gap = 0
		}
		e := from.pop()
		if from == &o.messages {
			o.drain.spend()
		}
		if o.flying.frames == 0 {
			o.flying.at = e.at
		}
		o.flying.frames++
		o.flying.bytes += len(e.frame)
		batch = append(batch, e.frame)
	}
	switch {
	case len(batch) > 0:
		return batch, 0, nil
	case o.state >= closed:
		return batch, 0, o.reason
	case again > 0:
		o.asleep = true
		return batch, again, nil
	}
	o.asleep, o.full = true, false
	now := time.Since(o.start)
	o.messages.shrink(now)
	o.answers.shrink(now)
	if o.messages.large() || o.answers.large() {
		again = calm
	}
	return batch, again, nil
}

// next is the ring with the oldest frame; nil when both are empty.
func (o *Outbox) next() *ring {
	switch {
	case o.messages.n == 0 && o.answers.n == 0:
		return nil
	case o.answers.n == 0:
		return &o.messages
	case o.messages.n == 0 || o.answers.front().turn < o.messages.front().turn:
		return &o.answers
	}
	return &o.messages
}

// land forgets the batch that was being written. The caller holds mu.
func (o *Outbox) land() {
	o.flying = flight{}
	if o.shrunk != nil {
		close(o.shrunk)
		o.shrunk = nil
	}
}

// End lets go of everything at once; nothing more is taken. A client that was
// never closed has ended for this reason.
func (o *Outbox) End(reason error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reason == nil {
		o.reason = reason
	}
	o.state = ended
	o.messages, o.answers, o.controls, o.last = ring{}, ring{}, nil, nil
	o.land()
}

// WaitBelow blocks until fewer than frames frames wait or are being written, so
// that a producer with one client can make the next frame when it is wanted
// instead of queueing it. It returns nil then, ctx's cause when ctx ends, and
// the reason when the outbox is closed.
func (o *Outbox) WaitBelow(ctx context.Context, frames int) error {
	return o.wait(ctx, func() bool { return o.frames() < frames })
}

// WaitAnswers blocks while answers fill a quarter of the outbox or more. Whoever
// reads what the client asks waits here before reading on: a client that asks
// faster than it reads is held up by its own network buffers, and not given up.
// It returns as WaitBelow does.
func (o *Outbox) WaitAnswers(ctx context.Context) error {
	return o.wait(ctx, func() bool {
		return o.answers.n == 0 || o.answers.n < o.opts.MaxFrames/4 && o.answers.bytes < o.opts.MaxBytes/4
	})
}

// wait blocks until enough reports true, which is called with mu held.
func (o *Outbox) wait(ctx context.Context, enough func() bool) error {
	for {
		o.mu.Lock()
		if o.state != open {
			defer o.mu.Unlock()
			return o.reason
		}
		if enough() {
			o.mu.Unlock()
			return nil
		}
		if o.shrunk == nil {
			o.shrunk = make(chan struct{})
		}
		shrunk := o.shrunk
		o.mu.Unlock()
		select {
		case <-shrunk:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
