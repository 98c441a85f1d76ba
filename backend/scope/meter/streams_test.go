package meter

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

func TestStreamPointsCountEachStreamStepByStep(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		began := time.Now().Truncate(time.Second)
		for second := range 20 {
			for range second {
				m.Observe(emitted("/a", "tick", time.Microsecond))
			}
			if second >= 18 { // young
				m.Observe(with(emitted("/a", "lost", 0), msg.Dropped, msg.Oldest))
			}
			m.Observe(emitted("/b", "tick", time.Microsecond))
			time.Sleep(time.Second)
		}
		m.Observe(emitted("/a", "now", time.Microsecond)) // not in a whole second yet

		got := m.StreamPoints("/a", time.Second)
		want := msg.StreamPoints{
			Times: make([]time.Time, 20), Others: make([]uint32, 20),
			Loudest: []msg.StreamCounts{
				{Namespace: "/a", Event: "tick", Counts: make([]uint32, 20)},
				{Namespace: "/a", Event: "lost", Counts: append(make([]uint32, 18), 1, 1)},
			},
		}
		for i := range 20 {
			want.Times[i] = began.Add(time.Duration(i) * time.Second)
			want.Loudest[0].Counts[i] = uint32(i)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lane /a in seconds (-want +got):\n%s", diff)
		}

		got = m.StreamPoints("", longest)
		want = msg.StreamPoints{
			Times: []time.Time{began, began.Add(longest)}, Others: []uint32{0, 0},
			Loudest: []msg.StreamCounts{
				{Namespace: "/a", Event: "tick", Counts: []uint32{45, 145}},
				{Namespace: "/b", Event: "tick", Counts: []uint32{10, 10}},
				{Namespace: "/a", Event: "lost", Counts: []uint32{0, 2}},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("all lanes in tens (-want +got):\n%s", diff)
		}
	})
}

func TestStreamsBeyondTheLoudestAreAddedUp(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		const streams = msg.MaxLoudest + 3
		for i := range streams {
			for range streams - i {
				m.Observe(emitted("/a", fmt.Sprintf("event%02d", i), time.Microsecond))
			}
		}
		time.Sleep(time.Second)
		got := m.StreamPoints("/a", time.Second)
		if len(got.Loudest) != msg.MaxLoudest || got.Loudest[0].Event != "event00" || got.Loudest[msg.MaxLoudest-1].Event != "event15" {
			t.Fatalf("got %+v, want the %d loudest", got.Loudest, msg.MaxLoudest)
		}
		if diff := cmp.Diff([]uint32{3 + 2 + 1}, got.Others); diff != "" {
			t.Errorf("others (-want +got):\n%s", diff)
		}
	})
}

func TestStreamsThatAreNotToldApartAreAmongTheOthers(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		for i := range MaxStreams {
			m.Observe(emitted("/a", fmt.Sprint("event", i), time.Microsecond))
		}
		for range 50 {
			m.Observe(emitted("/b", "one too many", time.Microsecond))
		}
		time.Sleep(time.Second)
		got := m.StreamPoints("/b", time.Second)
		if len(got.Loudest) != 0 || len(got.Others) != 1 || got.Others[0] != 50 {
			t.Errorf("got %+v, want 50 messages of others alone", got)
		}
		// Together they are the loudest, but take no place from one that has a name.
		got = m.StreamPoints("", time.Second)
		if others := uint32(50 + MaxStreams - msg.MaxLoudest); len(got.Loudest) != msg.MaxLoudest || got.Others[0] != others {
			t.Errorf("got %d streams and %d others, want %d and %d", len(got.Loudest), got.Others[0], msg.MaxLoudest, others)
		}
	})
}

func TestStreamPointsReachTenMinutesAndAnHourBack(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		m.Observe(emitted("/a", "once", time.Microsecond))
		for second := range 4000 {
			if second%30 == 0 { // a stream that is silent longer than the rings reach would leave
				m.Observe(emitted("/a", "tick", time.Microsecond))
			}
			time.Sleep(time.Second)
		}
		for every, want := range map[time.Duration]struct{ steps, total uint32 }{
			time.Second: {600, 20}, longest: {360, 120},
		} {
			got := m.StreamPoints("/a", every)
			if len(got.Times) != int(want.steps) || len(got.Loudest) != 1 || len(got.Loudest[0].Counts) != int(want.steps) {
				t.Fatalf("%v: got %d steps of %d streams, want %d of one: the other is silent", every, len(got.Times), len(got.Loudest), want.steps)
			}
			total := uint32(0)
			for _, n := range got.Loudest[0].Counts {
				total += n
			}
			if total != want.total {
				t.Errorf("%v: got %d messages, want %d", every, total, want.total)
			}
			if age := time.Since(got.Times[0]); age < time.Duration(want.steps)*every || age > time.Duration(want.steps+1)*every {
				t.Errorf("%v: the oldest step is %v old", every, age)
			}
		}
	})
}

func TestANamespaceNobodyUsedHasNoStreams(t *testing.T) {
	running(t, Options{}, func(t *testing.T, m *Meter) {
		m.Observe(emitted("/a", "tick", time.Microsecond))
		time.Sleep(time.Second)
		got := m.StreamPoints("/unknown", time.Second)
		if got.Loudest != nil || len(got.Times) != 1 || len(got.Others) != 1 || got.Others[0] != 0 {
			t.Errorf("got %+v, want one step with nothing in it", got)
		}
	})
}
