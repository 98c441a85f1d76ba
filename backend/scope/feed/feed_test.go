package feed

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// gauge is a meter that says what the test told it to.
type gauge struct {
	counters msg.Counters
	second   msg.FrameSecond
}

func (g *gauge) Counters() msg.Counters  { return g.counters }
func (g *gauge) Latest() time.Time       { return g.second.Point.Time }
func (g *gauge) Second() msg.FrameSecond { return g.second }

// newFeed returns a feed over one lane, /a, each 10 ms.
func newFeed(g *gauge) *Feed {
	lane := msg.LaneState{Namespace: "/a", Depth: 4, Settings: msg.DefaultLaneSettings()}
	lane.Settings.Pace.Interval = 10 * time.Millisecond
	return New(Options{
		Late: msg.DefaultLateLimit(), Numbers: g,
		Lanes:   func() []msg.LaneState { return []msg.LaneState{lane} },
		Clients: func() (total, slow int) { return 7, 1 },
	})
}

// emitted returns the record of a punctual emit that happens now.
func emitted(seq uint64, event string) *msg.Record {
	now := time.Now()
	return &msg.Record{
		Message: &msg.Message{Seq: seq, Namespace: "/a", Event: event, Payload: fmt.Appendf(nil, `{"n":%d}`, seq), Accepted: now},
		Outcome: msg.Emitted, Due: now, At: now, Sockets: 2, Period: 10 * time.Millisecond,
	}
}

