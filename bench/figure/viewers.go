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

// What is measured with viewers and without.
const (
	fastRate      = 50_000 // messages a second through the hub
	fastClients   = 20
	blocks        = 12 // of each kind, by turns
	openViewers   = 5
	emitterBlock  = 5 * time.Second
	leastSampling = 200 // emits in a block of the steady lane; with fewer something else is wrong
)

// viewers measures what open viewers cost the hub. Each kind of block takes turns
// with the other in one and the same process, so that what a fresh process or a
// noisy neighbour does hits both.
func (b *bench) viewers(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	share, err := b.viewerCPU(ctx)
	if err != nil {
		return err
	}
	b.sheet.Add("viewers", "CPU of the hub at 50,000 messages/s, with a viewer ÷ without", "×", share, atMost(1.05))
	b.say("%-38s %s ×", "CPU with a viewer ÷ without", number(share))
	without, with, err := b.watchedEmits(ctx)
	if err != nil {
		return err
	}
	b.sheet.Add("viewers", "interval error p99 without viewers", "µs", without, nil)
	b.sheet.Add("viewers", "interval error p99 with five", "µs", with, nil)
	b.sheet.Add("viewers", "interval error p99, with five ÷ without", "×", with/without, atMost(1.1))
	b.say("%-38s %s µs without, %s µs with five", "interval error p99", number(without), number(with))
	return nil
}

// viewerCPU is how much more processor time the hub takes for the same messages
// with one viewer open: what it takes bounds what it can pass on.
func (b *bench) viewerCPU(ctx context.Context) (float64, error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return 0, err
	}
	defer hub.Stop()
	length := b.Long / 12
	load := func(watched bool) (perMessage float64, err error) {
		if watched {
			stop, err := watch(ctx, hub)
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
			Clients: fastClients, Rate: fastRate, Size: payloadBytes, Warmup: lead, Length: length, Settle: settle,
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

// watchedEmits returns the interval error of the steady lane at p99, in µs, of all
// blocks without a viewer and of all with five, by what the hub recorded of each
// message.
func (b *bench) watchedEmits(ctx context.Context) (without, with float64, err error) {
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
		some, err := b.block(ctx, hub, c, kind*openViewers)
		if err != nil {
			return 0, 0, err
		}
		errors[kind] = append(errors[kind], some...)
	}
	return quantileOf(errors[0], 0.99), quantileOf(errors[1], 0.99), nil
}

// block has the steady lane emit for a while in front of so many viewers, and
// returns the size of every interval error in µs.
func (b *bench) block(ctx context.Context, hub *peer.Peer, c *client.Client, viewers int) ([]float64, error) {
	for range viewers {
		stop, err := watch(ctx, hub)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
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
