package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// direct is a door without a network, for tests whose clock is made up.
func direct(t *testing.T, change ...func(*rest.Options)) *world {
	t.Helper()
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
	return w
}

// postOnce posts body under key.
func (w *world) postOnce(key, body, contentType string) answer {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/messages", strings.NewReader(body))
	r = r.WithContext(msg.WithCaller(context.Background(), msg.Caller{Scopes: msg.AllScopes}))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Idempotency-Key", key)
	out := httptest.NewRecorder()
	w.door.ServeHTTP(out, r)
	return answer{out.Code, out.Header(), out.Body.String()}
}

func TestTheSameIdempotencyKeyOfSomebodyElseIsAnother(t *testing.T) {
	h := startHub(t)
	for i, c := range []struct{ key, body string }{{"a", `{"event":"e"}`}, {"b", `{"event":"e"}`}, {"", `{"event":"f"}`}, {"a", `{"event":"e"}`}} {
		h.key = c.key
		a := h.do(http.MethodPost, "/api/v1/messages", strings.NewReader(c.body), "Content-Type", "application/json", "Idempotency-Key", "1")
		if repeated := a.header.Get("Idempotency-Replayed") != ""; a.status != http.StatusAccepted || repeated != (i == 3) {
			t.Errorf("by %q: got %d %s, repeated: %t", c.key, a.status, a.body, repeated)
		}
	}
	if n := len(h.taken()); n != 3 {
		t.Errorf("%d messages were taken, want one of each", n)
	}
}

func TestARepeatedPostTakesNothingTwice(t *testing.T) {
	w := direct(t)
	first := w.postOnce("k", `[{"event":"a"},{"event":"b"}]`, "application/json")
	second := w.postOnce("k", `[{"event":"a"},{"event":"b"}]`, "application/json")
	decode[wire.Accepted](t, first, http.StatusAccepted)
	if second.status != first.status || second.body != first.body {
		t.Errorf("got %d %s, want the first answer %d %s", second.status, second.body, first.status, first.body)
	}
	if first.header.Get("Idempotency-Replayed") != "" || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("got Idempotency-Replayed %q, then %q; want none, then true", first.header.Get("Idempotency-Replayed"), second.header.Get("Idempotency-Replayed"))
	}
	if n := len(w.taken()); n != 2 {
		t.Errorf("%d messages were taken, want 2", n)
	}
}

func TestAKeyIsForgottenAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		w.postOnce("k", `{"event":"a"}`, "application/json")
		time.Sleep(10*time.Minute - time.Nanosecond)
		if w.postOnce("k", `{"event":"a"}`, "application/json"); len(w.taken()) != 1 {
			t.Errorf("just before: %d messages were taken, want 1", len(w.taken()))
		}
		time.Sleep(time.Nanosecond)
		if w.postOnce("k", `{"event":"a"}`, "application/json"); len(w.taken()) != 2 {
			t.Errorf("after: %d messages were taken, want 2", len(w.taken()))
		}
	})
}

func TestAKeyIsForOneBodyOnly(t *testing.T) {
	w := direct(t)
	w.postOnce("k", `{"event":"a"}`, "application/json")
	wantError(t, w.postOnce("k", `{"event":"b"}`, "application/json"), http.StatusConflict, "idempotency_key_reused")
	wantError(t, w.postOnce("k", `{"event":"a"}`, lines), http.StatusConflict, "idempotency_key_reused")
}

func TestARequestThatTookNothingLeavesNoTrace(t *testing.T) {
	w := direct(t)
	wantError(t, w.postOnce("k", `{"event":""}`, "application/json"), http.StatusBadRequest, "invalid_event")
	decode[wire.Accepted](t, w.postOnce("k", `{"event":"a"}`, "application/json"), http.StatusAccepted)
}

