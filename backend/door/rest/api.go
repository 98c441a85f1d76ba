package rest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds of a page of messages.
const (
	pageDefault = 100
	pageMost    = 1000
	pointsMost  = 3600 // an hour of seconds: the most that is kept
	// pageBytes ends a page early: 1000 messages of 1 MiB would be a gigabyte.
	pageBytes = 8 << 20
)

// getMessages returns a page of the newest messages that match a query.
func (d *Door) getMessages(w http.ResponseWriter, r *http.Request) error {
	filter, err := query.Parse(r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	highlight, err := query.Parse(r.URL.Query().Get("highlight"))
	if err != nil {
		return err
	}
	before, err := uintParam(r, "before")
	if err != nil {
		return err
	}
	switch format := r.URL.Query().Get("format"); format {
	case "", "json":
	case "ndjson":
		return d.getLines(w, r, filter)
	default:
		return badParam("format", format).WithHint("it is json or ndjson")
	}
	limit, err := countParam(r, "limit", pageDefault, 1, pageMost)
	if err != nil {
		return err
	}
	page, next, err := d.keptPage(r.Context(), filter, before, limit)
	if err != nil {
		return err
	}
	return sendPage(w, page, wire.MessagePage{Before: next}, highlight)
}

// keptPage returns a page of what is kept, newest first by seq, and where the next one
// begins; 0: there is none. What recent has forgotten comes from the history.
//
// Recent forgets the oldest first by when they ended, so between those that it has may be some
// that it has not, with numbers up to Forgotten: it is asked after the page, for it
// forgets meanwhile. Whatever it forgets the history was told of before.
func (d *Door) keptPage(ctx context.Context, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error) {
	found := d.o.Recent.Page(f, before, limit+1) // one more tells whether there is a next page
	forgotten, isCut := d.o.Recent.Forgotten(), len(found) > limit
	if d.o.History == nil || isCut && found[limit].Seq > forgotten {
		page, next = fitPage(found, limit)
		return page, next, nil
	}
	older, down, err := d.o.History.Before(ctx, f, before, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if isCut {
		down = max(down, found[limit].Seq)
	}
	all := slices.DeleteFunc(msg.NewestOnce(append(found, older...)), func(rec *msg.Record) bool { return rec.Seq < down })
	page, next = fitPage(all, limit)
	return page, max(next, down), nil
}

// fitPage returns what of found fits on a page, and where the next one begins; 0: there
// is none.
func fitPage(found []*msg.Record, limit int) (page []*msg.Record, next uint64) {
	size := 0
	for i, rec := range found {
		if size += rec.Size(); i == limit || i > 0 && size > pageBytes {
			return found[:i], found[i-1].Seq
		}
	}
	return found, 0
}

// getLines answers with lines instead of a page.
func (d *Door) getLines(w http.ResponseWriter, r *http.Request, f query.Filter) error {
	for _, name := range []string{"before", "highlight"} {
		if value := r.URL.Query().Get(name); value != "" {
			return badParam(name, value).WithHint("it is for pages, and format=ndjson is none; a query may have seq<123 in it")
		}
	}
	limit, err := intParam(r, "limit", 0)
	if err != nil {
		return err
	}
	if limit < 0 {
		return badParam("limit", strconv.Itoa(limit)).WithHint("it is how many of the newest, or left out for all")
	}
	return d.sendLines(w, r, f, limit)
}

// sendPage writes a page one message at a time: of a page that nobody reads, no more
// than one message is held encoded. about is the page without its messages, which are
// the first of its fields.
func sendPage[P wire.MessagePage | wire.RecordedPage](w http.ResponseWriter, page []*msg.Record, about P, highlight query.Filter) error {
	rest, err := json.Marshal(about)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json; charset=utf-8")
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(`{"messages":[`) // what cannot be written is told by Flush
	for i, rec := range page {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		m := wire.MessageOf(rec, false)
		m.Hit = !highlight.All() && highlight.Match(rec)
		one, err := replyOf(http.StatusOK, m)
		if err != nil {
			return err
		}
		if _, err := out.Write(bytes.TrimSpace(one.body)); err != nil {
			break // the client is gone
		}
	}
	_ = out.WriteByte(']')
	_, _ = out.Write(bytes.TrimPrefix(rest, []byte(`{"messages":null`)))
	_ = out.WriteByte('\n')
	_ = out.Flush()
	return nil
}

// getMessage returns one message that is kept.
func (d *Door) getMessage(w http.ResponseWriter, r *http.Request) error {
	seq, attachments, err := messageAsked(r)
	if err != nil {
		return err
	}
	rec, _ := d.o.Recent.Get(seq)
	if rec == nil && d.o.History != nil {
		if rec, err = d.o.History.Find(r.Context(), seq); err != nil {
			return err
		}
	}
	if rec == nil {
		return noMessage(seq)
	}
	d.sendJSON(w, r, wire.MessageOf(rec, attachments))
	return nil
}

// messageAsked reads which message is asked for, and whether with its attachments.
func messageAsked(r *http.Request) (seq uint64, attachments bool, err error) {
	switch value := r.URL.Query().Get("attachments"); value {
	case "", "base64":
		attachments = value != ""
	default:
		return 0, false, badParam("attachments", value).WithHint("it is base64, or left out")
	}
	if seq, err = strconv.ParseUint(r.PathValue("seq"), 10, 64); err != nil {
		return 0, false, badParam("seq", r.PathValue("seq")).WithHint("it is the number of a message")
	}
	return seq, attachments, nil
}

// getStats returns the hub's numbers.
func (d *Door) getStats(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.StatsOf(d.o.Stats.Stats(), d.o.Version, d.o.Clients.List(msg.ClientQuery{}).Total, d.o.LastSeq()))
	return nil
}

// getPoints returns the graphs' points.
func (d *Door) getPoints(w http.ResponseWriter, r *http.Request) error {
	namespace, step, length, err := pastParams(r, "100ms", "1s", "10s")
	if err != nil {
		return err
	}
	limit, err := countParam(r, "limit", pointsMost, 1, pointsMost)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.PointList{
		Namespace: namespace, Step: step, Points: wire.PointsOf(d.o.Stats.Points(namespace, length, limit)),
	})
	return nil
}

