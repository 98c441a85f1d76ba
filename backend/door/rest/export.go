package rest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// maxColumns bounds what is looked up in each message of a table.
const maxColumns = 100

// getExport sends all that a query selects of a recording, as it is read: no more than
// one message is held. Where it breaks off, the connection does too, so that nobody
// takes it for the whole.
func (d *Door) getExport(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	filter, err := query.Parse(q.Get("q"))
	if err != nil {
		return err
	}
	name, format := r.PathValue("name"), cmp.Or(q.Get("format"), "ndjson")
	columns, err := columnsOf(q.Get("columns"))
	switch {
	case err != nil:
		return err
	case format != "ndjson" && format != "csv":
		return badParam("format", format).WithHint("it is ndjson or csv")
	case format != "csv" && q.Has("columns"):
		return badParam("columns", q.Get("columns")).WithHint("they are for format=csv")
	}
	if _, err := d.o.Recordings.Recording(name); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+"."+format))
	h.Set("Content-Type", linesType)
	if format == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8")
	}
	if r.Method == http.MethodHead {
		return nil
	}
	to := newLines(w, r.Context().Done())
	defer to.end()
	out := bufio.NewWriterSize(to, 32<<10)
	lines := jsonTo(out)
	write := func(rec *msg.Record) error { return lines.Encode(wire.MessageOf(rec, true)) }
	if format == "csv" {
		write = tableTo(out, columns)
	}
	begun := false
	var failed error // of writing: nobody is there to be told
	err = d.o.Recordings.Walk(r.Context(), name, filter, func(rec *msg.Record) bool {
		begun = true
		failed = write(rec)
		return failed == nil
	})
	if err != nil && !begun {
		for _, name := range []string{"Content-Disposition", "Content-Type"} {
			h.Del(name)
		}
		return err
	}
	if err != nil && r.Context().Err() == nil {
		d.o.Log.Warn("Export broke off", "recording", name, "error", err)
	}
	if err := cmp.Or(err, failed, out.Flush()); err != nil {
		panic(http.ErrAbortHandler) // the one way net/http has for it
	}
	return nil
}

// columnsOf reads which parts of the payload have columns of their own.
func columnsOf(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	columns := strings.Split(text, ",")
	if len(columns) > maxColumns {
		return nil, badParam("columns", text).WithHint("at most %d are possible", maxColumns)
	}
	for _, c := range columns {
		if err := jsontext.CheckPointer(c); err != nil {
			return nil, badParam("columns", c).WithHint("%s", fault.From(err).Error())
		}
	}
	return columns, nil
}

// tableTo writes a table's head, and returns what writes a message as one of its rows:
// the payload as JSON, or each part of it that is named, text without its quotes.
func tableTo(out *bufio.Writer, columns []string) func(*msg.Record) error {
	table := csv.NewWriter(out) // its buffer is out's
	head := []string{"seq", "namespace", "event", "outcome", "reason", "source_time", "accepted_time", "due_time", "time", "lateness_us", "sockets", "size"}
	fixed := len(head)
	if head = append(head, columns...); len(columns) == 0 {
		head = append(head, "data")
	}
	_ = table.Write(head) // out.Flush tells what cannot be written
	row := make([]string, len(head))
	return func(rec *msg.Record) error {
		late := ""
		if rec.Outcome == msg.Emitted {
			late = strconv.FormatFloat(float64(rec.Lateness())/float64(time.Microsecond), 'f', 3, 64)
		}
		copy(row, []string{
			strconv.FormatUint(rec.Seq, 10), rec.Namespace, rec.Event, string(rec.Outcome), string(rec.Reason),
			wire.Time(rec.Source), wire.Time(rec.Accepted), wire.Time(rec.Due), wire.Time(rec.At), late, strconv.Itoa(rec.Sockets), strconv.Itoa(rec.Size()),
		})
		for i, pointer := range columns {
			row[fixed+i] = cell(rec.Payload, pointer)
		}
		if len(columns) == 0 {
			row[fixed] = string(rec.Payload)
		}
		return table.Write(row)
	}
}

// cell returns what a pointer names in a payload, as a table shows it; nothing where
// there is nothing.
func cell(payload []byte, pointer string) string {
	found, ok := jsontext.Lookup(payload, pointer)
	if !ok || bytes.Equal(found, []byte("null")) {
		return ""
	}
	if found[0] == '"' {
		return string(jsontext.Text(found[1 : len(found)-1]))
	}
	return string(found)
}

func docGetExport() *operation {
	return about("exportRecording", "recordings", "A recording as a file",
		"All that the query selects, oldest first by when it was emitted, dropped or received; of a recording that runs, what is written when it begins. "+
			"Where it breaks off, so does the connection: what is shorter than its end says is not whole.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "format", "ndjson: a message a line, as everywhere, with its attachments in base64. csv: a table.",
			&schema{Type: "string", Enum: []string{"ndjson", "csv"}, Default: "ndjson"}, nil).
		param("query", "q", "Only what this query selects.", &schema{Type: "string"}, "ns:/ws/rt_market event:tick").
		param("query", "columns", "With csv: JSON pointers with commas between them. Each part of the payload gets a column of its own, in the place of the whole.",
			&schema{Type: "string"}, "/symbol,/price").
		gives(http.StatusOK, "The messages.", linesType, nil, nil).
		gives(http.StatusOK, "", "text/csv", nil, nil).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}
