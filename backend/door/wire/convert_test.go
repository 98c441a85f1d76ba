package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 500, time.UTC)

func TestTimeIsUTCWithNineDigits(t *testing.T) {
	east := time.FixedZone("east", 3600)
	for _, c := range []struct {
		in   time.Time
		want string
	}{
		{noon.In(east), "2026-01-02T12:00:00.000000500Z"},
		{noon.Truncate(time.Second), "2026-01-02T12:00:00.000000000Z"},
		{time.Time{}, ""},
	} {
		if got := wire.Time(c.in); got != c.want {
			t.Errorf("Time(%v): got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestListsOnTheWireAreNeverNull(t *testing.T) {
	for name, v := range map[string]any{
		"stats":   wire.StatsOf(msg.Stats{}, "1", 0, 0),
		"client":  wire.ClientOf(msg.ListedClient{}),
		"clients": wire.ClientListOf(msg.ClientPage{}),
		"history": wire.ClientHistoryOf(msg.Levels{}),
		"left":    wire.DeparturesOf(nil, 0),
		"frame":   wire.FrameOf(&msg.Frame{Lanes: []msg.FrameLane{{}}, Second: &msg.FrameSecond{}}),
		"points":  wire.PointsOf(nil),
		"spread":  wire.PointOf(msg.Point{Spread: &msg.Spread{}}),
		"stream":  wire.StreamPointsOf("", "1s", msg.StreamPoints{}),
		"sharing": wire.SharingOf(msg.Sharing{}),
	} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "null") {
			t.Errorf("%s: got %s, want no null", name, text)
		}
	}
}

func TestMessageOfKeepsWhatBecameOfIt(t *testing.T) {
	m := &msg.Message{Seq: 7, Namespace: "/ws", Event: "e", Payload: []byte(`{"a":1}`), Attachments: [][]byte{{1, 2}}, Accepted: noon}
	emitted := &msg.Record{Message: m, Outcome: msg.Emitted, Due: noon, At: noon.Add(18200 * time.Nanosecond), Sockets: 3}
	got := wire.MessageOf(emitted, true)
	if got.Lateness != "18.2µs" || got.EmittedTime != "2026-01-02T12:00:00.000018700Z" || got.Size != 9 || len(got.Attachments) != 1 {
		t.Errorf("emitted: got %+v", got)
	}
	dropped := &msg.Record{Message: m, Outcome: msg.Dropped, Reason: msg.Oldest, Due: noon, At: noon}
	got = wire.MessageOf(dropped, false)
	if got.Lateness != "" || got.EmittedTime != "" || got.Reason != "oldest" || got.Attachments != nil {
		t.Errorf("dropped: got %+v", got)
	}
}

func TestASpreadIsLeftOutOnlyWhereItIsNotKept(t *testing.T) {
	if got := wire.PointOf(msg.Point{}); got.Spread != nil {
		t.Errorf("not kept: got %+v, want none", got.Spread)
	}
	for _, in := range []msg.Spread{{}, {First: 13, Counts: []uint32{1, 0, 2}}} {
		want := &wire.Spread{First: in.First, Counts: append([]uint32{}, in.Counts...)}
		if diff := cmp.Diff(want, wire.PointOf(msg.Point{Spread: &in}).Spread); diff != "" {
			t.Errorf("spread (-want +got):\n%s", diff)
		}
	}
}

func TestFrameOfHasEachLanesPoint(t *testing.T) {
	second := &msg.FrameSecond{Point: msg.Point{Emitted: 3}, LanePoints: []msg.LanePoint{{Namespace: "/a", Point: msg.Point{Emitted: 2, Time: noon}}}}
	got := wire.FrameOf(&msg.Frame{Second: second}).Second
	want := []wire.LanePoint{{Namespace: "/a", Point: wire.Point{Time: wire.Time(noon), Emitted: 2}}}
	if diff := cmp.Diff(want, got.LanePoints); diff != "" || got.Point.Emitted != 3 {
		t.Errorf("all lanes: %+v; lanes (-want +got):\n%s", got.Point, diff)
	}
}

func TestAGapIsLeftOutOnlyWhereNobodyKnowsIt(t *testing.T) {
	got := wire.FrameOf(&msg.Frame{Rows: []msg.Summary{
		{At: noon}, {At: noon, Previous: noon}, {At: noon, Previous: noon.Add(-10500 * time.Microsecond)},
	}}).Messages
	if got[0].GapUS != nil || got[1].GapUS == nil || *got[1].GapUS != 0 || *got[2].GapUS != 10500 {
		t.Errorf("got %v, %v, %v; want none, 0, 10500", got[0].GapUS, got[1].GapUS, got[2].GapUS)
	}
}

func TestARowSaysThatItIsReplayed(t *testing.T) {
	got := wire.FrameOf(&msg.Frame{Rows: []msg.Summary{{At: noon}, {At: noon, Replayed: true}}}).Messages
	if got[0].Replayed || !got[1].Replayed {
		t.Errorf("got %v and %v, want the second alone", got[0].Replayed, got[1].Replayed)
	}
}

func TestStreamPointsKeepTheirOrder(t *testing.T) {
	got := wire.StreamPointsOf("/a", "10s", msg.StreamPoints{
		Times:   []time.Time{noon, noon.Add(10 * time.Second)},
		Loudest: []msg.StreamCounts{{Namespace: "/a", Event: "loud", Counts: []uint32{5, 0}}, {Namespace: "/a", Event: "soft", Counts: []uint32{0, 1}}},
		Others:  []uint32{0, 2},
	})
	want := wire.StreamPointList{
		Namespace: "/a", Step: "10s", Times: []string{"2026-01-02T12:00:00.000000500Z", "2026-01-02T12:00:10.000000500Z"},
		Streams: []wire.StreamPoints{{Namespace: "/a", Event: "loud", Counts: []uint32{5, 0}}, {Namespace: "/a", Event: "soft", Counts: []uint32{0, 1}}},
		Others:  []uint32{0, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestFrameOfCountsBackFromItsTime(t *testing.T) {
	f := wire.FrameOf(&msg.Frame{Time: noon, Lanes: []msg.FrameLane{{
		Period: 10 * time.Millisecond, Due: []time.Time{noon.Add(-20 * time.Millisecond)},
		Lateness: []time.Duration{1500 * time.Nanosecond}, Missed: []time.Time{noon.Add(-10 * time.Millisecond)},
	}}})
	want := wire.FeedLane{PeriodUS: 10000, AgoUS: []int64{20000}, LateUS: []int64{1}, MissedUS: []int64{10000}}
	if diff := cmp.Diff(want, f.Lanes[0]); diff != "" {
		t.Errorf("lane (-want +got):\n%s", diff)
	}
}

func TestLaneSettingsComeBackFromTheWireAsTheyWent(t *testing.T) {
	want := msg.LaneSettings{Pace: msg.Pace{Interval: 12500 * time.Microsecond}, CatchUp: msg.Burst, Capacity: 9, MaxBytes: 2 << 20, Full: msg.Latest, Key: "/k", Relay: true}
	l := wire.LaneOf(msg.LaneState{Namespace: "/ws", Settings: want})
	if l.Interval != "12.5ms" {
		t.Errorf("interval: got %q, want 12.5ms", l.Interval)
	}
	p, err := wire.LanePatch{Interval: &l.Interval, CatchUp: &l.CatchUp, Capacity: &l.Capacity, MaxBytes: &l.MaxBytes, Full: &l.Full, Key: &l.Key, Relay: &l.Relay}.Patch()
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Apply(msg.DefaultLaneSettings())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestARuleComesBackFromTheWireAsItWent(t *testing.T) {
	want := msg.Rule{
		Name: "r", Namespace: "/a", Event: "e", Query: "size>1", Act: msg.RuleBroadcasts, Reply: "back", Data: "1",
		Last: 2, LastOf: "tick", Rooms: []string{"x"}, Delay: 1500 * time.Millisecond, Probability: 0.25,
	}
	got, err := wire.NewRuleOf(want).Rule("r")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPatchRefusesAnIntervalWithoutUnit(t *testing.T) {
	interval := "10"
	_, err := wire.LanePatch{Interval: &interval}.Patch()
	if f := fault.From(err); f == nil || f.Code != "invalid_setting" || !strings.Contains(f.Hint, "ms") {
		t.Errorf("got %v, want invalid_setting with a hint", err)
	}
}

func TestADurationThatIsNoneIsRefusedByTheNameOfItsField(t *testing.T) {
	soon := "soon"
	_, lane := wire.LanePatch{Interval: &soon}.Patch()
	_, experiment := wire.NewExperiment{Warmup: &soon}.Plan()
	_, faults := wire.NewFaults{StallEvery: soon}.Settings()
	_, rule := wire.NewRule{Delay: soon}.Rule("a")
	_, alert := wire.NewAlert{When: "queue", ClearHold: soon}.Alert("a")
	for field, err := range map[string]error{"interval": lane, "warmup": experiment, "stall_every": faults, "delay": rule, "clear_hold": alert} {
		e := wire.ErrorOf(err)
		if e.Field != field || e.Message != field+` "soon" is not a duration` || e.Hint == "" || e.Code == string(fault.Invalid) {
			t.Errorf("%s: got %+v", field, e)
		}
	}
}

func TestErrorOfHidesWhatNobodyExplained(t *testing.T) {
	got := wire.ErrorOf(errors.New("open /secret: permission denied"))
	if got.Code != "internal" || strings.Contains(got.Message, "secret") {
		t.Errorf("got %+v, want internal without details", got)
	}
}
