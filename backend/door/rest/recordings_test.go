package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// drawer is the recordings, made up. What is in them is the same.
type drawer struct {
	all       []msg.Recording
	kept      msg.KeepFlight
	records   []*msg.Record // oldest first
	broken    error         // what reading ends with
	bookmarks []msg.Bookmark
}

func (d *drawer) List() ([]msg.Recording, error) { return d.all, nil }

func (d *drawer) Recording(name string) (msg.Recording, error) {
	for _, r := range d.all {
		if r.Name == name {
			return r, nil
		}
	}
	return msg.Recording{}, fault.Newf(fault.NotFound, "there is no recording %q", name).WithCode("recording_not_found")
}

func (d *drawer) Start(n msg.NewRecording) (msg.Recording, error) {
	if err := msg.CheckRecordingName(n.Name); err != nil {
		return msg.Recording{}, err
	}
	r := msg.Recording{Name: n.Name, State: msg.RecordingRuns, Query: n.Query, Began: time.Unix(60, 0).UTC()}
	if n.For > 0 {
		r.Until = r.Began.Add(n.For)
	}
	d.all = append(d.all, r)
	return r, nil
}

func (d *drawer) Stop(name string) (msg.Recording, error) {
	r, err := d.Recording(name)
	r.State, r.Ended = msg.RecordingEnded, time.Unix(120, 0)
	return r, err
}

func (d *drawer) Rename(name, wanted string) (msg.Recording, error) {
	if err := msg.CheckRecordingName(wanted); err != nil {
		return msg.Recording{}, err
	}
	r, err := d.Recording(name)
	r.Name = wanted
	return r, err
}

func (d *drawer) Flight() msg.Flight {
	return msg.Flight{State: msg.FlightRuns, Where: msg.FlightInMemory, First: time.Unix(60, 0), Messages: 7, Dropped: 1, FileBytes: 4096, MaxAge: time.Minute, MaxBytes: 8 << 20}
}

func (d *drawer) KeepFlight(_ context.Context, n msg.KeepFlight) (msg.Recording, error) {
	d.kept = n
	return msg.Recording{Name: n.Name, State: msg.RecordingEnded, Query: n.Query}, nil
}

func (d *drawer) Remove(name string) error {
	_, err := d.Recording(name)
	d.all = slices.DeleteFunc(d.all, func(r msg.Recording) bool { return r.Name == name })
	return err
}

func (d *drawer) Page(_ context.Context, name string, f query.Filter, from msg.PageFrom) (page msg.RecordedPage, err error) {
	if _, err := d.Recording(name); err != nil {
		return page, err
	}
	page.Looked = 1
	for i, rec := range slices.Backward(d.records) {
		place := uint64(i) + 1
		switch {
		case from.Before > 0 && place >= from.Before || !f.Match(rec) || !from.At.IsZero() && rec.At.After(from.At):
		case len(page.Records) == from.Limit:
			page.Next, page.LookedTo, page.Looked = place+1, rec.At, 0.5
			return page, d.broken
		default:
			page.Records = append(page.Records, rec)
		}
	}
	return page, d.broken
}

func (d *drawer) One(_ context.Context, name string, seq uint64) (*msg.Record, error) {
	if _, err := d.Recording(name); err != nil {
		return nil, err
	}
	for _, rec := range d.records {
		if rec.Seq == seq {
			return rec, nil
		}
	}
	return nil, fault.Newf(fault.NotFound, "there is no message %d", seq)
}

func (d *drawer) Walk(_ context.Context, name string, f query.Filter, see func(*msg.Record) bool) error {
	if _, err := d.Recording(name); err != nil {
		return err
	}
	for _, rec := range d.records {
		if f.Match(rec) && !see(rec) {
			return nil
		}
	}
	return d.broken
}

func (d *drawer) Copy(ctx context.Context, name string, f query.Filter, to io.Writer) error {
	if d.broken != nil {
		return d.broken
	}
	return d.Walk(ctx, name, f, func(rec *msg.Record) bool {
		_, err := fmt.Fprintln(to, rec.Seq)
		return err == nil
	})
}

