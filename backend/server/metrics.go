package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"emitscope/backend/scope/recent"
)

// metrics serves what Prometheus asks for: the meter's numbers, and of the rest
// what can grow.
func (s *Server) metrics(kept *recent.Recent) http.Handler {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		s.meter, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("emitscope_clients", "Connected clients, at most a second old.", func() float64 { total, _ := s.crowd.Count(); return float64(total) }),
		gauge("emitscope_slow_clients", "Clients that missed messages in the last 10 s.", func() float64 { _, slow := s.crowd.Count(); return float64(slow) }),
		gauge("emitscope_recent_messages", "Messages kept for those who come late.", func() float64 { return float64(kept.Usage().Messages) }),
		gauge("emitscope_recent_bytes", "Memory of the messages kept, as estimated.", func() float64 { return float64(kept.Usage().Bytes) }),
	)
	if s.memory != nil {
		registry.MustRegister(
			gauge("emitscope_memory_bytes", "Memory of the process, counted as its limit is.", func() float64 { return float64(readUsage().total) }),
			gauge("emitscope_memory_limit_bytes", "Near it, less is remembered; at it, messages are refused.", func() float64 { return float64(s.memory.shedder.limit) }),
		)
	}
	registry.MustRegister(newAlertMetrics(s.alerts))
	registry.MustRegister(s.limits.metrics()...)
	registry.MustRegister(s.faults.metrics()...)
	registry.MustRegister(s.udpMetrics()...)
	registry.MustRegister(s.rules.metrics()...)
	registry.MustRegister(s.tape.metrics()...)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
