package rest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

const lines = "application/x-ndjson"

func TestOneMessageIsTakenWithAllItSays(t *testing.T) {
	h := startHub(t)
	a := h.post(`{"namespace":"/ws/rt_market","event":"tick","data":{"p": 1.50},"rooms":["AAPL"],"source_time":"2026-01-02T03:04:05.6Z"}`)
	got := decode[wire.Accepted](t, a, http.StatusAccepted)
	want := wire.Accepted{Accepted: 1, FirstSeq: 1, LastSeq: 1, QueueDepth: map[string]int{"/ws/rt_market": 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	wantDraft := msg.Draft{
		Namespace: "/ws/rt_market", Event: "tick", Payload: []byte(`{"p":1.50}`), Rooms: []string{"AAPL"},
		Source: time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC),
		Origin: msg.Origin{Door: msg.DoorREST, Address: "127.0.0.1"},
	}
	if diff := cmp.Diff([]msg.Draft{wantDraft}, h.taken()); diff != "" {
		t.Errorf("draft (-want +got):\n%s", diff)
	}
}

func TestOnMeansEventAndCharsetIsAllowed(t *testing.T) {
	h := startHub(t)
	decode[wire.Accepted](t, h.post(`{"on":"tick"}`, "Content-Type", "Application/JSON; charset=UTF-8"), http.StatusAccepted)
	if got := h.taken()[0]; got.Event != "tick" || string(got.Payload) != "null" {
		t.Errorf("got %+v, want event tick with data null", got)
	}
}

func TestAnArrayIsTakenInOrderAndInChunks(t *testing.T) {
	h := startHub(t)
	items := make([]string, 600)
	for i := range items {
		items[i] = fmt.Sprintf(`{"event":"tick","data":%d}`, i)
	}
	got := decode[wire.Accepted](t, h.post(" [ "+strings.Join(items, " , ")+" ] "), http.StatusAccepted)
	if got.Accepted != 600 || got.FirstSeq != 1 || got.LastSeq != 600 || got.QueueDepth["/ws"] != 600 {
		t.Errorf("got %+v, want 600 taken", got)
	}
	if diff := cmp.Diff([]int{256, 256, 88}, h.calls); diff != "" {
		t.Errorf("calls of intake (-want +got):\n%s", diff)
	}
	for i, d := range h.taken() {
		if string(d.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d has data %s", i, d.Payload)
		}
	}
}

func TestLinesAreTakenAndEmptyOnesPassedOver(t *testing.T) {
	h := startHub(t)
	body := "\n{\"event\":\"a\"}\r\n  \n{\"event\":\"b\"}\n{\"event\":\"c\"}"
	got := decode[wire.Accepted](t, h.post(body, "Content-Type", lines), http.StatusAccepted)
	if got.Accepted != 3 {
		t.Errorf("got %+v, want 3 taken", got)
	}
}

func TestNothingIsABatchOfNone(t *testing.T) {
	h := startHub(t)
	for _, a := range []answer{h.post("[]"), h.post("", "Content-Type", lines)} {
		if got := decode[wire.Accepted](t, a, http.StatusAccepted); got.Accepted != 0 {
			t.Errorf("got %+v, want none taken", got)
		}
	}
}

// unsized hides a body's length, so that it is sent in chunks.
type unsized struct{ io.Reader }

func TestABadMessageIsRefusedWithItsReason(t *testing.T) {
	long := strings.Repeat("x", 129)
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, c := range []struct {
		name, body string
		code, says string
	}{
		{"empty", "", "invalid_json", "empty"},
		{"white space", " \n", "invalid_json", "empty"},
		{"malformed", `{"event":"a",}`, "invalid_json", "byte 13"},
		{"cut off", `{"event":"a"`, "invalid_json", "byte 12"},
		{"trailing garbage", `{"event":"a"} x`, "invalid_json", "byte 14"},
		{"second object", `{"event":"a"}{"event":"b"}`, "invalid_json", "byte 13"},
		{"NUL after", `{"event":"a"}` + "\x00", "invalid_json", "byte 13"},
		{"NUL in a name", "{\"event\":\"a\x00\"}", "invalid_json", "byte 11"},
		{"escaped NUL in a name", `{"event":"a\u0000"}`, "invalid_event", "control character"},
		{"invalid UTF-8 in data", "{\"event\":\"a\",\"data\":\"\xff\"}", "invalid_json", "UTF-8"},
		{"invalid UTF-8 in a name", "{\"event\":\"\xff\"}", "invalid_json", "UTF-8"},
		{"byte order mark", "\ufeff{}", "invalid_json", "byte 0"},
		{"too deep", `{"event":"a","data":` + deep + `}`, "too_deep", "64"},
		{"deep without end", `{"event":"a","data":` + strings.Repeat("[", 20_000), "too_deep", "10000"},
		{"deeper than data may be, and cut off", `{"event":"a","data":` + strings.Repeat("[", 80), "invalid_json", "byte 100"},
		{"unknown field", `{"event":"a","dta":1}`, "unknown_field", `"dta"`},
		{"no event", `{"data":1}`, "invalid_event", "no event"},
		{"empty event", `{"event":""}`, "invalid_event", "no event"},
		{"both names", `{"event":"a","on":"b"}`, "invalid_event", `"on"`},
		{"long event", `{"event":"` + long + `"}`, "invalid_event", "129"},
		{"reserved event", `{"event":"disconnect"}`, "invalid_event", "reserved"},
		{"event of wrong type", `{"event":1}`, "invalid_type", `"event"`},
		{"namespace without slash", `{"event":"a","namespace":"ws"}`, "invalid_namespace", "begin"},
		{"long namespace", `{"event":"a","namespace":"/` + long + `"}`, "invalid_namespace", "130"},
		{"namespace with comma", `{"event":"a","namespace":"/a,b"}`, "invalid_namespace", "not allowed"},
		{"empty room", `{"event":"a","rooms":[""]}`, "invalid_room", "room"},
		{"too many rooms", `{"event":"a","rooms":[` + strings.Repeat(`"r",`, 64) + `"r"]}`, "invalid_room", "64"},
		{"rooms of wrong type", `{"event":"a","rooms":"r"}`, "invalid_type", `"rooms"`},
		{"bad time", `{"event":"a","source_time":"noon"}`, "invalid_source_time", "noon"},
		{"not an object", `7`, "invalid_type", "object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := startHub(t)
			check := func(how string, a answer, batch bool) {
				t.Helper()
				e := wantError(t, a, http.StatusBadRequest, c.code)
				if !strings.Contains(e.Message, c.says) {
					t.Errorf("%s: got %q, want it to say %q", how, e.Message, c.says)
				}
				if batch && (e.Accepted == nil || *e.Accepted != 0 || *e.Index != 0) || !batch && e.Accepted != nil {
					t.Errorf("%s: got %s", how, a.body)
				}
			}
			check("sized", h.post(c.body), false)
			check("chunked", h.do(http.MethodPost, "/api/v1/messages", unsized{strings.NewReader(c.body)}, "Content-Type", "application/json"), false)
			if strings.TrimSpace(c.body) != "" {
				check("line", h.post(c.body+"\n", "Content-Type", lines), true)
			}
			if n := len(h.taken()); n != 0 {
				t.Errorf("%d messages were taken", n)
			}
		})
	}
}

