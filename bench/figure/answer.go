package figure

import (
	"context"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// askedEvery is how often GET /api is asked for.
const askedEvery = 10 * time.Millisecond

// answer measures how long GET /api takes while the same process broadcasts.
func (b *bench) answer(ctx context.Context) error {
	for _, c := range []struct {
		contestant
		goal *Goal // ms
	}{
		{contestant{kind: peer.Hub, title: "Emitscope whole", as: trial.AsWebSocket, producer: true}, atMost(10)},
		{contestant{kind: peer.Node, title: "socket.io on Node", as: trial.AsWebSocket}, nil},
		{contestant{kind: peer.Stock, title: "stock Go library", as: trial.AsWebSocket}, nil},
		{contestant{kind: peer.Flask, title: "Flask-SocketIO, gevent, queue", as: trial.AsWebSocket}, nil},
	} {
		if !b.takesPart(c.kind) {
			continue
		}
		rate := float64(busy)
		if c.kind == peer.Flask { // which cannot do that much
			rate = b.easyFor(c.title)
		}
		a, share, err := b.answersOf(ctx, c.contestant, rate)
		if err != nil {
			b.missed(ctx, c.title, err)
			continue
		}
		what := c.title + ", at " + number(rate*subscribers) + " deliveries/s"
		if c.kind == peer.Flask {
			what = c.title + ", at what it can do"
		}
		b.sheet.Add("answer", what+", p50", "ms", a.P50, nil)
		b.sheet.Add("answer", what+", p99", "ms", a.P99, c.goal)
		b.say("%-38s p50 %s, p99 %s ms at %s deliveries a second, of which %.0f %% arrived",
			c.title, number(a.P50), number(a.P99), number(rate*subscribers), share*100)
		if share < leastArrived || a.Failed > 0 {
			b.sheet.Note("answer, %s, run %d: %.0f %% of the load arrived, %d questions had no answer", c.title, b.run, share*100, a.Failed)
		}
	}
	return nil
}

// easyFor is a rate that a server holds with something to spare: by what was
// found out, and before that what was seen elsewhere.
func (b *bench) easyFor(title string) float64 {
	if earlier := b.hints[title]; len(earlier) > 0 {
		return median(earlier) * 0.9
	}
	return 40
}

func (b *bench) answersOf(ctx context.Context, c contestant, rate float64) (a Answers, share float64, err error) {
	s, err := b.start(ctx, c.kind)
	if err != nil {
		return Answers{}, 0, err
	}
	defer s.Stop()
	if c.kind == peer.Hub {
		stop, err := watch(ctx, s)
		if err != nil {
			return Answers{}, 0, err
		}
		defer stop()
	}
	length := b.Long / 5
	asked := make(chan error, 1)
	report, err := b.broadcast(ctx, s, c, trial.Plan{
		Clients: subscribers, Rate: rate, Size: payloadBytes, Warmup: lead, Length: length, Settle: settle,
		Joined: func(_, measured time.Time) {
			go func() {
				err := pause(ctx, time.Until(measured))
				if err == nil {
					a, err = askFrom(ctx, b.Places, s.URL+"/api", askedEvery, length-time.Second)
				}
				asked <- err
			}()
		},
	})
	if err != nil {
		return Answers{}, 0, err
	}
	if err := <-asked; err != nil {
		return Answers{}, 0, err
	}
	return a, arrived(report, rate), nil
}