func (d *drawer) Import(name string, fill func(add func(*msg.Record) error) error) (msg.Recording, error) {
	var got []*msg.Record
	if err := fill(func(rec *msg.Record) error { got = append(got, rec); return nil }); err != nil {
		return msg.Recording{}, err
	}
	d.records = got
	r := msg.Recording{Name: name, State: msg.RecordingEnded, Began: time.Unix(60, 0).UTC(), Messages: uint64(len(got))}
	d.all = append(d.all, r)
	return r, nil
}

func (d *drawer) ImportFile(_ context.Context, name string, from io.Reader) (msg.Recording, error) {
	file, err := io.ReadAll(from)
	if err != nil {
		return msg.Recording{}, err
	}
	return msg.Recording{Name: name, State: msg.RecordingEnded, FileBytes: int64(len(file))}, nil
}

// startRecorded starts a hub with one recording of three messages.
func startRecorded(t *testing.T) *hub {
	h := startHub(t)
	h.drawer.all = []msg.Recording{{Name: "Open of the market", State: msg.RecordingEnded}}
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)
	made := func(seq uint64, event, payload string) *msg.Record {
		at = at.Add(10 * time.Millisecond)
		return &msg.Record{
			Message: &msg.Message{Seq: seq, Namespace: "/ws/rt_market", Event: event, Payload: []byte(payload), Origin: msg.Origin{Door: msg.DoorREST}, Accepted: at},
			Outcome: msg.Emitted, Due: at, At: at.Add(18 * time.Microsecond), Sockets: 2,
		}
	}
	h.drawer.records = []*msg.Record{
		made(1, "tick", `{"symbol":"AAPL","price":9007199254740993.10,"tags":["a","b"]}`),
		made(3, "tick", `{"symbol":"say \"hi\", <&>","price":null}`),
		made(2, "raw", `[{"_placeholder":true,"num":0}]`),
	}
	h.drawer.records[1].Outcome, h.drawer.records[1].Reason, h.drawer.records[1].Due = msg.Dropped, msg.Oldest, time.Time{}
	h.drawer.records[2].Spread, h.drawer.records[2].Attachments = true, [][]byte{{0, 255}}
	h.drawer.records[2].Source = at.Add(-time.Second)
	return h
}

const recordingPath = "/api/v1/recordings/Open%20of%20the%20market"

