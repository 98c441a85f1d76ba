package flow_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"emitscope/backend/flow/chaos"
	"emitscope/backend/flow/emit"
	"emitscope/backend/flow/lane"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// first hands on the first record.
type first chan *msg.Record

func (first) Sending(msg.Emission)    {}
func (f first) Observe(r *msg.Record) { f <- r }

// Recordings and other programs have nothing but the wall clock's times. (No bubble: its
// clock is a wall clock alone.)
func TestAMessageIsAsLateByTheWallClockAsItWasWhateverTheClockWasSetToMeanwhile(t *testing.T) {
	for _, dropped := range []float64{0, 1} {
		for _, seconds := range []int{3600, -3600, 0} {
			t.Run(fmt.Sprint(dropped, seconds), func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				got, clock := make(first, 1), emit.NewTimerClock()
				lanes := lane.New(lane.Options{Wake: clock.Wake})
				faults := chaos.New(chaos.Options{Lanes: lanes, Watch: got, Clients: &crowd{}, Wake: clock.Wake})
				if dropped > 0 {
					if _, err := faults.Set(ns, msg.FaultSettings{Dropped: dropped, For: time.Minute}); err != nil {
						t.Fatal(err)
					}
				}
				due := time.Now().Add(-3 * time.Millisecond)
				if _, err := lanes.Push(&msg.Message{Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: testkit.Stepped(t, due, seconds)}); err != nil {
					t.Fatal(err)
				}
				over := make(chan error, 1)
				go func() { over <- emit.New(faults, got, clock).Run(ctx) }()
				rec := <-got
				stop()
				if err := <-over; err != nil {
					t.Fatal(err)
				}
				late := rec.At.Sub(due)
				if rec.Lateness() != late {
					t.Errorf("late by %v, want %v", rec.Lateness(), late)
				}
				if wall := rec.At.Round(0).Sub(rec.Due.Round(0)); wall != late {
					t.Errorf("late by %v on the wall clock, want %v", wall, late)
				}
			})
		}
	}
}
