package figure

import (
	"context"
	"fmt"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

const usualRate = 5000 // messages a second through the hub while it records

// recording measures what it costs the hub to record all that it emits, besides the
// flight recorder, and whether the recording has all of a flood.
func (b *bench) recording(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	share, err := b.shareOfCPU(ctx, usualRate, record)
	if err != nil {
		return err
	}
	b.sheet.Add("recording", "CPU of the hub at 5,000 messages/s to 20 clients, recording ÷ not", "×", share, atMost(1.05))
	b.say("%-38s %s ×", "CPU recording ÷ not", number(share))
	without, with, err := b.errorsBeside(ctx, record)
	if err != nil {
		return err
	}
	b.sheet.Add("recording", "interval error p99, not recording", "µs", without, nil)
	b.sheet.Add("recording", "interval error p99, recording ÷ not", "×", with/without, atMost(1.1))
	b.say("%-38s %s µs not, %s µs recording", "interval error p99", number(without), number(with))
	return b.recordedFlood(ctx)
}

// record records everything, and deletes it when it is stopped.
func record(ctx context.Context, hub *peer.Peer) (func(), error) {
	const name = "bench"
	c, err := client.New(hub.URL, "")
	if err != nil {
		return nil, err
	}
	if _, err := c.StartRecording(ctx, wire.NewRecording{Name: name}); err != nil {
		c.Close()
		return nil, err
	}
	return func() {
		_, _ = c.StopRecording(ctx, name) // where the hub is gone, the figure says so
		_ = c.DeleteRecording(ctx, name)
		c.Close()
	}, nil
}

// recordedFlood records 50,000 messages a second, and says how many are in the file
// and how many are missing.
func (b *bench) recordedFlood(ctx context.Context) error {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return err
	}
	defer hub.Stop()
	c, err := client.New(hub.URL, "")
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.StartRecording(ctx, wire.NewRecording{Name: "flood"}); err != nil {
		return err
	}
	report, err := b.broadcast(ctx, hub, contestant{as: trial.AsWebSocket, producer: true}, trial.Plan{
		Clients: 1, Rate: fastRate, Size: payloadBytes, Warmup: lead, Length: b.Long, Settle: settle,
	})
	if err != nil {
		return err
	}
	one, err := c.StopRecording(ctx, "flood")
	if err != nil {
		return err
	}
	if one.Messages == 0 {
		return fmt.Errorf("nothing was recorded of %d messages", report.Sent)
	}
	b.sheet.Add("recording", "recorded at 50,000 messages/s of 200 bytes", "/s", float64(one.Messages)/(lead+b.Long).Seconds(), nil)
	b.sheet.Add("recording", "of these missing in the file", "", float64(one.Dropped), atMost(0))
	b.say("%-38s %d in the file, %d missing", "a flood", one.Messages, one.Dropped)
	return nil
}