func TestAnArrayIsTakenUpToWhatIsWrong(t *testing.T) {
	good := `{"event":"a"}`
	for _, c := range []struct{ name, body, code, says string }{
		{"bad item", `[` + good + `,` + good + `,{"event":""}]`, "invalid_event", "no event"},
		{"item of wrong type", `[` + good + `,` + good + `,3]`, "invalid_type", "object"},
		{"unknown field", `[` + good + `,` + good + `,{"event":"a","x":1},` + good + `]`, "unknown_field", `"x"`},
		{"invalid UTF-8", `[` + good + `,` + good + ",{\"event\":\"\xff\"}]", "invalid_json", "UTF-8"},
		{"malformed", `[` + good + `,` + good + `,{"event"]`, "invalid_json", "byte"},
		{"no comma", `[` + good + `,` + good + ` ` + good + `]`, "invalid_json", "byte"},
		{"comma at the end", `[` + good + `,` + good + `,]`, "invalid_json", "byte"},
		{"no end", `[` + good + `,` + good, "invalid_json", "ends inside"},
		{"wrong end", `[` + good + `,` + good + `}`, "invalid_json", "byte"},
		{"trailing garbage", `[` + good + `,` + good + `] x`, "invalid_json", "byte"},
		{"second array", `[` + good + `,` + good + `][]`, "invalid_json", "more text"},
		{"NUL after", `[` + good + `,` + good + "]\x00", "invalid_json", "byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := startHub(t)
			e := wantError(t, h.post(c.body), http.StatusBadRequest, c.code)
			if !strings.Contains(e.Message, c.says) {
				t.Errorf("got %q, want it to say %q", e.Message, c.says)
			}
			wantTaken(t, h, e, 2)
		})
	}
}

