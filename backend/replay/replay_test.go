package replay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/replay"
)

// hub is intake, lanes and emitter in one, made to be obviously right: what has a time
// leaves then, and the rest each pace, as a lane has it.
type hub struct {
	*replay.Player
	t       *testing.T
	tape    *tape
	start   time.Time
	wake    chan struct{}
	stuck   chan struct{} // the emitter waits until it is closed; nil: it does not
	mu      sync.Mutex
	pace    time.Duration
	waiting []*msg.Message
	sent    []*msg.Record
	room    int // messages it still takes; negative: any number
	why     error
	next    time.Time
}

func (h *hub) AcceptEach(drafts []msg.Draft, refused func(i int, why error)) (got msg.Receipt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, d := range drafts {
		if h.room == 0 {
			refused(i, h.why)
			continue
		}
		h.room--
		m := &msg.Message{
			Namespace: d.Namespace, Event: d.Event, Payload: d.Payload, Spread: d.Spread, Attachments: d.Attachments, Rooms: d.Rooms, Origin: d.Origin,
			Source: d.Source, LeaveAt: d.LeaveAt, Replayed: d.Replayed, Unrecorded: d.Unrecorded, Accepted: time.Now(),
		}
		h.waiting = append(h.waiting, m)
		got.Accepted++
	}
	slices.SortStableFunc(h.waiting, func(a, b *msg.Message) int { return a.LeaveAt.Compare(b.LeaveAt) })
	select {
	case h.wake <- struct{}{}:
	default:
	}
	return got
}

func (h *hub) Recall(msg.Door) (back []*msg.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	back, h.waiting = h.waiting, nil
	return back
}

// turn returns the message whose turn it is, or when it comes.
func (h *hub) turn(now time.Time) (m *msg.Message, due time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting) == 0 {
		return nil, now.Add(time.Hour)
	}
	m = h.waiting[0]
	if due = m.LeaveAt; due.IsZero() {
		if due = m.Accepted; h.next.After(due) {
			due = h.next
		}
	}
	if due.After(now) {
		return nil, due
	}
	h.waiting = h.waiting[1:]
	h.next = due.Add(h.pace)
	return m, due
}

func (h *hub) emit(ctx context.Context) {
	for ctx.Err() == nil {
		if h.stuck != nil {
			<-h.stuck
		}
		now := time.Now()
		m, due := h.turn(now)
		if m == nil {
			timer := time.NewTimer(due.Sub(now))
			select {
			case <-timer.C:
			case <-h.wake:
			case <-ctx.Done():
			}
			timer.Stop()
			continue
		}
		rec := &msg.Record{Message: m, Outcome: msg.Emitted, Due: due, At: now}
		h.mu.Lock()
		h.sent = append(h.sent, rec)
		h.mu.Unlock()
		h.Observe(rec)
	}
}

// tape is recordings, of which each has the same messages.
type tape struct {
	records []*msg.Record
	piece   int   // messages of a piece
	broken  error // what reading behind the first piece ends with
	open    int
}

func (p *tape) Piece(_ context.Context, after uint64) ([]*msg.Record, uint64, error) {
	if p.broken != nil && after > 0 {
		return nil, 0, p.broken
	}
	to := min(int(after)+p.piece, len(p.records))
	next := uint64(to)
	if to == len(p.records) {
		next = 0
	}
	return p.records[after:to], next, nil
}

func (p *tape) Find(_ context.Context, at time.Time) (uint64, error) {
	i := slices.IndexFunc(p.records, func(r *msg.Record) bool { return !r.At.Before(at) })
	if i < 0 {
		i = len(p.records)
	}
	return uint64(max(0, i-3)), nil // earlier than need be, as may happen
}

func (p *tape) Close() error { p.open--; return nil }

// began is when the recordings begin.
func began() time.Time { return time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC) }

// at returns messages that were emitted at these times, numbered from 0.
func at(times ...time.Duration) *tape {
	p := &tape{piece: 5}
	for i, d := range times {
		p.records = append(p.records, &msg.Record{
			Message: &msg.Message{Namespace: "/ws", Event: "tick", Payload: fmt.Appendf(nil, "%d", i)}, Outcome: msg.Emitted, At: began().Add(d),
		})
	}
	return p
}

