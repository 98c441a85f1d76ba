package flow_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/flow/chaos"
	"emitscope/backend/flow/emit"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

// hub is lanes, faults and an emitter, with a door that notes what it was given.
type hub struct {
	t       *testing.T
	start   time.Time
	lanes   *lane.Set
	faults  *chaos.Faults
	records []*msg.Record
	sent    []uint64 // seqs, a copy as often as it was sent
	crowd   crowd
	ended   []string
	seq     uint64
}

func (h *hub) Send(e msg.Emission, giveWay func()) int {
	giveWay()
	h.sent = append(h.sent, e.Seq)
	return 1
}
func (h *hub) Sending(msg.Emission)   {}
func (h *hub) Observe(r *msg.Record)  { h.records = append(h.records, r) }
func (h *hub) at(i int) time.Duration { return h.records[i].At.Sub(h.start) }
func (h *hub) of(o msg.Outcome) (n int) {
	for _, r := range h.records {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

// crowd are clients that can be cut off or slowed.
type crowd struct {
	mu     sync.Mutex
	ids    []string
	drains map[string]float64
}

func (c *crowd) Members(string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ids)
}

func (c *crowd) Break(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.ids)
	c.ids = slices.DeleteFunc(c.ids, func(one string) bool { return one == id })
	return len(c.ids) < before
}

func (c *crowd) SetDrain(id string, perSecond float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if perSecond == 0 {
		delete(c.drains, id)
	} else {
		c.drains[id] = perSecond
	}
	return true
}

func (c *crowd) slow() map[string]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.drains)
}

// within runs test in a bubble, with a hub whose lane ns has this interval; 0: none.
func within(t *testing.T, interval time.Duration, test func(t *testing.T, h *hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := msg.DefaultLaneSettings()
		s.Pace.Interval = interval
		clock := emit.NewTimerClock()
		h := &hub{t: t, start: time.Now(), crowd: crowd{drains: map[string]float64{}}}
		h.lanes = lane.New(lane.Options{Configured: map[string]msg.LaneSettings{ns: s}, Wake: clock.Wake})
		h.faults = chaos.New(chaos.Options{
			Lanes: h.lanes, Watch: h, Clients: &h.crowd, Wake: clock.Wake, Ended: func(ns string) { h.ended = append(h.ended, ns) },
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = h.faults.Run(ctx) })
		running.Go(func() { _ = emit.New(h.faults, h, clock, h).Run(ctx) })
		synctest.Wait()
		test(t, h)
		cancel()
		running.Wait()
	})
}

// sleep lets time go by, and all that happens until then be over.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (h *hub) set(s msg.FaultSettings) {
	h.t.Helper()
	if s.For == 0 {
		s.For = time.Minute
	}
	if s.Seed == 0 {
		s.Seed = 7
	}
	if _, err := h.faults.Set(ns, s); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) push(n int) {
	h.t.Helper()
	for range n {
		h.seq++
		if _, err := h.lanes.Push(&msg.Message{Seq: h.seq, Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now()}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestADelayIsHeldNotLate(t *testing.T) {
	for name, interval := range map[string]time.Duration{"as they come": 0, "with a pace": 10 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			within(t, interval, func(t *testing.T, h *hub) {
				h.set(msg.FaultSettings{Delayed: 1, Delay: 200 * time.Millisecond})
				h.push(2)
				sleep(time.Second)
				if len(h.records) != 2 {
					t.Fatalf("got %d records, want 2", len(h.records))
				}
				for i, r := range h.records {
					if want := time.Duration(i+1)*interval + 200*time.Millisecond; h.at(i) != want || r.Lateness() != 0 || r.Held != 200*time.Millisecond || !r.Faults.Has(msg.FaultDelay) {
						t.Errorf("message %d left at %v, late %v, held %v by %q; want %v, 0s, 200ms by delay", r.Seq, h.at(i), r.Lateness(), r.Held, r.Faults, want)
					}
				}
			})
		})
	}
}

func TestJitterKeepsTheOrder(t *testing.T) {
	within(t, time.Millisecond, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Delayed: 0.5, Delay: 5 * time.Millisecond, Jitter: 50 * time.Millisecond})
		h.push(500)
		sleep(5 * time.Second)
		if len(h.sent) != 500 || !slices.IsSorted(h.sent) {
			t.Errorf("got %d messages, in order: %v; want 500, in order", len(h.sent), slices.IsSorted(h.sent))
		}
		delays := map[time.Duration]bool{}
		for _, r := range h.records {
			delays[r.Held] = true
			if r.Held > 55*time.Millisecond {
				t.Errorf("held for %v, want at most 55ms", r.Held)
			}
		}
		if len(delays) < 50 {
			t.Errorf("%d different delays, want many", len(delays))
		}
	})
}

