package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// studied says what is in recordings without showing the messages, and keeps what people note.
type studied interface {
	Timeline(ctx context.Context, name string, from, to time.Time, steps int) (msg.Timeline, error)
	Compare(ctx context.Context, a, b msg.Span) (msg.SpanComparison, error)
	Bookmarks(ctx context.Context, name string) ([]msg.Bookmark, error)
	AddBookmark(ctx context.Context, name string, b msg.Bookmark) (msg.Bookmark, error)
	RemoveBookmark(ctx context.Context, name string, id int64) error
}

// timelineSteps is how many steps a timeline has when nobody says otherwise.
const timelineSteps = 400

// getTimeline tells how many messages a recording has, step by step.
func (d *Door) getTimeline(w http.ResponseWriter, r *http.Request) error {
	from, to, err := spanParams(r, "")
	if err != nil {
		return err
	}
	steps, err := countParam(r, "steps", timelineSteps, 1, msg.MaxTimelineSteps)
	if err != nil {
		return err
	}
	line, err := d.o.Recordings.Timeline(r.Context(), r.PathValue("name"), from, to, steps)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.TimelineOf(line))
	return nil
}

// spanParams reads from and to, which have a prefix where there are several.
func spanParams(r *http.Request, prefix string) (from, to time.Time, err error) {
	if from, err = timeParam(r, prefix+"from"); err != nil {
		return from, to, err
	}
	to, err = timeParam(r, prefix+"to")
	return from, to, err
}

// getBookmarks lists those of a recording.
func (d *Door) getBookmarks(w http.ResponseWriter, r *http.Request) error {
	all, err := d.o.Recordings.Bookmarks(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.BookmarksOf(all))
	return nil
}

// postBookmark keeps one.
func (d *Door) postBookmark(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewBookmark
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	b, err := body.Bookmark()
	if err != nil {
		return err
	}
	if b, err = d.o.Recordings.AddBookmark(r.Context(), r.PathValue("name"), b); err != nil {
		return err
	}
	return sendAs(w, http.StatusCreated, wire.BookmarkOf(b))
}

// deleteBookmark forgets one.
func (d *Door) deleteBookmark(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return badParam("id", r.PathValue("id")).WithHint("it is a number, as the list of bookmarks says it")
	}
	if err := d.o.Recordings.RemoveBookmark(r.Context(), r.PathValue("name"), id); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func docGetTimeline() *operation {
	return about("getTimeline", "recordings", "How many messages a recording has, step by step",
		"By stream, whatever became of the messages. Where steps would be a second or longer, they are whole seconds.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "from", "When the first step begins; absent: with the first message.", &schema{Type: "string", Format: "date-time"}, nil).
		param("query", "to", "When the last step ends; absent: behind the last message.", &schema{Type: "string", Format: "date-time"}, nil).
		param("query", "steps", "How many steps at most.", &schema{Type: "integer", Minimum: number(1), Maximum: number(msg.MaxTimelineSteps), Default: timelineSteps}, nil).
		givesJSON("The timeline.", ref[wire.Timeline](), wire.Timeline{
			From: "2026-01-02T15:04:05.000000000Z", To: "2026-01-02T15:04:08.000000000Z", StepUS: 1e6,
			Streams: []wire.TimelineStream{{Namespace: "/ws/rt_market", Event: "tick", Messages: 299, Counts: []uint32{100, 99, 100}}},
			Late:    []uint32{0, 1, 0}, Lost: []uint32{0, 0, 0},
		}).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}

func docGetBookmarks() *operation {
	return about("listBookmarks", "recordings", "The bookmarks of a recording", "By time.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		givesJSON("The bookmarks.", ref[wire.BookmarkList](), wire.BookmarkList{Bookmarks: []wire.Bookmark{exampleBookmark()}}).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}

func docPostBookmark() *operation {
	return about("addBookmark", "recordings", "Bookmark a moment of a recording", "It is kept in the recording's file, also while the recording runs.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		takes(jsonType, ref[wire.NewBookmark](), map[string]example{"a moment": {exampleBookmark().NewBookmark}}).
		gives(http.StatusCreated, "It is kept.", jsonType, ref[wire.Bookmark](), exampleBookmark()).
		failsWith(http.StatusBadRequest, msg.Bookmark{}.Check()).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "the recording has %d bookmarks, and more are not possible", msg.MaxBookmarks).
			WithCode("too_many_bookmarks").WithHint("delete some")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteBookmark() *operation {
	return about("removeBookmark", "recordings", "Forget a bookmark", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("path", "id", "As the list says it.", &schema{Type: "integer"}, 1).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording(), fault.Newf(fault.NotFound, "the recording has no bookmark %d", 1).WithCode("bookmark_not_found")).
		failsWith(http.StatusConflict, errDamaged())
}

func exampleBookmark() wire.Bookmark {
	return wire.Bookmark{ID: 1, NewBookmark: wire.NewBookmark{Time: "2026-01-02T15:04:06.120000000Z", Note: "here the feed stalls"}}
}