// steady returns n messages, one each interval.
func steady(n int, interval time.Duration) *tape {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(i) * interval
	}
	return at(times...)
}

// within runs test in a bubble, with a hub that has this recording under every name but
// "none".
func within(t *testing.T, p *tape, test func(t *testing.T, h *hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hub{t: t, tape: p, start: time.Now(), wake: make(chan struct{}, 1), room: -1, why: fault.Newf(fault.Full, "the lane is full")}
		h.Player = replay.New(replay.Options{
			Intake: h, Lanes: h, Log: slog.New(slog.DiscardHandler),
			Open: func(_ context.Context, name string) (replay.Recording, error) {
				if name == "none" {
					return nil, fault.Newf(fault.NotFound, "there is no recording")
				}
				p.open++
				return p, nil
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { h.emit(ctx) })
		running.Go(func() { h.Run(ctx) })
		synctest.Wait()
		test(t, h)
		cancel()
		running.Wait()
		if p.open != 0 {
			t.Errorf("%d recordings are still open", p.open)
		}
	})
}

func (h *hub) play(change ...func(*msg.NewReplay)) {
	h.t.Helper()
	n := msg.NewReplay{Recording: "a", Speed: 1, Spacing: msg.SpacingKept}
	for _, c := range change {
		c(&n)
	}
	if _, err := h.Start(n); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
}

func (h *hub) change(c msg.ReplayPatch) msg.Replay {
	h.t.Helper()
	r, err := h.Change(c)
	if err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
	return r
}

// got returns the payloads that were sent, and when: since the first one.
func (h *hub) got() (payloads []string, times []time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.sent {
		payloads = append(payloads, string(r.Payload))
		times = append(times, r.At.Sub(h.sent[0].At))
	}
	return payloads, times
}

func (h *hub) want(payloads []string, times ...time.Duration) {
	h.t.Helper()
	got, when := h.got()
	if !slices.Equal(got, payloads) {
		h.t.Errorf("got messages %v, want %v", got, payloads)
	}
	if !slices.Equal(when, times) {
		h.t.Errorf("sent after %v, want %v", when, times)
	}
}

// sleep lets time go by, and all that happens until then be over.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func numbers(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprint(i))
	}
	return all
}

const ms = time.Millisecond

func TestEachMessageLeavesAtItsOwnTime(t *testing.T) {
	p := at(0, 3*ms, 3*ms, 900*ms, 901*ms+7, 5000*ms)
	within(t, p, func(t *testing.T, h *hub) {
		h.play()
		sleep(time.Minute)
		h.want(numbers(0, 6), 0, 3*ms, 3*ms, 900*ms, 901*ms+7, 5000*ms)
		for _, r := range h.sent {
			if r.Lateness() != 0 {
				t.Errorf("%s was %v late", r.Payload, r.Lateness())
			}
		}
		got := h.State()
		if got.State != msg.ReplayEnded || got.Sent != 6 || !got.Position.Equal(began().Add(5000*ms)) || got.Problem != "" {
			t.Errorf("got %+v, want the end of 6 messages", got)
		}
	})
}

func TestSpeedScalesTheTimesBetweenMessages(t *testing.T) {
	for speed, want := range map[float64][]time.Duration{
		2: {0, 50 * ms, 550 * ms}, 0.5: {0, 200 * ms, 2200 * ms}, 20: {0, 5 * ms, 55 * ms}, 0.1: {0, 1000 * ms, 11000 * ms},
	} {
		within(t, at(0, 100*ms, 1100*ms), func(_ *testing.T, h *hub) {
			h.play(func(n *msg.NewReplay) { n.Speed = speed })
			sleep(time.Minute)
			h.want(numbers(0, 3), want...)
		})
	}
}