func TestARecordingIsStartedStoppedAndDeleted(t *testing.T) {
	h := startHub(t)
	got := decode[wire.Recording](t, h.ask(http.MethodPost, "/api/v1/recordings", `{"name":"a b","query":"event:tick","for":"10s"}`), http.StatusCreated)
	want := wire.Recording{Name: "a b", State: "recording", Query: "event:tick", Began: "1970-01-01T00:01:00.000000000Z", Until: "1970-01-01T00:01:10.000000000Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("started (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, decode[wire.Recording](t, h.get("/api/v1/recordings/a%20b"), http.StatusOK)); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]wire.Recording{want}, decode[wire.RecordingList](t, h.get("/api/v1/recordings"), http.StatusOK).Recordings); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	want.State, want.Ended = "ended", "1970-01-01T00:02:00.000000000Z"
	if diff := cmp.Diff(want, decode[wire.Recording](t, h.do(http.MethodPost, "/api/v1/recordings/a%20b/stop", nil), http.StatusOK)); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
	if a := h.do(http.MethodDelete, "/api/v1/recordings/a%20b", nil); a.status != http.StatusNoContent {
		t.Errorf("deleted: got %d %s", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/recordings/a%20b", nil), http.StatusNotFound, "recording_not_found")
	var acts []msg.ActKind
	for _, a := range h.gate.acts {
		acts = append(acts, a.Kind)
	}
	if want := []msg.ActKind{msg.RecordingStarted, msg.RecordingStopped, msg.RecordingRemoved}; !slices.Equal(acts, want) {
		t.Errorf("noted %v, want %v", acts, want)
	}
}

func TestARecordingIsRenamed(t *testing.T) {
	h := startRecorded(t)
	if got := decode[wire.Recording](t, h.ask(http.MethodPatch, recordingPath, `{"name":"a b"}`), http.StatusOK); got.Name != "a b" {
		t.Errorf("got %+v", got)
	}
	if got := decode[wire.Recording](t, h.ask(http.MethodPatch, recordingPath, `{}`), http.StatusOK); got.Name != "Open of the market" {
		t.Errorf("without a change got %+v", got)
	}
	wantError(t, h.ask(http.MethodPatch, recordingPath, `{"name":"../keys"}`), http.StatusBadRequest, "invalid_name")
	wantError(t, h.ask(http.MethodPatch, "/api/v1/recordings/none", `{"name":"c"}`), http.StatusNotFound, "recording_not_found")
	if a := h.gate.acts; len(a) != 1 || a[0].Kind != msg.RecordingRenamed || a[0].Subject != "Open of the market" || a[0].Detail != "a b" {
		t.Errorf("noted %+v, want that it was renamed, once", a)
	}
}

func TestTheFlightRecorderIsShownAndKept(t *testing.T) {
	h := startHub(t)
	want := wire.Flight{State: "recording", Where: "memory", FirstTime: wire.Time(time.Unix(60, 0)), Messages: 7, Dropped: 1, FileBytes: 4096, MaxAge: "1m0s", MaxBytes: 8 << 20}
	list := decode[wire.RecordingList](t, h.get("/api/v1/recordings"), http.StatusOK)
	if diff := cmp.Diff(want, list.Flight); diff != "" || list.MaxBytes != 1<<30 {
		t.Errorf("max_bytes %d; (-want +got):\n%s", list.MaxBytes, diff)
	}
	got := decode[wire.Recording](t, h.ask(http.MethodPost, "/api/v1/flight", `{"name":"what was that","last":"2m","query":"event:tick"}`), http.StatusCreated)
	if want := (msg.KeepFlight{Name: "what was that", Last: 2 * time.Minute, Query: "event:tick"}); got.Name != want.Name || h.drawer.kept != want {
		t.Errorf("got %+v of %+v, want %+v", got, h.drawer.kept, want)
	}
	decode[wire.Recording](t, h.ask(http.MethodPost, "/api/v1/flight", `{}`), http.StatusCreated)
	if h.drawer.kept != (msg.KeepFlight{}) {
		t.Errorf("got %+v, want all of it", h.drawer.kept)
	}
	for _, last := range []string{"-1m", "0s", "soon"} {
		wantError(t, h.ask(http.MethodPost, "/api/v1/flight", `{"last":"`+last+`"}`), http.StatusBadRequest, "invalid_recording")
	}
	if a := h.gate.acts; len(a) != 2 || a[0].Kind != msg.FlightKept || a[0].Subject != "what was that" {
		t.Errorf("noted %+v", a)
	}
}

func TestARecordingThatMakesNoSenseIsRefused(t *testing.T) {
	h := startHub(t)
	for body, code := range map[string]string{
		`{"name":"../keys"}`: "invalid_name", `{"name":"a","for":"soon"}`: "invalid_recording", `{"name":"a","for":"-1s"}`: "invalid_recording", `{"nam":"a"}`: "unknown_field",
	} {
		wantError(t, h.ask(http.MethodPost, "/api/v1/recordings", body), http.StatusBadRequest, code)
	}
}

func TestRecordingsAreChangedByAdminsAlone(t *testing.T) {
	h := startRecorded(t)
	h.scopes = msg.MayView | msg.MayPublish
	for path, method := range map[string]string{
		"/api/v1/recordings": http.MethodPost, recordingPath: http.MethodDelete, recordingPath + "/stop": http.MethodPost, "/api/v1/flight": http.MethodPost, "/api/v1/imports?name=a": http.MethodPost,
	} {
		wantError(t, h.ask(method, path, `{"name":"a"}`), http.StatusForbidden, "forbidden")
	}
	wantError(t, h.ask(http.MethodPatch, recordingPath, `{"name":"a"}`), http.StatusForbidden, "forbidden")
	h.scopes = msg.MayPublish
	for _, path := range []string{"/api/v1/recordings", recordingPath, recordingPath + "/messages", recordingPath + "/messages/1", recordingPath + "/export"} {
		wantError(t, h.get(path), http.StatusForbidden, "forbidden")
	}
}

func TestARecordingIsReadPageByPage(t *testing.T) {
	h := startRecorded(t)
	seqs := func(query string) (seqs []uint64, before uint64) {
		page := decode[wire.RecordedPage](t, h.get(recordingPath+"/messages"+query), http.StatusOK)
		for _, m := range page.Messages {
			seqs = append(seqs, m.Seq)
		}
		return seqs, page.Before
	}
	if got, before := seqs("?limit=2"); !slices.Equal(got, []uint64{2, 3}) || before != 2 {
		t.Errorf("first page: got %v and before %d", got, before)
	}
	if got, before := seqs("?limit=2&before=2"); !slices.Equal(got, []uint64{1}) || before != 0 {
		t.Errorf("second page: got %v and before %d", got, before)
	}
	page := decode[wire.RecordedPage](t, h.get(recordingPath+"/messages?limit=2"), http.StatusOK)
	if want := wire.Time(h.drawer.records[0].At); page.LookedTo != want || page.Looked != 0.5 {
		t.Errorf("first page: looked at %g up to %s, want 0.5 up to %s", page.Looked, page.LookedTo, want)
	}
	if got, _ := seqs("?at=" + wire.Time(h.drawer.records[1].At)); !slices.Equal(got, []uint64{3, 1}) {
		t.Errorf("up to a moment: got %v", got)
	}
	wantError(t, h.get(recordingPath+"/messages?at=noon"), http.StatusBadRequest, "invalid_parameter")
	if got, _ := seqs("?q=event:tick"); !slices.Equal(got, []uint64{3, 1}) {
		t.Errorf("of a query: got %v", got)
	}
	wantError(t, h.get(recordingPath+"/messages?limit=0"), http.StatusBadRequest, "invalid_parameter")
	wantError(t, h.get(recordingPath+"/messages?q=("), http.StatusBadRequest, "invalid_query")
	wantError(t, h.get("/api/v1/recordings/none/messages"), http.StatusNotFound, "recording_not_found")
}

func TestOneMessageOfARecordingIsShownWhole(t *testing.T) {
	h := startRecorded(t)
	got := decode[wire.Message](t, h.get(recordingPath+"/messages/2?attachments=base64"), http.StatusOK)
	if got.Seq != 2 || len(got.Attachments) != 1 {
		t.Errorf("got %+v, want message 2 with its attachment", got)
	}
	if got := decode[wire.Message](t, h.get(recordingPath+"/messages/2"), http.StatusOK); len(got.Attachments) != 0 {
		t.Errorf("got %+v, want no attachments unless they are asked for", got)
	}
	wantError(t, h.get(recordingPath+"/messages/9"), http.StatusNotFound, "not_found")
	wantError(t, h.get(recordingPath+"/messages/x"), http.StatusBadRequest, "invalid_parameter")
	wantError(t, h.get("/api/v1/recordings/none/messages/1"), http.StatusNotFound, "recording_not_found")
}

func TestAnExportIsTheWholeRecording(t *testing.T) {
	h := startRecorded(t)
	lines := h.get(recordingPath + "/export")
	if got := lines.header.Get("Content-Disposition"); got != "attachment; filename*=UTF-8''Open%20of%20the%20market.ndjson" {
		t.Errorf("got Content-Disposition %s", got)
	}
	for line := range strings.Lines(lines.body) {
		var m wire.Message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Errorf("%v in %s", err, line)
		}
	}
	if got := strings.Count(lines.body, "\n"); got != 3 {
		t.Errorf("got %d lines, want 3", got)
	}
	testkit.Golden(t, "export-columns.csv", h.get(recordingPath+"/export?format=csv&columns=/symbol,/price,/tags&q=event:tick").body)
}