// wantTaken checks that the error tells of n messages taken, and that they were.
func wantTaken(t *testing.T, h *hub, e wire.Error, n int) {
	t.Helper()
	if e.Accepted == nil || *e.Accepted != n || e.Index == nil || *e.Index != n || e.FirstSeq != uint64(min(n, 1)) || e.LastSeq != uint64(n) {
		t.Errorf("got %+v, want %d accepted, that index, and their numbers", e, n)
	}
	if got := len(h.taken()); got != n {
		t.Errorf("%d messages were taken, want %d", got, n)
	}
}

func TestABrokenLine500LeavesThe499BeforeItTaken(t *testing.T) {
	h := startHub(t)
	var body strings.Builder
	for i := range 600 {
		if i == 499 {
			body.WriteString("{\"event\":\n")
			continue
		}
		fmt.Fprintf(&body, "{\"event\":\"tick\",\"data\":%d}\n", i)
	}
	wantTaken(t, h, wantError(t, h.post(body.String(), "Content-Type", lines), http.StatusBadRequest, "invalid_json"), 499)
}

func TestAFullLaneTellsHowManyWereTakenAndWhenToComeBack(t *testing.T) {
	for _, contentType := range []string{"application/json", lines} {
		h := startHub(t)
		h.room = 300
		body, sep := "", "\n"
		if contentType == "application/json" {
			sep = ","
		}
		body = strings.Repeat(`{"event":"a"}`+sep, 399) + `{"event":"a"}`
		if sep == "," {
			body = "[" + body + "]"
		}
		a := h.post(body, "Content-Type", contentType)
		wantTaken(t, h, wantError(t, a, http.StatusTooManyRequests, "queue_full"), 300)
		if got := a.header.Get("Retry-After"); got != "1" {
			t.Errorf("%s: got Retry-After %q, want 1", contentType, got)
		}
	}
}

func TestABodyOverTheLimitIsRefused(t *testing.T) {
	h := startHub(t)
	item := `{"event":"a","data":"` + strings.Repeat("x", 1000) + `"}`
	large := `{"event":"a","data":"` + strings.Repeat("x", 1<<20) + `"}`
	batch := `[` + strings.Repeat(item+",", 1100) + item + `]`

	wantError(t, h.post(large), http.StatusRequestEntityTooLarge, "too_large")
	wantError(t, h.post(batch), http.StatusRequestEntityTooLarge, "too_large")
	wantError(t, h.do(http.MethodPost, "/api/v1/messages", unsized{strings.NewReader(large)}, "Content-Type", "application/json"),
		http.StatusRequestEntityTooLarge, "too_large")
	if n := len(h.taken()); n != 0 {
		t.Errorf("%d messages were taken", n)
	}

	// What came before the limit was complete when it came.
	e := wantError(t, h.do(http.MethodPost, "/api/v1/messages", unsized{strings.NewReader(batch)}, "Content-Type", "application/json"),
		http.StatusRequestEntityTooLarge, "too_large")
	wantTaken(t, h, e, 1<<20/(len(item)+1))
}

func TestABodyOfExactlyTheLimitIsTaken(t *testing.T) {
	h := startHub(t)
	frame := `{"event":"a","data":""}`
	body := `{"event":"a","data":"` + strings.Repeat("x", 1<<20-len(frame)) + `"}`
	decode[wire.Accepted](t, h.post(body), http.StatusAccepted)
	decode[wire.Accepted](t, h.do(http.MethodPost, "/api/v1/messages", unsized{strings.NewReader(body)}, "Content-Type", "application/json"), http.StatusAccepted)
}

func TestALineOverTheLimitIsRefusedAndTheOnesBeforeTaken(t *testing.T) {
	h := startHub(t)
	body := "{\"event\":\"a\"}\n{\"event\":\"a\",\"data\":\"" + strings.Repeat("x", 1<<20) + "\"}\n"
	wantTaken(t, h, wantError(t, h.post(body, "Content-Type", lines), http.StatusRequestEntityTooLarge, "too_large"), 1)
}

