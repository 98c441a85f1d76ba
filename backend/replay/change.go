package replay

import (
	"context"
	"slices"
	"time"

	"emitscope/backend/msg"
)

// change makes a change, on the run's goroutine. An error is that it cannot go on.
func (r *run) change(ctx context.Context, c msg.ReplayPatch) error {
	holds := c.Position != nil || c.Paused != nil && *c.Paused
	stands := holds || c.Step != nil
	if ahead := !r.asked.Paused; holds || c.Loop != nil || ahead && (stands || r.timed()) {
		r.recall() // what was handed in ahead is to follow the change; what a step did goes on
	}
	r.mu.Lock()
	if c.Loop != nil {
		r.setLoop(*c.Loop)
	}
	now := time.Now()
	if c.Speed != nil {
		r.asked.Speed = *c.Speed
		r.clock.setSpeed(*c.Speed, now)
	}
	if stands {
		r.clock.stop(now)
		if len(r.buffer) > 0 {
			r.clock.played = min(r.clock.played, r.buffer[0].played)
		}
	}
	if c.Paused != nil {
		r.asked.Paused = *c.Paused
	}
	r.mu.Unlock()
	if holds {
		r.waiting.settle(underWay)
	}
	if c.Position != nil {
		if err := r.seek(ctx, *c.Position); err != nil {
			return err
		}
	}
	if c.Step != nil {
		return r.step(ctx, *c.Step)
	}
	return nil
}

// setLoop says whether to begin again at the end. What was read of further rounds goes
// where there are to be none. The caller holds mu.
func (r *run) setLoop(on bool) {
	r.asked.Loop = on
	if on {
		r.over = false
		return
	}
	_, left := r.waiting.progress()
	if r.source.round == left.round {
		return
	}
	last := left.played
	if later := slices.IndexFunc(r.buffer, func(e entry) bool { return e.round > left.round }); later >= 0 {
		r.buffer = r.buffer[:later]
	}
	if n := len(r.buffer); n > 0 {
		last = r.buffer[n-1].played
	}
	r.source.end(left.round, last)
}

// seek goes on from a moment of the recording.
func (r *run) seek(ctx context.Context, to time.Time) error {
	if !r.asked.From.IsZero() && to.Before(r.asked.From) {
		to = r.asked.From
	}
	if !r.asked.To.IsZero() && to.After(r.asked.To) {
		to = r.asked.To
	}
	_, left := r.waiting.progress()
	r.mu.Lock()
	played := r.clock.played
	r.mu.Unlock()
	r.buffer, r.over = nil, false
	r.waiting.jump(mark{at: to, played: played, round: left.round})
	return r.source.seek(ctx, to, played, left.round)
}

// step sends the next n messages now, and stands behind them. It waits until they have
// left, so that the answer counts them; what a lane has at a pace of its own, not for long.
func (r *run) step(ctx context.Context, n int) error {
	rest := r.buffer
	for r.buffer = nil; len(rest) < n && !r.over; {
		if err := r.read(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		rest = append(rest, r.buffer...)
	}
	r.buffer = rest
	if err := r.handNow(min(n, len(rest))); err != nil {
		return err
	}
	r.waiting.settle(underWay)
	return nil
}

// handNow hands the first n messages in, to leave now.
func (r *run) handNow(n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked.Paused = true
	if n == 0 {
		return nil
	}
	r.clock.played = r.buffer[n-1].played
	now := time.Now()
	return r.hand(n, func(entry) time.Time { return now })
}
