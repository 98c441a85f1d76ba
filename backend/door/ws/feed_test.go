package ws_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// viewer shows the frames that are put into it.
type viewer struct {
	frames  chan *msg.Frame
	queries chan query.View // the first one is what it was opened with
	series  chan []query.Series
	refusal error // of series
	closed  chan struct{}
	nexts   atomic.Int64
}

func newViewer() *viewer {
	return &viewer{frames: make(chan *msg.Frame, 100), queries: make(chan query.View, 100), series: make(chan []query.Series, 100), closed: make(chan struct{})}
}

func (v *viewer) Next(ctx context.Context) (*msg.Frame, error) {
	v.nexts.Add(1)
	select {
	case f := <-v.frames:
		return f, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (v *viewer) Query(q query.View) { v.queries <- q }

func (v *viewer) Series(asks []query.Series) error {
	v.series <- asks
	return v.refusal
}

func (v *viewer) Close() { close(v.closed) }

// viewing is a hub whose feed shows v.
func viewing(t *testing.T) (*hub, *viewer) {
	t.Helper()
	v := newViewer()
	return newHub(t, func(_ *hub, o *ws.Options) {
		o.OpenViewer = func(q query.View) (ws.Viewer, error) {
			v.queries <- q
			return v, nil
		}
	}), v
}

func TestAViewerGetsTheHelloAndThenTheFrames(t *testing.T) {
	h, v := viewing(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v.frames <- &msg.Frame{Time: now, Matched: 1}
	v.frames <- &msg.Frame{Time: now, Matched: 2}
	c := h.dial(t, "/feed")
	if hello := decode[wire.FeedHello](t, c.wants("hello")); hello.Version != "1.2.3" {
		t.Errorf("got hello %+v, want version 1.2.3", hello)
	}
	for want := uint64(1); want <= 2; want++ {
		same(t, "frame", wire.FrameOf(&msg.Frame{Time: now, Matched: want}), decode[wire.FeedFrame](t, c.wants("frame")))
	}
}

func TestAViewerIsNoClient(t *testing.T) {
	h, _ := viewing(t)
	h.dial(t, "/feed").wants("hello")
	if n := len(h.door.Clients()); n != 0 {
		t.Errorf("got %d clients, want 0", n)
	}
}

func TestAViewersQueryIsAppliedFromTheStartAndWhenItChanges(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed?query=event:tick")
	c.wants("hello")
	same(t, "first query", query.View{Filter: query.Stream("", "tick")}, <-v.queries)
	c.send(`{"type":"query","number":7,"query":"ns:/ws","highlight":"event:tick"}`)
	same(t, "second query", query.View{Number: 7, Filter: query.Stream("/ws", ""), Highlight: query.Stream("", "tick")}, <-v.queries)
}

func TestABadQueryIsToldAndTheViewerStays(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed?query=what:is")
	c.wants("hello")
	c.wantsError("invalid_query")
	same(t, "first query", query.View{}, <-v.queries)
	for in, code := range map[string]string{
		`{"type":"query","query":"x:y"}`:     "invalid_query",
		`{"type":"query","highlight":"x:y"}`: "invalid_query",
		`{"type":"subscribe"}`:               "unknown_type",
		`{"type":"query","q":"x"}`:           "unknown_field",
	} {
		c.send(in)
		c.wantsError(code)
	}
	v.frames <- &msg.Frame{}
	c.wants("frame")
}

func TestAViewerAsksForSeries(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed")
	c.wants("hello")
	c.send(`{"type":"series","series":[{"id":1,"query":"event:tick","pointer":"/price"},{"id":2,"query":"","pointer":""}]}`)
	same(t, "series", []query.Series{
		{ID: 1, Query: "event:tick", Filter: parsed(t, "event:tick"), Pointer: "/price"}, {ID: 2},
	}, <-v.series)
}

func TestASeriesThatCannotBeToldIsRefusedByItsID(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed")
	c.wants("hello")
	c.send(`{"type":"series","series":[{"id":7,"query":"what:","pointer":"/price"},{"id":8,"query":"","pointer":"price"},{"id":9,"query":"","pointer":"/p"}]}`)
	for _, want := range []struct {
		id   int64
		code string
	}{{7, "invalid_query"}, {8, "invalid_pointer"}} {
		got := decode[wire.SocketError](t, c.wants("error"))
		if got.ID == nil || *got.ID != want.id || got.Code != want.code {
			t.Errorf("got %+v, want %s of series %d", got, want.code, want.id)
		}
	}
	same(t, "series", []query.Series{{ID: 9, Pointer: "/p"}}, <-v.series)
}

func TestTooManySeriesAreRefused(t *testing.T) {
	h, v := viewing(t)
	v.refusal = fault.Newf(fault.TooMany, "too many")
	c := h.dial(t, "/feed")
	c.wants("hello")
	c.send(`{"type":"series","series":[]}`)
	c.wantsError("limit_exceeded")
	c.send(`{"type":"series","serie":[]}`)
	c.wantsError("unknown_field")
}

func parsed(t *testing.T, text string) query.Filter {
	t.Helper()
	f, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheFeedNeedsTheScopeView(t *testing.T) {
	for scopes, want := range map[msg.Scopes]int{0: http.StatusUnauthorized, msg.MayPublish: http.StatusForbidden} {
		h, _ := viewing(t)
		h.scopes = scopes
		if got := h.refused(t, "/feed"); got != want {
			t.Errorf("scopes %q: got status %d, want %d", scopes, got, want)
		}
	}
}

func TestAViewerTooManyIsToldWhy(t *testing.T) {
	h := newHub(t)
	c := h.dial(t, "/feed")
	c.wantsError("limit_exceeded")
	c.wantsClose(websocket.CloseTryAgainLater, "no viewers here")
}

func TestAViewerThatFailsClosesItsConnection(t *testing.T) {
	h := newHub(t, func(_ *hub, o *ws.Options) {
		o.OpenViewer = func(query.View) (ws.Viewer, error) { return failing{newViewer()}, nil }
	})
	c := h.dial(t, "/feed")
	c.wants("hello")
	c.wantsClose(websocket.CloseInternalServerErr, "inside Emitscope")
}

type failing struct{ *viewer }

func (failing) Next(context.Context) (*msg.Frame, error) {
	return nil, context.DeadlineExceeded
}

func TestAViewerIsClosedWhenItsConnectionEnds(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed")
	c.wants("hello")
	c.Close()
	<-v.closed
}

func TestStopSaysGoodbyeToViewers(t *testing.T) {
	h, v := viewing(t)
	c := h.dial(t, "/feed")
	c.wants("hello")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.door.Stop(t.Context())
	}()
	c.wants("stopping")
	c.wantsClose(websocket.CloseGoingAway, "stopping")
	<-stopped
	<-v.closed
}

func TestNoFrameIsMadeForAViewerThatDoesNotRead(t *testing.T) {
	v := newViewer()
	open := func(t *testing.T) ws.Viewer {
		v.frames, v.queries, v.closed = make(chan *msg.Frame, 100), make(chan query.View), make(chan struct{})
		for range 100 {
			v.frames <- &msg.Frame{}
		}
		return v
	}
	bubble(t, msg.MayView, (*ws.Door).Feed, open, func(t *testing.T, _ *ws.Door, c *client) {
		for read := int64(0); read < 5; read++ {
			synctest.Wait()
			// Two may wait, and the client's own buffer takes what comes in one write.
			if got := v.nexts.Load(); got > read+3 {
				t.Errorf("%d frames read: got %d made, want at most %d", read, got, read+3)
			}
			c.read()
		}
	})
}
