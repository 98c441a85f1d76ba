package flow_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/flow/chaos"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

func TestThereIsAnEndToHowManyNamespacesHaveFaults(t *testing.T) {
	f := chaos.New(chaos.Options{Lanes: lane.New(lane.Options{Wake: func() {}}), Watch: &hub{}, Clients: &crowd{}, Wake: func() {}})
	s := msg.FaultSettings{For: time.Minute, Dropped: 1}
	for i := range chaos.MaxPlaces {
		if _, err := f.Set(fmt.Sprintf("/ws/%02d", i), s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Set("/ws/more", s); !errors.Is(err, fault.TooMany) {
		t.Errorf("got %v, want TooMany", err)
	}
	if all := f.List(); len(all) != chaos.MaxPlaces || all[3].Namespace != "/ws/03" {
		t.Errorf("got %d, the fourth %q; want all, by name", len(all), all[3].Namespace)
	}
	if _, err := f.Set("/ws/00", s); err != nil {
		t.Errorf("got %v for one that has some already", err)
	}
}

func TestASeedIsDrawnWhereNoneIsGiven(t *testing.T) {
	f := chaos.New(chaos.Options{Lanes: lane.New(lane.Options{Wake: func() {}}), Watch: &hub{}, Clients: &crowd{}, Wake: func() {}})
	a, _ := f.Set("/a", msg.FaultSettings{For: time.Minute, Dropped: 1})
	b, _ := f.Set("/b", msg.FaultSettings{For: time.Minute, Dropped: 1})
	if a.Settings.Seed == 0 || a.Settings.Seed == b.Settings.Seed {
		t.Errorf("got seeds %d and %d, want two", a.Settings.Seed, b.Settings.Seed)
	}
}

// What messages cost while no fault is on; compare lane's BenchmarkPushAndTake.
func BenchmarkTakeWithoutFaults(b *testing.B) {
	lanes := lane.New(lane.Options{Wake: func() {}})
	f := chaos.New(chaos.Options{Lanes: lanes, Watch: &hub{}, Clients: &crowd{}, Wake: func() {}})
	now := time.Now()
	m := &msg.Message{Namespace: ns, Event: "e", Payload: []byte(`{"price":1}`), Accepted: now}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lanes.Push(m); err != nil {
			b.Fatal(err)
		}
		if _, _, ok := f.Take(now); !ok {
			b.Fatal("nothing to take")
		}
	}
}
