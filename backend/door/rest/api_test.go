package rest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestRootAnswersPagesOfAnyOriginWithoutAKey(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	a := h.get("/api")
	if a.status != http.StatusOK || a.body != `{"result":"OK"}` || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("GET: got %d %q, CORS %q", a.status, a.body, a.header.Get("Access-Control-Allow-Origin"))
	}
	if a := h.do(http.MethodHead, "/api", nil); a.status != http.StatusOK || a.body != "" || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("HEAD: got %d %q", a.status, a.body)
	}
	a = h.do(http.MethodOptions, "/api", nil, "Access-Control-Request-Method", "GET", "Origin", "http://example.com")
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Headers") != "*" {
		t.Errorf("OPTIONS: got %d %v", a.status, a.header)
	}
}

func TestEachRouteAsksForItsScope(t *testing.T) {
	h := startHub(t)
	for _, c := range []struct {
		method, path string
		needs        msg.Scopes
	}{
		{"GET", "/api/v1/messages", msg.MayView},
		{"GET", "/api/v1/messages/1", msg.MayView},
		{"GET", "/api/v1/stream", msg.MayView},
		{"GET", "/api/v1/stats", msg.MayView},
		{"GET", "/api/v1/points", msg.MayView},
		{"GET", "/api/v1/streams/points", msg.MayView},
		{"GET", "/api/v1/series", msg.MayView},
		{"GET", "/api/v1/clients", msg.MayView},
		{"GET", "/api/v1/lanes", msg.MayView},
		{"GET", "/api/v1/lanes/%2Fws", msg.MayView},
		{"GET", "/api/v1/openapi.json", msg.MayView},
		{"GET", "/api/v1/docs", msg.MayView},
		{"GET", "/metrics", msg.MayView},
		{"POST", "/api/v1/messages", msg.MayPublish},
		{"PATCH", "/api/v1/lanes/%2Fws", msg.MayAdmin},
		{"GET", "/api/v1/clients/x", msg.MayView},
		{"GET", "/api/v1/clients/history", msg.MayView},
		{"GET", "/api/v1/clients/left", msg.MayView},
		{"PATCH", "/api/v1/clients/x", msg.MayAdmin},
		{"DELETE", "/api/v1/clients/x", msg.MayAdmin},
		{"GET", "/api/v1/sharing", msg.MayAdmin},
		{"PATCH", "/api/v1/sharing", msg.MayAdmin},
		{"POST", "/api/v1/sharing/link", msg.MayAdmin},
		{"GET", "/api/v1/keys", msg.MayAdmin},
		{"POST", "/api/v1/keys", msg.MayAdmin},
		{"DELETE", "/api/v1/keys/a%2Fb", msg.MayAdmin},
		{"DELETE", "/api/v1/keys/%2F", msg.MayAdmin},
		{"GET", "/api/v1/audit", msg.MayAdmin},
		{"GET", "/api/v1/limits", msg.MayView},
		{"GET", "/api/v1/queries", msg.MayView},
		{"PUT", "/api/v1/queries/x", msg.MayAdmin},
		{"DELETE", "/api/v1/queries/x", msg.MayAdmin},
		{"GET", "/api/v1/drafts", msg.MayView},
		{"PUT", "/api/v1/drafts/x", msg.MayAdmin},
		{"DELETE", "/api/v1/drafts/x", msg.MayAdmin},
		{"POST", "/api/v1/template", msg.MayPublish},
		{"POST", "/api/v1/clients/x/messages", msg.MayPublish},
		{"GET", "/api/v1/boards", msg.MayView},
		{"PUT", "/api/v1/boards/x", msg.MayAdmin},
		{"DELETE", "/api/v1/boards/x", msg.MayAdmin},
		{"GET", "/api/v1/alerts", msg.MayView},
		{"GET", "/api/v1/alert-history", msg.MayView},
		{"PUT", "/api/v1/alerts/x", msg.MayAdmin},
		{"DELETE", "/api/v1/alerts/x", msg.MayAdmin},
		{"POST", "/api/v1/alerts/x/acknowledge", msg.MayAdmin},
		{"POST", "/api/v1/alerts/x/test", msg.MayAdmin},
		{"GET", "/api/v1/rules", msg.MayView},
		{"PATCH", "/api/v1/rules", msg.MayAdmin},
		{"PUT", "/api/v1/rules/x", msg.MayAdmin},
		{"PATCH", "/api/v1/rules/x", msg.MayAdmin},
		{"DELETE", "/api/v1/rules/x", msg.MayAdmin},
	} {
		h.scopes = 0
		a := h.do(c.method, c.path, nil)
		if e := wantError(t, a, http.StatusUnauthorized, "unauthorized"); e.Hint == "" || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s: got %s without hint or WWW-Authenticate", c.method, c.path, a.body)
		}
		h.scopes = msg.AllScopes &^ c.needs
		if e := wantError(t, h.do(c.method, c.path, nil), http.StatusForbidden, "forbidden"); !strings.Contains(e.Message, c.needs.String()) {
			t.Errorf("%s %s: got %q, want it to name the scope %s", c.method, c.path, e.Message, c.needs)
		}
	}
	for _, act := range h.gate.noted() {
		if act.Kind != msg.Refused || act.Door != msg.DoorREST || act.Subject == "" {
			t.Errorf("without the scopes, %+v was done", act)
		}
	}
	h.scopes = 0
	for _, path := range []string{"/livez", "/readyz", "/", "/api/v1/session"} {
		if a := h.get(path); a.status != http.StatusOK {
			t.Errorf("%s without scopes: got %d, want 200", path, a.status)
		}
	}
}

