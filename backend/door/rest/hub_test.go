package rest_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// world is all that the door stands on, made up and in one place. It keeps the
// same rules as the real ones: names are checked, payloads compacted, a lane
// refuses what it has no room for.
type world struct {
	mu        sync.Mutex
	accepted  []msg.Draft
	calls     []int          // drafts of each call of Accept
	depths    map[string]int // of accepted, by namespace
	room      int            // messages that still fit
	broken    error          // what Accept fails with
	records   []*msg.Record
	newest    uint64 // the Order of the last emission
	forgotten uint64
	lanes     map[string]msg.LaneState
	notReady  error
	gone      []string // clients that were disconnected
	left      []msg.Departure
	confirms  bool           // every ack that is asked for comes at once
	policy    msg.SlowPolicy // that was set for the client that is no stream's
	asked     msg.ClientQuery
	reached   []string // limits, each time somebody was refused because of one
	gate      *gate
	alarms    alarms
	attic     *attic
	queries   things
	boards    things
	lab       bench
	made      *madeUp
	rules     shouts
	drafts    things
	drawer    *drawer
	reels     reels
	cellar    *cellar

	door *rest.Door // nil until it is there
}

func (w *world) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var got msg.Receipt
	w.calls = append(w.calls, len(drafts))
	for _, d := range drafts {
		if w.broken != nil {
			return got, w.broken
		}
		d.Namespace = cmp.Or(d.Namespace, msg.DefaultNamespace)
		payload, err := jsontext.Compact(d.Payload)
		if err := cmp.Or(msg.CheckNamespace(d.Namespace), msg.CheckEvent(d.Event), msg.CheckRooms(d.Rooms), err); err != nil {
			return got, err
		}
		if w.room == 0 {
			return got, fault.Newf(fault.Full, "lane %s is full", d.Namespace)
		}
		w.room--
		d.Payload = payload
		w.accepted = append(w.accepted, d)
		if d.Ack != nil && w.confirms {
			d.Ack.Answered(msg.Answer{Payload: []byte(`{"ok":true}`)})
		}
		w.depths[d.Namespace]++
		got.Accepted++
		got.LastSeq = uint64(len(w.accepted))
		if got.FirstSeq == 0 {
			got.FirstSeq = got.LastSeq
		}
	}
	return got, nil
}

func (w *world) taken() []msg.Draft {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.accepted)
}

func (w *world) List() []msg.LaneState {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []msg.LaneState
	for _, l := range w.lanes {
		all = append(all, l)
	}
	return all
}

func (w *world) Lane(namespace string) (msg.LaneState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, ok := w.lanes[namespace]
	if !ok {
		return l, fault.Newf(fault.NotFound, "there is no lane %s", namespace)
	}
	return l, nil
}

func (w *world) Patch(namespace string, p msg.LanePatch) (msg.LaneState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, ok := w.lanes[namespace]
	if !ok {
		l = msg.LaneState{Namespace: namespace, Settings: msg.DefaultLaneSettings()}
	}
	settings, err := p.Apply(l.Settings)
	if err != nil {
		return msg.LaneState{}, err
	}
	l.Settings, l.Configured = settings, true
	w.lanes[namespace] = l
	return l, nil
}

func (w *world) Depth(namespace string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.depths[namespace]
}

func (w *world) Page(f query.Filter, before uint64, limit int) []*msg.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	var page []*msg.Record
	for _, rec := range slices.Backward(w.records) {
		if len(page) < limit && (before == 0 || rec.Seq < before) && f.Match(rec) {
			page = append(page, rec)
		}
	}
	return page
}

func (w *world) Walk(f query.Filter, limit int, see func(*msg.Record) bool) {
	w.mu.Lock()
	records := slices.Clone(w.records)
	w.mu.Unlock()
	records = slices.DeleteFunc(records, func(rec *msg.Record) bool { return !f.Match(rec) })
	if limit > 0 && limit < len(records) {
		records = records[len(records)-limit:]
	}
	for _, rec := range records {
		if !see(rec) {
			return
		}
	}
}

func (w *world) Get(seq uint64) (*msg.Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.records, func(rec *msg.Record) bool { return rec.Seq == seq })
	if i < 0 {
		return nil, false
	}
	return w.records[i], true
}

func (w *world) Newest() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newest
}

