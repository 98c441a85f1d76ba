package trial

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"emitscope/backend/fault"
)

const (
	// atOnce is how many connections are made at the same time. Emitscope takes no
	// more than 64 of one host that have not joined a namespace yet.
	atOnce = 32
	// headStart is from when everybody is connected until the first message is due.
	headStart = 100 * time.Millisecond
	// quiet is how long nothing must have come for the rest to count as lost; longer
	// where messages come at intervals of their own.
	quiet = time.Second
	// look is how often the wait at the end looks at what has come.
	look = 10 * time.Millisecond
)

// Run does what p says and reports what it measured. It returns when everything
// is closed again.
//
// When ctx ends before, the report is of what was measured until then, and there
// is no error. There is a report beside an error where connections were lost so
// that nothing more could be measured. Errors of people's making, such as a target
// at which nobody answers, are *fault.Error.
func Run(ctx context.Context, p Plan) (*Report, error) {
	return runWith(ctx, p, newWaiter)
}

// runWith is Run with waiters of the caller's.
func runWith(ctx context.Context, p Plan, wait func() waiter) (*Report, error) {
	p = p.withDefaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	// A producer has a timer beside its connection.
	if err := checkFiles(p.Clients + 2*p.Producers); err != nil {
		return nil, err
	}
	t := newTrial(p, wait)
	defer t.close()
	if p.SetLane {
		restore, err := setLane(ctx, p)
		if err != nil {
			return nil, err
		}
		defer restore(p.say)
	}
	if err := t.connect(ctx); err != nil {
		if ctx.Err() != nil {
			err = fault.Newf(fault.Stopping, "interrupted before everybody was connected; nothing was measured")
		}
		return nil, err
	}
	t.run(ctx)
	return t.finish()
}

// role is what a connection is for.
type role string

const (
	asClient   role = "client"
	asProducer role = "producer"
)

// trial is one run of a plan.
type trial struct {
	plan    Plan
	wait    func() waiter
	rules   *rules
	refused refusals

	mu        sync.Mutex
	tallies   []*tally // by client
	receivers []Receiver
	producers []*producer

	receiving sync.WaitGroup
	over      bool // what ends from now on was ended by us
	lost      map[role]int
	firstLost string

	from, until time.Time // what is measured
	end         time.Time // of the producing
	taken       time.Time // when the server had read all that was sent
	cpu         time.Duration
	interrupted bool

	sendersClosed bool
}

func newTrial(p Plan, wait func() waiter) *trial {
	r := &rules{
		producers: p.Producers, flatOut: p.Rate == 0, batch: p.Batch, interval: int64(p.Interval),
		clock: newClock(p.Producers == 0), into: newHistograms(),
	}
	for r.id == 0 && p.Producers > 0 {
		r.id = rand.Uint32()
	}
	return &trial{plan: p, wait: wait, rules: r, lost: map[role]int{}, refused: refusals{rules: r, counts: map[string]uint64{}}}
}

// connect connects everybody, subscribers first.
func (t *trial) connect(ctx context.Context) error {
	p := t.plan
	begun := time.Now()
	t.tallies, t.receivers = make([]*tally, p.Clients), make([]Receiver, p.Clients)
	err := t.each(ctx, p.Clients, asClient, func(ctx context.Context, i int) error {
		dial := p.Dial
		if dial == nil {
			dial = func(ctx context.Context, _ int) (Receiver, error) { return p.Subscribe(ctx) }
		}
		r, err := dial(ctx, i)
		if err != nil {
			return err
		}
		t.tallies[i], t.receivers[i] = newTally(t.rules), r
		t.receiving.Go(func() { t.loses(asClient, r.Receive(t.tallies[i].take)) })
		return nil
	})
	if err != nil {
		return err
	}
	t.producers = make([]*producer, p.Producers)
	err = t.each(ctx, p.Producers, asProducer, func(ctx context.Context, i int) error {
		dial := p.DialSender
		if dial == nil {
			dial = func(ctx context.Context, _ int, refused func(string, int64)) (Sender, error) {
				return p.Sender(ctx, refused)
			}
		}
		s, err := dial(ctx, i, t.refused.add)
		if err != nil {
			return err
		}
		t.producers[i] = newProducer(t.rules, i, p, s)
		return nil
	})
	if err != nil {
		return err
	}
	p.say(fmt.Sprintf("%s and %s connected in %.1f s.", several(p.Clients, "client"), several(p.Producers, "producer"), time.Since(begun).Seconds()))
	return nil
}

