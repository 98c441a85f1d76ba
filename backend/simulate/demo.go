package simulate

import (
	"errors"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// demo returns what shows all that there is to see: a market that fills its lane
// nearly, sensors, and people who talk. Together they make 130 messages a second.
func demo() map[string]wire.SimulatorSetup {
	return map[string]wire.SimulatorSetup{
		"Market ticks": {Feed: ticks, Rate: 96},
		"Sine":         {Feed: sine, Producers: 4, Set: map[string]float64{"mean": 845, "swing": 3}},
		"Random walk":  {Feed: walk, Rate: 12},
		"Chat": {Feed: templated, Namespace: "/ws/chat", Event: "message", Rate: 2,
			Template: `{"room": {{pick "lobby" "desk" "alerts"}}, "text": {{pick "Is the feed steady?" "p99 looks good." "Who moved AAPL?" "All quiet."}}, "n": {{seq}}}`},
	}
}

// AddDemo keeps the simulators of the demo that are not there.
func (s *Simulators) AddDemo() error {
	have := map[string]bool{}
	for _, kept := range s.shelf.List() {
		have[kept.Name] = true
	}
	for name, setup := range demo() {
		if have[name] {
			continue
		}
		if _, _, err := s.Put(name, setup); err != nil {
			return err
		}
	}
	return nil
}

// StartDemo starts the simulators of the demo, whatever they were changed to, and
// makes those that are not there any more.
func (s *Simulators) StartDemo() error {
	if err := s.AddDemo(); err != nil {
		return err
	}
	for name := range demo() {
		if _, err := s.Start(name); err != nil {
			return err
		}
	}
	return nil
}

// DemoRuns reports whether any of them runs.
func (s *Simulators) DemoRuns() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range demo() {
		if r := s.runs[name]; r != nil && r.running() {
			return true
		}
	}
	return false
}

// StopDemo stops them.
func (s *Simulators) StopDemo() error {
	for name := range demo() {
		if _, err := s.Stop(name); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