func TestARepeatedPostGoesOnWhereTheLaneWasFull(t *testing.T) {
	w := direct(t)
	w.room = 2
	body := `[{"event":"a","data":0},{"event":"a","data":1},{"event":"a","data":2},{"event":"a","data":3}]`
	if e := wantError(t, w.postOnce("k", body, "application/json"), http.StatusTooManyRequests, "queue_full"); *e.Accepted != 2 {
		t.Errorf("first: got %d accepted, want 2", *e.Accepted)
	}
	w.room = 1
	if e := wantError(t, w.postOnce("k", body, "application/json"), http.StatusTooManyRequests, "queue_full"); *e.Accepted != 3 || *e.Index != 3 {
		t.Errorf("second: got %d accepted, index %d, want 3 and 3", *e.Accepted, *e.Index)
	}
	w.room = 1
	got := decode[wire.Accepted](t, w.postOnce("k", body, "application/json"), http.StatusAccepted)
	if got.Accepted != 4 || got.FirstSeq != 1 || got.LastSeq != 4 {
		t.Errorf("third: got %+v, want all 4", got)
	}
	for i, d := range w.taken() {
		if string(d.Payload) != fmt.Sprint(i) {
			t.Errorf("message %d has data %s", i, d.Payload)
		}
	}
}

func TestABatchThatWasPartlyWrongIsNotTakenAgain(t *testing.T) {
	w := direct(t)
	body := `[{"event":"a"},{"event":""}]`
	first := w.postOnce("k", body, "application/json")
	second := w.postOnce("k", body, "application/json")
	if second.status != http.StatusBadRequest || second.body != first.body || len(w.taken()) != 1 {
		t.Errorf("got %d %s and %d taken, want the first answer %s and 1", second.status, second.body, len(w.taken()), first.body)
	}
}

// holdup is an intake that waits until it is let go.
type holdup struct {
	*world
	inside, release chan struct{}
}

func (h *holdup) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	h.inside <- struct{}{}
	<-h.release
	return h.world.Accept(drafts...)
}

func TestAKeyWhoseRequestStillRunsIsRefused(t *testing.T) {
	w := newWorld()
	slow := &holdup{w, make(chan struct{}), make(chan struct{})}
	o := w.options()
	o.Intake = slow
	var err error
	if w.door, err = rest.New(o); err != nil {
		t.Fatal(err)
	}
	first := make(chan answer)
	go func() { first <- w.postOnce("k", `{"event":"a"}`, "application/json") }()
	<-slow.inside
	wantError(t, w.postOnce("k", `{"event":"a"}`, "application/json"), http.StatusConflict, "idempotency_key_busy")
	close(slow.release)
	decode[wire.Accepted](t, <-first, http.StatusAccepted)
}

func TestTheOldestOf10000KeysLeaves(t *testing.T) {
	w := direct(t)
	for i := range 10_001 {
		w.postOnce(fmt.Sprint(i), `{"event":"a"}`, "application/json")
	}
	if a := w.postOnce("1", `{"event":"a"}`, "application/json"); a.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("key 1 was forgotten")
	}
	if a := w.postOnce("0", `{"event":"a"}`, "application/json"); a.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("key 0 was kept beyond the bound")
	}
}

func TestABadKeyIsRefused(t *testing.T) {
	w := direct(t)
	for _, key := range []string{"", strings.Repeat("x", 256), "ké", "a\tb"} {
		wantError(t, w.postOnce(key, `{"event":"a"}`, "application/json"), http.StatusBadRequest, "invalid_idempotency_key")
	}
	decode[wire.Accepted](t, w.postOnce(strings.Repeat("x", 255), `{"event":"a"}`, "application/json"), http.StatusAccepted)
}

func TestALongStreamOfLinesCannotHaveAKey(t *testing.T) {
	w := direct(t)
	body := strings.Repeat("{\"event\":\"a\"}\n", 100_000)
	if e := wantError(t, w.postOnce("k", body, lines), http.StatusRequestEntityTooLarge, "too_large"); !strings.Contains(e.Hint, "Idempotency-Key") {
		t.Errorf("got hint %q, want it to say why", e.Hint)
	}
	if n := len(w.taken()); n != 0 {
		t.Errorf("%d messages were taken, want none", n)
	}
}
