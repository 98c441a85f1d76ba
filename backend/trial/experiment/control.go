package experiment

import (
	"context"
	"time"

	"emitscope/backend/flow/emit"
	"emitscope/backend/msg"
)

// control waits for each moment as a lane does, and then has nothing to do. Nobody
// connects and nothing is asked for, so what it is late by is this machine's own: no
// way to emit is steadier here than that.
func control(ctx context.Context, p msg.ExperimentPlan) (*msg.RunRecord, error) {
	clock := emit.NewPreciseClock()
	defer clock.Close()
	start := time.Now()
	from := start.Add(p.Warmup)
	until := from.Add(p.Length)
	r := &msg.RunRecord{Started: from}
	for due := start; due.Before(until); due = due.Add(p.Interval) {
		for time.Now().Before(due) && ctx.Err() == nil {
			clock.Wait(ctx, due)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if at := time.Since(from); at >= 0 {
			r.Emitted = append(r.Emitted, at)
		}
	}
	return r, nil
}
