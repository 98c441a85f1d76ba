package eio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/eio"
	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestAClientPollsAndPosts(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	p.say("one")
	p.say("two")
	p.wantPoll("4one", "4two")
	waiting := p.later(t.Context())
	p.say("three")
	if got := <-waiting; got.body != "4three" {
		t.Errorf("got %+v, want what came while it waited", got)
	}
	if status, body := p.post("4a\x1eb4oIt\x1e6\x1e4b"); status != http.StatusOK || body != "ok" {
		t.Errorf("got %d %s, want ok", status, body)
	}
	p.want(t, "a")
	p.want(t, "bytes \xe2\x82\x2d")
	p.want(t, "b")
}

func TestRequestsThatAreNotEngineIOAreRefusedInItsWords(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	w := h.webSocket()
	carried := "EIO=4&sid=" + w.session.ID() + "&transport="
	for _, c := range []struct {
		method, query, want string
		status              int
	}{
		{"GET", "", `"code":0`, 400},
		{"GET", "EIO=4&transport=webtransport", `"code":0`, 400},
		{"GET", "EIO=4&transport=polling&sid=unknown", `"code":1,"message":"Session ID unknown"`, 400},
		{"POST", "EIO=4&transport=polling&sid=unknown", `"code":1`, 400},
		{"POST", "EIO=4&transport=polling", `"code":2`, 400},
		{"GET", "EIO=4&transport=websocket", `"code":3`, 400},
		{"GET", carried + "polling", `"code":3`, 400},
		{"POST", carried + "polling", `"code":3`, 400},
		{"POST", strings.Replace(p.query, "polling", "websocket", 1), `"code":3`, 400},
		{"GET", "EIO=3&transport=polling", `"code":5`, 400},
		{"GET", "transport=polling", `"code":5`, 400},
		{"GET", p.query + "&j=0", `"invalid"`, 400},
		{"PUT", p.query, `"code":2`, 400},
	} {
		if status, body := h.do(c.method, c.query, ""); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: got %d %s, want %d and %s", c.method, c.query, status, body, c.status, c.want)
		}
	}
	if _, resp, err := h.dial("EIO=3&transport=websocket"); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("revision 3 by WebSocket: got %v, want 400", resp)
	}
	if _, resp, err := h.dial("EIO=4&transport=polling"); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("polling by WebSocket: got %v, want 400", resp)
	}
	p.say("still here")
	p.wantPoll("4still here")
}

func TestAnOwnerMayRefuseASession(t *testing.T) {
	h := newHub(t)
	for kind, want := range map[fault.Kind]int{
		fault.TooMany: http.StatusTooManyRequests, fault.Unauthorized: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	} {
		h.open = func(*eio.Session) error { return fault.Newf(kind, "no") }
		if status, body := h.do("GET", "EIO=4&transport=polling", ""); status != want {
			t.Errorf("polling: got %d %s, want %d", status, body, want)
		}
		if _, resp, err := h.dial("EIO=4&transport=websocket"); err == nil || resp.StatusCode != want {
			t.Errorf("websocket: got %v, want %d", resp, want)
		}
	}
	if got := h.Sessions(); len(got) != 0 {
		t.Errorf("got %d sessions, want none", len(got))
	}
}

func TestABadBodyIsRefusedAndEndsTheSession(t *testing.T) {
	h := newHub(t)
	for _, body := range []string{"", "abc", "4x\x1e9", "b!!!", "4x\x1e2\x1e?"} {
		p := h.polling()
		waiting := p.later(t.Context())
		if status, text := p.post(body); status != http.StatusBadRequest {
			t.Errorf("%q: got %d %s, want 400", body, status, text)
		}
		if got := <-waiting; got.status != http.StatusOK || got.body != "1" {
			t.Errorf("%q: the poll that waited got %+v, want the close packet", body, got)
		}
		if len(p.got) != 0 {
			t.Errorf("%q: got %q of it, want nothing", body, <-p.got)
		}
		_ = p.ended(t)
		if status, text := p.poll(); status != http.StatusBadRequest || !strings.Contains(text, `"code":1`) {
			t.Errorf("%q: the next poll got %d %s, want 400", body, status, text)
		}
	}
}