func open(t *testing.T, f *Feed, filter query.Filter) *Viewer {
	t.Helper()
	v, err := f.Open(query.View{Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func next(t *testing.T, v *Viewer) *msg.Frame {
	t.Helper()
	frame, err := v.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func seqs(rows []msg.Summary) []uint64 {
	out := []uint64{}
	for _, r := range rows {
		out = append(out, r.Seq)
	}
	return out
}

func TestAFrameSaysHowThingsStand(t *testing.T) {
	g := &gauge{counters: msg.Counters{Accepted: 5}, second: msg.FrameSecond{LateMinute: 1}}
	frame := next(t, open(t, newFeed(g), query.Filter{}))
	want := &msg.Frame{
		Time: frame.Time, Counters: g.counters, Clients: 7, Slow: 1,
		Lanes:  []msg.FrameLane{{Namespace: "/a", Depth: 4, Capacity: 5000, Period: 10 * time.Millisecond}},
		Rows:   []msg.Summary{},
		Second: &g.second,
	}
	if diff := cmp.Diff(want, frame); diff != "" {
		t.Errorf("first frame (-want +got):\n%s", diff)
	}
}

func TestARowIsTheRecordInShort(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	late := emitted(1, "tick")
	late.At = late.Due.Add(3 * time.Millisecond)
	dropped := emitted(2, "tick")
	dropped.Outcome, dropped.Reason, dropped.Sockets = msg.Dropped, msg.Oldest, 0
	direct := emitted(3, "answer")
	direct.To, direct.At = "socket", direct.Due.Add(time.Second)
	again := emitted(4, "tick")
	again.Origin.Door = msg.DoorReplay
	for _, r := range []*msg.Record{late, dropped, direct, again} {
		f.Observe(r)
	}
	want := []msg.Summary{
		{Seq: 1, Event: "tick", At: late.At, Sockets: 2, Lateness: 3 * time.Millisecond, Late: true, Outcome: msg.Emitted},
		{Seq: 2, Event: "tick", At: dropped.At, Outcome: msg.Dropped, Reason: msg.Oldest},
		{Seq: 3, Event: "answer", At: direct.At, Sockets: 2, Lateness: time.Second, Outcome: msg.Emitted, To: "socket"},
		{Seq: 4, Event: "tick", At: again.At, Previous: late.At, Sockets: 2, Lateness: again.Lateness(), Outcome: msg.Emitted, Replayed: true},
	}
	for i := range want {
		want[i].Namespace, want[i].Size, want[i].Preview = "/a", 7, fmt.Sprintf(`{"n":%d}`, i+1)
	}
	frame := next(t, v)
	if diff := cmp.Diff(want, frame.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := frame.Lanes[0].Lateness; len(got) != 2 || got[0] != 3*time.Millisecond {
		t.Errorf("got lane lateness %v, want those of the first record and of the last: the others have no place in the schedule", got)
	}
}

func TestARowSaysWhenItsStreamWasEmittedBefore(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Stream("", "tick")) // the others count all the same
	first, other, dropped, direct, second := emitted(1, "tick"), emitted(2, "tock"), emitted(3, "tick"), emitted(4, "tick"), emitted(5, "tick")
	dropped.Outcome, direct.To = msg.Dropped, "socket"
	elsewhere := emitted(6, "tick")
	elsewhere.Message.Namespace = "/b"
	for _, r := range []*msg.Record{first, other, dropped, direct, second, elsewhere, emitted(7, "tick")} {
		f.Observe(r)
	}
	got := map[uint64]time.Time{}
	for _, row := range next(t, v).Rows {
		got[row.Seq] = row.Previous
	}
	want := map[uint64]time.Time{1: {}, 3: {}, 4: {}, 5: first.At, 6: {}, 7: second.At}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("previous emits by seq (-want +got):\n%s", diff)
	}
}

func TestEmitsNobodySawAreNotTheOnesBefore(t *testing.T) {
	f := newFeed(&gauge{})
	first := open(t, f, query.Filter{})
	f.Observe(emitted(1, "tick"))
	first.Close()
	f.Observe(emitted(2, "tick"))
	v := open(t, f, query.Filter{})
	f.Observe(emitted(3, "tick"))
	if got := next(t, v).Rows[0].Previous; !got.IsZero() {
		t.Errorf("got an emit before at %v, want none known: no viewer was open", got)
	}
}

func TestStreamsBeyondTheMostAreForgottenAllAtOnce(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Stream("", "tick"))
	f.Observe(emitted(0, "tick"))
	for seq := range uint64(maxStreams) { // the last of them is one too many
		f.Observe(emitted(seq, fmt.Sprint("once", seq)))
	}
	f.Observe(emitted(1, "tick"))
	f.Observe(emitted(2, "tick"))
	rows := next(t, v).Rows
	if known := []bool{!rows[1].Previous.IsZero(), !rows[2].Previous.IsZero()}; known[0] || !known[1] {
		t.Errorf("the emits before are known: %v, want only that of the second", known)
	}
	if got := len(f.emits); got > maxStreams {
		t.Errorf("%d streams are remembered, want at most %d", got, maxStreams)
	}
}

func TestAPreviewIsCutAtACharacter(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	for _, payload := range []string{
		"", strings.Repeat("x", msg.PreviewBytes), strings.Repeat("x", 1000),
		"x" + strings.Repeat("é", 500), "xx" + strings.Repeat("€", 500), "x" + strings.Repeat("😀", 500),
	} {
		r := emitted(1, "tick")
		r.Payload = []byte(payload)
		f.Observe(r)
		rows := next(t, v).Rows
		got := rows[len(rows)-1].Preview
		if !strings.HasPrefix(payload, got) || !utf8.ValidString(got) || len(got) < min(len(payload), msg.PreviewBytes-utf8.UTFMax+1) || len(got) > msg.PreviewBytes {
			t.Errorf("payload %.8s…: got a preview of %d bytes, %q", payload, len(got), got)
		}
	}
}

func TestAFilterSelectsRowsButNotTiming(t *testing.T) {
	f := newFeed(&gauge{})
	ticks, alarms := open(t, f, query.Stream("", "tick")), open(t, f, query.Stream("", "alarm"))
	for seq, event := range []string{"tick", "alarm", "tick"} {
		f.Observe(emitted(uint64(seq), event))
	}
	for v, want := range map[*Viewer][]uint64{ticks: {0, 2}, alarms: {1}} {
		frame := next(t, v)
		if diff := cmp.Diff(want, seqs(frame.Rows)); diff != "" || frame.Matched != uint64(len(want)) {
			t.Errorf("matched %d, rows (-want +got):\n%s", frame.Matched, diff)
		}
		if got := len(frame.Lanes[0].Due); got != 3 {
			t.Errorf("%d emits in the lane, want all 3", got)
		}
	}
}

func TestAHighlightMarksRowsAndHidesNone(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	v.Query(query.View{Highlight: query.Stream("", "alarm")})
	for seq, event := range []string{"tick", "alarm", "tick"} {
		f.Observe(emitted(uint64(seq), event))
	}
	frame := next(t, v)
	if frame.Matched != 3 || frame.Hits != 1 || frame.Ended != 3 || len(frame.Rows) != 3 {
		t.Fatalf("got %d matched, %d hits of %d, %d rows; want 3, 1 of 3, 3", frame.Matched, frame.Hits, frame.Ended, len(frame.Rows))
	}
	for _, row := range frame.Rows {
		if want := row.Event == "alarm"; row.Hit != want {
			t.Errorf("row of event %s: got hit %v, want %v", row.Event, row.Hit, want)
		}
	}
}

func TestAHighlightMarksNothingThatTheQueryHides(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	v.Query(query.View{Filter: query.Stream("", "tick"), Highlight: query.Stream("/a", "")})
	f.Observe(emitted(1, "tick"))
	f.Observe(emitted(2, "alarm"))
	if frame := next(t, v); frame.Matched != 1 || frame.Hits != 1 {
		t.Errorf("got %d matched, %d hits; want 1, 1", frame.Matched, frame.Hits)
	}
}

func TestANewQueryHoldsFromTheNextRecordOn(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Stream("", "tick"))
	f.Observe(emitted(1, "tick"))
	f.Observe(emitted(2, "alarm"))
	v.Query(query.View{Number: 7, Filter: query.Stream("", "alarm")})
	f.Observe(emitted(3, "tick"))
	f.Observe(emitted(4, "alarm"))
	frame := next(t, v)
	if got := seqs(frame.Rows); frame.Query != 7 || frame.Matched != 1 || frame.Ended != 2 || len(got) != 1 || got[0] != 4 {
		t.Errorf("got query %d, %d matched of %d, rows %v; want 7, 1 of 2, [4]", frame.Query, frame.Matched, frame.Ended, got)
	}
	if got := len(frame.Lanes[0].Due); got != 4 {
		t.Errorf("%d emits in the lane, want all 4", got)
	}
}

func TestAViewerSeesNothingFromBeforeItWasOpened(t *testing.T) {
	f := newFeed(&gauge{})
	first := open(t, f, query.Filter{})
	f.Observe(emitted(1, "tick"))
	first.Close()
	second := open(t, f, query.Filter{}) // in the first one's place
	f.Observe(emitted(2, "tick"))
	frame := next(t, second)
	if got := seqs(frame.Rows); frame.Matched != 1 || len(got) != 1 || got[0] != 2 {
		t.Errorf("got %d matched, rows %v; want 1, [2]", frame.Matched, got)
	}
}

func TestWhatTheRingOverranIsLostButCounted(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	for seq := range uint64(ringSize + 100) {
		f.Observe(emitted(seq, "tick"))
	}
	frame := next(t, v)
	if frame.Lost != 100 || frame.Matched != ringSize+100 {
		t.Errorf("got %d lost, %d matched; want 100, %d", frame.Lost, frame.Matched, ringSize+100)
	}
	f.Observe(emitted(1, "tick"))
	if frame = next(t, v); frame.Lost != 0 || frame.Matched != 1 {
		t.Errorf("next frame: got %d lost, %d matched; want 0, 1", frame.Lost, frame.Matched)
	}
}

func TestTheViewerBeyondTheMostIsRefused(t *testing.T) {
	f := newFeed(&gauge{})
	var last *Viewer
	for range MaxViewers {
		last = open(t, f, query.Filter{})
	}
	if _, err := f.Open(query.View{}); !errors.Is(err, fault.TooMany) {
		t.Errorf("got error %v, want %v", err, fault.TooMany)
	}
	last.Close()
	open(t, f, query.Filter{})
}

func TestObserveDoesNotAllocate(t *testing.T) {
	for _, viewers := range []int{0, 5} {
		f := newFeed(&gauge{})
		var all []*Viewer
		for range viewers {
			all = append(all, open(t, f, query.Filter{}))
		}
		r := emitted(1, "tick")
		if got := testing.AllocsPerRun(1000, func() {
			for _, v := range all {
				v.cursor = f.head.Load()
				f.sleep(v) // to be woken
			}
			f.Observe(r)
		}); got != 0 {
			t.Errorf("%d viewers: %v allocations, want 0", viewers, got)
		}
	}
}

func TestCountsAreTrueBesideManyCallers(t *testing.T) {
	f := newFeed(&gauge{})
	steady, asking := open(t, f, query.Stream("", "tick")), open(t, f, query.Filter{})
	const callers, each = 3, 3000
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for seq := range uint64(each) {
				f.Observe(emitted(seq, []string{"tick", "alarm"}[seq%2]))
				if seq%500 == 0 {
					asking.Query(query.View{Filter: query.Stream("", "alarm")})
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	var matched, seen uint64
	for more := true; more; {
		select {
		case <-done:
			more = false
			f.Observe(emitted(0, "end")) // so that there is a frame at once
		default:
		}
		frame := next(t, steady)
		matched += frame.Matched
		seen += frame.Lost
		for _, r := range frame.Rows {
			if r.Event != "tick" {
				t.Fatalf("a row of event %s came through the filter", r.Event)
			}
		}
	}
	if want := uint64(callers * each / 2); matched != want {
		t.Errorf("%d matched in all frames, want %d (%d lost)", matched, want, seen)
	}
}
