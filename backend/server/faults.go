package server

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/door/wire"
	"emitscope/backend/flow/chaos"
	"emitscope/backend/msg"
)

// faults are those that are switched on, of which every viewer is told at once.
type faults struct {
	*chaos.Faults
	hub     *Server
	telling sync.Mutex // from a look until it is told, so that the last one told is the newest
}

// newFaults returns faults between the lanes and the emitter, none of which is on.
func (s *Server) newFaults(watch *watchers, clients *everybody) *faults {
	f := &faults{hub: s}
	f.Faults = chaos.New(chaos.Options{Lanes: s.lanes, Watch: watch, Clients: clients, Wake: s.clock.Wake, Ended: f.ended})
	return f
}

// Set puts faults on a namespace.
func (f *faults) Set(namespace string, s msg.FaultSettings) (msg.FaultState, error) {
	state, err := f.Faults.Set(namespace, s)
	if err == nil {
		f.tell()
	}
	return state, err
}

// Clear switches the faults of a namespace off.
func (f *faults) Clear(namespace string) error {
	err := f.Faults.Clear(namespace)
	if err == nil {
		f.tell()
	}
	return err
}

// ClearAll switches all of them off, and returns whose they were.
func (f *faults) ClearAll() []string {
	namespaces := f.Faults.ClearAll()
	f.tell()
	return namespaces
}

func (f *faults) ended(namespace string) {
	f.hub.audit.Note(msg.Act{Kind: msg.FaultsOff, Subject: namespace, Detail: "their time was over"})
	f.tell()
}

func (f *faults) tell() {
	f.telling.Lock()
	defer f.telling.Unlock()
	f.hub.inform(wire.FeedFaults{Type: "faults", Faults: wire.FaultsOnOf(f.List())})
}

// waitEmpty returns when the lanes are empty and nothing is held back any more, or ctx
// ends. Faults must be off by then, or something may go from the one to the other.
func (f *faults) waitEmpty(ctx context.Context) {
	_ = f.hub.lanes.WaitEmpty(ctx) && f.WaitEmpty(ctx) // dropRest counts what is left
}

func (f *faults) metrics() []prometheus.Collector {
	var all []prometheus.Collector
	for k := range msg.FaultKinds {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "emitscope_faults_total", Help: "What was done on purpose to messages, lanes and clients, by kind.",
			ConstLabels: prometheus.Labels{"kind": k.String()},
		}, func() float64 { return float64(f.Total(k)) }))
	}
	return all
}

// left returns what found no time to leave: of the lanes, and held back.
func (f *faults) left() []*msg.Message { return append(f.hub.lanes.Close(), f.Close()...) }
