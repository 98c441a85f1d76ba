package experiment

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

const (
	// headStart is from when everybody is connected until the first message is due.
	headStart = 100 * time.Millisecond
	// onTheWay is how long a message may take to its clients that was emitted at the
	// end of the measured time.
	onTheWay = 100 * time.Millisecond
	// askEvery is how often GET /api is asked for.
	askEvery = 20 * time.Millisecond
)

// measure lets s emit for one run, and returns what was seen of it.
func measure(ctx context.Context, p msg.ExperimentPlan, s subject) (*msg.RunRecord, error) {
	running, end := context.WithCancel(ctx)
	defer end()
	all := &audience{}
	defer all.close()
	if err := all.connect(running, p, s); err != nil {
		return nil, err
	}
	start := time.Now().Add(headStart)
	from := start.Add(p.Warmup)
	until := from.Add(p.Length)
	r := &msg.RunRecord{Started: from}
	working, broken := errgroup.WithContext(running)
	working.Go(func() error { return s.emit(broken, start) })
	asked := make(chan struct{})
	working.Go(func() error {
		defer close(asked)
		r.Answers, r.Unanswered = trial.Ask(broken, s.address()+"/api", askEvery, from, until)
		return nil
	})
	trial.Sleep(broken, time.Until(until.Add(onTheWay)))
	<-asked // the slowest answers come last, and are not to be left out
	end()
	err := working.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if err := all.lost(); err != nil {
		return nil, err
	}
	r.Emitted, r.Received = all.between(from, until)
	if len(r.Emitted) < 2 {
		return nil, fault.Newf(fault.Internal, "fewer than two messages came in %v", p.Length).WithCode("experiment_failed").
			WithHint("ask for less, or for longer runs")
	}
	return r, nil
}

// audience is the clients. The first of them keeps the times; the others are load.
type audience struct {
	receivers []trial.Receiver
	receiving sync.WaitGroup

	mu     sync.Mutex
	stamps []stamp
	closed bool
	err    error // why the first one ended that should not have
}

// connect connects all clients, one after the other.
func (a *audience) connect(ctx context.Context, p msg.ExperimentPlan, s subject) error {
	plan := trial.Plan{Target: s.address(), Namespace: namespace, Event: event, Clients: p.Clients, As: s.clients()}
	for i := range p.Clients {
		r, err := plan.Subscribe(ctx)
		if err != nil {
			return err
		}
		a.receivers = append(a.receivers, r)
		take := func(time.Time, []byte) {}
		if i == 0 {
			take = a.keep
		}
		a.receiving.Go(func() { a.ended(r.Receive(take)) })
	}
	return nil
}

// keep keeps the times of one message.
func (a *audience) keep(at time.Time, message []byte) {
	emitted, ok := emittedIn(message)
	if !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stamps = append(a.stamps, stamp{emitted, at})
}

// between returns when the messages were emitted and received that were emitted from
// then until then, counted from then.
func (a *audience) between(from, until time.Time) (emitted, received []time.Duration) {
	wall := from.Round(0) // the stamps are by the wall clock
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.stamps {
		if at := s.emitted.Sub(wall); at >= 0 && at < until.Sub(from) {
			emitted, received = append(emitted, at), append(received, s.received.Sub(from))
		}
	}
	slices.Sort(emitted)
	return emitted, received
}

func (a *audience) ended(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed && a.err == nil {
		a.err = fault.Newf(fault.Internal, "a client lost its connection: %v", err).WithCode("experiment_failed")
	}
}

// lost says why a client ended too early; nil: none did.
func (a *audience) lost() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// close ends all clients.
func (a *audience) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	for _, r := range a.receivers {
		_ = r.Close()
	}
	a.receiving.Wait()
}
