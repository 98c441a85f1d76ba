package lane_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

const ns = "/ws/test"

func setWith(change func(*msg.LaneSettings)) *lane.Set {
	s := msg.DefaultLaneSettings()
	change(&s)
	return lane.New(lane.Options{Configured: map[string]msg.LaneSettings{ns: s}, Wake: func() {}})
}

func every(d time.Duration) func(*msg.LaneSettings) {
	return func(s *msg.LaneSettings) { s.Pace.Interval = d }
}

// push adds n messages accepted now, with seq counting on from first.
func push(t *testing.T, s *lane.Set, first uint64, n int) {
	t.Helper()
	for i := range n {
		m := &msg.Message{Seq: first + uint64(i), Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now()}
		if _, err := s.Push(m); err != nil {
			t.Fatalf("push %d: %v", m.Seq, err)
		}
	}
}

func take(t *testing.T, s *lane.Set) msg.Turn {
	t.Helper()
	turn, _, ok := s.Take(time.Now())
	if !ok {
		t.Fatal("got no message, want one that is due")
	}
	return turn
}

func TestLaneKeepsItsPhaseAfterAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(10 * time.Millisecond))
		start := time.Now()
		push(t, s, 1, 3)
		time.Sleep(25 * time.Millisecond) // the emitter was away: one slot missed, one running
		turn := take(t, s)
		if got, want := turn.Due.Sub(start), 20*time.Millisecond; got != want {
			t.Errorf("due %v after start, want %v: the slot that is running", got, want)
		}
		if got, want := turn.Missed, 1; got != want {
			t.Errorf("missed %d slots, want %d", got, want)
		}
		_, next, ok := s.Take(time.Now())
		if got, want := next.Sub(start), 30*time.Millisecond; ok || got != want {
			t.Errorf("next is due %v after start (taken: %v), want %v", got, ok, want)
		}
	})
}

func TestBurstSendsWhatIsOverdueAtOnceEachForItsOwnSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(l *msg.LaneSettings) { l.Pace.Interval = 10 * time.Millisecond; l.CatchUp = msg.Burst })
		start := time.Now()
		push(t, s, 1, 4)
		time.Sleep(35 * time.Millisecond)
		for i := range 3 {
			turn := take(t, s)
			if got, want := turn.Due.Sub(start), time.Duration(i+1)*10*time.Millisecond; got != want || turn.Missed != 0 {
				t.Errorf("message %d: due %v, missed %d, want %v, 0", i+1, got, turn.Missed, want)
			}
		}
		if _, next, ok := s.Take(time.Now()); ok || next.Sub(start) != 40*time.Millisecond {
			t.Errorf("the fourth is due %v after start (taken: %v), want 40ms", next.Sub(start), ok)
		}
	})
}

func TestAnEmptySlotIsJustEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(10 * time.Millisecond))
		start := time.Now()
		time.Sleep(1234 * time.Millisecond)
		push(t, s, 1, 1)
		time.Sleep(6 * time.Millisecond)
		turn := take(t, s)
		if got := turn.Due.Sub(start); got != 1240*time.Millisecond || turn.Missed != 0 {
			t.Errorf("due %v after start, missed %d, want 1.24s, 0", got, turn.Missed)
		}
	})
}

func TestARateNeverDrifts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(l *msg.LaneSettings) { l.Pace.Rate = 7; l.Capacity = 100_000 })
		start := time.Now()
		push(t, s, 1, 7*3600)
		var last msg.Turn
		for range 7 * 3600 {
			_, next, _ := s.Take(time.Now())
			time.Sleep(time.Until(next))
			last = take(t, s)
		}
		if got, want := last.Due.Sub(start), time.Hour; got != want {
			t.Errorf("after an hour's worth the last is due at %v, want %v", got, want)
		}
	})
}

func TestWithoutAPaceAMessageIsDueWhenItWasAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(*msg.LaneSettings) {})
		push(t, s, 1, 1)
		accepted := time.Now()
		time.Sleep(time.Second)
		if turn := take(t, s); !turn.Due.Equal(accepted) || turn.Period != 0 || turn.Missed != 0 {
			t.Errorf("got due %v, period %v, missed %d, want %v, 0, 0", turn.Due, turn.Period, turn.Missed, accepted)
		}
	})
}

