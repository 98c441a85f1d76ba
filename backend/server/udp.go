package server

import (
	"errors"
	"net/netip"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/config"
	"emitscope/backend/door/udp"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// listenUDP opens the door for datagrams, if it is asked for.
func (s *Server) listenUDP() error {
	cfg := s.cfg.UDP
	if cfg.Listen == "" {
		return nil
	}
	door, err := udp.Listen(cfg.Listen, udp.Options{
		Intake: s.intake, Namespace: cfg.Namespace, Event: cfg.Event, From: networksOf(cfg), Shared: s.isShared, Log: s.log,
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fault.Newf(fault.Conflict, "another program takes datagrams at %s", cfg.Listen).WithCode("port_taken").
			WithHint("end that program, or choose another port: --udp")
	}
	s.udp = door
	return err
}

// networksOf are the networks of a configuration that has passed Check.
func networksOf(cfg config.UDP) (networks []netip.Prefix) {
	for _, text := range cfg.From {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			addr := netip.MustParseAddr(text)
			network = netip.PrefixFrom(addr, addr.BitLen())
		}
		networks = append(networks, network)
	}
	return networks
}

func (s *Server) isShared() bool {
	on, _ := s.lan.state()
	return on || s.fixed
}

// aboutUDP says what has come by datagrams; nil while the door is closed.
func (s *Server) aboutUDP() *msg.UDP {
	if s.udp == nil {
		return nil
	}
	cfg := s.cfg.UDP
	return &msg.UDP{Addr: s.udp.Addr(), Namespace: cfg.Namespace, Event: cfg.Event, From: cfg.From, Counts: s.udp.Counts()}
}

// udpMetrics are what a sender of datagrams is never told.
func (s *Server) udpMetrics() []prometheus.Collector {
	counter := func(name, help, why string, value func(msg.UDPCounts) uint64) prometheus.Collector {
		o := prometheus.CounterOpts{Name: name, Help: help}
		if why != "" {
			o.ConstLabels = prometheus.Labels{"why": why}
		}
		return prometheus.NewCounterFunc(o, func() float64 {
			if s.udp == nil {
				return 0
			}
			return float64(value(s.udp.Counts()))
		})
	}
	const refused, refusedHelp = "emitscope_udp_refused_total", "Datagrams (source), lines (invalid) and messages (full) not taken over UDP."
	return []prometheus.Collector{
		counter("emitscope_udp_datagrams_total", "Datagrams read.", "", func(c msg.UDPCounts) uint64 { return c.Datagrams }),
		counter("emitscope_udp_lost_total", "Datagrams that the system had no room for, where it says so (Linux).", "", func(c msg.UDPCounts) uint64 { return c.Lost }),
		counter("emitscope_udp_messages_total", "Messages taken over UDP.", "", func(c msg.UDPCounts) uint64 { return c.Accepted }),
		counter(refused, refusedHelp, "source", func(c msg.UDPCounts) uint64 { return c.WrongSource }),
		counter(refused, refusedHelp, "invalid", func(c msg.UDPCounts) uint64 { return c.Invalid }),
		counter(refused, refusedHelp, "full", func(c msg.UDPCounts) uint64 { return c.Refused }),
	}
}
