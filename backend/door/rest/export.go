package rest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"emitscope/backend/door/files"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// exported is what of a recording is wanted, and how.
type exported struct {
	name    string
	format  files.Format
	filter  query.Filter // of the query and the span
	columns []files.Column
	about   files.About
}

func exportOf(r *http.Request) (e exported, err error) {
	q := r.URL.Query()
	e.name = r.PathValue("name")
	if e.filter, err = query.Parse(q.Get("q")); err != nil {
		return e, err
	}
	format, known := files.Find(cmp.Or(q.Get("format"), files.NDJSON))
	if !known {
		return e, badParam("format", q.Get("format")).WithHint("it is one of %s", strings.Join(files.Names(), ", "))
	}
	e.format = format
	if q.Has("columns") && !format.Columns {
		return e, badParam("columns", q.Get("columns")).WithHint("they are for format=csv and format=parquet")
	}
	if e.columns, err = files.ColumnsOf(q.Get("columns")); err != nil {
		return e, err
	}
	e.about = files.About{Name: e.name, Query: q.Get("q")}
	if e.about.From, e.about.To, err = spanParams(r, ""); err != nil {
		return e, err
	}
	within, err := query.Between(e.about.From, e.about.To)
	e.filter = e.filter.And(within)
	return e, err
}

// getExport sends all that a query selects of a recording, as it is read: no more than
// one message is held, and what its format gathers. Where it breaks off, the
// connection does too, so that nobody takes it for the whole.
func (d *Door) getExport(w http.ResponseWriter, r *http.Request) error {
	e, err := exportOf(r)
	if err != nil {
		return err
	}
	e.about.Version = d.o.Version
	of, err := d.o.Recordings.Recording(e.name)
	if err != nil {
		return err
	}
	e.about.Late = of.Late
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(e.name+"."+e.format.Name))
	h.Set("Content-Type", e.format.Type)
	if r.Method == http.MethodHead {
		return nil
	}
	lines := newLines(w, r.Context().Done())
	defer lines.end()
	to := &begun{to: lines}
	err = d.export(r.Context(), e, to)
	switch {
	case err == nil:
		return nil
	case !to.any:
		for _, name := range []string{"Content-Disposition", "Content-Type"} {
			h.Del(name)
		}
		return err
	case r.Context().Err() == nil && !errors.Is(err, errGone):
		d.o.Log.Warn("Export broke off", "recording", e.name, "format", e.format.Name, "error", err)
	}
	panic(http.ErrAbortHandler) // the one way net/http has for it
}

// export writes the file.
func (d *Door) export(ctx context.Context, e exported, to io.Writer) error {
	if e.format.Name == files.Own {
		return d.o.Recordings.Copy(ctx, e.name, e.filter, to)
	}
	most, err := d.learn(ctx, e)
	if err != nil {
		return err
	}
	out, err := files.NewWriter(e.format.Name, to, e.about, e.columns)
	if err != nil {
		return err
	}
	var failed error
	err = d.o.Recordings.Walk(ctx, e.name, e.filter, func(rec *msg.Record) bool {
		if failed = out.Write(rec); failed != nil {
			return false
		}
		most--
		return most != 0
	})
	if err := cmp.Or(err, failed); err != nil {
		return err
	}
	return out.End()
}

// learn finds out what columns of their own are of, for a format that must know it
// first, and of how many messages that holds: all that follow were not there yet. 0 or
// less: of all.
func (d *Door) learn(ctx context.Context, e exported) (most int, err error) {
	if e.format.Name != files.Parquet || len(e.columns) == 0 {
		return 0, nil
	}
	err = d.o.Recordings.Walk(ctx, e.name, e.filter, func(rec *msg.Record) bool {
		most++
		files.See(e.columns, rec.Payload)
		return true
	})
	return most, err
}

// begun knows whether anything was written, and marks what could not be.
type begun struct {
	to  io.Writer
	any bool
}

// errGone says that nobody takes what is written any more.
var errGone = errors.New("the client is gone")

// Write implements io.Writer.
func (b *begun) Write(some []byte) (int, error) {
	b.any = true
	n, err := b.to.Write(some)
	if err != nil {
		err = errors.Join(errGone, err)
	}
	return n, err
}

func docGetExport() *operation {
	o := about("exportRecording", "recordings", "A recording as a file",
		"All that the query selects, oldest first by when it was emitted, dropped or received; of a recording that runs, what is written when it begins. "+
			"Where it breaks off, so does the connection: what is shorter than its end says is not whole.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "format", "ndjson: a message a line, with its attachments in base64. csv: a table. parquet: a table with types, for DuckDB and pandas. "+
			"mcap: a channel for each stream, for Foxglove and PlotJuggler. html: one page that shows it without a hub. emitscope: the recording's own file. "+
			"What was exported as ndjson, csv or emitscope can be imported again.",
			&schema{Type: "string", Enum: files.Names(), Default: files.NDJSON}, nil).
		param("query", "q", "Only what this query selects.", &schema{Type: "string"}, "ns:/ws/rt_market event:tick").
		param("query", "from", "Only what was emitted, dropped or received from this moment on.", &schema{Type: "string"}, "2026-01-02T14:00:00Z").
		param("query", "to", "And before this one.", &schema{Type: "string"}, "2026-01-02T14:05:00Z").
		param("query", "columns", "With csv and parquet: JSON pointers with commas between them. Each part of the payload gets a column of its own: with csv in the place of the whole, with parquet besides, "+
			"as numbers where all of them are.", &schema{Type: "string"}, "/symbol,/price")
	for _, f := range files.Formats() {
		kind, _, _ := strings.Cut(f.Type, ";")
		o.gives(http.StatusOK, "The messages.", kind, nil, nil)
	}
	return o.fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}