// Forgotten is where everything is kept but the records before the first.
func (w *world) Forgotten() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.forgotten
}

func (w *world) lastSeq() uint64 { return 77 }

func (w *world) Stats() msg.Stats {
	return msg.Stats{Counters: msg.Counters{Accepted: uint64(len(w.taken()))}}
}

func (w *world) Points(_ string, step time.Duration, limit int) []msg.Point {
	return []msg.Point{{Emitted: uint32(step / time.Millisecond), Depth: uint32(limit)}}
}

func (w *world) StreamPoints(namespace string, step time.Duration) msg.StreamPoints {
	return msg.StreamPoints{
		Times:   []time.Time{time.Unix(1_700_000_000, 0)},
		Loudest: []msg.StreamCounts{{Namespace: namespace, Event: "tick", Counts: []uint32{uint32(step / time.Millisecond)}}},
	}
}

// everybody is who is connected; the door's own clients, and one more.
func (w *world) everybody() []msg.ListedClient {
	policy := msg.SlowDropOldest
	w.mu.Lock()
	if w.policy != "" {
		policy = w.policy
	}
	w.mu.Unlock()
	all := []msg.ListedClient{{Client: msg.Client{ID: "sio/1", Door: msg.DoorSocketIO, Transport: "polling", Slow: policy}, Standing: msg.Behind, Levels: []byte{1, 255}}}
	for _, c := range w.door.Clients() {
		all = append(all, msg.ListedClient{Client: c, Standing: msg.Keeping})
	}
	return all
}

func (w *world) ListClients(q msg.ClientQuery) msg.ClientPage {
	w.mu.Lock()
	w.asked = q
	w.mu.Unlock()
	all := w.everybody()
	return msg.ClientPage{Clients: all[:min(len(all), q.Limit)], Total: len(all), Found: len(all), Behind: 1}
}

func (w *world) One(id string) (msg.ListedClient, bool) {
	all := w.everybody()
	i := slices.IndexFunc(all, func(c msg.ListedClient) bool { return c.ID == id })
	if i < 0 {
		return msg.ListedClient{}, false
	}
	return all[i], true
}

func (w *world) History(step time.Duration, after time.Time) msg.Levels {
	return msg.Levels{
		Step: step, Times: []time.Time{after.Add(step)},
		Clients: []msg.ClientLevels{{ID: "a", Levels: []byte{7, 255}}, {ID: "b", Levels: []byte{9}}},
	}
}

func (w *world) Left() ([]msg.Departure, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.left), uint64(len(w.left))
}

func (w *world) noteLeft(d msg.Departure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = append(w.left, d)
}

func (w *world) SetSlowPolicy(id string, p msg.SlowPolicy) bool {
	if id != "sio/1" {
		return w.door.SetSlowPolicy(id, p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.policy = p
	return true
}

// people is the world as the door asks it for clients.
type people struct{ *world }

func (p people) List(q msg.ClientQuery) msg.ClientPage { return p.ListClients(q) }

func (w *world) Disconnect(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = append(w.gone, id)
	return id == "sio/1" || w.door.Disconnect(id)
}

// Addressee knows a Socket.IO client in /ws, and one by native WebSocket.
func (p people) Addressee(id, namespace string) (to msg.Addressee, ok bool) {
	switch {
	case id == "sio/1":
		to = msg.Addressee{Door: msg.DoorSocketIO, Namespaces: []string{"/ws", "/ws/rt_market"}}
	case id == "ws/1":
		to = msg.Addressee{Door: msg.DoorWebSocket, Namespaces: []string{"/ws"}}
	default:
		return p.door.Addressee(id, namespace)
	}
	if slices.Contains(to.Namespaces, namespace) {
		to.Socket = id
	}
	return to, true
}

func (w *world) noteReached(limit string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reached = append(w.reached, limit)
}

func (w *world) limitsReached() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.reached)
}

func (w *world) ready() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notReady
}

// emit does what the emitter does with one message.
func (w *world) emit(seq uint64, namespace, event, data string) int {
	return w.send(&msg.Message{Seq: seq, Namespace: namespace, Event: event, Payload: []byte(data)})
}

func (w *world) send(m *msg.Message) int { return w.door.Send(w.begin(m), nil) }

