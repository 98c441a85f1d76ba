package trial

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
)

// room is a server in memory: what any sender sends goes to all receivers.
type room struct {
	delay time.Duration      // from sending to arriving
	drop  func(n int64) bool // true: nobody gets it
	// refuse returns why message n is not taken; "": it is
	refuse   func(n int64) string
	nameless bool  // and does not say which
	cut      int64 // with this message everything is cut off; 0: never

	mu      sync.Mutex
	seats   []*seat
	closed  bool
	dialing atomic.Int32
	crowd   atomic.Int32 // the most that dialled at once

	publishing sync.WaitGroup // what publish has begun
}

var errClosed = errors.New("the room is closed")

type letter struct {
	at   time.Time
	data []byte
}

// seat is one receiver.
type seat struct {
	room  *room
	box   chan letter
	ended chan struct{}
	end   func()
}

func (r *room) dial(context.Context, int) (Receiver, error) {
	r.crowd.Store(max(r.crowd.Load(), r.dialing.Add(1)))
	defer r.dialing.Add(-1)
	time.Sleep(10 * time.Millisecond)
	s := &seat{room: r, box: make(chan letter, 100_000), ended: make(chan struct{})}
	s.end = sync.OnceFunc(func() { close(s.ended) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seats = append(r.seats, s)
	return s, nil
}

// publish sends a message each 10 ms for 5 s from start on, as somebody else would.
func (r *room) publish(start, _ time.Time) {
	r.publishing.Go(func() {
		s := &roomSender{room: r}
		for n := range int64(500) {
			due := start.Add(time.Duration(n) * 10 * time.Millisecond)
			time.Sleep(time.Until(due))
			_ = s.Send([]Item{{Data: appendData(nil, due.UnixNano(), 1, n, MinSize)}})
		}
	})
}

func (s *seat) Receive(take func(time.Time, []byte)) error {
	for {
		select {
		case l := <-s.box:
			select {
			case <-time.After(time.Until(l.at)):
				take(time.Now(), l.data)
			case <-s.ended:
				return errClosed
			}
		case <-s.ended:
			return errClosed
		}
	}
}

func (s *seat) Missed() uint64 { return 3 }

func (s *seat) Close() error {
	s.end()
	return nil
}

// sender is one of the room's.
type roomSender struct {
	room    *room
	refused func(string, int64)
}

func (r *room) dialSender(_ context.Context, _ int, refused func(string, int64)) (Sender, error) {
	return &roomSender{r, refused}, nil
}

func (s *roomSender) Most() int    { return 1 }
func (s *roomSender) Close() error { return nil }

func (s *roomSender) Send(items []Item) error {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range items {
		switch {
		case r.closed || r.cut > 0 && it.N >= r.cut:
			r.closed = true
			for _, seat := range r.seats {
				seat.end()
			}
			return errClosed
		case r.refuse != nil && r.refuse(it.N) != "":
			n := it.N
			if r.nameless {
				n = -1
			}
			s.refused(r.refuse(it.N), n)
		case r.drop == nil || !r.drop(it.N):
			for _, seat := range r.seats {
				seat.box <- letter{time.Now().Add(r.delay), slices.Clone(it.Data)}
			}
		}
	}
	return nil
}

// try runs a plan in a room, in a bubble.
func try(t *testing.T, ctx context.Context, r *room, p Plan) (*Report, error) { //nolint:revive // the test comes first everywhere
	t.Helper()
	p.Dial, p.DialSender = r.dial, r.dialSender
	return runWith(ctx, p, func() waiter { return newTimerWaiter() })
}

func TestAReportTellsWhatWasSentAndDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{delay: 5 * time.Millisecond}
		got, err := try(t, t.Context(), r, Plan{Producers: 2, Rate: 100, Clients: 10, Warmup: time.Second, Length: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got.Sent != 200 || got.Expected != 2000 || got.Delivered != 2000 || *got.LossPercent != 0 ||
			got.LeastDelivered != 200 || got.MostDelivered != 200 || got.Missed != 30 || got.Seconds != 2 {
			t.Errorf("got %+v, want 200 sent, each to 10 clients", got)
		}
		if q := got.Latency; q.Count != 2000 || !near(q.P50, 5*time.Millisecond) || !near(q.Max, 5*time.Millisecond) {
			t.Errorf("got latency %+v, want 5 ms for each", q)
		}
		if q := got.IntervalError; q.Max != 0 || q.Count != 2000 {
			t.Errorf("got interval error %+v, want none", q)
		}
		if got.DeliveredPerSecond != 1000 {
			t.Errorf("got %v deliveries/s, want 1000", got.DeliveredPerSecond)
		}
		if len(got.Warnings) != 0 {
			t.Errorf("got warnings %q, want none", got.Warnings)
		}
	})
}

func TestWhatDoesNotArriveIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{drop: func(n int64) bool { return n%10 == 0 }}
		got, err := try(t, t.Context(), r, Plan{Producers: 1, Rate: 100, Clients: 3, Length: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got.Sent != 100 || got.Expected != 300 || got.Delivered != 270 || *got.LossPercent < 9.99 || *got.LossPercent > 10.01 {
			t.Errorf("got %d of %d, %v %% lost; want 270 of 300", got.Delivered, got.Expected, *got.LossPercent)
		}
	})
}

