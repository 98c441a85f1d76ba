package rest

import (
	"bufio"
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// seriesAsk is what a request asks to have plotted.
type seriesAsk struct {
	filter         query.Filter
	query, pointer string
	last           int // only the newest; 0: all
	limit          int // of JSON
	bySource, csv  bool
}

// reading is a point with what a file says of it besides.
type reading struct {
	msg.Reading
	rec *msg.Record
}

// getSeries returns one number of each recent message that a query selects.
func (d *Door) getSeries(w http.ResponseWriter, r *http.Request) error {
	ask, err := seriesAskOf(r)
	if err != nil {
		return err
	}
	found := d.readings(ask)
	if ask.csv {
		sendCSV(w, found, ask.pointer)
		return nil
	}
	points := make([]msg.Reading, len(found))
	for i, f := range found {
		points[i] = f.Reading
	}
	d.sendJSON(w, r, wire.SeriesOf(ask.query, ask.pointer, msg.Thin(points, ask.limit), len(found)))
	return nil
}

func seriesAskOf(r *http.Request) (ask seriesAsk, err error) {
	q := r.URL.Query()
	ask.query, ask.pointer = q.Get("query"), q.Get("pointer")
	if ask.filter, err = query.Parse(ask.query); err != nil {
		return ask, err
	}
	if err := jsontext.CheckPlace(ask.pointer); err != nil {
		return ask, err
	}
	x, format := cmp.Or(q.Get("x"), "server"), cmp.Or(q.Get("format"), "json")
	if x != "server" && x != "source" {
		return ask, badParam("x", x).WithHint("it is server or source")
	}
	if format != "json" && format != "csv" {
		return ask, badParam("format", format).WithHint("it is json or csv")
	}
	ask.bySource, ask.csv = x == "source", format == "csv"
	if ask.last, err = countParam(r, "last", 0, 1, msg.SeriesPoints); err != nil {
		return ask, err
	}
	if ask.csv && q.Has("limit") {
		return ask, badParam("limit", q.Get("limit")).WithHint("a file has every point; use last for fewer")
	}
	ask.limit, err = countParam(r, "limit", msg.SeriesPoints, 4, msg.SeriesPoints)
	return ask, err
}

// readings looks through the recent messages and returns those that have the
// number, sorted by the time that is asked for. It keeps no more of a message
// than recent does.
func (d *Door) readings(ask seriesAsk) []reading {
	var found []reading
	for _, rec := range d.o.Recent.Page(ask.filter, 0, math.MaxInt) { // newest first
		if ask.last > 0 && len(found) == ask.last {
			break
		}
		point, ok := msg.ReadingOf(rec, ask.pointer)
		if !ok || ask.bySource && point.Source == 0 {
			continue
		}
		found = append(found, reading{Reading: point, rec: rec})
	}
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b reading) int {
		if ask.bySource {
			return cmp.Compare(a.Source, b.Source)
		}
		return cmp.Compare(a.At, b.At)
	})
	return found
}

// sendCSV writes a line for each reading, with the number as it was written: a
// double would round what is beyond 2^53.
func sendCSV(w http.ResponseWriter, found []reading, pointer string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("seq,time,source_time,value\n") // what cannot be written is told by Flush
	for _, f := range found {
		text, _, _ := jsontext.NumberAt(f.rec.Payload, pointer)
		line := strconv.AppendUint(nil, f.rec.Seq, 10)
		line = append(line, ',')
		line = append(line, wire.Time(f.rec.At)...)
		line = append(line, ',')
		line = append(line, wire.Time(f.rec.Source)...)
		line = append(line, ',')
		line = append(line, text...)
		if _, err := out.Write(append(line, '\n')); err != nil {
			return // the client is gone
		}
	}
	_ = out.Flush()
}
