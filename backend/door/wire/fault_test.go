package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestFaultsAreReadAsTheyAreWritten(t *testing.T) {
	s := msg.FaultSettings{
		For: 10 * time.Minute, Delayed: 0.1, Delay: 200 * time.Millisecond, Jitter: 50 * time.Millisecond, Dropped: 0.2, Duplicated: 0.3, Reordered: 0.4,
		Disconnected: 0.5, Slowed: 0.6, SlowClient: "a", SlowRate: 5, Stall: time.Second, StallEvery: time.Minute, Seed: 42,
	}
	got, err := wire.FaultsOf(msg.FaultState{Settings: s}).Settings()
	if diff := cmp.Diff(s, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestFaultsOfWhichNothingIsSaidLastFiveMinutes(t *testing.T) {
	got, err := wire.NewFaults{Delay: "1s"}.Settings()
	if want := (msg.FaultSettings{For: 5 * time.Minute, Delayed: 1, Delay: time.Second}); got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestAFaultsDurationThatIsNoneIsRefusedByName(t *testing.T) {
	_, err := wire.NewFaults{Jitter: "soon"}.Settings()
	if !errors.Is(err, fault.Invalid) || err.Error() != `jitter "soon" is not a duration; use a number and a unit, such as "12.5ms" or "2s"` {
		t.Errorf("got %v", err)
	}
}

func TestEveryViewerIsToldWhichFaultsAreOnAndSinceWhen(t *testing.T) {
	began := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	on := msg.FaultState{Namespace: "/ws", Settings: msg.FaultSettings{Delayed: 1, Delay: time.Second, Stall: time.Second}, Began: began, Ends: began.Add(time.Minute)}
	want := []wire.FaultsOn{{
		Namespace: "/ws", Began: "2026-01-02T15:04:05.000000000Z", Ends: "2026-01-02T15:05:05.000000000Z", Kinds: []string{"delay", "stall"},
	}}
	if diff := cmp.Diff(want, wire.FaultsOnOf([]msg.FaultState{on})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