func TestWhatNeedsNoKeyIsListedHere(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	open := map[string]bool{
		"GET /api": true, "OPTIONS /api": true, "GET /livez": true, "GET /readyz": true,
		"GET /api/v1/session": true, "POST /api/v1/session": true, "DELETE /api/v1/session": true,
	}
	in, _ := h.door.Described()
	fill := strings.NewReplacer("{seq}", "1", "{namespace}", "%2Fws", "{id}", "sio%2F1", "{name}", "x")
	for _, rt := range in {
		a := h.do(rt[0], fill.Replace(rt[1]), nil)
		if refused := a.status == http.StatusUnauthorized; refused == open[rt[0]+" "+rt[1]] {
			t.Errorf("%s %s without a key: got %d", rt[0], rt[1], a.status)
		}
	}
}

func TestAnUnknownPathIsNotFound(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"/api/", "/api/v2/messages", "/api/v1/nothing", "/api/v1/messages/1/2"} {
		wantError(t, h.get(path), http.StatusNotFound, "not_found")
	}
	for _, path := range []string{"ws/rt_market", "/ws/rt_market", "/", ""} {
		if e := wantError(t, h.get("/api/v1/lanes/"+path), http.StatusNotFound, "not_found"); !strings.Contains(e.Hint, "%2Fws%2Frt_market") {
			t.Errorf("lane %q: got hint %q, want how a namespace is written", path, e.Hint)
		}
	}
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	h := startHub(t)
	for path, allow := range map[string]string{
		"/api":                "GET, HEAD, OPTIONS",
		"/api/v1/messages":    "DELETE, GET, HEAD, POST",
		"/api/v1/lanes/%2Fws": "DELETE, GET, HEAD, PATCH",
		"/api/v1/clients/x":   "DELETE, GET, HEAD, PATCH",
		"/api/v1/sharing":     "GET, HEAD, PATCH",
		"/api/v1/keys":        "GET, HEAD, POST",
		"/api/v1/keys/x":      "DELETE",
		"/api/v1/queries":     "GET, HEAD",
		"/api/v1/session":     "DELETE, GET, HEAD, POST",
		"/livez":              "GET, HEAD",
	} {
		a := h.do(http.MethodPut, path, nil)
		wantError(t, a, http.StatusMethodNotAllowed, "method_not_allowed")
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s: got Allow %q, want %q", path, got, allow)
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"/api", "/api/v1/messages", "/api/v1/stats", "/api/v1/stream", "/api/v1/openapi.json", "/", "/livez", "/socket.io/socket.io.js"} {
		if a := h.do(http.MethodHead, path, nil); a.status != http.StatusOK || a.body != "" || a.header.Get("Content-Type") == "" {
			t.Errorf("%s: got %d, %q", path, a.status, a.body)
		}
	}
}