func TestAnHourDoesNotDrift(t *testing.T) {
	const n, interval = 36_001, 100*ms + 1 // a nanosecond that would add up
	within(t, steady(n, interval), func(t *testing.T, h *hub) {
		h.tape.piece = 500
		h.play()
		for range 60 { // and somebody looks now and then
			sleep(time.Minute)
			h.State()
		}
		sleep(time.Second)
		payloads, times := h.got()
		if len(payloads) != n {
			t.Fatalf("got %d messages, want %d", len(payloads), n)
		}
		for i, at := range times {
			if want := time.Duration(i) * interval; at != want {
				t.Fatalf("message %d left after %v, want %v", i, at, want)
			}
		}
	})
}

func TestAPauseLosesAndDoublesNothing(t *testing.T) {
	within(t, steady(100, 10*ms), func(t *testing.T, h *hub) {
		h.play()
		yes, no := true, false
		sent := 0
		for range 9 {
			sleep(93*ms + 1)
			paused := h.change(msg.ReplayPatch{Paused: &yes})
			payloads, _ := h.got()
			sent = len(payloads)
			if paused.State != msg.ReplayPaused || int(paused.Sent) != sent {
				t.Errorf("got %+v, want it paused with %d sent", paused, sent)
			}
			sleep(time.Hour)
			if payloads, _ = h.got(); len(payloads) != sent {
				t.Fatalf("%d messages were sent after it had paused", len(payloads)-sent)
			}
			if at := h.State().Position; !at.Equal(paused.Position) {
				t.Errorf("the position went on from %v to %v", paused.Position, at)
			}
			h.change(msg.ReplayPatch{Paused: &no})
		}
		sleep(time.Minute)
		payloads, _ := h.got()
		if !slices.Equal(payloads, numbers(0, 100)) {
			t.Errorf("got %v, want each once", payloads)
		}
	})
}

func TestAfterAPauseTheRestOfTheGapIsWaitedFor(t *testing.T) {
	within(t, at(0, 1000*ms, 2000*ms), func(_ *testing.T, h *hub) {
		h.play()
		yes, no := true, false
		sleep(620 * ms) // 20 of them before the first
		h.change(msg.ReplayPatch{Paused: &yes})
		sleep(time.Hour)
		h.change(msg.ReplayPatch{Paused: &no})
		sleep(time.Minute)
		h.want(numbers(0, 3), 0, time.Hour+1020*ms, time.Hour+2020*ms) // 20 to be ahead again
	})
}

func TestASpeedIsChangedWithoutAJump(t *testing.T) {
	within(t, steady(5, 1000*ms), func(_ *testing.T, h *hub) {
		h.play()
		sleep(20*ms + 1500*ms)
		speed := 2.0
		h.change(msg.ReplayPatch{Speed: &speed})
		sleep(750 * ms) // the moment 3000
		speed = 0.5
		h.change(msg.ReplayPatch{Speed: &speed})
		sleep(time.Minute)
		h.want(numbers(0, 5), 0, 1000*ms, 1750*ms, 2250*ms, 4250*ms)
	})
}

func TestItGoesOnFromWhereOneSays(t *testing.T) {
	within(t, steady(100, 100*ms), func(t *testing.T, h *hub) {
		h.play()
		sleep(20*ms + 250*ms)
		to := began().Add(9650 * ms)
		if got := h.change(msg.ReplayPatch{Position: &to}); !got.Position.Equal(to) {
			t.Errorf("it is at %v, want %v", got.Position, to)
		}
		sleep(100 * ms)
		back := began()
		yes := true
		h.change(msg.ReplayPatch{Position: &back, Paused: &yes})
		sleep(time.Hour)
		payloads, times := h.got()
		if want := append(numbers(0, 3), "97"); !slices.Equal(payloads, want) || times[3] != 250*ms+20*ms+50*ms {
			t.Errorf("got %v after %v, want %v", payloads, times, want)
		}
		if at := h.State().Position; !at.Equal(back) {
			t.Errorf("it is at %v, want the beginning", at)
		}
		no := false
		h.change(msg.ReplayPatch{Paused: &no})
		sleep(time.Minute)
		if payloads, _ = h.got(); !slices.Equal(payloads[4:], numbers(0, 100)) {
			t.Errorf("got %v from the beginning on", payloads[4:])
		}
	})
}

