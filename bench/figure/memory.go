package figure

import (
	"context"
	"math"
	"sync"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

// idlers is how many idle clients are connected to measure the memory of one.
const idlers = 1000

// memory measures what an idle client takes of the server's process: what the
// process has more of than before they came.
func (b *bench) memory(ctx context.Context) error {
	collected, asIs := map[peer.Kind]float64{}, map[peer.Kind]float64{}
	for _, c := range []contestant{
		{kind: peer.Emitscope, title: "Emitscope's fan-out, Socket.IO", as: trial.AsWebSocket},
		{kind: peer.Stock, title: "stock Go library", as: trial.AsWebSocket},
		{kind: peer.Hub, title: "Emitscope whole, Socket.IO", as: trial.AsWebSocket},
		{kind: peer.Node, title: "socket.io on Node", as: trial.AsWebSocket},
		{kind: peer.Centrifuge, title: "centrifuge"},
	} {
		if !b.takesPart(c.kind) {
			continue
		}
		m, err := b.idle(ctx, c)
		if err != nil {
			b.missed(ctx, c.title, err)
			continue
		}
		asIs[c.kind] = m.asIs
		b.sheet.Add("memory", c.title+", as it is after 5 s", "KB", m.asIs, nil)
		if m.collected != 0 {
			collected[c.kind] = m.collected
			b.sheet.Add("memory", c.title+", after a collection", "KB", m.collected, nil)
		}
		if m.goroutines != 0 {
			var goal *Goal
			if c.kind == peer.Emitscope || c.kind == peer.Hub {
				goal = atMost(2)
			}
			b.sheet.Add("memory", c.title+", goroutines", "", m.goroutines, goal)
		}
		b.say("%-38s %s KB, after a collection %s KB; %s goroutines", c.title, number(m.asIs), number(m.collected), number(m.goroutines))
	}
	for _, r := range []struct {
		how  string
		of   map[peer.Kind]float64
		goal *Goal
	}{{"as it is", asIs, atMost(0.8)}, {"after a collection", collected, atMost(0.8)}} {
		if ours, theirs := r.of[peer.Emitscope], r.of[peer.Stock]; theirs > 0 && ours != 0 {
			b.sheet.Add("memory", "fan-out ÷ stock, "+r.how, "×", ours/theirs, r.goal)
		}
	}
	return nil
}

// footprint is what one idle client takes.
type footprint struct {
	asIs, collected float64 // KB of resident memory; collected is 0 where the server does not collect on request
	goroutines      float64 // 0: none there
}

func (b *bench) idle(ctx context.Context, c contestant) (footprint, error) {
	s, err := b.start(ctx, c.kind)
	if err != nil {
		return footprint{}, err
	}
	defer s.Stop()
	collects := c.kind != peer.Hub
	dial := b.dialler(s, c, trial.Plan{Target: s.URL, Namespace: serve.Namespace, Event: serve.Event, As: c.as, Clients: 1})
	connect := func(ctx context.Context) (trial.Receiver, error) { return dial(ctx, 0) }
	// What the first client makes the server set up is not what a client takes.
	first, err := connectAll(ctx, 1, connect)
	if err != nil {
		return footprint{}, err
	}
	first.close()
	if err := pause(ctx, time.Second); err != nil {
		return footprint{}, err
	}
	if collects {
		if err := s.Collect(ctx); err != nil {
			return footprint{}, err
		}
	}
	goroutinesBefore, err := s.Goroutines(ctx)
	if err != nil {
		return footprint{}, err
	}
	before, err := s.RSS()
	if err != nil {
		return footprint{}, err
	}
	all, err := connectAll(ctx, idlers, connect)
	if err != nil {
		return footprint{}, err
	}
	defer all.close()
	if err := pause(ctx, 5*time.Second); err != nil {
		return footprint{}, err
	}
	var f footprint
	each := func(bytes int64) float64 { return float64(bytes-before) / idlers / 1000 }
	after, err := s.RSS()
	if err != nil {
		return footprint{}, err
	}
	f.asIs = each(after)
	goroutines, err := s.Goroutines(ctx)
	if err != nil {
		return footprint{}, err
	}
	// The server's own few come and go.
	f.goroutines = math.Round(float64(goroutines-goroutinesBefore)/idlers*100) / 100
	if !collects {
		return f, nil
	}
	if err := s.Collect(ctx); err != nil {
		return footprint{}, err
	}
	if after, err = s.RSS(); err != nil {
		return footprint{}, err
	}
	f.collected = each(after)
	return f, nil
}

// crowd is clients that listen until they are closed.
type crowd struct {
	clients []trial.Receiver
	readers sync.WaitGroup
}

// connectAll connects n clients, some at a time.
func connectAll(ctx context.Context, n int, connect func(context.Context) (trial.Receiver, error)) (*crowd, error) {
	const atOnce = 16
	all := &crowd{}
	var mu sync.Mutex
	var failed error
	var dialling sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for range n {
		free <- struct{}{}
		dialling.Go(func() {
			defer func() { <-free }()
			client, err := connect(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
				return
			}
			all.clients = append(all.clients, client)
			all.readers.Go(func() { _ = client.Receive(func(time.Time, []byte) {}) }) // until it is closed
		})
	}
	dialling.Wait()
	if failed != nil {
		all.close()
		return nil, failed
	}
	return all, nil
}

func (c *crowd) close() {
	for _, client := range c.clients {
		_ = client.Close() // it is over in any case
	}
	c.readers.Wait()
}