func TestARecordingIsExportedInEveryFormat(t *testing.T) {
	h := startRecorded(t)
	for format, want := range map[string]struct{ kind, begin string }{
		"ndjson": {"application/x-ndjson", `{"id":`}, "csv": {"text/csv; charset=utf-8", "seq,"}, "parquet": {"application/vnd.apache.parquet", "PAR1"},
		"mcap": {"application/octet-stream", "\x89MCAP0"}, "html": {"text/html; charset=utf-8", "<!doctype html>"}, "emitscope": {"application/vnd.sqlite3", "1\n3\n2\n"},
	} {
		a := h.get(recordingPath + "/export?format=" + format)
		if a.status != http.StatusOK || a.header.Get("Content-Type") != want.kind || !strings.HasPrefix(a.body, want.begin) {
			t.Errorf("%s: got %d %s %.40q", format, a.status, a.header.Get("Content-Type"), a.body)
		}
		if got := a.header.Get("Content-Disposition"); got != "attachment; filename*=UTF-8''Open%20of%20the%20market."+format {
			t.Errorf("%s: got Content-Disposition %s", format, got)
		}
	}
	if a := h.get(recordingPath + "/export?format=parquet&columns=/symbol,/price"); a.status != http.StatusOK || !strings.Contains(a.body, "/price") {
		t.Errorf("with columns: got %d", a.status)
	}
}

