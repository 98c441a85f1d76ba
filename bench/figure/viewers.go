package figure

import (
	"context"

	"emitscope/bench/peer"
)

const (
	fastRate    = 50_000 // messages a second through the hub
	openViewers = 5
)

// viewers measures what open viewers cost the hub.
func (b *bench) viewers(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	share, err := b.shareOfCPU(ctx, fastRate, open(1))
	if err != nil {
		return err
	}
	b.sheet.Add("viewers", "CPU of the hub at 50,000 messages/s, with a viewer ÷ without", "×", share, atMost(1.05))
	b.say("%-38s %s ×", "CPU with a viewer ÷ without", number(share))
	without, with, err := b.errorsBeside(ctx, open(openViewers))
	if err != nil {
		return err
	}
	b.sheet.Add("viewers", "interval error p99 without viewers", "µs", without, nil)
	b.sheet.Add("viewers", "interval error p99 with five", "µs", with, nil)
	b.sheet.Add("viewers", "interval error p99, with five ÷ without", "×", with/without, atMost(1.1))
	b.say("%-38s %s µs without, %s µs with five", "interval error p99", number(without), number(with))
	return nil
}

// open opens so many viewers.
func open(viewers int) beside {
	return func(ctx context.Context, hub *peer.Peer) (func(), error) {
		var stops []func()
		stop := func() {
			for _, one := range stops {
				one()
			}
		}
		for range viewers {
			one, err := watch(ctx, hub)
			if err != nil {
				stop()
				return nil, err
			}
			stops = append(stops, one)
		}
		return stop, nil
	}
}