func TestManyLinesMayBeMoreThanOneMebibyte(t *testing.T) {
	h := startHub(t)
	body := strings.Repeat(`{"event":"a","data":"`+strings.Repeat("x", 1000)+"\"}\n", 3000)
	if got := decode[wire.Accepted](t, h.post(body, "Content-Type", lines), http.StatusAccepted); got.Accepted != 3000 {
		t.Errorf("got %+v, want 3000 taken", got)
	}
}

func TestContentTypeAndEncodingAreChecked(t *testing.T) {
	h := startHub(t)
	body := `{"event":"a"}`
	for _, header := range [][]string{
		{"Content-Type", ""},
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Type", "text/plain"},
		{"Content-Type", "application/json; charset=latin1"},
		{"Content-Type", "application/json", "Content-Encoding", "gzip"},
	} {
		if e := wantError(t, h.post(body, header...), http.StatusUnsupportedMediaType, "unsupported_media_type"); e.Hint == "" {
			t.Errorf("%v: got no hint", header)
		}
	}
}

func TestAnErrorNobodyExplainedIsOursAndKeepsItsDetails(t *testing.T) {
	h := startHub(t)
	h.broken = errors.New("disk on fire")
	if a := h.post(`{"event":"a"}`); strings.Contains(a.body, "fire") {
		t.Errorf("got %s, which tells a stranger too much", a.body)
	} else {
		wantError(t, a, http.StatusInternalServerError, "internal")
	}
	h.broken = fault.Newf(fault.Stopping, "the hub is stopping")
	if a := h.post(`{"event":"a"}`); a.header.Get("Retry-After") == "" {
		t.Errorf("got no Retry-After while stopping")
	} else {
		wantError(t, a, http.StatusServiceUnavailable, "stopping")
	}
}

// dial opens a connection and sends the head of a POST whose body is chunked,
// or of this length.
func (h *hub) dial(contentType, bodyHeader string) net.Conn {
	h.t.Helper()
	u, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /api/v1/messages HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n%s\r\n\r\n", u.Host, contentType, bodyHeader)
	return conn
}

func sendChunk(w io.Writer, text string) { fmt.Fprintf(w, "%x\r\n%s\r\n", len(text), text) }

func TestALineIsTakenWhileTheNextIsNotHereYet(t *testing.T) {
	h := startHub(t)
	conn := h.dial(lines, "Transfer-Encoding: chunked")
	for i := range 3 {
		sendChunk(conn, "{\"event\":\"a\"}\n{\"eve")
		testkit.Eventually(t, func() bool { return len(h.taken()) == i+1 }, "the complete line to be taken")
		sendChunk(conn, "nt\":\"b\"}")
		sendChunk(conn, "\n")
		testkit.Eventually(t, func() bool { return len(h.taken()) == i+2 }, "the line that came in parts to be taken")
		h.mu.Lock()
		h.accepted = h.accepted[:i+1]
		h.mu.Unlock()
	}
}

func TestAStreamingProducerIsToldAtOnceThatTheLaneIsFull(t *testing.T) {
	h := startHub(t)
	h.room = 1
	conn := h.dial(lines, "Transfer-Encoding: chunked")
	sendChunk(conn, "{\"event\":\"a\"}\n{\"event\":\"a\"}\n") // and no end
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusTooManyRequests || !res.Close {
		t.Errorf("got %s, close %v, want 429 and the connection closed", res.Status, res.Close)
	}
}

func TestWhatWasCompleteIsTakenWhenTheClientLeaves(t *testing.T) {
	for _, c := range []struct {
		contentType, body string
		want              int
	}{
		{lines, "{\"event\":\"a\"}\n{\"event\":\"b\"}\n{\"event\":\"c\"}", 2},
		{"application/json", `[{"event":"a"},{"event":"b"},{"event":`, 2},
		{"application/json", `{"event":"a"}`, 0}, // more was announced
	} {
		h := startHub(t)
		conn := h.dial(c.contentType, "Content-Length: 1000")
		if _, err := io.WriteString(conn, c.body); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := len(h.taken()); got != c.want || res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: got %d taken and %s, want %d and 400", c.body, got, res.Status, c.want)
		}
	}
}

func TestAConnectionServesOnAfterABadMessage(t *testing.T) {
	h := startHub(t)
	for _, body := range []string{`{"event":""}`, `[{"event":""},{"event":"a"}]`, `nonsense`} {
		if a := h.post(body); a.status != http.StatusBadRequest || a.header.Get("Connection") == "close" {
			t.Errorf("%s: got %d, Connection %q, want 400 and a connection that stays", body, a.status, a.header.Get("Connection"))
		}
	}
}
