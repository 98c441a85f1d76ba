package rest_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func (d *drawer) Timeline(_ context.Context, name string, from, _ time.Time, steps int) (msg.Timeline, error) {
	if _, err := d.Recording(name); err != nil {
		return msg.Timeline{}, err
	}
	counts := make([]uint32, steps)
	return msg.Timeline{
		From: from, Step: time.Millisecond, Streams: []msg.TimelineStream{{Namespace: "/m", Event: "tick", Messages: 0, Counts: counts}}, Late: counts, Lost: counts,
	}, nil
}

// Compare has the spans that were asked for in its answer.
func (d *drawer) Compare(_ context.Context, a, b msg.Span) (msg.SpanComparison, error) {
	_, err := d.Recording(b.Recording)
	return msg.SpanComparison{A: msg.SpanFigures{Span: a}, B: msg.SpanFigures{Span: b}}, err
}

func (d *drawer) Bookmarks(_ context.Context, name string) ([]msg.Bookmark, error) {
	_, err := d.Recording(name)
	return d.bookmarks, err
}

func (d *drawer) AddBookmark(_ context.Context, name string, b msg.Bookmark) (msg.Bookmark, error) {
	b.ID = int64(len(d.bookmarks)) + 1
	d.bookmarks = append(d.bookmarks, b)
	_, err := d.Recording(name)
	return b, err
}

func (d *drawer) RemoveBookmark(_ context.Context, _ string, id int64) error {
	before := len(d.bookmarks)
	d.bookmarks = slices.DeleteFunc(d.bookmarks, func(b msg.Bookmark) bool { return b.ID == id })
	if len(d.bookmarks) == before {
		return fault.Newf(fault.NotFound, "the recording has no bookmark %d", id).WithCode("bookmark_not_found")
	}
	return nil
}

func TestATimelineHasAsManyStepsAsWereAskedFor(t *testing.T) {
	h := startRecorded(t)
	got := decode[wire.Timeline](t, h.get(recordingPath+"/timeline?from=2026-01-02T15:04:05.5Z&steps=3"), http.StatusOK)
	want := wire.Timeline{
		From: "2026-01-02T15:04:05.500000000Z", To: "2026-01-02T15:04:05.503000000Z", StepUS: 1000,
		Streams: []wire.TimelineStream{{Namespace: "/m", Event: "tick", Counts: []uint32{0, 0, 0}}}, Late: []uint32{0, 0, 0}, Lost: []uint32{0, 0, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := decode[wire.Timeline](t, h.get(recordingPath+"/timeline"), http.StatusOK); len(got.Late) != 400 {
		t.Errorf("got %d steps, want 400 when nobody says", len(got.Late))
	}
	for _, bad := range []string{"from=yesterday", "to=2026", "steps=0", "steps=4001", "steps=x"} {
		wantError(t, h.get(recordingPath+"/timeline?"+bad), http.StatusBadRequest, "invalid_parameter")
	}
	wantError(t, h.get("/api/v1/recordings/none/timeline"), http.StatusNotFound, "recording_not_found")
}

func TestBookmarksAreAddedListedAndRemoved(t *testing.T) {
	h := startRecorded(t)
	want := wire.Bookmark{ID: 1, NewBookmark: wire.NewBookmark{Time: "2026-01-02T15:04:06.120000000Z", Note: "here"}}
	if got := decode[wire.Bookmark](t, h.ask(http.MethodPost, recordingPath+"/bookmarks", `{"time":"2026-01-02T16:04:06.12+01:00","note":"here"}`), http.StatusCreated); got != want {
		t.Errorf("added: got %+v, want %+v", got, want)
	}
	if diff := cmp.Diff([]wire.Bookmark{want}, decode[wire.BookmarkList](t, h.get(recordingPath+"/bookmarks"), http.StatusOK).Bookmarks); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	wantError(t, h.ask(http.MethodPost, recordingPath+"/bookmarks", `{"time":"noon"}`), http.StatusBadRequest, "invalid_bookmark")
	wantError(t, h.do(http.MethodDelete, recordingPath+"/bookmarks/x", nil), http.StatusBadRequest, "invalid_parameter")
	if a := h.do(http.MethodDelete, recordingPath+"/bookmarks/1", nil); a.status != http.StatusNoContent {
		t.Errorf("removed: got %d %s", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, recordingPath+"/bookmarks/1", nil), http.StatusNotFound, "bookmark_not_found")
	if got := h.get(recordingPath + "/bookmarks"); got.body != "{\"bookmarks\":[]}\n" {
		t.Errorf("afterwards: got %s", got.body)
	}
}

func TestAComparisonIsOfWhatWasAskedFor(t *testing.T) {
	h := startRecorded(t)
	get := func(query string) wire.SpanComparison {
		t.Helper()
		return decode[wire.SpanComparison](t, h.get("/api/v1/comparison?"+query), http.StatusOK)
	}
	const name = "Open%20of%20the%20market"
	got := get("a=" + name + "&a_from=2026-01-02T15:04:05Z&a_to=2026-01-02T15:05:05Z&b_from=2026-01-02T15:06:05Z&namespace=/m&event=tick")
	if a := got.A; a.Recording != "Open of the market" || a.Namespace != "/m" || a.Event != "tick" || a.From != "2026-01-02T15:04:05.000000000Z" || a.To != "2026-01-02T15:05:05.000000000Z" {
		t.Errorf("a: got %+v", a)
	}
	if b := got.B; b.Recording != "Open of the market" || b.Namespace != "/m" || b.Event != "tick" || b.From != "2026-01-02T15:06:05.000000000Z" || b.To != "" {
		t.Errorf("b: got %+v", b)
	}
	if b := get("a=" + name + "&namespace=/m&b_namespace=/n&b_event=x").B; b.Namespace != "/n" || b.Event != "x" {
		t.Errorf("another one: got %+v", b)
	}
	wantError(t, h.get("/api/v1/comparison"), http.StatusBadRequest, "invalid_parameter")
	wantError(t, h.get("/api/v1/comparison?a="+name+"&b_to=x"), http.StatusBadRequest, "invalid_parameter")
	wantError(t, h.get("/api/v1/comparison?a="+name+"&b=none"), http.StatusNotFound, "recording_not_found")
}