func TestABodyOverTheLimitIsRefusedAndTheSessionGoesOn(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(o *eio.Options) {
		o.MaxFrame = 100
		o.Reached = func(limit string) { reached <- limit }
	})
	p := h.polling()
	long := "4" + strings.Repeat("x", 100)
	for name, body := range map[string]io.Reader{
		"with a length":    strings.NewReader(long),
		"without a length": io.MultiReader(strings.NewReader("4a\x1e"), strings.NewReader(long)),
	} {
		resp, err := h.client.Post(h.url+"/socket.io/?"+p.query, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "raise limits.max_frame") {
			t.Errorf("%s: got %d %s, want 413 and the setting", name, resp.StatusCode, text)
		}
		if got := <-reached; got != "max_frame" {
			t.Errorf("%s: got %q, want max_frame", name, got)
		}
	}
	p.post("4after")
	p.want(t, "after")
}

// endless is a body that never ends, and counts what was read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	for i := range p {
		p[i] = '4'
	}
	return len(p), nil
}

func TestABodyWithoutEndIsNotReadOn(t *testing.T) {
	h := newHub(t, func(o *eio.Options) { o.MaxFrame = 1000 })
	p := h.polling()
	body := &endless{}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/socket.io/?"+p.query, body))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", w.Code)
	}
	if got := body.read.Load(); got > 10_000 {
		t.Errorf("got %d bytes read, want about the 1000 that are allowed", got)
	}
}

func TestASecondPollEndsTheSessionAndBothAreAnswered(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	waiting := p.later(t.Context())
	if status, body := p.poll(); status != http.StatusBadRequest {
		t.Errorf("the second: got %d %s, want 400", status, body)
	}
	if got := <-waiting; got.status != http.StatusOK || got.body != "1" {
		t.Errorf("the first: got %+v, want the close packet", got)
	}
	_ = p.ended(t)
}

func TestAPollThatIsGivenUpEndsTheSession(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	ctx, cancel := context.WithCancel(t.Context())
	waiting := p.later(ctx)
	cancel()
	<-waiting
	_ = p.ended(t)
}

func TestAClientThatSaysItClosesIsForgotten(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	waiting := p.later(t.Context())
	if status, body := p.post("4last\x1e1"); status != http.StatusOK {
		t.Errorf("got %d %s, want ok", status, body)
	}
	p.want(t, "last")
	_ = p.ended(t)
	if got := <-waiting; got.body != "6" {
		t.Errorf("the poll that waited: got %+v, want a noop", got)
	}
}

func TestClosingAnswersThePollAtOnceAfterWhatWaited(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	waiting := p.later(t.Context())
	p.session.Close(fault.Newf(fault.Forbidden, "go"), websocket.ClosePolicyViolation)
	if got := <-waiting; got.status != http.StatusOK || got.body != "1" {
		t.Errorf("got %+v, want the close packet", got)
	}
	if err := p.ended(t); !errors.Is(err, fault.Forbidden) {
		t.Errorf("got the reason %v, want the one given", err)
	}

	p = h.polling()
	for i := range 20 {
		p.say(fmt.Sprint(i))
	}
	p.session.Close(fault.Newf(fault.Forbidden, "go"), websocket.ClosePolicyViolation)
	p.say("too late")
	_, first := p.poll()
	if got := strings.Count(first, "\x1e") + 1; got != eio.MaxPackets {
		t.Errorf("got %d packets in one answer, want %d", got, eio.MaxPackets)
	}
	p.wantPoll("416", "417", "418", "419", "1")
	_ = p.ended(t)
}

func TestAPostDoesNotTakeFromTheClientWhatTheHubStillTellsIt(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	p.say("you must go")
	p.session.Close(fault.Newf(fault.Forbidden, "go"), websocket.ClosePolicyViolation)
	if status, body := p.post("4anyway"); status != http.StatusOK {
		t.Errorf("got %d %s, want ok", status, body)
	}
	p.wantPoll("4you must go", "1")
	_ = p.ended(t)
}