func TestALaneWhoseSlotHasComeGoesBeforeOneWithoutPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(10 * time.Millisecond))
		push(t, s, 1, 1)
		for range 100 {
			if _, err := s.Push(&msg.Message{Namespace: "/flood", Event: "e", Accepted: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond)
		if turn := take(t, s); turn.Namespace != ns {
			t.Errorf("got a message of %s first, want the paced lane's", turn.Namespace)
		}
	})
}

func TestANewPaceBeginsANewGridAndKeepsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(time.Hour))
		push(t, s, 1, 2)
		time.Sleep(time.Second)
		interval := 20 * time.Millisecond
		if _, err := s.Patch(ns, msg.LanePatch{Interval: &interval}); err != nil {
			t.Fatal(err)
		}
		changed := time.Now()
		for i := range 2 {
			time.Sleep(interval)
			turn := take(t, s)
			if got, want := turn.Due.Sub(changed), time.Duration(i+1)*interval; got != want || turn.Seq != uint64(i+1) {
				t.Errorf("message %d is due %v after the change, want message %d, %v", turn.Seq, got, i+1, want)
			}
		}
	})
}

func TestAnotherSettingKeepsTheGrid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(every(10 * time.Millisecond))
		start := time.Now()
		time.Sleep(3 * time.Millisecond)
		capacity := 7
		if _, err := s.Patch(ns, msg.LanePatch{Capacity: &capacity}); err != nil {
			t.Fatal(err)
		}
		push(t, s, 1, 1)
		if _, next, _ := s.Take(time.Now()); next.Sub(start) != 10*time.Millisecond {
			t.Errorf("due %v after start, want 10ms", next.Sub(start))
		}
	})
}

func TestFullLane(t *testing.T) {
	fill := func(full msg.FullPolicy, key string) *lane.Set {
		s := setWith(func(l *msg.LaneSettings) { l.Capacity, l.Full, l.Key = 2, full, key })
		push(t, s, 1, 2)
		return s
	}
	third := &msg.Message{Seq: 3, Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now()}

	t.Run("reject refuses the new one", func(t *testing.T) {
		s := fill(msg.RejectWhenFull, "")
		if _, err := s.Push(third); !errors.Is(err, fault.Full) {
			t.Errorf("got %v, want an error of kind Full", err)
		}
		if got := taken(s); got != "1 2" {
			t.Errorf("got %q, want \"1 2\"", got)
		}
	})
	for _, c := range []struct {
		full     msg.FullPolicy
		key      string
		dropped  uint64
		reason   msg.Reason
		remained string
	}{
		{msg.DropOldest, "", 1, msg.Oldest, "2 3"},
		{msg.DropNewest, "", 3, msg.Newest, "1 2"},
		{msg.Latest, "/symbol", 1, msg.Oldest, "2 3"}, // none of them has the key
	} {
		t.Run(string(c.full), func(t *testing.T) {
			s := fill(c.full, c.key)
			drops, err := s.Push(third)
			if err != nil || len(drops) != 1 || drops[0].Seq != c.dropped || drops[0].Reason != c.reason {
				t.Errorf("got %v, %v, want message %d dropped as %s", drops, err, c.dropped, c.reason)
			}
			if got := taken(s); got != c.remained {
				t.Errorf("got %q, want %q", got, c.remained)
			}
		})
	}
}

func taken(s *lane.Set) string {
	var seqs []string
	for {
		turn, _, ok := s.Take(time.Now().Add(time.Hour))
		if !ok {
			return strings.Join(seqs, " ")
		}
		seqs = append(seqs, fmt.Sprint(turn.Seq))
	}
}