func TestAStepSendsTheNextMessagesAndPausesBehindThem(t *testing.T) {
	within(t, steady(20, time.Hour), func(t *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Paused = true })
		if got := h.State(); got.State != msg.ReplayPaused || !got.Position.Equal(began()) {
			t.Errorf("got %+v, want it to wait at the beginning", got)
		}
		one, seven := 1, 7
		h.change(msg.ReplayPatch{Step: &one})
		h.want(numbers(0, 1), 0)
		sleep(time.Second)
		h.change(msg.ReplayPatch{Step: &seven})
		got := h.State()
		if got.State != msg.ReplayPaused || got.Sent != 8 || !got.Position.Equal(began().Add(7*time.Hour)) {
			t.Errorf("got %+v, want it paused behind the eighth", got)
		}
		no := false
		h.change(msg.ReplayPatch{Paused: &no})
		sleep(time.Hour + 20*ms)
		payloads, times := h.got()
		if last := len(times) - 1; !slices.Equal(payloads, numbers(0, 9)) || times[last] != time.Second+time.Hour+20*ms {
			t.Errorf("got %v after %v, want the ninth an hour behind the step", payloads, times)
		}
		h.change(msg.ReplayPatch{Step: &one}) // while it is being played
		thousand := 1000
		h.change(msg.ReplayPatch{Step: &thousand})
		if payloads, _ = h.got(); !slices.Equal(payloads, numbers(0, 20)) {
			t.Errorf("got %v, want all", payloads)
		}
		h.change(msg.ReplayPatch{Paused: &no})
		sleep(time.Second)
		if got := h.State(); got.State != msg.ReplayEnded {
			t.Errorf("got %+v, want the end", got)
		}
	})
}

func TestStepsThatWaitAreNotTakenBackByTheNext(t *testing.T) {
	within(t, steady(20, time.Hour), func(t *testing.T, h *hub) {
		h.stuck = make(chan struct{})
		h.play(func(n *msg.NewReplay) { n.Paused = true })
		one, two, fast := 1, 2, 20.0
		h.change(msg.ReplayPatch{Step: &one})
		h.change(msg.ReplayPatch{Speed: &fast})
		if got := h.change(msg.ReplayPatch{Step: &two}); got.Sent != 0 || got.Waiting != 3 {
			t.Errorf("got %+v, want it to say that three wait", got)
		}
		close(h.stuck)
		sleep(time.Second)
		if payloads, _ := h.got(); !slices.Equal(payloads, numbers(0, 3)) {
			t.Errorf("got %v, want what both asked for", payloads)
		}
		if got := h.State(); got.State != msg.ReplayPaused || got.Sent != 3 || got.Waiting != 0 {
			t.Errorf("got %+v, want it paused behind the third", got)
		}
	})
}

func TestALoopBeginsAgainAfterTheMeanInterval(t *testing.T) {
	within(t, at(0, 10*ms, 60*ms), func(t *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Loop = true })
		sleep(20*ms + 250*ms + 1)
		no := false
		if got := h.change(msg.ReplayPatch{Loop: &no}); got.Rounds != 2 {
			t.Errorf("it has begun %d times again, want 2", got.Rounds)
		}
		sleep(time.Minute)
		h.want(slices.Concat(numbers(0, 3), numbers(0, 3), numbers(0, 3)),
			0, 10*ms, 60*ms, 90*ms, 100*ms, 150*ms, 180*ms, 190*ms, 240*ms)
		if got := h.State(); got.State != msg.ReplayEnded || got.Rounds != 2 {
			t.Errorf("got %+v, want the end of the third round", got)
		}
	})
}