func TestWhatIsReorderedIsOvertakenByTheNext(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Reordered: 1})
		h.push(5)
		sleep(10 * time.Second)
		if diff := cmp.Diff([]uint64{2, 1, 4, 3, 5}, h.sent); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := h.at(4); got != time.Second {
			t.Errorf("what nothing overtakes left after %v, want 1s", got)
		}
		if s, _ := h.faults.One(ns); s.Counts[msg.FaultReorder] != 2 {
			t.Errorf("counted %d reordered, want the 2 that were overtaken", s.Counts[msg.FaultReorder])
		}
	})
}

func TestOnlyTheNamespaceItselfIsConcerned(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Dropped: 1})
		if _, err := h.lanes.Push(&msg.Message{Seq: 99, Namespace: "/other", Event: "e", Accepted: time.Now()}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if diff := cmp.Diff([]uint64{99}, h.sent); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The bookkeeping that people rely on: sent = delivered + dropped on purpose − copies.
func TestEveryMessageIsAccountedFor(t *testing.T) {
	for seed := range uint64(20) {
		for _, interval := range []time.Duration{0, time.Millisecond} {
			t.Run(fmt.Sprint(seed, interval), func(t *testing.T) {
				within(t, interval, func(t *testing.T, h *hub) {
					h.set(msg.FaultSettings{
						Seed: seed + 1, Dropped: 0.2, Duplicated: 0.2, Reordered: 0.2, Delayed: 0.3, Delay: 3 * time.Millisecond, Jitter: 20 * time.Millisecond,
						Stall: 50 * time.Millisecond, StallEvery: 300 * time.Millisecond,
					})
					for range 40 {
						h.push(10)
						sleep(7 * time.Millisecond)
					}
					sleep(10 * time.Second)
					s, err := h.faults.One(ns)
					if err != nil || s.Held != 0 {
						t.Fatalf("got %v, %d held; want none", err, s.Held)
					}
					dropped, copies := int(s.Counts[msg.FaultDrop]), int(s.Counts[msg.FaultDuplicate])
					if dropped == 0 || copies == 0 || s.Counts[msg.FaultReorder] == 0 || s.Counts[msg.FaultDelay] == 0 || s.Counts[msg.FaultStall] < 2 {
						t.Errorf("counts are %v, want some of each kind", s.Counts)
					}
					if len(h.sent) != 400-dropped+copies || h.of(msg.DroppedOnPurpose) != dropped || h.of(msg.Emitted) != 400-dropped {
						t.Errorf("%d sent, %d records of drops, %d of emits; %d dropped and %d copied of 400", len(h.sent), h.of(msg.DroppedOnPurpose), h.of(msg.Emitted), dropped, copies)
					}
					for _, r := range h.records {
						if r.Lateness() < 0 || r.Held < 0 || r.Outcome == msg.Emitted && r.Missed > 0 {
							t.Errorf("message %d: late %v, held %v, missed %d; want nothing of what was meant there", r.Seq, r.Lateness(), r.Held, r.Missed)
						}
					}
				})
			})
		}
	}
}

func TestASeedRepeatsWhatHappens(t *testing.T) {
	var runs [2][]uint64
	for i := range runs {
		within(t, 0, func(_ *testing.T, h *hub) {
			h.set(msg.FaultSettings{Seed: 42, Dropped: 0.3, Duplicated: 0.3, Reordered: 0.3})
			h.push(100)
			sleep(2 * time.Second)
			runs[i] = h.sent
		})
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestOneFaultMoreLeavesTheOthersAsTheyWere(t *testing.T) {
	var dropped [2][]uint64
	for i, copied := range []float64{0, 0.5} {
		within(t, 0, func(_ *testing.T, h *hub) {
			h.set(msg.FaultSettings{Seed: 42, Dropped: 0.3, Duplicated: copied})
			h.push(100)
			synctest.Wait()
			for _, r := range h.records {
				if r.Outcome == msg.DroppedOnPurpose {
					dropped[i] = append(dropped[i], r.Seq)
				}
			}
		})
	}
	if diff := cmp.Diff(dropped[0], dropped[1]); diff != "" {
		t.Errorf("other messages were dropped:\n%s", diff)
	}
}

func TestSwitchedOffWhatIsHeldLeavesAtOnceInOrder(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Delayed: 1, Delay: time.Minute})
		h.push(3)
		sleep(time.Second)
		if err := h.faults.Clear(ns); err != nil {
			t.Fatal(err)
		}
		h.push(1)
		synctest.Wait()
		if diff := cmp.Diff([]uint64{1, 2, 3, 4}, h.sent); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, r := range h.records[:3] {
			if r.Held != time.Second || r.Lateness() != 0 {
				t.Errorf("message %d: held %v, late %v; want 1s, 0s", r.Seq, r.Held, r.Lateness())
			}
		}
		if err := h.faults.Clear(ns); !errors.Is(err, fault.NotFound) {
			t.Errorf("a second time: got %v, want NotFound", err)
		}
	})
}