func TestAWrongParameterIsRefusedByName(t *testing.T) {
	h := startHub(t)
	for path, want := range map[string]string{
		"/api/v1/messages?ns=/ws":               "unknown_parameter",
		"/api/v1/stats?x":                       "unknown_parameter",
		"/api/v1/messages?limit=1&limit=2":      "invalid_parameter",
		"/api/v1/messages?limit=0":              "invalid_parameter",
		"/api/v1/messages?limit=1001":           "invalid_parameter",
		"/api/v1/messages?limit=-1":             "invalid_parameter",
		"/api/v1/messages?before=x":             "invalid_parameter",
		"/api/v1/messages?q=x:1":                "invalid_query",
		"/api/v1/messages?highlight=x:1":        "invalid_query",
		"/api/v1/stream?q=x:1":                  "invalid_query",
		"/api/v1/messages?q=%zz":                "invalid_parameter",
		"/api/v1/messages/x":                    "invalid_parameter",
		"/api/v1/audit?limit=0":                 "invalid_parameter",
		"/api/v1/audit?limit=1001":              "invalid_parameter",
		"/api/v1/audit?before=x":                "invalid_parameter",
		"/api/v1/audit?after=1":                 "unknown_parameter",
		"/api/v1/keys?key=x":                    "unknown_parameter",
		"/api/v1/messages/1?attachments=hex":    "invalid_parameter",
		"/api/v1/points?namespace=ws":           "invalid_namespace",
		"/api/v1/points?limit=0":                "invalid_parameter",
		"/api/v1/points?limit=3601":             "invalid_parameter",
		"/api/v1/streams/points?namespace=ws":   "invalid_namespace",
		"/api/v1/stream?namespace=ws":           "invalid_namespace",
		"/api/v1/stream?q=outcome:dropped":      "never_emitted",
		"/api/v1/stream?last=ten":               "invalid_parameter",
		"/api/v1/stream?last=101":               "invalid_last",
		"/api/v1/lanes/ws":                      "invalid_namespace",
		"/api/v1/messages?q=" + "a%00":          "invalid_query",
		"/api/v1/lanes/%2F" + "a%2C":            "invalid_namespace",
		"/api/v1/messages/18446744073709551616": "invalid_parameter",
	} {
		wantError(t, h.get(path), http.StatusBadRequest, want)
	}
}

func TestMessagesComeInPagesNewestFirst(t *testing.T) {
	h := startHub(t)
	for seq := range uint64(5) {
		h.emit(seq+1, "/ws", "tick", `"<&>"`)
	}
	h.emit(6, "/other", "tick", `1`)
	page := decode[wire.MessagePage](t, h.get("/api/v1/messages?q=ns:/ws&limit=2"), http.StatusOK)
	seqs := []uint64{page.Messages[0].Seq, page.Messages[1].Seq, page.Before}
	if diff := cmp.Diff([]uint64{5, 4, 4}, seqs); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	page = decode[wire.MessagePage](t, h.get("/api/v1/messages?q=ns:/ws&limit=3&before=4"), http.StatusOK)
	if len(page.Messages) != 3 || page.Messages[2].Seq != 1 || page.Before != 0 {
		t.Errorf("last page: got %+v, want 3, 2, 1 and no more", page)
	}
	if a := h.get("/api/v1/messages?q=ns:/none"); a.body != `{"messages":[]}`+"\n" {
		t.Errorf("empty page: got %s", a.body)
	}
	if a := h.get("/api/v1/messages"); !strings.Contains(a.body, `"data":"<&>"`) {
		t.Errorf("payload is not byte for byte in %s", a.body)
	}
}

func TestAPageEndsEarlyWhenMessagesAreLarge(t *testing.T) {
	h := startHub(t)
	large := `"` + strings.Repeat("x", 1<<20) + `"`
	for seq := range uint64(10) {
		h.emit(seq+1, "/ws", "tick", large)
	}
	page := decode[wire.MessagePage](t, h.get("/api/v1/messages"), http.StatusOK)
	if len(page.Messages) != 7 || page.Before != 4 {
		t.Errorf("got %d messages and before %d, want 7 (under 8 MiB) and 4", len(page.Messages), page.Before)
	}
}