func TestWhatIsRefusedIsCountedByCodeAndNotExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{refuse: func(n int64) string { return []string{"", "", "queue_full", "stopping"}[n%4] }}
		got, err := try(t, t.Context(), r, Plan{Producers: 1, Rate: 100, Clients: 3, Length: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got.Refused["queue_full"] != 25 || got.Refused["stopping"] != 25 || got.Expected != 150 || *got.LossPercent != 0 {
			t.Errorf("got %v refused, %d expected, %v %% lost; want 25 of each, 150 and 0", got.Refused, got.Expected, *got.LossPercent)
		}
	})
}

func TestNothingIsExpectedWhereNobodyKnowsWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{refuse: func(n int64) string { return []string{"", "stopping"}[n%2] }, nameless: true}
		got, err := try(t, t.Context(), r, Plan{Producers: 1, Rate: 100, Clients: 3, Length: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got.Refused["stopping"] != 50 || got.Delivered != 150 || got.LossPercent != nil || len(got.Warnings) != 1 {
			t.Errorf("got %+v, want 50 refused, 150 delivered, no loss known, and a word of it", got)
		}
	})
}

func TestWhatComesTooLateCountsUntilItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{delay: 900 * time.Millisecond}
		got, err := try(t, t.Context(), r, Plan{Producers: 1, Rate: 100, Clients: 1, Length: time.Second})
		if err != nil || got.Delivered != 100 {
			t.Fatalf("got %+v, %v; want all 100", got, err)
		}
		if got.DeliveredPerSecond > 53 || got.DeliveredPerSecond < 52 { // 100 in 1.89 s
			t.Errorf("got %v deliveries/s, want 52.9: the last one came at 1.89 s", got.DeliveredPerSecond)
		}
		r = &room{delay: 5 * time.Second}
		if got, _ := try(t, t.Context(), r, Plan{Producers: 1, Rate: 100, Clients: 1, Length: time.Second}); got.Delivered != 0 {
			t.Errorf("got %d delivered after a silence, want none", got.Delivered)
		}
	})
}

func TestWhoOnlyListensWaitsForWhatIsStillOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{delay: 300 * time.Millisecond}
		defer r.publishing.Wait()
		got, err := try(t, t.Context(), r, Plan{Clients: 2, Warmup: time.Second, Length: time.Second, Joined: r.publish})
		if err != nil {
			t.Fatal(err)
		}
		if got.Delivered != 200 || got.Expected != 0 || got.LossPercent != nil || len(got.Warnings) != 0 {
			t.Errorf("got %+v, want 200 delivered, no loss known, and no warning", got)
		}
		if q := got.Latency; q.Count != 200 || !near(q.Max, 300*time.Millisecond) {
			t.Errorf("got latency %+v, want 300 ms for each", q)
		}
	})
}

func TestAnInterruptEndsListeningSoonThoughMoreComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := &room{}
		defer r.publishing.Wait()
		got, err := try(t, ctx, r, Plan{Clients: 1, Length: time.Hour, Joined: r.publish})
		if err != nil || !got.Interrupted || got.Delivered < 85 || got.Delivered > 95 || got.Seconds > 0.9 {
			t.Errorf("got %+v, %v; want about 89 delivered in 0.89 s", got, err)
		}
		if took := time.Since(begun); took > 1200*time.Millisecond {
			t.Errorf("it took %v, want no more than 0.2 s after the interrupt", took)
		}
	})
}

func TestAnInterruptReportsWhatWasMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second+55*time.Millisecond+headStart+20*time.Millisecond)
		defer cancel()
		got, err := try(t, ctx, &room{}, Plan{Producers: 1, Rate: 10, Clients: 2, Warmup: time.Second, Length: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Interrupted || got.Sent < 20 || got.Sent > 21 || got.Delivered != 2*got.Sent || *got.LossPercent != 0 {
			t.Errorf("got %+v, want about 20 sent and all delivered", got)
		}
		if got.Seconds < 2 || got.Seconds > 2.1 || len(got.Warnings) != 1 {
			t.Errorf("got %v s and %q, want about 2.06 s and a word of it", got.Seconds, got.Warnings)
		}
	})
}

// stuck is a sender to a server that takes nothing any more.
type stuck struct{ hurried chan struct{} }

func (stuck) Most() int    { return 1 }
func (stuck) Close() error { return nil }
func (s stuck) hurry()     { close(s.hurried) }

func (s stuck) Send([]Item) error {
	<-s.hurried
	return errClosed
}

func TestAConnectionThatAnInterruptEndsIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), headStart+995*time.Millisecond)
		defer cancel()
		p := Plan{Producers: 1, Rate: 100, Length: time.Hour, Dial: new(room).dial}
		p.DialSender = func(context.Context, int, func(string, int64)) (Sender, error) {
			return stuck{make(chan struct{})}, nil
		}
		got, err := runWith(ctx, p, func() waiter { return newTimerWaiter() })
		if err != nil || got.Lost != 0 || got.Sent != 0 || got.Unsent != 100 {
			t.Errorf("got %+v, %v; want no error, no lost connection, and 100 messages not sent", got, err)
		}
	})
}

func TestWhoWaitsForLateProducersIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		p := Plan{Producers: 1, Rate: 10, Length: time.Second, Dial: new(room).dial, Say: func(s string) { said = append(said, s) }}
		p.DialSender = func(context.Context, int, func(string, int64)) (Sender, error) {
			return &notebook{takes: func(int64) time.Duration { return time.Second }}, nil
		}
		got, err := runWith(t.Context(), p, func() waiter { return newTimerWaiter() })
		if err != nil || got.Sent != 10 || len(said) != 3 || !strings.Contains(said[2], "still being sent") {
			t.Errorf("got %+v, %v and %q; want 10 sent and a word of it", got, err, said)
		}
	})
}

func TestTheProcessorTimeIsThatOfTheMeasuredTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := cpuBetween(time.Now(), time.Now().Add(time.Second))
		time.Sleep(time.Second)
		synctest.Wait()
		const more = 50 * time.Millisecond
		for begin := cpuTime(); cpuTime() < begin+more; { // in a bubble no time passes meanwhile
		}
		if got := used(); got >= more {
			t.Errorf("got %v, want nothing of the %v used afterwards", got, more)
		}
	})
}

func TestAnInterruptWhileConnectingSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if got, err := try(t, ctx, &room{}, Plan{Clients: 10_000}); got != nil || !errors.Is(err, fault.Stopping) {
			t.Errorf("got %v, %v; want no report and that it was interrupted", got, err)
		}
	})
}

func TestTheRunFailsWhenEverybodyIsCutOffAndTheReportIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := try(t, t.Context(), &room{cut: 50}, Plan{Producers: 1, Rate: 100, Clients: 2, Length: time.Second})
		if err == nil || got == nil || fault.From(err).Code != "connections_lost" {
			t.Fatalf("got %v, %v; want a report and an error", got, err)
		}
		if got.Sent != 50 || got.Unsent != 50 || got.Lost != 3 || !strings.Contains(got.FirstLost, "the room is closed") {
			t.Errorf("got %+v, want 50 sent, 50 not, 3 connections lost and why", got)
		}
	})
}

func TestOnlySomeDialAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{}
		if _, err := try(t, t.Context(), r, Plan{Clients: 500, Length: time.Second}); err != nil {
			t.Fatal(err)
		}
		if got := r.crowd.Load(); got > atOnce || len(r.seats) != 500 {
			t.Errorf("got %d at once, %d in all; want at most %d, and 500", got, len(r.seats), atOnce)
		}
	})
}

func TestWhoCannotConnectIsNamedAndEverybodyElseLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{}
		p := Plan{Clients: 100, DialSender: r.dialSender}
		p.Dial = func(ctx context.Context, i int) (Receiver, error) {
			if i == 70 {
				return nil, fault.Newf(fault.Internal, "the door is shut").WithHint("open it")
			}
			return r.dial(ctx, i)
		}
		_, err := runWith(t.Context(), p, func() waiter { return newTimerWaiter() })
		if f := fault.From(err); f.Message != "client 71 of 100 could not connect: the door is shut" || f.Hint != "open it" {
			t.Errorf("got %v, want who, why, and what to do", err)
		}
		for i, s := range r.seats {
			select {
			case <-s.ended:
			default:
				t.Errorf("client %d is still there", i)
			}
		}
	})
}

func TestAPlanThatMakesNoSenseIsRefused(t *testing.T) {
	good := Plan{Target: "http://127.0.0.1:8092", Clients: 1}
	for name, spoil := range map[string]func(*Plan){
		"nobody":        func(p *Plan) { p.Clients = 0 },
		"no target":     func(p *Plan) { p.Target = "" },
		"target":        func(p *Plan) { p.Target = "127.0.0.1:8092" },
		"via":           func(p *Plan) { p.Via = "pigeon" },
		"as":            func(p *Plan) { p.As = "pigeon" },
		"size":          func(p *Plan) { p.Size = MinSize - 1 },
		"batch":         func(p *Plan) { p.Batch = -1 },
		"rate":          func(p *Plan) { p.Rate = -1 },
		"time":          func(p *Plan) { p.Length = -time.Second },
		"namespace":     func(p *Plan) { p.Namespace = "ws" },
		"lane":          func(p *Plan) { p.SetLane = true },
		"publish event": func(p *Plan) { p.PublishEvent = "x" },
		"clients":       func(p *Plan) { p.Clients = MaxClients + 1 },
	} {
		p := good
		spoil(&p)
		if _, err := Run(t.Context(), p); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if err := good.withDefaults().check(); err != nil {
		t.Errorf("the good plan: %v", err)
	}
}