// begin does what the emitter does first: makes known that m is being sent.
func (w *world) begin(m *msg.Message) msg.Emission {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newest++
	e := msg.Emission{Message: m, At: time.Unix(1_700_000_000, int64(w.newest)-1), Order: w.newest}
	w.records = append(w.records, &msg.Record{Message: m, Outcome: msg.Emitted, At: e.At, Order: e.Order})
	return e
}

func (w *world) record(rec *msg.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, rec)
}

func (w *world) recorded() []*msg.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records
}

func newWorld() *world {
	return &world{reels: reels{now: msg.Replay{State: msg.ReplayNone}}, room: 1_000_000, depths: map[string]int{}, lanes: map[string]msg.LaneState{}, gate: newGate(), attic: &attic{}, drawer: &drawer{}, cellar: &cellar{}, queries: things{check: rest.CheckSavedQuery}, boards: things{check: rest.CheckBoard}, drafts: things{check: rest.CheckDraft}, made: &madeUp{all: map[string]wire.Simulator{}}}
}

// options of a door that stands on w.
func (w *world) options() rest.Options {
	return rest.Options{
		Intake: w, Lanes: w, Faults: &misdeeds{}, Recent: w, Stats: w, LastSeq: w.lastSeq, Clients: people{w}, Left: w.noteLeft,
		Sharing: w.gate, Keys: w.gate, Keeping: w.attic, Queries: &w.queries, Boards: &w.boards, Drafts: &w.drafts, Simulators: w.made, Rules: &w.rules, Alerts: &w.alarms, Entrance: w.gate, Audit: w.gate,
		Limits: func() []msg.Limit {
			return []msg.Limit{{Name: "max_body", Value: "1048576", Reached: 3, About: "Bytes."}}
		},
		Reached:    w.noteReached,
		Metrics:    http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, "emitscope_up 1\n") }),
		Ready:      w.ready,
		Version:    "1.2.3",
		Experiment: &w.lab,
		Recordings: w.drawer, MaxRecordingBytes: 1 << 30, History: w.cellar,
		Replay: &w.reels,
		Log:    slog.New(slog.DiscardHandler),
	}
}

// hub is a door that is served.
type hub struct {
	*world
	t      testing.TB
	url    string
	scopes msg.Scopes // of every caller
	key    string     // name of the key every caller showed
}

// startHub serves a door on loopback; change adjusts its options.
func startHub(t testing.TB, change ...func(*rest.Options)) *hub {
	t.Helper()
	testkit.NoLeaks(t)
	w := newWorld()
	o := w.options()
	for _, c := range change {
		c(&o)
	}
	door, err := rest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.door = door
	h := &hub{world: w, t: t, scopes: msg.AllScopes}
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		door.ServeHTTP(out, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: h.scopes, Key: h.key})))
	}))
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

func withUI(files fs.FS) func(*rest.Options) { return func(o *rest.Options) { o.UI = files } }

func withOutbox(bounds outbox.Options) func(*rest.Options) {
	return func(o *rest.Options) { o.Outbox = bounds }
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends one request. header is a list of names and values.
func (h *hub) do(method, path string, body io.Reader, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req) // a redirect is an answer
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(got)}
}

func (h *hub) get(path string, header ...string) answer {
	h.t.Helper()
	return h.do(http.MethodGet, path, nil, header...)
}

// ask sends a body as JSON, or as what header says.
func (h *hub) ask(method, path, body string, header ...string) answer {
	h.t.Helper()
	if !slices.Contains(header, "Content-Type") {
		header = append(header, "Content-Type", "application/json")
	}
	return h.do(method, path, strings.NewReader(body), header...)
}

// post sends messages as JSON, or as what header says.
func (h *hub) post(body string, header ...string) answer {
	h.t.Helper()
	return h.ask(http.MethodPost, "/api/v1/messages", body, header...)
}

// decode reads an answer that must have this status.
func decode[T any](t testing.TB, a answer, status int) T {
	t.Helper()
	var v T
	if a.status != status {
		t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return v
}

// wantError checks an answer that refuses.
func wantError(t testing.TB, a answer, status int, code string) wire.Error {
	t.Helper()
	e := decode[wire.Error](t, a, status)
	if e.Code != code || e.Message == "" {
		t.Errorf("got %s, want code %s and a message", a.body, code)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("error has Content-Type %q", ct)
	}
	return e
}