func TestMessagesOfSeveralFramesAreSplitOverPollsInOrder(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	for i := range 15 {
		entry := append(link.Text(fmt.Sprint("4", i)), link.Binary([]byte{byte(i)})...)
		p.session.Outbox().Push(entry, time.Now())
	}
	var got []string
	for len(got) < 30 {
		_, body := p.poll()
		packets := strings.Split(body, "\x1e")
		if len(packets) > eio.MaxPackets {
			t.Fatalf("got %d packets in one answer, want at most %d", len(packets), eio.MaxPackets)
		}
		got = append(got, packets...)
	}
	for i := range 15 {
		if got[2*i] != fmt.Sprint("4", i) || !strings.HasPrefix(got[2*i+1], "b") {
			t.Fatalf("message %d: got %q and %q", i, got[2*i], got[2*i+1])
		}
	}
}

func TestASlowPollerMissesTheOldestAndIsTold(t *testing.T) {
	h := newHub(t, func(o *eio.Options) { o.Outbox.MaxFrames = 4 })
	p := h.polling()
	for i := range 10 {
		p.say(fmt.Sprint(i))
	}
	p.wantPoll("4missed 6", "46", "47", "48", "49")
}

func TestASlowPollerIsClosedWhereThatIsThePolicy(t *testing.T) {
	reached := make(chan string, 10)
	h := newHub(t, func(o *eio.Options) {
		o.Outbox.MaxFrames, o.Outbox.Slow = 4, msg.SlowDisconnect
		o.Reached = func(limit string) { reached <- limit }
	})
	p := h.polling()
	for i := range 10 {
		p.say(fmt.Sprint(i))
	}
	p.wantPoll("1")
	if err := p.ended(t); !errors.Is(err, outbox.ErrSlow) {
		t.Errorf("got the reason %v, want that it is too slow", err)
	}
	if got := <-reached; got != "outbox_frames" || len(reached) > 0 {
		t.Errorf("told of %s and %d more, want outbox_frames once", got, len(reached))
	}
}

// alone opens a session by polling, with no network.
func alone(t *testing.T, s *eio.Server) (query string) {
	t.Helper()
	query = "/socket.io/?EIO=4&transport=polling"
	return query + "&sid=" + sidOf(t, request(s, http.MethodGet, query, "").Body.String())
}

func request(s *eio.Server, method, query, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, query, strings.NewReader(body)))
	return w
}

// lone is a server with no network, and the owner of its sessions.
func lone(o eio.Options) (*eio.Server, *owner) {
	one := &owner{got: make(chan string, 10), closed: make(chan error, 10)}
	o.Open = func(s *eio.Session, _ *http.Request) (eio.Owner, error) { one.session = s; return one, nil }
	return eio.New(o), one
}

func TestAClientThatNeverPollsCostsLittleAndIsGoneAfterThePingTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := lone(eio.Options{PingInterval: time.Second, PingTimeout: 800 * time.Millisecond})
		alone(t, s)
		start := time.Now()
		frame := link.Text("4" + strings.Repeat("x", 1<<20))
		for range 1000 {
			o.session.Outbox().Push(frame, time.Now())
		}
		if lag := o.session.Outbox().Lag(); lag.Bytes > outbox.DefaultMaxBytes {
			t.Errorf("%d bytes wait for it, want at most %d", lag.Bytes, outbox.DefaultMaxBytes)
		}
		<-o.closed
		if got, want := time.Since(start), 1800*time.Millisecond; got != want {
			t.Errorf("it was gone after %v, want %v", got, want)
		}
		if got := s.Sessions(); len(got) != 0 {
			t.Errorf("got %d sessions, want none", len(got))
		}
		s.Stop(t.Context())
	})
}

func TestAPollingClientThatAnswersPingsStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := lone(eio.Options{PingInterval: time.Second, PingTimeout: 800 * time.Millisecond})
		query := alone(t, s)
		for range 100 {
			if got := request(s, http.MethodGet, query, "").Body.String(); got != "2" {
				t.Fatalf("got %q, want a ping", got)
			}
			if got := request(s, http.MethodPost, query, "3").Body.String(); got != "ok" {
				t.Fatalf("got %q, want ok", got)
			}
		}
		if len(o.closed) != 0 || len(s.Sessions()) != 1 {
			t.Errorf("the session has ended: %v", <-o.closed)
		}
		s.Stop(t.Context())
	})
}

func TestASessionThatClosesDoesNotWaitForPollsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := lone(eio.Options{})
		alone(t, s)
		start := time.Now()
		o.session.Close(fault.Newf(fault.Forbidden, "go"), websocket.ClosePolicyViolation)
		<-o.closed
		if got := time.Since(start); got != eio.CloseWait {
			t.Errorf("it was gone after %v, want %v", got, eio.CloseWait)
		}
		s.Stop(t.Context())
	})
}

func TestStopLeavesTimeWhenAClientIsBetweenTwoPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := lone(eio.Options{})
		query := alone(t, s)
		start := time.Now()
		if !s.Stop(t.Context()) {
			t.Error("got false, want everything to have ended")
		}
		if got := time.Since(start); got != eio.FlushTime {
			t.Errorf("Stop took %v, want %v", got, eio.FlushTime)
		}
		if err := <-o.closed; !errors.Is(err, fault.Stopping) {
			t.Errorf("got the reason %v, want that the hub stops", err)
		}
		if w := request(s, http.MethodGet, query, ""); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("afterwards: got %d, want 503 and when to come back", w.Code)
		}
	})
}

func TestLeaveRefusesOnlyNewSessions(t *testing.T) {
	h := newHub(t)
	p := h.polling()
	h.Leave()
	if status, body := h.do("GET", "EIO=4&transport=polling", ""); status != http.StatusServiceUnavailable {
		t.Errorf("a new session: got %d %s, want 503", status, body)
	}
	p.post("4on")
	p.want(t, "on")
}

func TestARevision3ClientPollsWhenAllowed(t *testing.T) {
	h := newHub(t, func(o *eio.Options) { o.Revision3 = true })
	_, body := h.do("GET", "EIO=3&transport=polling", "")
	_, open, _ := strings.Cut(body, ":")
	sid := sidOf(t, open)
	p := &poller{h, h.owner(sid), "EIO=3&transport=polling&sid=" + sid}
	p.post("3:4é!6:b4AQID")
	p.want(t, "é!")
	p.want(t, "bytes \x01\x02\x03")
	resp, err := h.client.Post(h.url+"/socket.io/?"+p.query, "application/octet-stream", bytes.NewReader([]byte("\x00\x02\xff4x\x01\x02\xff\x04y")))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %v %v, want ok", resp, err)
	}
	resp.Body.Close()
	p.want(t, "x")
	p.want(t, "bytes y")
	p.session.Outbox().Push(append(link.Text("4é"), link.Binary([]byte{4, 1, 2, 3})...), time.Now())
	p.wantPoll("2:4é6:b4AQID")
	p.post("6:2probe")
	p.wantPoll("6:3probe") // a client of this revision pings
}

func TestAVanishedPollerLeavesNothingBehind(t *testing.T) {
	h := newHub(t, func(o *eio.Options) { o.PingInterval, o.PingTimeout = 20*time.Millisecond, 20*time.Millisecond })
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/socket.io/?EIO=4&transport=polling", nil)
		go cancel() // before the answer, or after
		if resp, err := h.client.Do(r); err == nil {
			resp.Body.Close()
		}
	}
	testkit.Eventually(t, func() bool { return len(h.Sessions()) == 0 }, "all sessions to be forgotten")
}

func TestASessionOfThisMachineIsNobodyElses(t *testing.T) {
	h := newHub(t)
	h.local.Store(true)
	p := h.polling()
	h.local.Store(false)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, body := h.do(method, p.query, "4hello"); status != http.StatusBadRequest || !strings.Contains(body, `"code":1`) {
			t.Errorf("%s by another machine: got %d %s, want an unknown session", method, status, body)
		}
	}
	if _, resp, err := h.dial(strings.Replace(p.query, "polling", "websocket", 1)); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("WebSocket by another machine: got %v %v, want an unknown session", resp, err)
	}
	h.local.Store(true)
	p.say("one")
	p.wantPoll("4one")
	if len(p.got) > 0 {
		t.Errorf("got %q, want nothing of another machine", <-p.got)
	}
}
