package figure

import (
	"context"
	"fmt"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

// queuePace is the interval at which each server's queue is to let messages go:
// eight producers with ten a second fill it just so.
const queuePace = 12500 * time.Microsecond

// subscriber measures at the clients how steady messages come that producers
// outside hand in, by Socket.IO everywhere.
func (b *bench) subscriber(ctx context.Context) error {
	for _, c := range []struct {
		kind    peer.Kind
		title   string
		options []string
		goal    *Goal // ms
	}{
		{peer.Hub, "Emitscope whole", nil, atMost(1)},
		{peer.Node, "socket.io on Node, setInterval", []string{"--interval", "12.5"}, nil},
		{peer.Node, "socket.io on Node, by a schedule", []string{"--schedule", "12.5"}, nil},
		{peer.Flask, "Flask-SocketIO, gevent, queue", []string{"--interval", "0.0125"}, nil},
	} {
		if !b.takesPart(c.kind) {
			continue
		}
		report, err := b.paced(ctx, c.kind, c.options)
		if err != nil {
			b.missed(ctx, c.title, err)
			continue
		}
		q := report.IntervalError
		b.sheet.Add("subscriber", c.title+", p50", "ms", inMS(q.P50), nil)
		b.sheet.Add("subscriber", c.title+", p99", "ms", inMS(q.P99), c.goal)
		b.sheet.Add("subscriber", c.title+", longest", "ms", inMS(q.Max), nil)
		b.say("%-38s p50 %s, p99 %s, longest %s ms", c.title, number(inMS(q.P50)), number(inMS(q.P99)), number(inMS(q.Max)))
	}
	return nil
}

func (b *bench) paced(ctx context.Context, k peer.Kind, options []string) (*trial.Report, error) {
	s, err := peer.Start(ctx, b.Places, k, options...)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	p := trial.Plan{
		Target: s.URL, Namespace: serve.Namespace, Event: serve.Event,
		Producers: 8, Via: trial.ViaSocketIO, Rate: 80, Size: payloadBytes, Clients: 20, Interval: queuePace,
		// Until the line stands: producers and pace are equally fast.
		Warmup: 2 * time.Second, Length: b.Long / 4, Settle: 2 * time.Second,
	}
	if k == peer.Hub {
		p.SetLane = true
	} else {
		p.PublishEvent = "publish"
	}
	report, err := trial.Run(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k, err)
	}
	b.doubt("subscriber, "+string(k), report, 80)
	return report, nil
}
