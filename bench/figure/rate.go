package figure

import (
	"context"
	"fmt"
	"math"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

// What sustaining a rate means.
const (
	leastArrived = 0.97
	mostLatency  = 250 * time.Millisecond // p99
)

// How the search goes.
const (
	firstRate  = 50.0                   // messages a second
	leastRate  = 5.0                    // below it the search gives up
	mostRate   = 400_000                // above it too
	resolution = 1.05                   // between the rate that held and the one that did not
	nearby     = 1.1                    // first factor where an earlier run says where to look
	lead       = 500 * time.Millisecond // of messages before the measuring begins
	settle     = 500 * time.Millisecond // what comes later than this after the end is lost
)

// contestant is one server and the way its clients connect.
type contestant struct {
	kind     peer.Kind
	title    string
	as       string // one of trial's; empty: centrifuge's protocol
	producer bool   // it is given its messages from outside
}

func contestants() []contestant {
	return []contestant{
		{kind: peer.Emitscope, title: "Emitscope's fan-out, Socket.IO", as: trial.AsWebSocket},
		{kind: peer.Emitscope, title: "Emitscope's fan-out, native", as: trial.AsNative},
		{kind: peer.Hub, title: "Emitscope whole, 4 outside producers", as: trial.AsWebSocket, producer: true},
		{kind: peer.Centrifuge, title: "centrifuge"},
		{kind: peer.Bare, title: "bare broadcaster", as: trial.AsWebSocket},
		{kind: peer.Node, title: "socket.io on Node", as: trial.AsWebSocket},
		{kind: peer.Stock, title: "stock Go library", as: trial.AsWebSocket},
		{kind: peer.Flask, title: "Flask-SocketIO, gevent, queue", as: trial.AsWebSocket},
	}
}

// rate finds, for each server, the highest rate at which nearly everything
// arrives soon.
func (b *bench) rate(ctx context.Context) error {
	found := map[string]float64{}
	for _, c := range contestants() {
		if !b.takesPart(c.kind) {
			continue
		}
		perSecond, err := b.sustained(ctx, c)
		if err != nil {
			b.missed(ctx, c.title, err)
			continue
		}
		found[c.title] = perSecond
		b.sheet.Add("rate", c.title, "/s", perSecond, nil)
		b.say("%-38s %s /s", c.title, number(perSecond))
	}
	for _, r := range []struct {
		what, over, under string
		goal              *Goal
	}{
		{"fan-out ÷ centrifuge", "Emitscope's fan-out, Socket.IO", "centrifuge", atLeast(1.2)},
		{"fan-out ÷ socket.io on Node", "Emitscope's fan-out, Socket.IO", "socket.io on Node", atLeast(9)},
		{"whole ÷ centrifuge", "Emitscope whole, 4 outside producers", "centrifuge", atLeast(0.9)},
		{"fan-out ÷ bare broadcaster", "Emitscope's fan-out, Socket.IO", "bare broadcaster", nil},
	} {
		if found[r.over] > 0 && found[r.under] > 0 {
			b.sheet.Add("rate", r.what, "×", found[r.over]/found[r.under], r.goal)
		}
	}
	return nil
}

// sustained searches: from a rate that holds it doubles until one does not, twice,
// or halves the other way, and then halves the distance until the two are within
// 5 %. In later runs it begins where the earlier ones ended and takes smaller steps.
// It returns the deliveries a second of the best step that held.
func (b *bench) sustained(ctx context.Context, c contestant) (perSecond float64, err error) {
	rate, factor := firstRate, 2.0
	if earlier := b.hints[c.title]; len(earlier) > 0 {
		rate, factor = median(earlier)/nearby, nearby
	}
	a := &arena{bench: b, contestant: c}
	defer a.close()
	var held, failed Step
	for {
		s, err := a.try(ctx, rate)
		if err == nil && !s.Held && failed.PerSecond == 0 {
			s, err = a.try(ctx, rate) // where the search turns, chance should not decide
		}
		if err != nil {
			return 0, err
		}
		if s.Held {
			held = s
		} else {
			failed = s
		}
		switch {
		case failed.PerSecond == 0:
			rate *= factor
		case held.PerSecond == 0:
			rate /= factor
		case failed.PerSecond <= held.PerSecond*resolution:
			b.hints[c.title] = append(b.hints[c.title], held.PerSecond)
			return held.PerSecond * subscribers * held.Arrived, nil
		default:
			rate = math.Sqrt(held.PerSecond * failed.PerSecond)
			continue
		}
		factor *= factor // from 1.1 by way of 1.2 and 1.5, should the earlier runs mislead
		factor = min(factor, 2)
		if rate < leastRate || rate > mostRate {
			return held.PerSecond * subscribers * held.Arrived, nil
		}
	}
}

// arena is a server whose highest rate is being looked for. It is started anew
// after a step that was too much, so that no step suffers from the one before.
type arena struct {
	*bench
	contestant
	server *peer.Peer
	viewer func() // ends the hub's viewer
}

func (a *arena) close() {
	if a.viewer != nil {
		a.viewer()
		a.viewer = nil
	}
	if a.server != nil {
		a.server.Stop()
		a.server = nil
	}
}

// try has the server broadcast at a rate, in messages a second.
func (a *arena) try(ctx context.Context, rate float64) (Step, error) {
	if err := a.ready(ctx, rate); err != nil {
		return Step{}, err
	}
	report, err := a.play(ctx, rate, a.Step)
	if err != nil {
		return Step{}, err
	}
	s := Step{
		Run: a.run, Who: a.title, PerSecond: rate, Arrived: arrived(report, rate),
		P99MS: inMS(report.Latency.P99), CPU: report.CPUSeconds / report.Seconds,
	}
	s.Held = s.Arrived >= leastArrived && report.Latency.P99 <= mostLatency
	a.sheet.step(s)
	if !s.Held {
		a.close()
	}
	return s, nil
}

// ready makes sure that the server runs. One that was just started broadcasts for
// a moment at half the rate: that gets buffers and compilers going.
func (a *arena) ready(ctx context.Context, rate float64) (err error) {
	if a.server != nil {
		return nil
	}
	if a.server, err = a.start(ctx, a.kind); err != nil {
		return err
	}
	if a.kind == peer.Hub {
		if a.viewer, err = watch(ctx, a.server); err != nil {
			return err
		}
	}
	_, err = a.play(ctx, rate/2, time.Second)
	return err
}

func (a *arena) play(ctx context.Context, rate float64, length time.Duration) (*trial.Report, error) {
	return a.broadcast(ctx, a.server, a.contestant, trial.Plan{
		Clients: subscribers, Rate: rate, Size: payloadBytes, Warmup: lead, Length: length, Settle: settle,
	})
}

// broadcast runs a plan against a server, which broadcasts by itself or, if it is
// the hub, is given its messages by four producers. The plan lacks what depends
// on the server.
func (b *bench) broadcast(ctx context.Context, s *peer.Peer, c contestant, p trial.Plan) (*trial.Report, error) {
	p.Target, p.Namespace, p.Event, p.As = s.URL, serve.Namespace, serve.Event, c.as
	p.Dial = b.dialler(s, c, p)
	var told error
	if c.producer {
		p.Producers, p.Via = 4, trial.ViaWebSocket
	} else {
		rate := p.Rate
		p.Rate = 0
		joined := p.Joined
		p.Joined = func(start, measured time.Time) {
			told = s.Broadcast(ctx, serve.Schedule{Start: start, Rate: rate, Size: p.Size, Seconds: (p.Warmup + p.Length).Seconds()})
			if joined != nil {
				joined(start, measured)
			}
		}
	}
	report, err := trial.Run(ctx, p)
	if report != nil {
		err = nil // a server that throws its clients out has not delivered, which shows
	}
	if err == nil {
		err = told
	}
	if err == nil {
		err = ctx.Err() // what was measured until then is no figure
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Kind, err)
	}
	return report, nil
}

// arrived is the share of what should have arrived: of every message that was due
// while it was measured, at every client.
func arrived(r *trial.Report, rate float64) float64 {
	due := math.Ceil((lead.Seconds()+r.Seconds)*rate) - math.Ceil(lead.Seconds()*rate)
	return min(1, float64(r.Delivered)/(due*float64(r.Clients)))
}
