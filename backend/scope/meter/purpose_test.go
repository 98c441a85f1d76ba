package meter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

func TestWhatIsDroppedOnPurposeIsNoLoss(t *testing.T) {
	m := newMeter()
	m.Observe(with(emitted("/a", "tick", 0), msg.DroppedOnPurpose, ""))
	if diff := cmp.Diff(msg.Counters{OnPurpose: 1}, m.Counters()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m.Counters(), laneOf(t, m, "/a").Counters); diff != "" {
		t.Errorf("of the lane (-want +got):\n%s", diff)
	}
}

func TestSlotsMissedBeforeAMessageDroppedOnPurposeAreMissed(t *testing.T) {
	m := newMeter()
	r := with(emitted("/a", "tick", 0), msg.DroppedOnPurpose, "")
	r.Missed = 3
	m.Observe(r)
	if got := m.Counters(); got.Missed != 3 || got.Late != 3 {
		t.Errorf("got %+v, want 3 missed and 3 late", got)
	}
}

func TestWhatIsHeldOnPurposeIsNoWait(t *testing.T) {
	m := newMeter()
	r := emitted("/a", "tick", time.Millisecond)
	r.Source = r.Accepted
	r.Held = 200 * time.Millisecond
	r.Due, r.At = r.Due.Add(r.Held), r.At.Add(r.Held)
	m.Observe(r)
	l := laneOf(t, m, "/a")
	for what, got := range map[string]time.Duration{"lateness": l.Lateness.P50, "wait": l.Wait.P50, "source": l.Source.P50} {
		near(t, what, got, time.Millisecond)
	}
}