func TestAPageMarksLateByTheLimitOfTheRecording(t *testing.T) {
	h := startRecorded(t)
	one := *h.drawer.records[0]
	one.At = one.Due.Add(time.Millisecond)
	h.drawer.records = []*msg.Record{&one}
	for floor, want := range map[time.Duration]string{time.Microsecond: `"k":1`, time.Second: `"k":0`} {
		h.drawer.all[0].Late.Floor = floor
		if page := h.get(recordingPath + "/export?format=html").body; !strings.Contains(page, want) {
			t.Errorf("later than %v: the page has no %s", floor, want)
		}
	}
}

func TestASpanOfARecordingIsExported(t *testing.T) {
	h := startRecorded(t)
	at := func(i int) string { return url.QueryEscape(h.drawer.records[i].At.Format(time.RFC3339Nano)) }
	for query, want := range map[string]string{
		"&from=" + at(1): "3\n2\n", "&to=" + at(1): "1\n", "&from=" + at(1) + "&to=" + at(2): "3\n", "&from=" + at(1) + "&q=event:raw": "2\n",
	} {
		if got := h.get(recordingPath + "/export?format=emitscope" + query).body; got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	wantError(t, h.get(recordingPath+"/export?from=soon"), http.StatusBadRequest, "invalid_parameter")
}

func TestAnExportThatMakesNoSenseIsRefused(t *testing.T) {
	h := startRecorded(t)
	for query, code := range map[string]string{
		"?format=xml": "invalid_parameter", "?columns=/a": "invalid_parameter", "?format=csv&columns=a": "invalid_parameter", "?q=(": "invalid_query",
		"?format=csv&columns=" + strings.Repeat("/a,", 100) + "/a": "invalid_parameter",
	} {
		wantError(t, h.get(recordingPath+"/export"+query), http.StatusBadRequest, code)
	}
	wantError(t, h.get("/api/v1/recordings/none/export"), http.StatusNotFound, "recording_not_found")
	h.drawer.records, h.drawer.broken = nil, fault.Newf(fault.Conflict, "it is damaged").WithCode("recording_damaged")
	for _, format := range []string{"ndjson", "csv", "parquet", "mcap", "html", "emitscope"} {
		wantError(t, h.get(recordingPath+"/export?format="+format), http.StatusConflict, "recording_damaged")
	}
}

func TestAnExportThatBreaksOffIsNotTakenForTheWhole(t *testing.T) {
	h := startRecorded(t)
	h.drawer.broken = errors.New("cannot be read any further")
	wantError(t, h.get(recordingPath+"/export"), http.StatusInternalServerError, "internal") // nothing was sent yet
	h.drawer.records[0].Payload = []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	res, err := http.Get(h.url + recordingPath + "/export")
	if err != nil {
		return // it broke off before the first byte was sent
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("got %d bytes as if they were all", len(text))
	}
}
