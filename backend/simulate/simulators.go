package simulate

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Bounds of what is kept.
const (
	MaxSimulators = 50
	MaxBytes      = 128 << 10 // of one setup: a template, written as a JSON string
)

// shelf keeps the setups, by name. Put reports whether the name is new.
type shelf interface {
	List() []msg.Named
	Put(name string, value []byte) (made bool, err error)
	Remove(name string) error
	Clear() error
}

// Simulators are those of a hub. Their setups are kept; whether one runs is not: no
// hub makes messages up because it was started.
//
// All methods may be called from any goroutine.
type Simulators struct {
	intake intake
	shelf  shelf
	log    *slog.Logger

	mu      sync.Mutex
	stopped bool            // for good
	runs    map[string]*run // the last of each that was ever started
}

// New returns the simulators of a shelf, each checked by Check; none runs.
func New(in intake, s shelf, log *slog.Logger) *Simulators {
	return &Simulators{intake: in, shelf: s, log: log, runs: map[string]*run{}}
}

// Check says why a value cannot be the setup of a simulator.
func Check(value []byte) error {
	var s wire.SimulatorSetup
	if err := wire.DecodeStrict(value, &s); err != nil {
		return err
	}
	_, err := Read(s)
	return err
}

// Run returns when ctx has ended, and every producer with it.
func (s *Simulators) Run(ctx context.Context) {
	<-ctx.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, r := range s.runs {
		r.stop()
	}
}

// List returns all simulators, by name.
func (s *Simulators) List() ([]wire.Simulator, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []wire.Simulator{}
	for _, kept := range s.shelf.List() {
		one, err := s.describe(kept)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// MaxRate is how many messages a second all that run together may offer.
func (s *Simulators) MaxRate() float64 { return MaxRate }

// Put keeps a setup under a name, and reports whether the name is new. A simulator
// that runs begins anew with it.
func (s *Simulators) Put(name string, setup wire.SimulatorSetup) (one wire.Simulator, made bool, err error) {
	p, err := Read(setup)
	if err != nil {
		return one, false, err
	}
	value, err := json.Marshal(setup)
	if err != nil {
		return one, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.runs[name]
	again := last != nil && last.running()
	if again {
		if err := s.room(p, name); err != nil {
			return one, false, err
		}
	}
	if made, err = s.shelf.Put(name, value); err != nil {
		return one, false, err
	}
	if last != nil {
		last.stop()
		delete(s.runs, name)
	}
	if again {
		s.start(name, p)
	}
	one, err = s.describe(msg.Named{Name: name, Value: value})
	return one, made, err
}

// Start has a simulator make messages from its beginning; one that runs goes on.
func (s *Simulators) Start(name string) (wire.Simulator, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.find(name)
	if err != nil {
		return wire.Simulator{}, err
	}
	if r := s.runs[name]; r == nil || !r.running() {
		p, err := read(kept.Value)
		if err != nil {
			return wire.Simulator{}, err
		}
		if err := s.room(p, name); err != nil {
			return wire.Simulator{}, err
		}
		s.start(name, p)
	}
	return s.describe(kept)
}

// Stop has a simulator make no more messages.
func (s *Simulators) Stop(name string) (wire.Simulator, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.find(name)
	if err != nil {
		return wire.Simulator{}, err
	}
	s.end(name)
	return s.describe(kept)
}

// Remove stops a simulator and forgets it.
func (s *Simulators) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.shelf.Remove(name); err != nil {
		return err
	}
	s.end(name)
	delete(s.runs, name)
	return nil
}

// Clear stops and forgets all of them.
func (s *Simulators) Clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.runs {
		s.end(name)
	}
	clear(s.runs)
	return s.shelf.Clear()
}

// start begins a run. The caller holds mu.
func (s *Simulators) start(name string, p *Plan) {
	s.runs[name] = begin(p, s.intake)
	s.log.Info("Simulator started", "simulator", name, "feed", p.setup.Feed, "producers", p.setup.Producers, "offered_per_second", p.Offered())
}

// end stops a run, where there is one. The caller holds mu.
func (s *Simulators) end(name string) {
	r := s.runs[name]
	if r == nil {
		return
	}
	wasRunning := r.running()
	r.stop()
	if c := r.count(); wasRunning {
		s.log.Info("Simulator stopped", "simulator", name, "sent", c.sent, "refused", c.refused)
	}
}

// room refuses a plan that would take all that run together beyond what is allowed.
// The caller holds mu.
func (s *Simulators) room(p *Plan, name string) error {
	if s.stopped {
		return fault.Newf(fault.Stopping, "the hub is stopping and makes no more messages").WithHint("start it again when the hub is back")
	}
	others := 0.0
	for other, r := range s.runs {
		if other != name && r.running() {
			others += r.plan.Offered()
		}
	}
	if others+p.Offered() > MaxRate {
		return fault.Newf(fault.TooMany, "together with the simulators that run, this one would offer %.0f messages a second; at most %d are possible", others+p.Offered(), MaxRate).
			WithHint("stop another one, or have it make fewer")
	}
	return nil
}

// find returns what is kept under a name. The caller holds mu.
func (s *Simulators) find(name string) (msg.Named, error) {
	for _, kept := range s.shelf.List() {
		if kept.Name == name {
			return kept, nil
		}
	}
	return msg.Named{}, fault.Newf(fault.NotFound, "there is no simulator %q", fault.Clip(name)).
		WithHint("it may have been removed; names differ by capital letters")
}

func read(value []byte) (*Plan, error) {
	var setup wire.SimulatorSetup
	if err := json.Unmarshal(value, &setup); err != nil {
		return nil, err
	}
	return Read(setup)
}

// describe says how a simulator is now: one that was started, by what it was started
// with, for its setup is never changed without its run. The caller holds mu.
func (s *Simulators) describe(kept msg.Named) (out wire.Simulator, err error) {
	r := s.runs[kept.Name]
	var p *Plan
	if r != nil {
		p = r.plan
	} else if p, err = read(kept.Value); err != nil {
		return out, err
	}
	out = wire.Simulator{Name: kept.Name, SimulatorSetup: p.Setup(), Offered: p.Offered()}
	if r != nil {
		c := r.count()
		out.Running, out.StartedTime = r.running(), wire.Time(r.started)
		out.Sent, out.Accepted, out.Refused, out.Dropped, out.Missed = c.sent, c.accepted, c.refused, c.dropped, c.missed
		if c.refusal != nil {
			e := wire.ErrorOf(c.refusal)
			out.Refusal = &e
		}
	}
	return out, nil
}