func TestFaultsEndByThemselves(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{For: 10 * time.Second, Dropped: 1, Delayed: 1, Delay: time.Minute})
		sleep(10*time.Second - 1)
		h.push(1)
		sleep(1)
		synctest.Wait()
		h.push(1)
		synctest.Wait()
		if diff := cmp.Diff([]uint64{2}, h.sent); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(h.faults.List()) != 0 || !slices.Equal(h.ended, []string{ns}) {
			t.Errorf("on are %v, ended %v; want none, %s", h.faults.List(), h.ended, ns)
		}
	})
}

func TestAStallEndsWithTheFaults(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Stall: 5 * time.Second})
		h.push(1)
		sleep(time.Second)
		if len(h.sent) != 0 {
			t.Fatal("a message left while its lane stalled")
		}
		h.faults.ClearAll()
		synctest.Wait()
		if len(h.sent) != 1 {
			t.Error("the message still waits")
		}
	})
}

func TestAStallComesAgain(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Stall: time.Second, StallEvery: 5 * time.Second})
		for _, want := range []time.Duration{time.Second, 3 * time.Second, 6 * time.Second} {
			h.push(1)
			sleep(time.Until(h.start.Add(want)))
			synctest.Wait()
			if i := len(h.records) - 1; i < 0 || h.at(i) > want {
				t.Fatalf("%d messages have left by %v", len(h.records), want)
			}
			sleep(time.Until(h.start.Add(want + 2*time.Second)))
		}
		if got := h.at(2); got != 6*time.Second {
			t.Errorf("the third left at %v, want 6s: it came into the second stall", got)
		}
	})
}

func TestWhatIsHeldIsBounded(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Delayed: 1, Delay: time.Minute})
		for range 3 {
			h.push(5000)
			synctest.Wait()
		}
		s, _ := h.faults.One(ns)
		if s.Held != 10_000 || len(h.sent) != 5000 || !slices.IsSorted(h.sent) {
			t.Errorf("%d held and %d sent, want 10000 and the 5000 oldest", s.Held, len(h.sent))
		}
	})
}

func TestStopSendsWhatIsHeldAndTakesNoNewFaults(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Delayed: 1, Delay: time.Minute, Reordered: 0.5})
		h.push(9)
		synctest.Wait()
		h.faults.Stop()
		if !h.faults.WaitEmpty(t.Context()) || !h.lanes.WaitEmpty(t.Context()) {
			t.Error("something still waits")
		}
		synctest.Wait()
		if len(h.sent) != 9 {
			t.Errorf("sent %d, want all 9", len(h.sent))
		}
		if _, err := h.faults.Set(ns, msg.FaultSettings{For: time.Minute, Dropped: 1}); !errors.Is(err, fault.Stopping) {
			t.Errorf("got %v, want Stopping", err)
		}
	})
}

func TestCloseReturnsWhatFoundNoTimeToLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes := lane.New(lane.Options{Wake: func() {}})
		f := chaos.New(chaos.Options{Lanes: lanes, Watch: &hub{}, Clients: &crowd{}, Wake: func() {}})
		if _, err := f.Set(ns, msg.FaultSettings{For: time.Minute, Delayed: 1, Delay: time.Second, Reordered: 0.5, Seed: 1}); err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(5) {
			if _, err := lanes.Push(&msg.Message{Seq: seq, Namespace: ns, Event: "e", Accepted: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, ok := f.Take(time.Now()); ok {
			t.Fatal("a message left at once")
		}
		if got := len(f.Close()); got != 5 {
			t.Errorf("got %d, want 5", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if !f.WaitEmpty(ctx) {
			t.Error("something is still held")
		}
	})
}

// What has a time of its own is a namespace's message all the same, but no stall of the
// lane is in its way.
func TestAStallOfTheLaneDoesNotHoldWhatHasATimeOfItsOwn(t *testing.T) {
	within(t, 10*time.Millisecond, func(t *testing.T, h *hub) {
		h.set(msg.FaultSettings{Stall: 500 * time.Millisecond, Duplicated: 1})
		m := &msg.Message{Seq: 1, Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: h.start, LeaveAt: h.start.Add(123 * time.Millisecond)}
		if _, err := h.lanes.Push(m); err != nil {
			t.Fatal(err)
		}
		sleep(time.Second)
		if len(h.records) != 1 || h.at(0) != 123*time.Millisecond || h.records[0].Held != 0 || len(h.sent) != 2 {
			t.Errorf("got %d records, %d sent, %+v; want it sent twice, at its own time", len(h.records), len(h.sent), h.records)
		}
	})
}
