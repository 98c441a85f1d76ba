package lane_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

// pushAt adds a message that is to leave then.
func pushAt(t *testing.T, s *lane.Set, seq uint64, leave time.Time) {
	t.Helper()
	m := &msg.Message{
		Seq: seq, Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now(), LeaveAt: leave, Origin: msg.Origin{Door: msg.DoorReplay},
	}
	if _, err := s.Push(m); err != nil {
		t.Fatal(err)
	}
}

// drain takes all that is due within d, each at its time.
func drain(s *lane.Set, d time.Duration) (turns []msg.Turn) {
	for end := time.Now().Add(d); ; {
		turn, next, ok := s.Take(time.Now())
		switch {
		case ok:
			turns = append(turns, turn)
		case next.IsZero() || next.After(end):
			time.Sleep(time.Until(end))
			return turns
		default:
			time.Sleep(time.Until(next))
		}
	}
}

func seqs(turns []msg.Turn) (all []uint64) {
	for _, t := range turns {
		all = append(all, t.Seq)
	}
	return all
}

func TestAMessageWithATimeOfItsOwnNeitherWaitsForTheLaneNorTakesItsSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(10 * time.Millisecond))
		start := time.Now()
		push(t, s, 1, 3)
		for i, after := range []time.Duration{3, 10, 17, 18} {
			pushAt(t, s, 11+uint64(i), start.Add(after*time.Millisecond+7))
		}
		turns := drain(s, time.Second)
		if got, want := seqs(turns), []uint64{11, 1, 12, 13, 14, 2, 3}; !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for _, turn := range turns {
			want, period := turn.LeaveAt, time.Duration(0)
			if turn.Seq < 10 {
				want, period = start.Add(time.Duration(turn.Seq)*10*time.Millisecond), 10*time.Millisecond
			}
			if !turn.Due.Equal(want) || turn.Missed != 0 || turn.Period != period {
				t.Errorf("message %d was due %v after start, missed %d, period %v; want %v", turn.Seq, turn.Due.Sub(start), turn.Missed, turn.Period, want.Sub(start))
			}
		}
	})
}

func TestMessagesWithTimesOfTheirOwnLeaveInTheOrderOfThose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wakes := 0
		s := lane.New(lane.Options{Wake: func() { wakes++ }})
		start := time.Now()
		for i, after := range []time.Duration{50, 20, 70, 20, 60, 10, 50} {
			pushAt(t, s, uint64(i), start.Add(after*time.Millisecond))
		}
		if wakes != 3 {
			t.Errorf("the emitter was woken %d times, want 3: whenever one is the first", wakes)
		}
		if got, want := seqs(drain(s, time.Second)), []uint64{5, 1, 3, 0, 6, 4, 2}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v: those of the same time as they came", got, want)
		}
	})
}

func TestATimeOfItsOwnGoesBeforeWhatHasNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(*msg.LaneSettings) {})
		push(t, s, 1, 2)
		pushAt(t, s, 11, time.Now().Add(time.Millisecond))
		time.Sleep(time.Millisecond)
		if turn, ok := s.TakeSlot(time.Now(), []string{ns}); ok {
			t.Errorf("got %d while its namespace is busy", turn.Seq)
		}
		if got, want := seqs(drain(s, time.Second)), []uint64{11, 1, 2}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestAMessageWithATimeOfItsOwnMakesTheLaneOfItsNamespace(t *testing.T) {
	s := lane.New(lane.Options{Wake: func() {}, MaxLanes: 1})
	pushAt(t, s, 1, time.Now())
	if got := s.List(); len(got) != 1 || got[0].Namespace != ns || got[0].Depth != 0 {
		t.Errorf("got %+v, want the lane, with nothing in it", got)
	}
	_, err := s.Push(&msg.Message{Namespace: "/other", Event: "e", LeaveAt: time.Now()})
	if f := fault.From(err); f == nil || f.Code != "too_many_lanes" {
		t.Errorf("got %v, want too many lanes", err)
	}
}

func TestTheLineOfOwnTimesIsBoundedAsLanesAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := lane.New(lane.Options{Wake: func() {}})
		most := msg.DefaultLaneSettings().Capacity
		for i := range most {
			pushAt(t, s, uint64(i), time.Now().Add(time.Second))
		}
		if _, err := s.Push(&msg.Message{Namespace: ns, Event: "e", LeaveAt: time.Now()}); !errors.Is(err, fault.Full) {
			t.Errorf("got %v, want an error of kind Full", err)
		}
	})
}

func TestWhatCameByADoorIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(l *msg.LaneSettings) {
			l.Pace.Interval, l.Full, l.Key = 10*time.Millisecond, msg.Latest, "/k"
		})
		start := time.Now()
		mixed := func(seq uint64) {
			door := msg.DoorREST
			if seq%2 == 0 {
				door = msg.DoorReplay
			}
			if _, err := s.Push(&msg.Message{Seq: seq, Namespace: ns, Event: string(rune('a' + seq)), Payload: []byte(`{"k":1}`), Accepted: time.Now(), Origin: msg.Origin{Door: door}}); err != nil {
				t.Fatal(err)
			}
		}
		for seq := range uint64(6) {
			mixed(seq)
		}
		pushAt(t, s, 10, start.Add(5*time.Millisecond))
		back := map[uint64]bool{}
		for _, m := range s.Recall(msg.DoorReplay) {
			back[m.Seq] = true
		}
		if len(back) != 4 || !back[0] || !back[2] || !back[4] || !back[10] {
			t.Errorf("got %v back, want 0, 2, 4 and 10", back)
		}
		if state, err := s.Lane(ns); err != nil || state.Depth != 3 || state.Bytes != 3*7 {
			t.Errorf("got %+v, %v; want 3 messages left", state, err)
		}
		turns := drain(s, time.Second)
		for i, turn := range turns {
			if want := start.Add(time.Duration(i+1) * 10 * time.Millisecond); turn.Seq != uint64(2*i+1) || !turn.Due.Equal(want) {
				t.Errorf("got %d due %v after start, want %d, %v", turn.Seq, turn.Due.Sub(start), 2*i+1, want.Sub(start))
			}
		}
		if len(turns) != 3 || !s.WaitEmpty(t.Context()) {
			t.Errorf("got %d messages, want 3, and none left", len(turns))
		}
	})
}
