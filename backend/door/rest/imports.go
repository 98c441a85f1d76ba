package rest

import (
	"bufio"
	"cmp"
	"math"
	"mime"
	"net/http"
	"strings"
	"time"

	"emitscope/backend/door/files"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// postImport makes a recording of a file, whole or not at all.
func (d *Door) postImport(w http.ResponseWriter, r *http.Request) error {
	one, err := d.importBody(w, r)
	if err != nil {
		return err
	}
	d.note(r, msg.RecordingImported, one.Name)
	return sendAs(w, http.StatusCreated, wire.RecordingOf(one))
}

// importBody reads the file as it comes. How large it may be, the disk says.
func (d *Door) importBody(w http.ResponseWriter, r *http.Request) (msg.Recording, error) {
	q := r.URL.Query()
	name := q.Get("name")
	if err := msg.CheckRecordingName(name); err != nil {
		return msg.Recording{}, err
	}
	if err := checkFileType(r); err != nil {
		return msg.Recording{}, err
	}
	from := files.From{Format: q.Get("format"), Namespace: q.Get("namespace"), Event: q.Get("event"), Now: time.Now()}
	switch from.Format {
	case "", files.NDJSON, files.CSV, files.Own:
	default:
		return msg.Recording{}, badParam("format", from.Format).WithHint("it is %s, %s or %s; without it, the content tells", files.NDJSON, files.CSV, files.Own)
	}
	body, err := d.openBody(w, r, math.MaxInt64/2)
	if err != nil {
		return msg.Recording{}, err
	}
	defer body.close(w)
	in := bufio.NewReaderSize(body, 64<<10)
	if from.Format == "" {
		if from.Format, err = files.Detect(in, from.Event); err != nil {
			return msg.Recording{}, err
		}
	}
	if from.Format == files.Own {
		if cmp.Or(from.Event, from.Namespace) != "" {
			return msg.Recording{}, badParam("event", from.Event).WithHint("event and namespace are for files of something else than Emitscope")
		}
		return d.o.Recordings.ImportFile(r.Context(), name, in)
	}
	return d.o.Recordings.Import(name, func(add func(*msg.Record) error) error { return files.Read(in, from, add) })
}

// checkFileType asks for a type that a page of another origin may not send without
// asking first; which one it is, the content says better.
func checkFileType(r *http.Request) error {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return unsupported("Content-Encoding", enc).WithHint("send the file as it is")
	}
	header := r.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(header)
	if err == nil {
		switch kind {
		case binaryType, linesType, "text/csv", "application/vnd.sqlite3", "application/json":
			return nil
		}
	}
	return unsupported("Content-Type", header).
		WithHint("send the header Content-Type: " + binaryType + " (curl: -H 'Content-Type: " + binaryType + "' --data-binary @FILE)")
}

const binaryType = "application/octet-stream"

func docPostImport() *operation {
	wrong := fault.Newf(fault.Invalid, `line 17: it has no "event"`).WithCode("invalid_import").WithField("event").
		WithHint(`a message is {"event":"NAME","data":ANYTHING}; event=NAME takes each line as the data of such an event`)
	o := about("importRecording", "recordings", "Make a recording of a file",
		"Of what was exported as ndjson, csv or emitscope: equal to what it was. Or of any NDJSON with `event` and `data`, and with `event=` any JSON a line and any table with a head. "+
			"When such a message was made, its `time` or `timestamp` says: RFC 3339, or a number since 1970 in s, ms, µs or ns. "+
			"It is there as a whole or not at all. How large a file may be, `recordings.min_free` and `recordings.max_bytes` say.").
		required("query", "name", "Of the recording.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "format", "Absent: the content tells.", &schema{Type: "string", Enum: []string{files.NDJSON, files.CSV, files.Own}}, nil).
		param("query", "event", "Each line, or row, is the data of an event with this name.", &schema{Type: "string"}, nil).
		param("query", "namespace", "Of messages that name none.", &schema{Type: "string", Default: msg.DefaultNamespace}, nil)
	for _, kind := range []string{binaryType, linesType, "text/csv", "application/vnd.sqlite3"} {
		o.takes(kind, nil, nil)
	}
	return o.gives(http.StatusCreated, "It is there.", jsonType, ref[wire.Recording](), exampleRecording()).
		failsWith(http.StatusBadRequest, wrong).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "there is a recording %q already", exampleRecording().Name).WithCode("recording_exists").
			WithHint("choose another name, or delete that one")).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "4 recordings are being imported, and more are not possible at once").
			WithCode("too_many_imports").WithHint("wait until one is done")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}
