package tape_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

// moved is a message of another stream, or with another end.
func moved(rec *msg.Record, change func(*msg.Record)) *msg.Record {
	change(rec)
	return rec
}

// lateBy has tick seq leave so much after it was due.
func lateBy(seq uint64, late time.Duration) *msg.Record {
	return moved(tick(seq), func(r *msg.Record) { r.At = r.Due.Add(late) })
}

// played is a deck with a recording of 3 s of ticks: 300, of which two were late and
// one was dropped, and beside each hundredth a quote.
func played(t *testing.T) deck {
	d := newDeck(t, func(o *tape.Options) { o.Late = msg.DefaultLateLimit() })
	d.start("one", "")
	for seq := range uint64(300) {
		rec := tick(seq)
		switch seq {
		case 10, 250:
			rec = lateBy(seq, 4*time.Millisecond)
		case 20:
			rec.Outcome, rec.Reason, rec.Due = msg.Dropped, msg.Oldest, time.Time{}
		}
		d.Observe(rec)
		if seq%100 == 0 {
			d.Observe(moved(tick(seq), func(r *msg.Record) { r.Event = "quote" }))
		}
	}
	return d
}

func (d deck) timeline(from, to time.Time, steps int) msg.Timeline {
	d.t.Helper()
	line, err := d.Timeline(context.Background(), "one", from, to, steps)
	if err != nil {
		d.t.Fatal(err)
	}
	return line
}

func TestARecordingSaysFromWhenOnItsEmitsAreLate(t *testing.T) {
	d := played(t)
	d.stop("one")
	elsewhere := optionsAt(d.folder)
	elsewhere.Late = msg.LateLimit{Floor: time.Second}
	got, err := tape.New(elsewhere).Recording("one")
	if err != nil || got.Late != msg.DefaultLateLimit() {
		t.Errorf("got %+v, %v; want that of the hub that made it", got.Late, err)
	}
}

func TestATimelineCountsEachStreamStepByStep(t *testing.T) {
	d := played(t)
	for _, running := range []bool{true, false} {
		if running {
			tape.Write(d.Tape, time.Now())
		} else {
			d.stop("one")
		}
		got := d.timeline(epoch, epoch.Add(3*time.Second), 6)
		want := msg.Timeline{
			From: epoch, Step: 500 * time.Millisecond,
			Streams: []msg.TimelineStream{
				{Namespace: "/ws/rt_market", Event: "tick", Messages: 300, Counts: []uint32{50, 50, 50, 50, 50, 50}},
				{Namespace: "/ws/rt_market", Event: "quote", Messages: 3, Counts: []uint32{1, 0, 1, 0, 1, 0}},
			},
			Late: []uint32{1, 0, 0, 0, 0, 1}, Lost: []uint32{1, 0, 0, 0, 0, 0},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("running %v (-want +got):\n%s", running, diff)
		}
	}
}

func TestATimelineOfSecondsBeginsWithASecond(t *testing.T) {
	d := played(t)
	d.stop("one")
	got := d.timeline(epoch, epoch.Add(4*time.Second), 2) // epoch is 123 ms after a second
	if got.Step != 2*time.Second || !got.From.Equal(epoch.Truncate(time.Second)) || len(got.Late) != 3 {
		t.Errorf("got steps of %v from %v, %d of them", got.Step, got.From, len(got.Late))
	}
	var sum uint32
	for _, n := range got.Streams[0].Counts {
		sum += n
	}
	if sum != 300 || got.Streams[0].Messages != 300 || got.Late[0] != 1 || got.Late[1] != 1 {
		t.Errorf("got %d messages and late %v, want all 300 and two late", sum, got.Late)
	}
}

