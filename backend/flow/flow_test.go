// Package flow_test holds lanes and emitter together to what they promise.
package flow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/flow/emit"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

const ns = "/ws/test"

// door counts sockets and can be slow.
type door struct {
	sockets int
	takes   time.Duration
	seqs    []uint64
}

func (d *door) Send(e msg.Emission, giveWay func()) int {
	time.Sleep(d.takes)
	giveWay()
	d.seqs = append(d.seqs, e.Seq)
	return d.sockets
}

type book struct {
	records []*msg.Record
	begun   []uint64 // the order in which emissions began
}

func (b *book) Sending(e msg.Emission) { b.begun = append(b.begun, e.Order) }

func (b *book) Observe(r *msg.Record) { b.records = append(b.records, r) }

// run emits until stop is called, which waits for the emitter's end.
func run(t *testing.T, e *emit.Emitter) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	}
}

// paced returns lanes of which ns has a pace, and the clock they wake.
func paced(interval time.Duration) (*lane.Set, emit.Clock) {
	s := msg.DefaultLaneSettings()
	s.Pace.Interval = interval
	c := emit.NewTimerClock()
	return lane.New(lane.Options{Configured: map[string]msg.LaneSettings{ns: s}, Wake: c.Wake}), c
}

func push(t *testing.T, lanes *lane.Set, seqs ...uint64) {
	t.Helper()
	for _, seq := range seqs {
		if _, err := lanes.Push(&msg.Message{Seq: seq, Namespace: ns, Event: "e", Accepted: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMessagesLeaveInOrderEachAtItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, c := paced(10 * time.Millisecond)
		b, first, second := &book{}, &door{sockets: 2}, &door{sockets: 3}
		start := time.Now()
		stop := run(t, emit.New(lanes, b, c, first, second))
		synctest.Wait() // asleep: the first message must wake it
		push(t, lanes, 1, 2, 3)
		time.Sleep(time.Second)
		stop()
		if len(b.records) != 3 {
			t.Fatalf("got %d records, want 3", len(b.records))
		}
		for i, r := range b.records {
			if r.Seq != uint64(i+1) || r.Outcome != msg.Emitted || r.Sockets != 5 || r.Period != 10*time.Millisecond || r.Missed != 0 {
				t.Errorf("got %+v, want message %d emitted to 5 sockets", r, i+1)
			}
			if got, want := r.At.Sub(start), time.Duration(i+1)*10*time.Millisecond; got != want || r.Lateness() != 0 {
				t.Errorf("message %d left at %v, %v late, want %v, 0s", r.Seq, got, r.Lateness(), want)
			}
		}
		if len(second.seqs) != 3 {
			t.Errorf("the second door got %v, want all three", second.seqs)
		}
	})
}

func TestAStallIsCountedAsMissedSlotsAndThePhaseIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, c := paced(10 * time.Millisecond)
		b, d := &book{}, &door{takes: 34 * time.Millisecond}
		start := time.Now()
		stop := run(t, emit.New(lanes, b, c, d))
		push(t, lanes, 1, 2)
		time.Sleep(time.Second)
		stop()
		r := b.records[1] // the emitter was busy from 10 to 44 ms: slots 2 and 3 went by, 4 was running
		if got, want := r.Due.Sub(start), 40*time.Millisecond; got != want || r.Missed != 2 || r.Lateness() != 4*time.Millisecond {
			t.Errorf("got due %v, missed %d, late %v, want %v, 2, 4ms", got, r.Missed, r.Lateness(), want)
		}
	})
}

func TestANewPaceIsInForceWhileTheEmitterSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, c := paced(time.Hour)
		b := &book{}
		stop := run(t, emit.New(lanes, b, c))
		push(t, lanes, 1)
		synctest.Wait()
		interval := time.Millisecond
		if _, err := lanes.Patch(ns, msg.LanePatch{Interval: &interval}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
		stop()
		if len(b.records) != 1 {
			t.Errorf("got %d messages emitted, want 1", len(b.records))
		}
	})
}

func TestWithoutAPaceMessagesLeaveAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := emit.NewTimerClock(), &book{}
		lanes := lane.New(lane.Options{Wake: c.Wake})
		stop := run(t, emit.New(lanes, b, c))
		for seq := range uint64(5) {
			push(t, lanes, seq+1)
			synctest.Wait()
			if got := len(b.records); got != int(seq)+1 {
				t.Fatalf("got %d messages emitted, want %d", got, seq+1)
			}
		}
		stop()
	})
}

func TestWhatStillWaitsAtTheEndStaysInTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, c := paced(time.Hour)
		b := &book{}
		stop := run(t, emit.New(lanes, b, c))
		push(t, lanes, 1, 2)
		stop()
		if got := lanes.Depth(ns); got != 2 || len(b.records) != 0 {
			t.Errorf("got %d waiting, %d emitted, want 2, 0", got, len(b.records))
		}
	})
}

func TestASlotGoesBeforeWhatALongSendHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, c := paced(10 * time.Millisecond)
		b, d := &book{}, &door{takes: 25 * time.Millisecond} // gives way once, after that
		push(t, lanes, 1, 2)
		loud := &msg.Message{Seq: 9, Namespace: "/loud", Event: "e", Accepted: time.Now()}
		if _, err := lanes.Push(loud); err != nil {
			t.Fatal(err)
		}
		stop := run(t, emit.New(lanes, b, c, d))
		time.Sleep(time.Second)
		stop()
		// /loud's send begins at once and gives way at 25 ms, when the slot of message
		// 1 has come. That does not give way to 2, of its own lane; /loud's does again.
		if diff := cmp.Diff([]uint64{1, 2, 9}, d.seqs); diff != "" {
			t.Errorf("the order in which sends ended (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]uint64{1, 2, 3}, b.begun); diff != "" || b.records[0].Order != 2 || b.records[2].Order != 1 {
			t.Errorf("orders %v, of the first record %d and the last %d; want them counted as the sends began", b.begun, b.records[0].Order, b.records[2].Order)
		}
	})
}
