package server

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/config"
	"emitscope/backend/msg"
)

// limits counts how often each limit was reached. Whoever refuses somebody because
// of one says so here, by the setting's name.
type limits struct {
	all    []msg.Limit // without their counts
	counts map[string]*atomic.Uint64
}

func newLimits(cfg config.Config) *limits {
	l := &limits{all: cfg.ListLimits(), counts: make(map[string]*atomic.Uint64)}
	for _, one := range l.all {
		l.counts[one.Name] = new(atomic.Uint64)
	}
	return l
}

// reached counts one refusal. A name that is no setting's is nobody's fault who
// asked for something, so it is passed over.
func (l *limits) reached(name string) {
	if count := l.counts[name]; count != nil {
		count.Add(1)
	}
}

func (l *limits) list() []msg.Limit {
	all := append([]msg.Limit(nil), l.all...)
	for i := range all {
		all[i].Reached = l.counts[all[i].Name].Load()
	}
	return all
}

func (l *limits) metrics() []prometheus.Collector {
	var all []prometheus.Collector
	for _, one := range l.all {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "emitscope_limit_reached_total", Help: "How often somebody was refused or missed messages because of a limit.",
			ConstLabels: prometheus.Labels{"limit": one.Name},
		}, func() float64 { return float64(l.counts[one.Name].Load()) }))
	}
	return all
}