// Whatever the steps, each message is counted once: by the second as one by one.
func TestAllTimelinesOfARecordingCountTheSame(t *testing.T) {
	d := played(t)
	d.stop("one")
	for _, steps := range []int{1, 2, 3, 7, 100, msg.MaxTimelineSteps} {
		got := d.timeline(time.Time{}, time.Time{}, steps)
		var late, lost uint32
		for i := range got.Late {
			late, lost = late+got.Late[i], lost+got.Lost[i]
		}
		if got.Streams[0].Messages != 300 || got.Streams[1].Messages != 3 || late != 2 || lost != 1 {
			t.Errorf("%d steps: got %d and %d messages, %d late, %d lost", steps, got.Streams[0].Messages, got.Streams[1].Messages, late, lost)
		}
		if len(got.Late) > steps+1 {
			t.Errorf("%d steps: got %d", steps, len(got.Late))
		}
	}
}

func TestATimelineTellsTheLoudestStreamsAndTheRestTogether(t *testing.T) {
	d := newDeck(t)
	d.start("one", "")
	const streams = msg.MaxTimelineStreams + 3
	for s := range streams {
		for range streams - s {
			d.Observe(moved(tick(1), func(r *msg.Record) { r.Event = fmt.Sprint(s) }))
		}
	}
	d.stop("one")
	got := d.timeline(time.Time{}, time.Time{}, 1)
	if len(got.Streams) != msg.MaxTimelineStreams || got.Streams[0].Event != "0" || !slices.Equal(got.Others, []uint32{3 + 2 + 1}) {
		t.Errorf("got %d streams, first %q, others %v", len(got.Streams), got.Streams[0].Event, got.Others)
	}
}

func TestATimelineOfNothingIsEmpty(t *testing.T) {
	d := newDeck(t)
	d.start("one", "")
	if got := d.timeline(time.Time{}, time.Time{}, 10); len(got.Late) != 0 || len(got.Streams) != 0 {
		t.Errorf("of no message: got %+v", got)
	}
	d.Observe(tick(1))
	d.stop("one")
	if got := d.timeline(epoch.Add(time.Hour), epoch, 10); len(got.Late) != 0 {
		t.Errorf("backwards: got %+v", got)
	}
	_, err := d.Timeline(t.Context(), "one", epoch, epoch.Add(1), 0)
	wantCode(t, err, fault.Invalid, "invalid_parameter")
	_, err = d.Timeline(t.Context(), "none", epoch, epoch.Add(1), 1)
	wantCode(t, err, fault.NotFound, "recording_not_found")
}

func TestBookmarksAreKeptInTheFile(t *testing.T) {
	d := played(t)
	add := func(at time.Time, note string) msg.Bookmark {
		t.Helper()
		b, err := d.AddBookmark(t.Context(), "one", msg.Bookmark{Time: at, Note: note})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	second := add(epoch.Add(2*time.Second), "later") // while it runs
	d.Observe(tick(301))
	d.stop("one")
	first := add(epoch.Add(time.Second), "")
	if left := filesIn(t, d.folder); len(left) != 1 {
		t.Errorf("got %v, want one file and nothing beside it", left)
	}
	want := []msg.Bookmark{first, second}
	again := tape.New(optionsAt(d.folder))
	got, err := again.Bookmarks(t.Context(), "one")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", diff, err)
	}
	if err := again.RemoveBookmark(t.Context(), "one", second.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, again.RemoveBookmark(t.Context(), "one", second.ID), fault.NotFound, "bookmark_not_found")
	if b := add(epoch, "new"); b.ID == second.ID {
		t.Errorf("got the id %d of one that was deleted", b.ID)
	}
	if got := len(d.all("one", "")); got != 304 {
		t.Errorf("the recording has %d messages, want all 304", got)
	}
}

func TestBadBookmarksAreRefused(t *testing.T) {
	d := played(t)
	_, err := d.AddBookmark(t.Context(), "one", msg.Bookmark{})
	wantCode(t, err, fault.Invalid, "invalid_bookmark")
	_, err = d.AddBookmark(t.Context(), "none", msg.Bookmark{Time: epoch})
	wantCode(t, err, fault.NotFound, "recording_not_found")
	for range msg.MaxBookmarks {
		if _, err = d.AddBookmark(t.Context(), "one", msg.Bookmark{Time: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.AddBookmark(t.Context(), "one", msg.Bookmark{Time: epoch})
	wantCode(t, err, fault.TooMany, "too_many_bookmarks")
}