func TestALoopCanBeSwitchedOffAndOnAgain(t *testing.T) {
	within(t, steady(3, 10*ms), func(_ *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Loop = true })
		sleep(20*ms + 45*ms)
		for _, on := range []bool{false, true} {
			h.change(msg.ReplayPatch{Loop: &on})
		}
		sleep(100 * ms)
		yes := true
		h.change(msg.ReplayPatch{Paused: &yes})
		var want []time.Duration
		var payloads []string
		for i := range 15 {
			want, payloads = append(want, time.Duration(i)*10*ms), append(payloads, fmt.Sprint(i%3))
		}
		h.want(payloads, want...)
	})
}

func TestOneMessageAloneIsRepeatedEachSecond(t *testing.T) {
	within(t, at(5*ms), func(_ *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Loop = true })
		sleep(20*ms + 2500*ms)
		h.want([]string{"0", "0", "0"}, 0, 1000*ms, 2000*ms)
	})
}

func TestAnIntervalSpacesThemEvenly(t *testing.T) {
	within(t, at(0, 1*ms, 700*ms, 701*ms), func(t *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Spacing, n.Interval, n.Loop = msg.SpacingEven, 10*ms, true })
		sleep(20*ms + 35*ms)
		if got := h.State(); !got.Position.Equal(began().Add(701 * ms)) {
			t.Errorf("it is at %v, want the last message that has left", got.Position)
		}
		speed := 2.0
		h.change(msg.ReplayPatch{Speed: &speed})
		sleep(15 * ms)
		no := false
		h.change(msg.ReplayPatch{Loop: &no})
		sleep(time.Minute)
		h.want(slices.Concat(numbers(0, 4), numbers(0, 4)), 0, 10*ms, 20*ms, 30*ms, 37*ms+500*time.Microsecond, 42*ms+500*time.Microsecond, 47*ms+500*time.Microsecond, 52*ms+500*time.Microsecond)
	})
}

func TestWithoutAnIntervalThePaceOfTheLaneSays(t *testing.T) {
	within(t, at(0, 1*ms, 2*ms, 3*ms, 500*ms), func(t *testing.T, h *hub) {
		h.pace = 25 * ms
		h.play(func(n *msg.NewReplay) { n.Spacing = msg.SpacingEven })
		sleep(40 * ms)
		yes, no := true, false
		paused := h.change(msg.ReplayPatch{Paused: &yes})
		sleep(time.Hour)
		if payloads, _ := h.got(); len(payloads) != 1 || paused.Sent != 1 {
			t.Errorf("got %v and %+v, want the first alone: the lane had the others, and gave them back", payloads, paused)
		}
		h.change(msg.ReplayPatch{Paused: &no})
		sleep(time.Minute)
		payloads, times := h.got()
		if !slices.Equal(payloads, numbers(0, 5)) || times[2]-times[1] != 25*ms || times[3]-times[2] != 25*ms || times[4]-times[1] != 499*ms {
			t.Errorf("got %v after %v, want them as the lane says", payloads, times)
		}
		for _, r := range h.sent {
			if !r.LeaveAt.IsZero() {
				t.Errorf("%s has a time of its own", r.Payload)
			}
		}
	})
}

func TestAReplayedMessageIsWhatItWas(t *testing.T) {
	p := at(0, 10*ms)
	*p.records[0].Message = msg.Message{
		Namespace: "/ws", Event: "tick", Payload: []byte(`[1,{"_placeholder":true,"num":0}]`), Spread: true, Attachments: [][]byte{{7}}, Rooms: []string{"AAPL"},
		Source: began().Add(-3 * ms), Origin: msg.Origin{Door: msg.DoorSocketIO, Client: "c", Key: "k", Address: "192.0.2.1"},
	}
	for into, want := range map[string]string{"": "/ws", "/try": "/try"} {
		within(t, p, func(t *testing.T, h *hub) {
			h.play(func(n *msg.NewReplay) { n.Namespace, n.Record = into, into != "" })
			sleep(time.Second)
			got := h.sent[0]
			if got.Namespace != want || got.Event != "tick" || !got.Spread || len(got.Attachments) != 1 || !slices.Equal(got.Rooms, []string{"AAPL"}) {
				t.Errorf("got %+v, want it as it was, in %s", got.Message, want)
			}
			if want := (msg.Origin{Door: msg.DoorReplay, Local: true}); got.Origin != want || got.Unrecorded != (into == "") {
				t.Errorf("got origin %+v, unrecorded %v, want it to say that it is replayed", got.Origin, got.Unrecorded)
			}
			if age := got.At.Sub(got.Source); age != 3*ms {
				t.Errorf("its source time was %v before, want 3ms as in the recording", age)
			}
			if !h.sent[1].Source.IsZero() {
				t.Errorf("the second has a source time that nobody said")
			}
		})
	}
}