func TestBytesBoundALaneToo(t *testing.T) {
	s := setWith(func(l *msg.LaneSettings) { l.MaxBytes = 1 << 20; l.Full = msg.DropOldest })
	half := []byte(strings.Repeat("x", 1<<19))
	for seq := uint64(1); seq <= 3; seq++ {
		drops, err := s.Push(&msg.Message{Seq: seq, Namespace: ns, Event: "e", Payload: half, Accepted: time.Now()})
		if err != nil || (seq == 3) != (len(drops) == 1) {
			t.Errorf("message %d: got %d drops, %v, want one drop for the third only", seq, len(drops), err)
		}
	}
	if _, err := s.Push(&msg.Message{Namespace: ns, Event: "e", Payload: make([]byte, 1<<20+1)}); !errors.Is(err, fault.TooLarge) {
		t.Errorf("a message larger than the lane: got %v, want an error of kind TooLarge", err)
	}
}

func TestLatestKeepsOneMessageForEachKeyInItsPredecessorsPlace(t *testing.T) {
	s := setWith(func(l *msg.LaneSettings) { l.Full, l.Key = msg.Latest, "/symbol" })
	for i, in := range []struct{ event, symbol, room string }{
		{"tick", "AAPL", ""}, {"tick", "NVDA", ""}, {"tick", "AAPL", ""},
		{"quote", "AAPL", ""}, {"tick", "AAPL", "a"}, {"tick", "NVDA", ""},
	} {
		m := &msg.Message{Seq: uint64(i + 1), Namespace: ns, Event: in.event, Payload: []byte(`{"symbol":"` + in.symbol + `"}`), Accepted: time.Now()}
		if in.room != "" {
			m.Rooms = []string{in.room}
		}
		drops, err := s.Push(m)
		if err != nil {
			t.Fatal(err)
		}
		if replaces := i == 2 || i == 5; replaces != (len(drops) == 1 && drops[0].Reason == msg.Replaced) {
			t.Errorf("message %d: got drops %v, want one replaced: %v", i+1, drops, replaces)
		}
	}
	if got, want := taken(s), "3 6 4 5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAProducerFasterThanThePaceDoesNotPutATurnOff(t *testing.T) {
	for name, change := range map[string]func(*msg.LaneSettings){
		"latest":      func(l *msg.LaneSettings) { l.Full, l.Key = msg.Latest, "/k" },
		"drop-oldest": func(l *msg.LaneSettings) { l.Full, l.Capacity = msg.DropOldest, 1 },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := setWith(func(l *msg.LaneSettings) { l.Pace.Interval = 10 * time.Millisecond; change(l) })
			emitted := 0
			for at := 1; at <= 1000; at++ { // a message each 1 ms; the emitter looks 2 ms after each slot began
				time.Sleep(time.Millisecond)
				if _, err := s.Push(&msg.Message{Namespace: ns, Event: "e", Payload: []byte(`{"k":1}`), Accepted: time.Now()}); err != nil {
					t.Fatal(err)
				}
				if at%10 == 2 && at > 10 {
					turn := take(t, s)
					if late := time.Since(turn.Due); late != 2*time.Millisecond || turn.Missed != 0 {
						t.Fatalf("%s: got an emit %v late, missed %d, want 2ms, 0", name, late, turn.Missed)
					}
					emitted++
				}
			}
			if emitted != 99 {
				t.Errorf("%s: got %d of 99 slots filled", name, emitted)
			}
		})
	}
}

func TestLatestKeepsTheBoundOnBytes(t *testing.T) {
	s := setWith(func(l *msg.LaneSettings) { l.Full, l.Key, l.MaxBytes = msg.Latest, "/k", 1<<20 })
	pushed, left := 0, 0
	for _, size := range []int{0, 300_000, 1<<20 - 100, 10} {
		for k := range 20 {
			m := &msg.Message{Namespace: ns, Event: "e", Payload: fmt.Appendf(nil, `{"k":%d,"v":"%s"}`, k, strings.Repeat("x", size)), Accepted: time.Now()}
			drops, err := s.Push(m)
			if err != nil {
				t.Fatal(err)
			}
			pushed, left = pushed+1, left+len(drops)
			state, err := s.Lane(ns)
			if err != nil || state.Bytes > 1<<20 || pushed != left+state.Depth {
				t.Fatalf("got %d bytes, %d waiting and %d dropped of %d (%v), want at most %d bytes and nothing unaccounted", state.Bytes, state.Depth, left, pushed, err, 1<<20)
			}
		}
	}
}

