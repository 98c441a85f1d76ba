package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/simulate"
)

// demoLooks is how long after the demo's last simulator has stopped its clients stay
// at most.
const demoLooks = time.Second

// demo is the simulators, with clients of the demo feed: without any, Clients would
// stay empty, and nobody would see what is delivered. They read streams over the
// network of this machine, as any program does.
type demo struct {
	*simulate.Simulators
	hub   func() (url string) // "": only with its certificate
	log   *slog.Logger
	begun chan struct{} // capacity 1: the feed was started
}

func newDemo(s *simulate.Simulators, hub func() string, log *slog.Logger) *demo {
	return &demo{Simulators: s, hub: hub, log: log, begun: make(chan struct{}, 1)}
}

// StartDemo starts the feed, and has the clients connect.
func (d *demo) StartDemo() error {
	if err := d.Simulators.StartDemo(); err != nil {
		return err
	}
	select {
	case d.begun <- struct{}{}:
	default:
	}
	return nil
}

// Run has the clients connected while the feed runs, until ctx ends.
func (d *demo) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.begun:
			d.listen(ctx)
		}
	}
}

// listen connects the clients, unless the feed was stopped again meanwhile, and returns
// when it has ended and they have left.
func (d *demo) listen(ctx context.Context) {
	if !d.DemoRuns() {
		return
	}
	ctx, leave := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer leave()
	for _, wanted := range []client.Watched{{Namespace: "/ws/rt_market"}, {Namespace: "/ws/sensors"}, {Namespace: "/ws/chat"}, {}} {
		clients.Go(func() {
			if err := d.watch(ctx, wanted); err != nil {
				d.log.Debug("Client of the demo gone", "error", err) // disconnected by somebody, or the hub stops
			}
		})
	}
	look := time.NewTicker(demoLooks)
	defer look.Stop()
	for d.DemoRuns() {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// ownURL is where programs on this machine reach the hub; "" when TLS is in front of
// that, too.
func (s *Server) ownURL() string {
	host := s.own
	switch {
	case s.fixed && s.certificate.config != nil:
		return ""
	case host.IsUnspecified():
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return "http://" + net.JoinHostPort(host.String(), s.lan.port)
}

func (d *demo) watch(ctx context.Context, wanted client.Watched) error {
	url := d.hub()
	if url == "" {
		return nil
	}
	hub, err := client.New(url, "")
	if err != nil {
		return fmt.Errorf("connect a client of the demo: %w", err)
	}
	defer hub.Close()
	return hub.Watch(ctx, wanted, func([]byte) error { return nil })
}