// getStreamPoints returns how many messages each stream had.
func (d *Door) getStreamPoints(w http.ResponseWriter, r *http.Request) error {
	namespace, step, length, err := pastParams(r, "1s", "10s")
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.StreamPointsOf(namespace, step, d.o.Stats.StreamPoints(namespace, length)))
	return nil
}

// pastParams reads what part of the past is asked for: of which namespace, and in
// which of these steps; 1s when it is left out.
func pastParams(r *http.Request, steps ...string) (namespace, step string, length time.Duration, err error) {
	q := r.URL.Query()
	if namespace = q.Get("namespace"); namespace != "" {
		if err := msg.CheckNamespace(namespace); err != nil {
			return "", "", 0, err
		}
	}
	step = cmp.Or(q.Get("step"), "1s")
	if !slices.Contains(steps, step) {
		return "", "", 0, badParam("step", step).WithHint("it is %s", strings.Join(steps, " or "))
	}
	length, err = time.ParseDuration(step)
	return namespace, step, length, err
}

// note remembers that the caller has done something.
func (d *Door) note(r *http.Request, kind msg.ActKind, subject string) {
	d.o.Audit.Note(msg.Act{Kind: kind, By: msg.CallerOf(r.Context()), Door: msg.DoorREST, Subject: subject})
}

// refused notes that the caller was not let in, and returns why.
func (d *Door) refused(r *http.Request, why error) error {
	f := fault.From(why)
	d.o.Audit.Note(msg.Act{Kind: msg.Refused, By: msg.CallerOf(r.Context()), Door: msg.DoorREST, Subject: f.Code, Detail: f.Message})
	return why
}

// readJSON reads a body that is one JSON object.
func (d *Door) readJSON(w http.ResponseWriter, r *http.Request, to any) error {
	f, err := formatOf(r)
	if err == nil && f != formatJSON {
		err = unsupported("Content-Type", string(f)).WithHint("send one JSON object as application/json")
	}
	if err != nil {
		return err
	}
	text, err := d.readWhole(w, r)
	if err != nil {
		return err
	}
	if err := wire.DecodeStrict(text, to); err != nil {
		return countedFrom("body", err)
	}
	return nil
}

func noMessage(seq uint64) error {
	return fault.Newf(fault.NotFound, "there is no message %d", seq).
		WithHint("only the newest messages are kept, and numbers can be left out")
}