func TestALaneTooManyIsRefusedByTheNameOfTheSetting(t *testing.T) {
	var reached []string
	configured := map[string]msg.LaneSettings{"/a": msg.DefaultLaneSettings(), "/b": msg.DefaultLaneSettings()}
	s := lane.New(lane.Options{
		Configured: configured, Wake: func() {}, MaxLanes: 3, Reached: func(limit string) { reached = append(reached, limit) },
	})
	push := func(namespace, to string) error {
		_, err := s.Push(&msg.Message{Namespace: namespace, Event: "e", To: to, Accepted: time.Now()})
		return err
	}
	if err := push("/c", ""); err != nil || reached != nil {
		t.Errorf("the third: got %v and reached %v, want neither", err, reached)
	}
	err := push("/d", "")
	if e := fault.From(err); !errors.Is(err, fault.TooMany) || e.Code != "too_many_lanes" ||
		!strings.Contains(e.Message, "there are 3 lanes already, and at most 3 are allowed") || !strings.HasSuffix(e.Hint, "raise limits.max_lanes") {
		t.Errorf("the fourth: got %v, want too_many_lanes with the limit and its setting", err)
	}
	if _, err := s.Patch("/e", msg.LanePatch{}); !errors.Is(err, fault.TooMany) {
		t.Errorf("the fourth by Patch: got %v, want an error of kind TooMany", err)
	}
	if diff := cmp.Diff([]string{"max_lanes", "max_lanes"}, reached); diff != "" {
		t.Errorf("limits reached (-want +got):\n%s", diff)
	}
	if err := push("/d", "socket"); err != nil {
		t.Errorf("a reply: got %v, want no error, for its line is no lane", err)
	}
}

func TestThe257thLaneIsRefusedAndAnIdleOneMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := lane.New(lane.Options{Wake: func() {}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		add := func(i int) error {
			_, err := s.Push(&msg.Message{Namespace: fmt.Sprintf("/n%d", i), Event: "e", Accepted: time.Now()})
			return err
		}
		for i := range lane.DefaultMaxLanes {
			if err := add(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(256); !errors.Is(err, fault.TooMany) {
			t.Errorf("the 257th lane: got %v, want an error of kind TooMany", err)
		}
		for {
			if _, _, ok := s.Take(time.Now()); !ok {
				break
			}
		}
		time.Sleep(62 * time.Minute)
		if err := add(256); err != nil {
			t.Errorf("after the others were idle for an hour: got %v, want no error", err)
		}
		if got := len(s.List()); got != 1 {
			t.Errorf("got %d lanes, want 1", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}

func TestAConfiguredLaneNeverExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(*msg.LaneSettings) {})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(3 * time.Hour)
		if got := len(s.List()); got != 1 {
			t.Errorf("got %d lanes, want 1", got)
		}
		cancel()
		<-done
	})
}

func TestAReplyDoesNotWaitForTheScheduleOfItsNamespace(t *testing.T) {
	s := setWith(every(time.Hour))
	push(t, s, 1, 1)
	if _, err := s.Push(&msg.Message{Seq: 2, Namespace: ns, Event: "r", To: "socket", Accepted: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if turn := take(t, s); turn.Seq != 2 {
		t.Errorf("got message %d, want the reply, 2", turn.Seq)
	}
	if got := s.Depth(ns); got != 1 {
		t.Errorf("got depth %d, want 1: replies are not in the lane", got)
	}
}

func TestABadPatchChangesNothingAndMakesNoLane(t *testing.T) {
	s := lane.New(lane.Options{Wake: func() {}})
	short := time.Microsecond
	if _, err := s.Patch(ns, msg.LanePatch{Interval: &short}); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want an error of kind Invalid", err)
	}
	if got := s.List(); len(got) != 0 {
		t.Errorf("got lanes %v, want none", got)
	}
}

func TestCloseReturnsWhatWaitsAndRefusesTheRest(t *testing.T) {
	s := setWith(every(time.Hour))
	push(t, s, 1, 3)
	if got := len(s.Close()); got != 3 {
		t.Errorf("got %d messages, want 3", got)
	}
	if !s.WaitEmpty(t.Context()) {
		t.Error("the set is not empty after Close")
	}
	for _, namespace := range []string{ns, "/new"} {
		if _, err := s.Push(&msg.Message{Namespace: namespace, Event: "e"}); !errors.Is(err, fault.Stopping) {
			t.Errorf("push to %s: got %v, want an error of kind Stopping", namespace, err)
		}
	}
}

func TestWaitEmptyReturnsWhenTheLastMessageWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setWith(func(*msg.LaneSettings) {})
		push(t, s, 1, 2)
		empty := make(chan bool)
		go func() { empty <- s.WaitEmpty(t.Context()) }()
		take(t, s)
		synctest.Wait()
		select {
		case <-empty:
			t.Fatal("WaitEmpty returned while a message waits")
		default:
		}
		take(t, s)
		if !<-empty {
			t.Error("got false, want true")
		}
	})
}

