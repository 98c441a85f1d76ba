package figure

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// How is measured what the hub costs with something beside its work, and without.
const (
	besideClients = 20
	blocks        = 12 // of each kind, by turns
	emitterBlock  = 5 * time.Second
	leastSampling = 200 // emits in a block of the steady lane; with fewer something else is wrong
)

// beside is something that a hub does beside its work, until stop is called.
type beside func(ctx context.Context, hub *peer.Peer) (stop func(), err error)

// shareOfCPU is how much more processor time the hub takes for the same messages with
// something beside: what it takes bounds what it can pass on. Each kind of block takes
// turns with the other in one and the same process, so that what a fresh process or a
// noisy neighbour does hits both.
func (b *bench) shareOfCPU(ctx context.Context, perSecond float64, with beside) (float64, error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return 0, err
	}
	defer hub.Stop()
	load := func(on bool) (perMessage float64, err error) {
		if on {
			stop, err := with(ctx, hub)
			if err != nil {
				return 0, err
			}
			defer stop()
		}
		before, err := hub.CPU(ctx)
		if err != nil {
			return 0, err
		}
		report, err := b.broadcast(ctx, hub, contestant{as: trial.AsWebSocket, producer: true}, trial.Plan{
			Clients: besideClients, Rate: perSecond, Size: payloadBytes, Warmup: lead, Length: b.Long / 12, Settle: settle,
		})
		if err != nil {
			return 0, err
		}
		after, err := hub.CPU(ctx)
		if err != nil {
			return 0, err
		}
		if report.Sent == 0 {
			return 0, fmt.Errorf("the load generator sent nothing")
		}
		return (after - before).Seconds() / float64(report.Sent), nil
	}
	if _, err := load(false); err != nil { // what starting costs is over
		return 0, err
	}
	var shares []float64
	for i := range blocks / 2 {
		first, err := load(i%2 == 1)
		if err != nil {
			return 0, err
		}
		second, err := load(i%2 == 0)
		if err != nil {
			return 0, err
		}
		if i%2 == 1 {
			first, second = second, first
		}
		shares = append(shares, second/first)
	}
	return median(shares), nil
}

// errorsBeside returns the interval error of the steady lane at p99, in µs, of all
// blocks without something beside and of all with it, by what the hub recorded of each
// message.
func (b *bench) errorsBeside(ctx context.Context, with beside) (without, p99 float64, err error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return 0, 0, err
	}
	defer hub.Stop()
	c, err := client.New(hub.URL, "")
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	var errors [2][]float64
	for i := range 2 * blocks {
		kind := i % 2
		if i/2%2 == 1 {
			kind = 1 - kind // no kind always comes after the other
		}
		stop := func() {}
		if kind == 1 {
			if stop, err = with(ctx, hub); err != nil {
				return 0, 0, err
			}
		}
		some, err := b.block(ctx, c)
		stop()
		if err != nil {
			return 0, 0, err
		}
		errors[kind] = append(errors[kind], some...)
	}
	return quantileOf(errors[0], 0.99), quantileOf(errors[1], 0.99), nil
}

// block has the steady lane emit for a while, and returns the size of every interval
// error in µs.
func (b *bench) block(ctx context.Context, c *client.Client) ([]float64, error) {
	if err := fill(ctx, c, int((emitterBlock+time.Second)/steadyPace)); err != nil {
		return nil, err
	}
	if err := pause(ctx, time.Second); err != nil {
		return nil, err
	}
	from := time.Now()
	if err := pause(ctx, emitterBlock); err != nil {
		return nil, err
	}
	var emitted []wire.Message
	err := c.Messages(ctx, fmt.Sprintf("ns:%s time>=%s", steady, from.UTC().Format(time.RFC3339Nano)), math.MaxInt32, func(line []byte) error {
		var m wire.Message
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("read a message: %w", err)
		}
		emitted = append(emitted, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, err := intervalErrors(emitted)
	if err == nil && len(found) < leastSampling {
		err = fmt.Errorf("only %d emits in %v of a lane of %v", len(found), emitterBlock, steadyPace)
	}
	return found, err
}

// intervalErrors returns |gap between emits − gap between due times| in µs of
// messages that followed one another.
func intervalErrors(emitted []wire.Message) ([]float64, error) {
	var out []float64
	var dueBefore, atBefore time.Time
	for i, m := range emitted {
		due, err := time.Parse(time.RFC3339Nano, m.DueTime)
		if err != nil {
			return nil, fmt.Errorf("read when message %d was due: %w", m.Seq, err)
		}
		at, err := time.Parse(time.RFC3339Nano, m.EmittedTime)
		if err != nil {
			return nil, fmt.Errorf("read when message %d was emitted: %w", m.Seq, err)
		}
		if i > 0 {
			gap := at.Sub(atBefore) - due.Sub(dueBefore)
			out = append(out, math.Abs(float64(gap))/float64(time.Microsecond))
		}
		dueBefore, atBefore = due, at
	}
	return out, nil
}

// quantileOf is the value that a share of all are at most.
func quantileOf(all []float64, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
