package figure

import (
	"context"
	"fmt"
	"math"
	"net/http"
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
	leastRate  = 1.0                    // below it the search gives up
	mostRate   = 50_000                 // above it too
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
			return fmt.Errorf("%s: %w", c.title, err)
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

// sustained searches: from a rate that holds it doubles until one does not, or
// halves the other way, and then halves the distance until the two are within 5 %.
// In later runs it begins where the earlier ones ended and takes smaller steps.
// It returns the deliveries a second of the best step that held.
func (b *bench) sustained(ctx context.Context, c contestant) (perSecond float64, err error) {
	rate, factor := firstRate, 2.0
	if earlier := b.hints[c.title]; len(earlier) > 0 {
		rate, factor = median(earlier)/nearby, nearby
	}
	a := &arena{bench: b, contestant: c}
	defer a.close()
	if _, err := a.try(ctx, rate/2, false); err != nil { // gets compilers and buffers going
		return 0, err
	}
	var held, failed Step
	for {
		s, err := a.try(ctx, rate, true)
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
// when it does not recover from a step that was too much.
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
func (a *arena) try(ctx context.Context, rate float64, counts bool) (Step, error) {
	if err := a.ready(ctx); err != nil {
		return Step{}, err
	}
	report, err := a.broadcast(ctx, a.server, a.contestant, trial.Plan{
		Clients: subscribers, Rate: rate, Size: payloadBytes, Warmup: lead, Length: a.Step, Settle: settle,
	})
	if err != nil {
		return Step{}, err
	}
	s := Step{
		Run: a.run, Who: a.title, PerSecond: rate, Arrived: arrived(report, rate),
		P99MS: inMS(report.Latency.P99), CPU: report.CPUSeconds / report.Seconds,
	}
	s.Held = s.Arrived >= leastArrived && report.Latency.P99 <= mostLatency
	if counts {
		a.sheet.step(s)
	}
	if !s.Held {
		a.recover(ctx)
	}
	return s, nil
}

// ready makes sure that the server runs.
func (a *arena) ready(ctx context.Context) (err error) {
	if a.server != nil {
		return nil
	}
	if a.server, err = a.start(ctx, a.kind); err != nil {
		return err
	}
	if a.kind == peer.Hub {
		a.viewer, err = watch(ctx, a.server)
	}
	return err
}

// recover waits until the server answers quickly again, or ends it.
func (a *arena) recover(ctx context.Context) {
	if a.kind != peer.Hub {
		if a.server.Rest(ctx) != nil {
			a.close()
			return
		}
	}
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for range 20 {
		began := time.Now()
		res, err := client.Get(a.server.URL + "/api")
		if err == nil {
			_ = res.Body.Close()
			if time.Since(began) < 20*time.Millisecond {
				return
			}
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			break
		}
	}
	a.close()
}

// broadcast runs a plan against a server, which broadcasts by itself or, if it is
// the hub, is given its messages by four producers. The plan lacks what depends
// on the server.
func (b *bench) broadcast(ctx context.Context, s *peer.Peer, c contestant, p trial.Plan) (*trial.Report, error) {
	p.Target, p.Namespace, p.Event, p.As = s.URL, serve.Namespace, serve.Event, c.as
	if c.as == "" {
		p.Dial = dialCentrifuge(s.URL)
	}
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

// arrived is the share of what should have arrived: of every message of the
// schedule, at every client.
func arrived(r *trial.Report, rate float64) float64 {
	should := rate * r.Seconds * float64(r.Clients)
	return min(1, float64(r.Delivered)/should)
}