func TestOneMessageWithItsAttachmentsOnRequest(t *testing.T) {
	h := startHub(t)
	h.record(&msg.Record{
		Message: &msg.Message{Seq: 7, Namespace: "/ws", Event: "a", Payload: []byte(`1`), Attachments: [][]byte{{1, 2, 3}}},
		Outcome: msg.Received,
	})
	if m := decode[wire.Message](t, h.get("/api/v1/messages/7"), http.StatusOK); m.Attachments != nil || m.Outcome != "received" {
		t.Errorf("got %+v, want a received message without attachments", m)
	}
	if a := h.get("/api/v1/messages/7?attachments=base64"); !strings.Contains(a.body, `"attachments":["AQID"]`) {
		t.Errorf("got %s, want the attachment in base64", a.body)
	}
	wantError(t, h.get("/api/v1/messages/8"), http.StatusNotFound, "not_found")
}

func TestStatsAndPoints(t *testing.T) {
	h := startHub(t)
	h.post(`{"event":"a"}`)
	s := decode[wire.Stats](t, h.get("/api/v1/stats"), http.StatusOK)
	if s.Version != "1.2.3" || s.Counters.Accepted != 1 || s.Clients != 1 {
		t.Errorf("got %+v", s)
	}
	for path, want := range map[string]uint32{
		"/api/v1/points": 1000, "/api/v1/points?step=100ms&namespace=/ws": 100, "/api/v1/points?step=10s": 10_000,
	} {
		if p := decode[wire.PointList](t, h.get(path), http.StatusOK); p.Points[0].Emitted != want {
			t.Errorf("%s: got %+v, want a step of %d ms", path, p, want)
		}
	}
	if p := decode[wire.PointList](t, h.get("/api/v1/points?limit=60"), http.StatusOK); p.Points[0].Depth != 60 {
		t.Errorf("the meter was asked for %d points, want 60", p.Points[0].Depth)
	}
}