func TestPushAndTakeAllocateNothing(t *testing.T) {
	s := setWith(func(*msg.LaneSettings) {})
	m := &msg.Message{Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now()}
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := s.Push(m); err != nil {
			t.Fatal(err)
		}
		s.Take(time.Now())
	}); n != 0 {
		t.Errorf("got %v allocations for a message, want 0", n)
	}
}

func TestTakeSlotLeavesOutLanesWithoutPaceAndThoseThatAreBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := msg.DefaultLaneSettings()
		second.Pace.Interval = time.Second
		s := lane.New(lane.Options{Configured: map[string]msg.LaneSettings{"/a": second, "/b": second}, Wake: func() {}})
		for i, ns := range []string{"/free", "/a", "/b"} {
			if _, err := s.Push(&msg.Message{Seq: uint64(i), Namespace: ns, Event: "e", Accepted: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := s.TakeSlot(time.Now(), nil); ok {
			t.Error("got a message before its slot has come")
		}
		time.Sleep(time.Second)
		turn, ok := s.TakeSlot(time.Now(), []string{"/a"})
		if !ok || turn.Namespace != "/b" || turn.Period != time.Second {
			t.Errorf("got %+v, want that of /b", turn)
		}
		if _, ok := s.TakeSlot(time.Now(), []string{"/a"}); ok {
			t.Error("got a message, want none: /a is busy and /free has no slots")
		}
	})
}

func BenchmarkPushAndTake(b *testing.B) {
	s := setWith(func(*msg.LaneSettings) {})
	m := &msg.Message{Namespace: ns, Event: "e", Payload: []byte("1"), Accepted: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Push(m); err != nil {
			b.Fatal(err)
		}
		s.Take(time.Now())
	}
}

func TestResetTakesBackWhatWasChangedAndKeepsWhatWaits(t *testing.T) {
	s := lane.New(lane.Options{Wake: func() {}})
	push(t, s, 1, 3)
	interval := 10 * time.Millisecond
	if _, err := s.Patch(ns, msg.LanePatch{Interval: &interval}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Reset(ns, msg.DefaultLaneSettings(), false)
	if err != nil {
		t.Fatal(err)
	}
	if got.Settings != msg.DefaultLaneSettings() || got.Configured || got.Depth != 3 {
		t.Errorf("got %+v, want the defaults, nobody's configuration, and 3 messages waiting", got)
	}
	for want := uint64(1); want <= 3; want++ { // without a pace all are due
		if turn := take(t, s); turn.Seq != want {
			t.Errorf("took %d, want %d", turn.Seq, want)
		}
	}
	if _, err := s.Reset("/none", msg.DefaultLaneSettings(), false); !errors.Is(err, fault.NotFound) {
		t.Errorf("a lane that is not there: got %v, want NotFound", err)
	}
}
