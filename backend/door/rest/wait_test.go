package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// waiting is an answer that is still coming.
type waiting struct {
	t    *testing.T
	body *bufio.Reader
}

// waitFor begins to wait, and returns when the hub does.
func (h *hub) waitFor(t *testing.T, ask string) *waiting {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/wait?"+ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != lines {
		t.Fatalf("got %s %v", res.Status, res.Header)
	}
	return &waiting{t, bufio.NewReader(res.Body)}
}

// seq returns the number of the next message.
func (w *waiting) seq() uint64 {
	w.t.Helper()
	var m wire.Message
	w.read(&m)
	return m.Seq
}

func (w *waiting) end() (end wire.WaitEnd) {
	w.t.Helper()
	w.read(&end)
	return end
}

func (w *waiting) read(to any) {
	w.t.Helper()
	line, err := w.body.ReadString('\n')
	if err != nil {
		w.t.Fatalf("%v after %q", err, line)
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		w.t.Fatalf("%v in %s", err, line)
	}
}

// over has something become of a message, as the emitter tells the watchers: recent
// before the door.
func (w *world) over(seq uint64, event, data string, outcome msg.Outcome) {
	rec := &msg.Record{
		Message: &msg.Message{Seq: seq, Namespace: "/ws", Event: event, Payload: []byte(data)},
		Outcome: outcome, At: time.Unix(1_700_000_000, int64(seq)),
	}
	w.record(rec)
	w.door.Observe(rec)
}

func TestAWaitShowsEachMatchAtOnceAndEndsWithTheLast(t *testing.T) {
	h := startHub(t)
	w := h.waitFor(t, "q=event:done&count=2")
	h.over(1, "tick", "1", msg.Emitted)
	h.over(2, "done", `{"p":"<1.50>"}`, msg.Emitted)
	var m wire.Message
	if w.read(&m); m.Seq != 2 || string(m.Data) != `{"p":"<1.50>"}` || m.Outcome != "emitted" {
		t.Errorf("got %+v, want message 2", m)
	}
	h.over(3, "done", "1", msg.Emitted)
	h.over(4, "done", "1", msg.Emitted)
	if got := w.seq(); got != 3 {
		t.Errorf("got %d, want message 3", got)
	}
	if diff := cmp.Diff(wire.WaitEnd{End: "matched", Matched: 2}, w.end()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAWaitLooksAtEveryOutcome(t *testing.T) {
	h := startHub(t)
	w := h.waitFor(t, "q=outcome:received+OR+outcome:dropped&count=2")
	h.over(1, "said", "1", msg.Emitted)
	h.over(2, "said", "1", msg.Received)
	h.over(3, "said", "1", msg.Dropped)
	if a, b := w.seq(), w.seq(); a != 2 || b != 3 {
		t.Errorf("got %d and %d, want 2 and 3", a, b)
	}
}

func TestAWaitByNamesIsForThoseAlone(t *testing.T) {
	h := startHub(t)
	w := h.waitFor(t, "namespace=/ws&event=done")
	h.over(1, "tick", "1", msg.Emitted)
	h.over(2, "done", "1", msg.Emitted)
	if got := w.seq(); got != 2 {
		t.Errorf("got %d, want 2", got)
	}
}

// wait runs a wait to its end without a network, so that time can be made up.
func (w *world) wait(t *testing.T, ask string, flushed func()) []string {
	t.Helper()
	out := watched{ResponseRecorder: httptest.NewRecorder(), flushed: flushed}
	ctx := msg.WithCaller(context.Background(), msg.Caller{Scopes: msg.MayView})
	w.door.ServeHTTP(out, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/wait?"+ask, nil))
	return strings.Fields(out.Body.String())
}

func TestAWaitEndsWhenItsTimeIsUpAndSaysWhatItGot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		began, told := time.Now(), false
		got := w.wait(t, "count=2&timeout=7s", func() {
			if !told {
				told = true
				w.over(1, "tick", "1", msg.Emitted)
			}
		})
		if len(got) != 2 || got[1] != `{"end":"timeout","matched":1}` {
			t.Errorf("got %q, want a message and that the time was up", got)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("it took %v, want 7s", took)
		}
	})
}

