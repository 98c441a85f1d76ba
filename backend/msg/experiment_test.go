package msg_test

import (
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestTheDefaultExperimentIsPossibleAndSoItIsWithFlask(t *testing.T) {
	p := msg.DefaultExperiment()
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	p.Flask = true
	if err := p.Check(); err != nil || len(p.Ways()) != 5 || p.Runs() != 25 {
		t.Errorf("got %v, %v and %d runs, want nil, five ways and 25", err, p.Ways(), p.Runs())
	}
}

func TestAnExperimentIsBounded(t *testing.T) {
	for name, change := range map[string]func(p *msg.ExperimentPlan){
		"interval":      func(p *msg.ExperimentPlan) { p.Interval = time.Millisecond - 1 },
		"no producers":  func(p *msg.ExperimentPlan) { p.Producers = 0 },
		"producers":     func(p *msg.ExperimentPlan) { p.Producers = 65 },
		"no clients":    func(p *msg.ExperimentPlan) { p.Clients = 0 },
		"clients":       func(p *msg.ExperimentPlan) { p.Clients = 201 },
		"size":          func(p *msg.ExperimentPlan) { p.Size = -1 },
		"large":         func(p *msg.ExperimentPlan) { p.Size = 64<<10 + 1 },
		"warm-up":       func(p *msg.ExperimentPlan) { p.Warmup = -1 },
		"long warm-up":  func(p *msg.ExperimentPlan) { p.Warmup = 6 * time.Second },
		"length":        func(p *msg.ExperimentPlan) { p.Length = -1 },
		"long runs":     func(p *msg.ExperimentPlan) { p.Length = 61 * time.Second },
		"few rounds":    func(p *msg.ExperimentPlan) { p.Rounds = 2 },
		"many rounds":   func(p *msg.ExperimentPlan) { p.Rounds = 16 },
		"few intervals": func(p *msg.ExperimentPlan) { p.Length = 999 * time.Millisecond },
		"all intervals": func(p *msg.ExperimentPlan) { p.Interval, p.Length, p.Rounds = time.Millisecond, 7*time.Second, 15 },
		"whole time":    func(p *msg.ExperimentPlan) { p.Length, p.Rounds = 20*time.Second, 5 },
		"deliveries":    func(p *msg.ExperimentPlan) { p.Interval, p.Clients, p.Rounds = time.Millisecond, 51, 3 },
		"bytes":         func(p *msg.ExperimentPlan) { p.Size = 64 << 10 },
	} {
		p := msg.DefaultExperiment()
		change(&p)
		if f := fault.From(p.Check()); f == nil || f.Code != "invalid_experiment" || f.Hint == "" {
			t.Errorf("%s: got %v, want invalid_experiment and a hint", name, f)
		}
	}
}
