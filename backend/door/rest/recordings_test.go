package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
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
	all     []msg.Recording
	records []*msg.Record // oldest first
	broken  error         // what reading ends with
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

func (d *drawer) Remove(name string) error {
	_, err := d.Recording(name)
	d.all = slices.DeleteFunc(d.all, func(r msg.Recording) bool { return r.Name == name })
	return err
}

func (d *drawer) Page(_ context.Context, name string, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error) {
	if _, err := d.Recording(name); err != nil {
		return nil, 0, err
	}
	for i, rec := range slices.Backward(d.records) {
		place := uint64(i) + 1
		switch {
		case before > 0 && place >= before || !f.Match(rec):
		case len(page) == limit:
			return page, place + 1, d.broken
		default:
			page = append(page, rec)
		}
	}
	return page, 0, d.broken
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
	if diff := cmp.Diff(wire.RecordingList{Recordings: []wire.Recording{want}}, decode[wire.RecordingList](t, h.get("/api/v1/recordings"), http.StatusOK)); diff != "" {
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
	for path, method := range map[string]string{"/api/v1/recordings": http.MethodPost, recordingPath: http.MethodDelete, recordingPath + "/stop": http.MethodPost} {
		wantError(t, h.ask(method, path, `{"name":"a"}`), http.StatusForbidden, "forbidden")
	}
	h.scopes = msg.MayPublish
	for _, path := range []string{"/api/v1/recordings", recordingPath, recordingPath + "/messages", recordingPath + "/export"} {
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
	if got, _ := seqs("?q=event:tick"); !slices.Equal(got, []uint64{3, 1}) {
		t.Errorf("of a query: got %v", got)
	}
	wantError(t, h.get(recordingPath+"/messages?limit=0"), http.StatusBadRequest, "invalid_parameter")
	wantError(t, h.get(recordingPath+"/messages?q=("), http.StatusBadRequest, "invalid_query")
	wantError(t, h.get("/api/v1/recordings/none/messages"), http.StatusNotFound, "recording_not_found")
}

func TestAnExportIsTheWholeRecording(t *testing.T) {
	h := startRecorded(t)
	lines := h.get(recordingPath + "/export")
	testkit.Golden(t, "export.ndjson", lines.body)
	if got := lines.header.Get("Content-Disposition"); got != "attachment; filename*=UTF-8''Open%20of%20the%20market.ndjson" {
		t.Errorf("got Content-Disposition %s", got)
	}
	for line := range strings.Lines(lines.body) {
		var m wire.Message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Errorf("%v in %s", err, line)
		}
	}
	table := h.get(recordingPath + "/export?format=csv")
	testkit.Golden(t, "export.csv", table.body)
	if got := table.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("got Content-Type %s", got)
	}
	testkit.Golden(t, "export-columns.csv", h.get(recordingPath+"/export?format=csv&columns=/symbol,/price,/tags&q=event:tick").body)
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
	wantError(t, h.get(recordingPath+"/export"), http.StatusConflict, "recording_damaged")
}

func TestAnExportThatBreaksOffIsNotTakenForTheWhole(t *testing.T) {
	h := startRecorded(t)
	h.drawer.broken = errors.New("cannot be read any further")
	res, err := http.Get(h.url + recordingPath + "/export")
	if err != nil {
		return // it broke off before the first byte was sent
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("got %d bytes as if they were all", len(text))
	}
}
