package experiment

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Options are what a Lab stands on.
type Options struct {
	OpenHub OpenHub
	Version string // of Emitscope
	// Changed is told of every step; nil: nobody is. It must not block.
	Changed func(msg.Experiment)
}

// Lab makes one experiment at a time, and keeps what the last one found until the
// next one begins. All methods may be called from any goroutine.
type Lab struct {
	o      Options
	run    func(ctx context.Context, way msg.Way, p msg.ExperimentPlan) (*msg.RunRecord, error)
	starts chan func(hub context.Context) // capacity 1: makes an experiment, unless the hub ends

	mu      sync.Mutex
	state   msg.Experiment
	records []*msg.RunRecord
	running *running // nil: none does
	over    bool     // Run takes no more
}

// running is the experiment that runs.
type running struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when it has ended
}

// New returns a Lab in which nothing happens before Run.
func New(o Options) *Lab {
	if o.Changed == nil {
		o.Changed = func(msg.Experiment) {}
	}
	return &Lab{
		o: o, starts: make(chan func(context.Context), 1),
		run: func(ctx context.Context, way msg.Way, p msg.ExperimentPlan) (*msg.RunRecord, error) {
			return run(ctx, way, p, o.OpenHub)
		},
		state: msg.Experiment{State: msg.ExperimentNone, Plan: msg.DefaultExperiment()},
	}
}

// Run makes the experiments that are started, until ctx ends; then it returns nil.
func (l *Lab) Run(ctx context.Context) error {
	for {
		select {
		case conduct := <-l.starts:
			conduct(ctx)
		case <-ctx.Done():
			l.mu.Lock()
			l.over = true
			l.mu.Unlock()
			select {
			case conduct := <-l.starts: // it was started too late, and ends at once
				conduct(ctx)
			default:
			}
			return nil
		}
	}
}

// Start starts an experiment, and returns at once. While another one runs it is a
// Conflict; where Flask-SocketIO is wanted and not there, NotFound.
func (l *Lab) Start(ctx context.Context, p msg.ExperimentPlan) (msg.Experiment, error) {
	if err := p.Check(); err != nil {
		return msg.Experiment{}, err
	}
	machine := thisMachine(l.o.Version)
	if p.Flask {
		found, err := findPython(ctx, pythons())
		if err != nil {
			return msg.Experiment{}, err
		}
		maps.Copy(machine.Versions, found.versions)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
		return msg.Experiment{}, fault.Newf(fault.Stopping, "the hub is stopping")
	case l.running != nil:
		return msg.Experiment{}, fault.Newf(fault.Conflict, "an experiment is running already").WithCode("experiment_running").
			WithHint("wait for its end, or cancel it")
	}
	running := &running{ended: make(chan struct{})}
	var wanted context.Context
	wanted, running.cancel = context.WithCancel(context.Background())
	l.running, l.records = running, nil
	l.state = msg.Experiment{State: msg.ExperimentRunning, Plan: p, Machine: machine, Started: time.Now()}
	l.starts <- func(hub context.Context) { // there is room: the one before has ended
		defer context.AfterFunc(hub, running.cancel)()
		l.conduct(wanted, p)
		running.cancel()
		close(running.ended)
	}
	l.o.Changed(l.state)
	return l.state, nil
}

// Cancel ends the experiment that runs, and returns what it has found when it has
// ended. Where none runs it is NotFound.
func (l *Lab) Cancel(ctx context.Context) (msg.Experiment, error) {
	l.mu.Lock()
	running := l.running
	l.mu.Unlock()
	if running == nil {
		return msg.Experiment{}, fault.Newf(fault.NotFound, "no experiment is running").WithHint("there is nothing to cancel")
	}
	running.cancel()
	select {
	case <-running.ended:
	case <-ctx.Done():
	}
	return l.State(), nil
}

// State returns the last experiment, and what it has found so far.
func (l *Lab) State() msg.Experiment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Records returns what was measured in each run so far, in their order. Nobody may
// change it.
func (l *Lab) Records() []*msg.RunRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.records)
}

// conduct makes one experiment.
func (l *Lab) conduct(ctx context.Context, p msg.ExperimentPlan) {
	err := l.rounds(ctx, p)
	l.change(func(e *msg.Experiment) {
		e.Ended, e.Run = time.Now(), nil
		switch {
		case err == nil:
			e.State = msg.ExperimentDone
		case ctx.Err() != nil: // whatever it broke off with
			e.State = msg.ExperimentCancelled
		default:
			e.State, e.Fault = msg.ExperimentFailed, err
		}
		l.running = nil
	})
}

// rounds makes all runs.
func (l *Lab) rounds(ctx context.Context, p msg.ExperimentPlan) error {
	for round := range p.Rounds {
		for _, way := range order(p.Ways(), round) {
			l.change(func(e *msg.Experiment) { e.Run = &msg.ExperimentRun{Way: way, Round: round + 1, Began: time.Now()} })
			r, err := l.run(ctx, way, p)
			if err != nil {
				return err
			}
			r.Way, r.Round = way, round+1
			l.change(func(e *msg.Experiment) {
				l.records = append(l.records, r)
				e.Done++
				e.Ways = l.results(p)
			})
		}
	}
	return nil
}

// order returns the ways as they follow one another in a round: each time another
// one is the first, so that none always comes after the same.
func order(ways []msg.Way, round int) []msg.Way {
	first := round % len(ways)
	return slices.Concat(ways[first:], ways[:first])
}

// results makes figures of all runs so far. l.mu is held.
func (l *Lab) results(p msg.ExperimentPlan) []msg.WayResult {
	byWay := map[msg.Way][]*msg.RunRecord{}
	for _, r := range l.records {
		byWay[r.Way] = append(byWay[r.Way], r)
	}
	var all []msg.WayResult
	var lane []msg.RunResult
	for _, way := range p.Ways() {
		if len(byWay[way]) == 0 {
			continue
		}
		w := summary(way, byWay[way], p.Interval)
		all = append(all, w)
		if way == msg.WayLane {
			lane = w.Runs
		}
	}
	for i := range all {
		if all[i].Way != msg.WayLane {
			all[i].Against = compare(all[i].Runs, lane)
		}
	}
	return all
}

// change changes what is known of the experiment, and tells of it. What others have
// got of it stays as it was.
func (l *Lab) change(how func(e *msg.Experiment)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	how(&l.state)
	l.o.Changed(l.state)
}
