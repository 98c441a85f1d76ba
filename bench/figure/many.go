package figure

import (
	"context"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// The load of the figure many.
const (
	crowdSize = 10_000
	crowdRate = 10 // messages a second
)

// many measures a hub with very many clients.
func (b *bench) many(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return err
	}
	defer hub.Stop()
	report, err := b.broadcast(ctx, hub, contestant{as: trial.AsWebSocket, producer: true}, trial.Plan{
		Clients: crowdSize, Rate: crowdRate, Size: payloadBytes, Warmup: time.Second, Length: b.Long / 4, Settle: 2 * time.Second,
	})
	if err != nil {
		return err
	}
	rss, err := hub.RSS()
	if err != nil {
		return err
	}
	share := arrived(report, crowdRate) * 100
	b.sheet.Add("many", "arrived", "%", share, atLeast(100))
	b.sheet.Add("many", "latency p50", "ms", inMS(report.Latency.P50), nil)
	b.sheet.Add("many", "latency p99", "ms", inMS(report.Latency.P99), atMost(inMS(mostLatency)))
	b.sheet.Add("many", "memory of the hub", "MB", inMB(rss), nil)
	b.sheet.Add("many", "connections lost", "", float64(report.Lost), nil)
	b.say("%s %% arrived, p99 %s ms, %s MB", number(share), number(inMS(report.Latency.P99)), number(inMB(rss)))
	return nil
}
