package figure

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// steady is the namespace that every hub has a lane of 10 ms for.
const (
	steady     = "/ws/rt_market"
	steadyPace = 10 * time.Millisecond
)

// emitter reads from the hub's own numbers how steady it emits, with nothing else
// to do, and with another lane that makes 100,000 deliveries a second. The hub is
// a fresh one each time, for its percentiles are those of the last minute.
func (b *bench) emitter(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	for _, c := range []struct {
		what  string
		loads bool
		p50   *Goal // µs
		p99   *Goal
	}{
		{"nothing else to do", false, atMost(5), atMost(100)},
		{"100,000 deliveries a second beside it", true, nil, atMost(1000)},
	} {
		q, err := b.steadiness(ctx, c.loads)
		if err != nil {
			return err
		}
		b.sheet.Add("emitter", c.what+", p50", "µs", q.P50, c.p50)
		b.sheet.Add("emitter", c.what+", p99", "µs", q.P99, c.p99)
		b.sheet.Add("emitter", c.what+", longest", "µs", q.Max, nil)
		b.say("%-38s p50 %s, p99 %s, longest %s µs", c.what, number(q.P50), number(q.P99), number(q.Max))
	}
	return nil
}

// steadiness is the interval error of the steady lane while it sends for a third
// of Long.
func (b *bench) steadiness(ctx context.Context, loads bool) (wire.Quantiles, error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return wire.Quantiles{}, err
	}
	defer hub.Stop()
	c, err := client.New(hub.URL, "")
	if err != nil {
		return wire.Quantiles{}, err
	}
	defer c.Close()
	length := b.Long / 3
	if !loads {
		if err := pause(ctx, time.Second); err != nil { // what starting costs is over
			return wire.Quantiles{}, err
		}
		if err := fill(ctx, c, int(length/steadyPace)); err != nil {
			return wire.Quantiles{}, err
		}
		if err := pause(ctx, length-time.Second); err != nil {
			return wire.Quantiles{}, err
		}
		return steadyError(ctx, c)
	}
	stop, err := watch(ctx, hub)
	if err != nil {
		return wire.Quantiles{}, err
	}
	defer stop()
	var filled error
	report, err := b.broadcast(ctx, hub, contestant{as: trial.AsWebSocket, producer: true}, trial.Plan{
		Clients: subscribers, Rate: busy, Size: payloadBytes, Warmup: lead, Length: length, Settle: settle,
		// The lane has emptied itself a little before the load ends.
		Joined: func(_, measured time.Time) { filled = fill(ctx, c, int((length-time.Second)/steadyPace)) },
	})
	if err == nil {
		err = filled
	}
	if err != nil {
		return wire.Quantiles{}, err
	}
	b.doubt("emitter", report, busy)
	return steadyError(ctx, c)
}

// fill puts messages into the steady lane, so that one waits for each of its slots
// and no producer's timing has a part in what is measured.
func fill(ctx context.Context, c *client.Client, messages int) error {
	const batch = 1000
	for messages > 0 {
		n := min(messages, batch)
		drafts := make([]wire.Publish, n)
		for i := range drafts {
			drafts[i] = wire.Publish{Namespace: steady, Event: "tick", Data: json.RawMessage(`{"price":187.4}`)}
		}
		if _, err := c.Publish(ctx, drafts...); err != nil {
			return fmt.Errorf("fill the lane: %w", err)
		}
		messages -= n
	}
	return nil
}

// steadyError is what the hub says of the steady lane's last minute.
func steadyError(ctx context.Context, c *client.Client) (wire.Quantiles, error) {
	stats, err := c.Stats(ctx)
	if err != nil {
		return wire.Quantiles{}, err
	}
	for _, l := range stats.Lanes {
		if l.Namespace == steady && l.IntervalError.Count > 0 {
			return l.IntervalError, nil
		}
	}
	return wire.Quantiles{}, fmt.Errorf("the hub says nothing of %s", steady)
}

// doubt notes it when a load that a figure takes for granted was not there.
func (b *bench) doubt(figure string, r *trial.Report, rate float64) {
	if share := arrived(r, rate); share < leastArrived {
		b.sheet.Note("%s, run %d: only %.0f %% of the load arrived", figure, b.run, share*100)
	}
}