func TestOnlyWhatWasChosenIsPlayed(t *testing.T) {
	within(t, steady(100, 10*ms), func(_ *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) {
			n.From, n.To, n.Query, n.Loop = began().Add(495*ms), began().Add(530*ms), "-data:52", true
		})
		sleep(20*ms + 90*ms)
		yes := true
		h.change(msg.ReplayPatch{Paused: &yes})
		// It begins with the moment that was asked for, and again with the first message.
		h.want([]string{"50", "51", "53", "50", "51", "53"}, 0, 10*ms, 30*ms, 45*ms, 55*ms, 75*ms)
	})
}

func TestWhatTheHubRefusesIsCountedAndTheReplayGoesOn(t *testing.T) {
	within(t, steady(10, 10*ms), func(t *testing.T, h *hub) {
		h.room = 4
		h.play()
		sleep(time.Minute)
		got := h.State()
		if got.State != msg.ReplayEnded || got.Sent != 4 || got.Refused != 6 || got.Problem != "the lane is full" {
			t.Errorf("got %+v, want 6 refused and why", got)
		}
	})
}

func TestAHubThatStopsEndsIt(t *testing.T) {
	within(t, steady(1000, 10*ms), func(t *testing.T, h *hub) {
		h.room, h.why = 50, fault.Newf(fault.Stopping, "the hub is stopping")
		h.play()
		sleep(time.Minute)
		if got := h.State(); got.State != msg.ReplayFailed || got.Sent != 50 || got.Problem != "the hub is stopping" {
			t.Errorf("got %+v, want it to have failed with the hub", got)
		}
	})
}

func TestStoppingTakesBackWhatWasHandedInAhead(t *testing.T) {
	within(t, steady(100, 10*ms), func(t *testing.T, h *hub) {
		h.play()
		sleep(20*ms + 55*ms)
		got, err := h.Stop()
		if err != nil || got.State != msg.ReplayEnded || got.Sent != 6 || !got.Position.Equal(began().Add(50*ms)) {
			t.Errorf("got %+v, %v; want it ended behind the sixth", got, err)
		}
		sleep(time.Minute)
		if payloads, _ := h.got(); len(payloads) != 6 {
			t.Errorf("%d messages were sent after it was stopped", len(payloads)-6)
		}
		if _, err := h.Stop(); !errors.Is(err, fault.NotFound) {
			t.Errorf("stopping it again: got %v, want not found", err)
		}
		yes := true
		if _, err := h.Change(msg.ReplayPatch{Paused: &yes}); !errors.Is(err, fault.NotFound) {
			t.Errorf("pausing it: got %v, want not found", err)
		}
		h.play()
		sleep(time.Minute)
		if got := h.State(); got.Sent != 100 {
			t.Errorf("got %+v, want all of the second replay", got)
		}
	})
}

func TestOneIsPlayedAtATime(t *testing.T) {
	within(t, steady(100, 10*ms), func(t *testing.T, h *hub) {
		if got := h.State(); got.State != msg.ReplayNone {
			t.Errorf("got %+v, want none", got)
		}
		h.play(func(n *msg.NewReplay) { n.Paused = true })
		_, err := h.Start(msg.NewReplay{Recording: "b", Speed: 1, Spacing: msg.SpacingKept})
		if f := fault.From(err); f == nil || f.Code != "replay_runs" || f.Hint == "" {
			t.Errorf("got %v, want replay_runs", err)
		}
	})
}

