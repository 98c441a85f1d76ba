package rest

import (
	"context"
	"io"
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
	Import(name string, fill func(add func(*msg.Record) error) error) (msg.Recording, error)
	ImportFile(ctx context.Context, name string, from io.Reader) (msg.Recording, error)
	Rename(name, wanted string) (msg.Recording, error)
	flight
	recorded
	studied
}

// flight is what always has the last minutes.
type flight interface {
	Flight() msg.Flight
	KeepFlight(ctx context.Context, n msg.KeepFlight) (msg.Recording, error)
}

// recorded reads recordings. A page is the newest first by when messages ended, a walk
// the oldest first. A copy is a file of its own.
type recorded interface {
	Page(ctx context.Context, name string, f query.Filter, from msg.PageFrom) (msg.RecordedPage, error)
	One(ctx context.Context, name string, seq uint64) (*msg.Record, error)
	Walk(ctx context.Context, name string, f query.Filter, see func(*msg.Record) bool) error
	Copy(ctx context.Context, name string, f query.Filter, to io.Writer) error
}

// getRecordings lists them.
func (d *Door) getRecordings(w http.ResponseWriter, r *http.Request) error {
	all, err := d.o.Recordings.List()
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.RecordingsOf(all, d.o.MaxRecordingBytes, d.o.Recordings.Flight()))
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

// patchRecording renames one that has ended.
func (d *Door) patchRecording(w http.ResponseWriter, r *http.Request) error {
	var body wire.RecordingPatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	name := r.PathValue("name")
	one, err := d.o.Recordings.Recording(name)
	if err != nil {
		return err
	}
	if body.Name != nil && *body.Name != name {
		if one, err = d.o.Recordings.Rename(name, *body.Name); err != nil {
			return err
		}
		d.o.Audit.Note(msg.Act{Kind: msg.RecordingRenamed, By: msg.CallerOf(r.Context()), Door: msg.DoorREST, Subject: name, Detail: one.Name})
	}
	d.sendJSON(w, r, wire.RecordingOf(one))
	return nil
}

// postFlight makes a recording of what the flight recorder has.
func (d *Door) postFlight(w http.ResponseWriter, r *http.Request) error {
	var body wire.KeepFlight
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	wanted, err := body.Flight()
	if err != nil {
		return err
	}
	one, err := d.o.Recordings.KeepFlight(r.Context(), wanted)
	if err != nil {
		return err
	}
	d.note(r, msg.FlightKept, one.Name)
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
	var from msg.PageFrom
	if from.Before, err = uintParam(r, "before"); err != nil {
		return err
	}
	if from.At, err = timeParam(r, "at"); err != nil {
		return err
	}
	if from.Limit, err = countParam(r, "limit", pageDefault, 1, pageMost); err != nil {
		return err
	}
	page, err := d.o.Recordings.Page(r.Context(), r.PathValue("name"), filter, from)
	if err != nil {
		return err
	}
	return sendPage(w, page.Records, wire.RecordedPage{Before: page.Next, LookedTo: wire.Time(page.LookedTo), Looked: page.Looked}, query.Filter{})
}

// getRecordedOne returns one message of a recording, whole.
func (d *Door) getRecordedOne(w http.ResponseWriter, r *http.Request) error {
	seq, attachments, err := messageAsked(r)
	if err != nil {
		return err
	}
	rec, err := d.o.Recordings.One(r.Context(), r.PathValue("name"), seq)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.MessageOf(rec, attachments))
	return nil
}

func docGetRecordings() *operation {
	return about("listRecordings", "recordings", "Every recording", "Newest first. One that cannot be read says why.").
		givesJSON("The recordings.", ref[wire.RecordingList](), wire.RecordingList{
			Recordings: []wire.Recording{exampleRecording()}, FileBytes: exampleRecording().FileBytes, MaxBytes: 10 << 30, Flight: exampleFlight(),
		}).
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

func docPatchRecording() *operation {
	return about("renameRecording", "recordings", "Rename a recording", "And its file. One that runs must be stopped first.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		takes(jsonType, ref[wire.RecordingPatch](), map[string]example{"another name": {wire.RecordingPatch{Name: &[]string{"Open, first half hour"}[0]}}}).
		givesJSON("It as it is now.", ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusBadRequest, msg.CheckRecordingName("../keys")).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the recording %q still runs", exampleRecording().Name).WithCode("recording_runs").WithHint("stop it first")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docPostFlight() *operation {
	return about("keepFlight", "recordings", "Keep what has just been",
		"Makes a recording of what the flight recorder has, which always has the last minutes. It has ended, and is there as a whole or not at all; the flight recorder goes on.").
		takes(jsonType, ref[wire.KeepFlight](), map[string]example{
			"all of it":                 {wire.KeepFlight{}},
			"one stream's last minutes": {wire.KeepFlight{Name: "what was that", Last: "2m", Query: "ns:/ws/rt_market event:tick"}},
		}).
		gives(http.StatusCreated, "The recording.", jsonType, ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusBadRequest, msg.CheckRecordingName("../keys")).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the flight recorder is off").WithCode("flight_off").
			WithHint(`the setting recordings.flight switches it on: "disk" or "memory"; to record from now on needs none`)).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
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
			"A page ends after half a second or 8 MiB, so it may be short, or empty; `before` goes on from there, and `looked` says how far it is. "+
			"What only asks for namespaces, events, numbers and times is found without looking at all messages.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "q", "Only what this query selects.", &schema{Type: "string"}, "late>1ms OR outcome:dropped").
		param("query", "before", "Where the page begins: the `before` of the page before it.", &schema{Type: "integer", Minimum: number(0)}, nil).
		param("query", "at", "Begin with the newest up to this moment, RFC 3339.", &schema{Type: "string", Format: "date-time"}, nil).
		param("query", "limit", "At most so many.", &schema{Type: "integer", Minimum: number(1), Maximum: number(pageMost), Default: pageDefault}, nil).
		givesJSON("A page.", ref[wire.RecordedPage](), wire.RecordedPage{
			Messages: []wire.Message{exampleMessage()}, Before: 213_900, LookedTo: "2026-01-02T14:29:57.774000000Z", Looked: 0.001,
		}).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}

func docGetRecordedOne() *operation {
	return about("getRecordedMessage", "recordings", "One message of a recording", "Of several with one number, such as one that was sent twice on purpose, the newest.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("path", "seq", "Number of the message.", &schema{Type: "integer"}, exampleMessage().Seq).
		param("query", "attachments", "Its binary attachments, too.", &schema{Type: "string", Enum: []string{"base64"}}, nil).
		givesJSON("The message.", ref[wire.Message](), exampleMessage()).
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
		Messages: 214_118, PayloadBytes: 42_823_600, FileBytes: 50_541_363, LateFloorUS: 500, LateShare: 0.05,
	}
}

func exampleFlight() wire.Flight {
	return wire.Flight{
		State: "recording", Where: "disk", FirstTime: "2026-01-02T15:04:05.000000000Z", Messages: 60_000, FileBytes: 21_400_000, MaxAge: "10m0s", MaxBytes: 256 << 20,
	}
}
