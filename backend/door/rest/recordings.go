package rest

import (
	"context"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// recordings are what is kept of the messages on disk.
type recordings interface {
	List() ([]msg.Recording, error)
	Recording(name string) (msg.Recording, error)
	Start(n msg.NewRecording) (msg.Recording, error)
	Stop(name string) (msg.Recording, error)
	Remove(name string) error
	recorded
}

// recorded reads recordings. A page is the newest first by when messages ended; before 0
// means from the newest, and next 0 that there is no more. A walk is the oldest first.
type recorded interface {
	Page(ctx context.Context, name string, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error)
	Walk(ctx context.Context, name string, f query.Filter, see func(*msg.Record) bool) error
}

// getRecordings lists them.
func (d *Door) getRecordings(w http.ResponseWriter, r *http.Request) error {
	all, err := d.o.Recordings.List()
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.RecordingsOf(all))
	return nil
}

// getRecording tells what is known of one.
func (d *Door) getRecording(w http.ResponseWriter, r *http.Request) error {
	one, err := d.o.Recordings.Recording(r.PathValue("name"))
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.RecordingOf(one))
	return nil
}

// postRecording begins to record.
func (d *Door) postRecording(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewRecording
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	wanted, err := body.Recording()
	if err != nil {
		return err
	}
	one, err := d.o.Recordings.Start(wanted)
	if err != nil {
		return err
	}
	d.note(r, msg.RecordingStarted, one.Name)
	return sendAs(w, http.StatusCreated, wire.RecordingOf(one))
}

// postRecordingStop ends one that runs.
func (d *Door) postRecordingStop(w http.ResponseWriter, r *http.Request) error {
	one, err := d.o.Recordings.Stop(r.PathValue("name"))
	if err != nil {
		return err
	}
	d.note(r, msg.RecordingStopped, one.Name)
	d.sendJSON(w, r, wire.RecordingOf(one))
	return nil
}

// deleteRecording deletes one that has ended.
func (d *Door) deleteRecording(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if err := d.o.Recordings.Remove(name); err != nil {
		return err
	}
	d.note(r, msg.RecordingRemoved, name)
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// getRecorded returns a page of a recording.
func (d *Door) getRecorded(w http.ResponseWriter, r *http.Request) error {
	filter, err := query.Parse(r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	before, err := uintParam(r, "before")
	if err != nil {
		return err
	}
	limit, err := countParam(r, "limit", pageDefault, 1, pageMost)
	if err != nil {
		return err
	}
	found, next, err := d.o.Recordings.Page(r.Context(), r.PathValue("name"), filter, before, limit)
	if err != nil {
		return err
	}
	return sendPage(w, found, next, query.Filter{})
}

func docGetRecordings() *operation {
	return about("listRecordings", "recordings", "Every recording", "Newest first. One that cannot be read says why.").
		givesJSON("The recordings.", ref[wire.RecordingList](), wire.RecordingList{Recordings: []wire.Recording{exampleRecording()}}).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the folder of the recordings cannot be read: permission denied").WithCode("recording_file"))
}

func docGetRecording() *operation {
	return about("getRecording", "recordings", "One recording", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		givesJSON("The recording.", ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusNotFound, errNoRecording())
}

func docPostRecording() *operation {
	return about("startRecording", "recordings", "Begin to record",
		"From the answer on, whatever the query selects is written as it is emitted, dropped or received. It ends when it is stopped, after `for`, or by itself where the disk has no more room. "+
			"Recording never holds an emit up: what comes faster than it can be written is left out and counted in `dropped`.").
		takes(jsonType, ref[wire.NewRecording](), map[string]example{
			"everything":         {wire.NewRecording{Name: "Open of the market"}},
			"one stream for 10s": {wire.NewRecording{Name: "ten seconds", Query: "ns:/ws/rt_market event:tick", For: "10s"}},
		}).
		gives(http.StatusCreated, "It runs.", jsonType, ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusBadRequest, msg.CheckRecordingName("../keys")).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "there is a recording %q already", exampleRecording().Name).WithCode("recording_exists").
			WithHint("choose another name, or delete that one")).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "8 recordings run, and more are not possible").WithCode("too_many_recordings").WithHint("stop one")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docPostRecordingStop() *operation {
	return about("stopRecording", "recordings", "End a recording", "All that was emitted before is in it.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		givesJSON("It as it is now.", ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the recording %q has ended already", exampleRecording().Name).WithCode("recording_ended"))
}

func docDeleteRecording() *operation {
	return about("deleteRecording", "recordings", "Delete a recording", "One that runs must be stopped first.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		gives(http.StatusNoContent, "It is gone.", "", nil, nil).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the recording %q still runs", exampleRecording().Name).WithCode("recording_runs").WithHint("stop it first"))
}

func docGetRecorded() *operation {
	return about("getRecordedMessages", "recordings", "What was recorded, page by page",
		"The newest first by when messages were emitted, dropped or received. Also of a recording that runs: pages do not shift. "+
			"A page ends after 200,000 messages that were looked at, or 8 MiB, so it may be short; `before` goes on from there.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "q", "Only what this query selects.", &schema{Type: "string"}, "late>1ms OR outcome:dropped").
		param("query", "before", "Where the page begins: the `before` of the page before it.", &schema{Type: "integer", Minimum: number(0)}, nil).
		param("query", "limit", "At most so many.", &schema{Type: "integer", Minimum: number(1), Maximum: number(pageMost), Default: pageDefault}, nil).
		givesJSON("A page.", ref[wire.RecordedPage](), wire.RecordedPage{Messages: []wire.Message{exampleMessage()}, Before: 213_900}).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}

func errNoRecording() error {
	return fault.Newf(fault.NotFound, "there is no recording %q", exampleRecording().Name).WithCode("recording_not_found").
		WithHint("GET /api/v1/recordings lists them")
}

func errDamaged() error {
	return fault.Newf(fault.Conflict, "the recording %q is damaged", exampleRecording().Name).WithCode("recording_damaged").
		WithHint("a copy or a backup may be whole; sqlite3 FILE .recover saves what is left")
}

func exampleRecording() wire.Recording {
	return wire.Recording{
		Name: "Open of the market", State: "ended", Began: "2026-01-02T14:00:00.000000000Z", Ended: "2026-01-02T14:30:00.000000000Z",
		FirstTime: "2026-01-02T14:00:00.004000000Z", LastTime: "2026-01-02T14:29:59.994000000Z",
		Messages: 214_118, PayloadBytes: 42_823_600, FileBytes: 50_541_363,
	}
}