// each calls dial for 0 to n-1, some at a time, and returns the first error.
func (t *trial) each(ctx context.Context, n int, who role, dial func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := range next {
				if err := dial(ctx, i); err != nil {
					cancel(dialError(who, i, n, err))
					return
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// dialError says who could not connect.
func dialError(who role, i, n int, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Errorf("connect %s %d of %d: %w", who, i+1, n, err)
	}
	e := *f
	e.Message = fmt.Sprintf("%s %d of %d could not connect: %s", who, i+1, n, f.Message)
	return &e
}

// loses notes that a connection has ended, unless we have ended it.
func (t *trial) loses(who role, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	t.lost[who]++
	if t.firstLost == "" {
		t.firstLost = fmt.Sprintf("a %s: %v", who, err)
	}
}

// run lets the messages flow and waits for the last of them.
func (t *trial) run(ctx context.Context) {
	p := t.plan
	start := time.Now().Add(headStart)
	t.from = start.Add(p.Warmup)
	t.end = t.from.Add(p.Length)
	s := newSchedule(p, start)
	w := &t.rules.window
	w.first.Store(s.number(s.first))
	raise(&w.most, s.number(s.slots))
	w.until.Store(t.rules.clock.at(t.end))
	w.from.Store(t.rules.clock.at(t.from))
	if p.Joined != nil {
		p.Joined(start, t.from)
	}
	p.say(intent(p))

	cpu := cpuBetween(t.from, t.end)
	hurry := context.AfterFunc(ctx, t.hurry)
	defer hurry()
	var sending sync.WaitGroup
	for _, pr := range t.producers {
		sending.Go(func() {
			pr.run(ctx, s, t.end, t.wait())
			if pr.err != nil && ctx.Err() == nil { // else hurry has ended it
				t.loses(asProducer, pr.err)
			}
		})
	}
	t.await(&sending)
	if ctx.Err() == nil {
		Sleep(ctx, time.Until(t.end)) // with producers it is nearly over
	}
	t.interrupted = ctx.Err() != nil
	t.until = t.end
	if now := time.Now(); t.interrupted && now.Before(t.end) {
		t.until = now
		w.until.Store(t.rules.clock.at(now))
	}
	t.cpu = cpu()
	t.closeSenders()
	t.settle(ctx)
}

// await waits until everything is sent, and says so when that takes longer than it
// should.
func (t *trial) await(sending *sync.WaitGroup) {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sending.Wait()
	}()
	select {
	case <-sent:
	case <-time.After(time.Until(t.end) + quiet):
		t.plan.say("What was due is still being sent: this generator, or the way in, does not keep up with the rate. An interrupt ends it.")
		<-sent
	}
}

// intent says what is about to happen.
func intent(p Plan) string {
	what := "Listening"
	switch {
	case p.Producers > 0 && p.Rate > 0:
		what = fmt.Sprintf("Sending %v messages/s", p.Rate)
	case p.Producers > 0:
		what = "Sending as fast as it is taken"
	}
	if p.Warmup > 0 {
		return fmt.Sprintf("%s for %v, of which the last %v are measured.", what, p.Warmup+p.Length, p.Length)
	}
	return fmt.Sprintf("%s for %v.", what, p.Length)
}

// Sleep sleeps as time.Sleep does, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hurry keeps a server that takes nothing from holding up an interrupt.
func (t *trial) hurry() {
	for _, p := range t.producers {
		if s, ok := p.sender.(interface{ hurry() }); ok {
			s.hurry()
		}
	}
}

// closeSenders waits until the server has read everything, and notes when it had.
func (t *trial) closeSenders() {
	var closing sync.WaitGroup
	for _, pr := range t.producers {
		if pr != nil {
			closing.Go(func() { _ = pr.sender.Close() }) // what was sent is sent
		}
	}
	closing.Wait()
	t.taken, t.sendersClosed = time.Now(), true
}

// settle waits for what is still on its way.
func (t *trial) settle(ctx context.Context) {
	if t.plan.Clients == 0 {
		return
	}
	want, known := t.expected()
	patience := max(quiet, 3*t.plan.Interval)
	before, since := uint64(0), time.Now()
	for end := since.Add(t.plan.Settle); time.Now().Before(end); {
		got := uint64(0)
		for _, c := range t.tallies {
			got += c.arrived.Load()
		}
		if known && got >= want {
			return
		}
		if got != before {
			before, since = got, time.Now()
		}
		if ctx.Err() != nil {
			patience = quiet / 10
		}
		if time.Since(since) >= patience {
			return
		}
		time.Sleep(look)
	}
}

// expected is how many deliveries there should be; not known where something else
// publishes, or a server does not say which messages it refused.
func (t *trial) expected() (deliveries uint64, known bool) {
	sent := uint64(0)
	for _, p := range t.producers {
		sent += p.sent
	}
	t.refused.mu.Lock()
	defer t.refused.mu.Unlock()
	return (sent - min(sent, t.refused.total)) * uint64(t.plan.Clients), t.plan.Producers > 0 && !t.refused.unknown
}

// close ends all connections and waits for their goroutines. It may be called
// twice.
func (t *trial) close() {
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
	for _, r := range t.receivers {
		if r != nil {
			_ = r.Close() // it is over either way
		}
	}
	t.receiving.Wait()
	if !t.sendersClosed { // somebody could not connect
		t.closeSenders()
	}
}
