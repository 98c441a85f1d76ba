package trial

import (
	"context"
	"errors"
	"fmt"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// setLane gives the lane the plan's interval, and returns what gives it back what
// it had.
func setLane(ctx context.Context, p Plan) (restore func(say func(string)), err error) {
	hub, err := p.hub()
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	before, err := hub.PatchLane(asking, p.Namespace, wire.LanePatch{}) // changes nothing, and says what there is
	if err == nil {
		interval := p.Interval.String()
		_, err = hub.PatchLane(asking, p.Namespace, wire.LanePatch{Interval: &interval})
	}
	if err != nil {
		hub.Close()
		if errors.Is(err, fault.NotFound) {
			return nil, fault.Newf(fault.NotFound, "the server at %s has no lane to set: %v", p.Target, err).
				WithHint("only Emitscope has lanes; for the pace of another server say only what it is")
		}
		return nil, fmt.Errorf("set the lane %s: %w", p.Namespace, err)
	}
	return func(say func(string)) {
		defer hub.Close()
		// The trial may have been interrupted; the lane is given back even so.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialWait)
		defer cancel()
		back := wire.LanePatch{Interval: &before.Interval}
		if before.Rate > 0 {
			back = wire.LanePatch{Rate: &before.Rate}
		}
		if _, err := hub.PatchLane(ctx, p.Namespace, back); err != nil {
			say(fmt.Sprintf("The lane %s was not given back its interval %s: %v.", p.Namespace, before.Interval, err))
		}
	}, nil
}
