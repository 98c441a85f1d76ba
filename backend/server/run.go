package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// How long each step of stopping may take: until the lanes are empty, and until
// the sockets are closed. Together they stay below the six seconds after which a
// service manager begins to lose patience.
const (
	DrainFor = 5 * time.Second
	closeFor = 800 * time.Millisecond
)

// The phases of a hub's life.
const (
	starting int32 = iota
	serving
	stopping
)

// Listen opens the port and returns the address it got. When the port is taken,
// the error says by whom, as far as the system tells. Other machines can reach a
// shared hub only once Run has begun.
func (s *Server) Listen() (net.Addr, error) {
	l, err := net.Listen("tcp", s.cfg.Addr)
	if err != nil {
		return nil, cannotListen(s.cfg.Addr, err)
	}
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		_ = l.Close() // nobody has come yet
		return nil, err
	}
	s.own, s.fixed = at.Addr(), !s.cfg.IsLoopback()
	s.listener = s.conns.Limit(l)
	if s.fixed {
		s.listener = s.certificate.listener(s.listener)
	}
	s.lan.port = strconv.Itoa(int(at.Port()))
	s.neighbours = s.announcer(int(at.Port()))
	if err := s.listenUDP(); err != nil {
		return nil, err // Close gives back what is open
	}
	return l.Addr(), nil
}

// Run serves until ctx ends, and then stops in order: clients are told, intake
// refuses, the lanes drain at their own pace for at most five seconds, the doors
// flush and close. It returns how many messages were still waiting in each
// namespace, and an error when the hub broke down by itself.
func (s *Server) Run(ctx context.Context) (left map[string]int, err error) {
	defer s.Close()
	work, endWork := context.WithCancel(context.Background())
	defer endWork()
	running, broken := errgroup.WithContext(work)
	running.Go(func() error { return s.meter.Run(work) })
	running.Go(func() error { return s.tape.Run(work) }) // at its end all that was emitted is written
	running.Go(func() error { return s.tape.tell(work, s.inform) })
	running.Go(func() error { return s.crowd.Run(work) })
	running.Go(func() error { return s.alerts.Run(work) })
	running.Go(func() error { return s.alerts.hooks.Run(work) })
	running.Go(func() error { return s.alerts.keeps.run(work, s.tape.KeepFlight, s.alerts.NoteKept) })
	running.Go(func() error { return s.lanes.Run(work) })
	running.Go(func() error { return s.faults.Run(work) })
	running.Go(func() error { s.made.Simulators.Run(work); return nil })
	running.Go(func() error { return s.made.Run(work) })
	running.Go(func() error { return s.rules.Run(work) })
	playing, endPlay := context.WithCancel(work)
	defer endPlay()
	played := make(chan struct{})
	running.Go(func() error {
		defer close(played)
		s.replay.Run(playing)
		return nil
	})
	emitting := make(chan struct{})
	emit, endEmit := context.WithCancel(work)
	running.Go(func() error {
		defer close(emitting)
		return s.emitter.Run(emit)
	})
	running.Go(func() error {
		if err := s.keys.Run(work); err != nil { // it is at its end
			s.log.Warn("Use of keys not kept", "error", err)
		}
		return nil
	})
	running.Go(func() error { s.certificate.watch(work, s.log.With("tls_cert", s.cfg.TLSCert)); return nil })
	if s.memory != nil {
		running.Go(func() error { s.memory.run(work); return nil })
	}
	if s.udp != nil {
		s.log.Info("Datagrams taken", "address", s.udp.Addr(), "namespace", s.cfg.UDP.Namespace)
		running.Go(func() error { return s.udp.Run(work) })
	}
	running.Go(func() error { return s.neighbours.Run(work) })
	lab, endLab := context.WithCancel(ctx)
	defer endLab()
	running.Go(func() error { return s.lab.Run(lab) })
	s.neighbours.Set(s.cfg.LAN || s.fixed)
	running.Go(func() error { return s.lan.run(work, s.serveOn) })
	running.Go(func() error { return s.serveOn(s.listener) })
	s.phase.Store(serving)
	s.log.Info("Hub serving", "address", s.listener.Addr().String(), "version", s.version, "lan", s.cfg.LAN, "data_dir", s.cfg.DataDir)

	select {
	case <-ctx.Done():
	case <-broken.Done():
	}
	s.phase.Store(stopping)
	endPlay()
	<-played // what was handed in ahead of its time is taken back, so that it is in nobody's way
	endLab() // an experiment ends before the lanes drain, also where the hub broke down
	waiting := 0
	for _, n := range s.Waiting() {
		waiting += n
	}
	s.log.Info("Hub stopping", "waiting_messages", waiting, "waiting_replies", s.rules.Waiting())
	s.intake.Stop()
	s.doors.announce()
	s.faults.Stop()
	s.drain()
	endEmit()
	<-emitting
	left = s.dropRest()

	closing, cancel := context.WithTimeout(work, closeFor)
	defer cancel()
	s.doors.stop(closing)
	if err := s.http.Shutdown(closing); err != nil {
		_ = s.http.Close() // connections that still talk are cut
	}
	endWork()
	err = running.Wait()
	return left, errors.Join(err, s.sequence.Close())
}

// ready says why the hub does not serve; nil when it does.
func (s *Server) ready() error {
	switch s.phase.Load() {
	case starting:
		return fault.Newf(fault.Stopping, "the hub is starting").WithCode("starting")
	case stopping:
		return fault.Newf(fault.Stopping, "the hub is stopping")
	}
	return nil
}

// serveOn answers those who come by a listener, until it is closed.
func (s *Server) serveOn(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Waiting returns how many messages wait, or are held back on purpose, in each
// namespace that has some.
func (s *Server) Waiting() map[string]int {
	waiting := make(map[string]int)
	for _, l := range s.lanes.List() {
		if l.Depth > 0 {
			waiting[l.Namespace] = l.Depth
		}
	}
	for _, f := range s.faults.List() {
		if f.Held > 0 {
			waiting[f.Namespace] += f.Held
		}
	}
	return waiting
}

func (s *Server) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), DrainFor)
	defer cancel()
	s.faults.waitEmpty(ctx)
}

// dropRest counts what found no time to leave.
func (s *Server) dropRest() map[string]int {
	left := make(map[string]int)
	now := time.Now()
	for _, m := range s.faults.left() {
		left[m.Namespace]++
		rec := &msg.Record{Message: m, Outcome: msg.Dropped, Reason: msg.Stopped, At: now}
		s.meter.Observe(rec) // what is counted and what is kept: those who look on were told that the hub stops
		s.tape.Observe(rec)
	}
	for namespace, n := range left {
		s.log.Warn("Messages not sent before the stop", "namespace", namespace, "messages", n)
	}
	return left
}