func TestWhatCannotBeReadFailsItWithTheReason(t *testing.T) {
	p := steady(10, 10*ms)
	p.broken = fault.Newf(fault.Conflict, "the recording is damaged").WithHint("a copy may be whole")
	within(t, p, func(t *testing.T, h *hub) {
		h.play()
		sleep(time.Minute)
		if got := h.State(); got.State != msg.ReplayFailed || got.Problem != "the recording is damaged; a copy may be whole" || got.Sent != 5 {
			t.Errorf("got %+v, want it to have failed behind the first piece", got)
		}
		if _, err := h.Start(msg.NewReplay{Recording: "none", Speed: 1, Spacing: msg.SpacingKept}); !errors.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}

func TestWhereNothingIsChosenItFails(t *testing.T) {
	within(t, steady(10, 10*ms), func(t *testing.T, h *hub) {
		h.play(func(n *msg.NewReplay) { n.Query, n.Loop = "event:other", true })
		sleep(time.Second)
		if got := h.State(); got.State != msg.ReplayFailed || got.Problem == "" {
			t.Errorf("got %+v, want it to say that there is nothing", got)
		}
	})
}

func TestItGoesOnLaterWhereItIsFarBehind(t *testing.T) {
	within(t, steady(10_000, 10*ms), func(t *testing.T, h *hub) {
		h.stuck = make(chan struct{})
		h.play(func(n *msg.NewReplay) { n.Speed = 20 })
		sleep(10 * time.Second)
		close(h.stuck)
		sleep(20 * time.Second)
		payloads, times := h.got()
		if !slices.Equal(payloads, numbers(0, 10_000)) {
			t.Fatalf("got %d messages, want each once and in order", len(payloads))
		}
		// 2000 waited at most, and of a second it makes up for.
		if after, want := times[9999]-times[4500], 5499*ms/2; after < want-10*ms || after > want+10*ms {
			t.Errorf("the second half took %v, want %v as at any other time", after, want)
		}
	})
}

func TestAClockThatWasSetBackIsNoGap(t *testing.T) {
	within(t, at(0, 10*ms, -time.Hour, -time.Hour+10*ms), func(_ *testing.T, h *hub) {
		h.play()
		sleep(time.Minute)
		h.want(numbers(0, 4), 0, 10*ms, 10*ms, 20*ms)
	})
}

func TestChangesThatMakeNoSenseAreRefused(t *testing.T) {
	within(t, steady(10, 10*ms), func(t *testing.T, h *hub) {
		for name, n := range map[string]msg.NewReplay{
			"too fast":         {Recording: "a", Speed: 20.1, Spacing: msg.SpacingKept},
			"no recording":     {Speed: 1, Spacing: msg.SpacingKept},
			"another spacing":  {Recording: "a", Speed: 1, Spacing: "odd"},
			"kept and even":    {Recording: "a", Speed: 1, Spacing: msg.SpacingKept, Interval: 10 * ms},
			"too close":        {Recording: "a", Speed: 1, Spacing: msg.SpacingEven, Interval: ms / 2},
			"to before from":   {Recording: "a", Speed: 1, Spacing: msg.SpacingKept, From: began().Add(1), To: began()},
			"a bad namespace":  {Recording: "a", Speed: 1, Spacing: msg.SpacingKept, Namespace: "ws"},
			"a bad query":      {Recording: "a", Speed: 1, Spacing: msg.SpacingKept, Query: "("},
			"slower than that": {Recording: "a", Speed: 0, Spacing: msg.SpacingKept},
		} {
			if _, err := h.Start(n); !errors.Is(err, fault.Invalid) {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
		h.play(func(n *msg.NewReplay) { n.Paused = true })
		zero, many, one, fast, no := 0, 1001, 1, 100.0, false
		for name, c := range map[string]msg.ReplayPatch{
			"nothing": {}, "no step": {Step: &zero}, "too many steps": {Step: &many}, "too fast": {Speed: &fast}, "a step that goes on": {Step: &one, Paused: &no},
		} {
			if _, err := h.Change(c); !errors.Is(err, fault.Invalid) {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
	})
}