func TestAWaitFromANumberOnCountsWhatIsKeptAndEachMessageOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		for seq := range uint64(4) {
			w.over(seq+1, "tick", "1", msg.Emitted)
		}
		told := false
		got := w.wait(t, "after=2&count=3", func() {
			if !told { // the past is read: what came while it was is in it, and was observed as well
				told = true
				w.door.Observe(w.recorded()[3])
				w.over(5, "tick", "1", msg.Emitted)
			}
		})
		if len(got) != 4 {
			t.Fatalf("got %q, want three messages and the end", got)
		}
		for i, seq := range []int{3, 4, 5} {
			if !strings.Contains(got[i], fmt.Sprintf(`"seq":%d,`, seq)) {
				t.Errorf("line %d: got %s, want message %d", i, got[i], seq)
			}
		}
	})
}

func TestAWaitWithoutTimeLooksAtWhatIsKept(t *testing.T) {
	h := startHub(t)
	h.over(1, "tick", "1", msg.Emitted)
	for ask, want := range map[string]wire.WaitEnd{
		"after=0&timeout=0s&q=event:tick": {End: "matched", Matched: 1},
		"after=1&timeout=0s&q=event:tick": {End: "timeout"},
		"timeout=0s&q=event:tick":         {End: "timeout"},
	} {
		w := h.waitFor(t, ask)
		if want.Matched > 0 {
			w.seq()
		}
		if diff := cmp.Diff(want, w.end()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ask, diff)
		}
	}
}

func TestAWaitSaysThatWhatItWasToBeginWithIsForgotten(t *testing.T) {
	h := startHub(t)
	h.forgotten = 8
	for after, want := range map[int]bool{7: true, 8: false} {
		if got := h.waitFor(t, fmt.Sprintf("after=%d&timeout=0s", after)).end(); got.Forgotten != want {
			t.Errorf("after %d: got %+v, want forgotten: %v", after, got, want)
		}
	}
}

func TestAWaitCountsWhatItsQueryIsTooDearFor(t *testing.T) {
	h := startHub(t)
	w := h.waitFor(t, "timeout=10m&q="+strings.Repeat("-zzz+", query.MaxTerms))
	h.over(1, "tick", `"`+strings.Repeat("x", 1<<20)+`"`, msg.Emitted) // the answer would take 0.2 s
	go h.door.Stop(context.Background())
	if diff := cmp.Diff(wire.WaitEnd{End: "stopping", Missed: 1}, w.end()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStopCutsAWaitWhoseClientDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		p, stop := servePipes(t, w)
		defer stop()
		conn, _ := p.dial(t.Context(), "", "")
		defer conn.Close()
		io.WriteString(conn, "GET /api/v1/wait?count=2&timeout=10m HTTP/1.1\r\nHost: hub\r\n\r\n")
		synctest.Wait() // it waits, and its client does not even read the answer's header
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		w.door.Stop(ctx)
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v, want it cut at once", took)
		}
	})
}

func TestRevokingAKeyEndsItsWait(t *testing.T) {
	h := startHub(t)
	h.key = "lost"
	w := h.waitFor(t, "timeout=10m")
	h.door.Expel(withKey("lost"), errRevoked())
	if line, err := w.body.ReadString('\n'); err == nil {
		t.Errorf("got %q, want that it is cut off", line)
	}
}

func TestSoManyMayWait(t *testing.T) {
	h := startHub(t)
	for range 64 {
		h.waitFor(t, "timeout=10m")
	}
	wantError(t, h.get("/api/v1/wait"), http.StatusTooManyRequests, "limit_exceeded")
	h.door.Stop(context.Background())
	wantError(t, h.get("/api/v1/wait"), http.StatusServiceUnavailable, "stopping")
}

func TestWhatCannotBeWaitedForIsSaid(t *testing.T) {
	h := startHub(t)
	for ask, code := range map[string]string{
		"q=x:y": "invalid_query", "namespace=ws": "invalid_namespace", "count=0": "invalid_parameter", "count=1001": "invalid_parameter",
		"timeout=10": "invalid_parameter", "timeout=11m": "invalid_parameter", "timeout=-1s": "invalid_parameter", "after=x": "invalid_parameter",
		"query=x": "unknown_parameter",
	} {
		if e := wantError(t, h.get("/api/v1/wait?"+ask), http.StatusBadRequest, code); e.Hint == "" {
			t.Errorf("%s: no hint", ask)
		}
	}
}