func TestPointsOfStreams(t *testing.T) {
	h := startHub(t)
	for query, want := range map[string]wire.StreamPointList{
		"": {Step: "1s", Streams: []wire.StreamPoints{{Event: "tick", Counts: []uint32{1000}}}},
		"?namespace=/ws&step=10s": {
			Namespace: "/ws", Step: "10s", Streams: []wire.StreamPoints{{Namespace: "/ws", Event: "tick", Counts: []uint32{10_000}}},
		},
	} {
		want.Times, want.Others = []string{"2023-11-14T22:13:20.000000000Z"}, []uint32{}
		got := decode[wire.StreamPointList](t, h.get("/api/v1/streams/points"+query), http.StatusOK)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestAWrongStepIsToldTheRightOnes(t *testing.T) {
	h := startHub(t)
	for path, want := range map[string]string{
		"/api/v1/points?step=1m":            "100ms or 1s or 10s",
		"/api/v1/streams/points?step=100ms": "1s or 10s",
	} {
		if e := wantError(t, h.get(path), http.StatusBadRequest, "invalid_parameter"); !strings.Contains(e.Hint, want) {
			t.Errorf("%s: got hint %q, want it to name %s", path, e.Hint, want)
		}
	}
}

func TestAClientCanBeDisconnected(t *testing.T) {
	h := startHub(t)
	if list := decode[wire.ClientList](t, h.get("/api/v1/clients"), http.StatusOK); len(list.Clients) != 1 || list.Clients[0].Transport != "polling" {
		t.Errorf("got %+v", list)
	}
	if a := h.do(http.MethodDelete, "/api/v1/clients/sio%2F1", nil); a.status != http.StatusNoContent || a.body != "" {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	if diff := cmp.Diff([]string{"sio/1"}, h.gone); diff != "" {
		t.Errorf("disconnected (-want +got):\n%s", diff)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/clients/none", nil), http.StatusNotFound, "not_found")
}

func TestALaneIsChangedAndMade(t *testing.T) {
	h := startHub(t)
	const path = "/api/v1/lanes/%2Fws%2Frt_market"
	wantError(t, h.get(path), http.StatusNotFound, "not_found")
	a := h.do(http.MethodPatch, path, strings.NewReader(`{"interval":"12.5ms","full":"latest","key":"/symbol"}`), "Content-Type", "application/json")
	l := decode[wire.Lane](t, a, http.StatusOK)
	if l.Namespace != "/ws/rt_market" || l.Interval != "12.5ms" || l.Full != "latest" || l.Key != "/symbol" || !l.Configured {
		t.Errorf("got %+v", l)
	}
	if got := decode[wire.Lane](t, h.get(path), http.StatusOK); got != l {
		t.Errorf("GET: got %+v, want %+v", got, l)
	}
	if list := decode[wire.LaneList](t, h.get("/api/v1/lanes"), http.StatusOK); len(list.Lanes) != 1 || list.Lanes[0] != l {
		t.Errorf("list: got %+v", list)
	}
	for body, code := range map[string]string{
		`{"intervall":"1s"}`:    "unknown_field",
		`{"interval":"soon"}`:   "invalid_setting",
		`{"interval":"1µs"}`:    "invalid_setting",
		`{"capacity":"1"}`:      "invalid_type",
		`{"capacity":1} x`:      "invalid_json",
		`{"full":"sometimes"}`:  "invalid_setting",
		``:                      "invalid_json",
		`{"rate":1e400}`:        "invalid_type",
		`{"key":"/a","rate":1}`: "",
	} {
		a := h.do(http.MethodPatch, path, strings.NewReader(body), "Content-Type", "application/json")
		if code == "" {
			decode[wire.Lane](t, a, http.StatusOK)
			continue
		}
		wantError(t, a, http.StatusBadRequest, code)
	}
	wantError(t, h.do(http.MethodPatch, path, strings.NewReader("{}"), "Content-Type", lines), http.StatusUnsupportedMediaType, "unsupported_media_type")
	wantError(t, h.do(http.MethodPatch, "/api/v1/lanes/ws", strings.NewReader("{}"), "Content-Type", "application/json"), http.StatusBadRequest, "invalid_namespace")
}

func TestTheRootNamespaceHasALaneToo(t *testing.T) {
	h := startHub(t)
	a := h.do(http.MethodPatch, "/api/v1/lanes/%2F", strings.NewReader(`{"interval":"20ms"}`), "Content-Type", "application/json")
	made := decode[wire.Lane](t, a, http.StatusOK)
	if made.Namespace != "/" || made.Interval != "20ms" {
		t.Errorf("got %+v, want the lane of / with its new interval", made)
	}
	if got := decode[wire.Lane](t, h.get("/api/v1/lanes/%2f"), http.StatusOK); got != made {
		t.Errorf("GET: got %+v, want %+v", got, made)
	}
	wantError(t, h.get("/api/v1/lanes/%2F?x"), http.StatusBadRequest, "unknown_parameter")
	if a := h.do(http.MethodPut, "/api/v1/lanes/%2F", nil); a.header.Get("Allow") != "DELETE, GET, HEAD, PATCH" {
		t.Errorf("PUT: got %d, Allow %q", a.status, a.header.Get("Allow"))
	}
}

func TestReadinessTellsWhyNot(t *testing.T) {
	h := startHub(t)
	if a := h.get("/readyz"); a.status != http.StatusOK || a.body != `{"result":"OK"}` {
		t.Errorf("got %d %s", a.status, a.body)
	}
	h.mu.Lock()
	h.notReady = fault.Newf(fault.Stopping, "the hub is stopping")
	h.mu.Unlock()
	if a := h.get("/readyz"); a.header.Get("Retry-After") == "" {
		t.Errorf("got no Retry-After")
	} else {
		wantError(t, a, http.StatusServiceUnavailable, "stopping")
	}
	h.mu.Lock()
	h.notReady = errors.New("sequence not read")
	h.mu.Unlock()
	wantError(t, h.get("/readyz"), http.StatusServiceUnavailable, "not_ready")
	if a := h.get("/livez"); a.status != http.StatusOK {
		t.Errorf("livez: got %d, want 200: the process answers", a.status)
	}
}

func TestMetricsAreServed(t *testing.T) {
	h := startHub(t)
	if a := h.get("/metrics"); a.body != "emitscope_up 1\n" {
		t.Errorf("got %q", a.body)
	}
}

func TestABodyNobodyWantsDoesNotHoldTheConnection(t *testing.T) {
	h := startHub(t)
	if a := h.do(http.MethodGet, "/api/v1/stats", strings.NewReader("body")); a.status != http.StatusOK {
		t.Errorf("got %d, want 200", a.status)
	}
}
