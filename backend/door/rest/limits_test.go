package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/rest"
	"emitscope/backend/fault"
)

func withMaxBody(bytes int64) func(*rest.Options) {
	return func(o *rest.Options) { o.MaxBody = bytes }
}

func TestARefusalBecauseOfMaxBodyNamesItAndIsCounted(t *testing.T) {
	long := `{"event":"a","data":"` + strings.Repeat("x", 2000) + `"}`
	for name, send := range map[string]func(h *hub) answer{
		"a body that says its size": func(h *hub) answer { return h.post(long) },
		"a body that does not": func(h *hub) answer {
			return h.do(http.MethodPost, "/api/v1/messages", unsized{strings.NewReader(long)}, "Content-Type", "application/json")
		},
		"a line":                  func(h *hub) answer { return h.post("{\"event\":\"a\"}\n"+long, "Content-Type", lines) },
		"a body with a key":       func(h *hub) answer { return h.post(long, "Idempotency-Key", "k") },
		"a lane's settings":       func(h *hub) answer { return h.ask("PATCH", "/api/v1/lanes/%2Fws", `{"key":"/`+long+`"}`) },
		"a new key":               func(h *hub) answer { return h.ask("POST", "/api/v1/keys", `{"name":"`+long+`"}`) },
		"a key that is exchanged": func(h *hub) answer { return h.ask("POST", "/api/v1/session", `{"key":"`+long+`"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			h := startHub(t, withMaxBody(1024))
			if e := wantError(t, send(h), http.StatusRequestEntityTooLarge, "too_large"); !strings.Contains(e.Hint, "raise limits.max_body") || !strings.Contains(e.Message, "1024") {
				t.Errorf("got %+v, want the limit and the name of its setting", e)
			}
			if got := h.limitsReached(); !slices.Equal(got, []string{"max_body"}) {
				t.Errorf("reached %q, want max_body once", got)
			}
		})
	}
}

func TestWhatIsRefusedForAnotherReasonReachesNoLimit(t *testing.T) {
	h := startHub(t)
	h.post(`{"event":1}`)
	h.ask("POST", "/api/v1/keys", `{}`)
	h.ask("POST", "/api/v1/session", `{"key":"es_tired"}`) // counted where keys are checked
	if got := h.limitsReached(); len(got) > 0 {
		t.Errorf("reached %q", got)
	}
}

func TestADoorThatTellsNobodyOfLimitsRefusesAllTheSame(t *testing.T) {
	h := startHub(t, withMaxBody(8), func(o *rest.Options) { o.Reached = nil })
	wantError(t, h.post(`{"event":"a"}`), http.StatusRequestEntityTooLarge, "too_large")
}

func TestABodyMayPauseAsLongAsTheSettingSaysAndNoLonger(t *testing.T) {
	for _, patience := range []time.Duration{time.Second, 5 * time.Minute} {
		t.Run(fmt.Sprint(patience), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := direct(t, func(o *rest.Options) { o.BodyTimeout = patience })
				p, stop := servePipes(t, w)
				defer stop()
				conn, _ := p.dial(t.Context(), "", "")
				defer conn.Close()
				io.WriteString(conn, "POST /api/v1/messages HTTP/1.1\r\nHost: hub\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
				for range 3 {
					sendChunk(conn, "{\"event\":\"a\"}\n")
					time.Sleep(patience * 8 / 10)
				}
				sendChunk(conn, "\n{\"event\"")
				start := time.Now()
				e := wantError(t, answerOn(t, conn), http.StatusRequestTimeout, "body_timeout")
				if after := time.Since(start); after != patience || e.Accepted == nil || *e.Accepted != 3 {
					t.Errorf("got %+v after %v, want 3 taken and the end after %v", e, after, patience)
				}
				if !strings.Contains(e.Hint, "raise limits.body_timeout") {
					t.Errorf("got hint %q, want the name of the setting", e.Hint)
				}
				if got := w.limitsReached(); !slices.Equal(got, []string{"body_timeout"}) {
					t.Errorf("reached %q, want body_timeout once", got)
				}
			})
		})
	}
}

func TestAProducerThatIsTooFastIsToldWhenToTryAgain(t *testing.T) {
	for _, code := range []string{"rate_limited", "out_of_memory"} {
		h := startHub(t)
		h.broken = fault.Newf(fault.TooMany, "not now").WithCode(code)
		for _, a := range []answer{h.post(`{"event":"a"}`), h.post(`{"event":"a"}`, "Idempotency-Key", "k"), h.post(`{"event":"a"}`, "Content-Type", lines)} {
			wantError(t, a, http.StatusTooManyRequests, code)
			if a.header.Get("Retry-After") != "1" {
				t.Errorf("%s: got Retry-After %q, want 1", code, a.header.Get("Retry-After"))
			}
		}
		h.broken = nil
		if a := h.post(`{"event":"a"}`, "Idempotency-Key", "k"); a.status != http.StatusAccepted {
			t.Errorf("%s, later: got %d %s, want that the same key is taken now", code, a.status, a.body)
		}
	}
}
