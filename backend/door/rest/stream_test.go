package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// reader reads the stream of one client.
type reader struct {
	t    *testing.T
	body *bufio.Reader
	stop context.CancelFunc
}

// listen opens a stream and returns when the hub has it.
func (h *hub) listen(t *testing.T, query string, header ...string) *reader {
	t.Helper()
	before := len(h.door.Clients())
	r := open(t, http.DefaultClient, h.url+"/api/v1/stream"+query, header...)
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == before+1 }, "the stream to be open")
	return r
}

func open(t *testing.T, client *http.Client, url string, header ...string) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("got %s %v", res.Status, res.Header)
	}
	return &reader{t, bufio.NewReader(res.Body), cancel}
}

// next returns the lines of the next event or comment.
func (r *reader) next() string {
	r.t.Helper()
	var lines []string
	for {
		line, err := r.body.ReadString('\n')
		if err != nil {
			r.t.Fatalf("the stream ended with %v after %q", err, lines)
		}
		if line == "\n" {
			return strings.Join(lines, "")
		}
		lines = append(lines, line)
	}
}

// ids returns the ids of the next n events.
func (r *reader) ids(n int) []string {
	r.t.Helper()
	var all []string
	for range n {
		id, _, _ := strings.Cut(r.next(), "\n")
		all = append(all, strings.TrimPrefix(id, "id: "))
	}
	return all
}

func TestAStreamShowsWhatMatches(t *testing.T) {
	h := startHub(t)
	all := h.listen(t, "")
	one := h.listen(t, "?namespace=/ws&event=tick")
	if n := h.emit(1, "/ws", "tick", `{"p":"<1.50>"}`); n != 2 {
		t.Errorf("message 1 reached %d streams, want 2", n)
	}
	h.send(&msg.Message{Seq: 2, Namespace: "/ws", Event: "tick", Payload: []byte("1"), To: "somebody"})
	h.send(&msg.Message{Seq: 3, Namespace: "/ws", Event: "tock", Payload: []byte("1")})
	h.send(&msg.Message{Seq: 4, Namespace: "/ws", Event: "tick", Payload: []byte("1"), Rooms: []string{"r"}})
	want := "id: 1\n" + `data: {"type":"event","seq":1,"namespace":"/ws","event":"tick","data":{"p":"<1.50>"},"emitted_time":"2023-11-14T22:13:20.000000000Z"}` + "\n"
	if got := one.next(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"4"}, one.ids(1)); diff != "" {
		t.Errorf("filtered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "3", "4"}, all.ids(3)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
}

func TestAStreamMissesWhatItsQueryIsTooDearFor(t *testing.T) {
	h := startHub(t)
	all := h.listen(t, "")
	h.listen(t, "?q="+strings.Repeat("-zzz+", query.MaxTerms))
	if n := h.emit(1, "/ws", "tick", `"`+strings.Repeat("x", 1<<20)+`"`); n != 1 { // the answer would take 0.2 s
		t.Errorf("reached %d streams, want that without a query", n)
	}
	all.ids(1)
	missed := uint64(0)
	for _, c := range h.door.Clients() {
		missed += c.Missed
	}
	if missed != 1 {
		t.Errorf("missed %d messages, want 1", missed)
	}
}

// watched is an answer whose reader acts as soon as something was flushed.
type watched struct {
	*httptest.ResponseRecorder
	flushed func()
}

func (w watched) Flush() { w.flushed() }

func TestWhatIsEmittedOnceAClientSeesItsStreamOpenReachesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		ctx, cancel := context.WithCancel(msg.WithCaller(t.Context(), msg.Caller{Scopes: msg.MayView}))
		defer cancel()
		out := watched{ResponseRecorder: httptest.NewRecorder()}
		emitted := false
		out.flushed = func() {
			switch {
			case !emitted:
				emitted = true
				w.emit(1, "/ws", "tick", "1")
			case out.Body.Len() > 0: // a heartbeat at the latest
				cancel()
			}
		}
		w.door.ServeHTTP(out, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/stream", nil))
		if got := out.Body.String(); !strings.HasPrefix(got, "id: 1\n") {
			t.Errorf("got %q, want message 1", got)
		}
	})
}

func TestAStreamIsAClientThatCanBeDisconnected(t *testing.T) {
	h := startHub(t)
	r := h.listen(t, "?namespace=/ws")
	h.emit(1, "/ws", "tick", "1")
	r.ids(1) // what still waits when it is disconnected is not sent
	list := decode[wire.ClientList](t, h.get("/api/v1/clients"), http.StatusOK)
	c := list.Clients[len(list.Clients)-1]
	if c.Transport != "sse" || c.Door != "rest" || c.Sent != 1 || c.Namespaces[0] != "/ws" || !strings.HasPrefix(c.Address, "127.0.0.1:") {
		t.Errorf("got %+v", c)
	}
	h.do(http.MethodDelete, "/api/v1/clients/"+c.ID, nil)
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 0 }, "the stream to be closed")
	if _, err := r.body.ReadByte(); err == nil {
		t.Error("the stream went on")
	}
}

func TestAClientThatLeavesIsForgotten(t *testing.T) {
	h := startHub(t)
	r := h.listen(t, "")
	r.stop()
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 0 }, "the client to be forgotten")
}

func TestAStreamBeginsWithTheLastMessages(t *testing.T) {
	h := startHub(t)
	for seq := range uint64(5) {
		h.emit(seq+1, "/ws", "tick", "1")
	}
	h.emit(6, "/other", "tick", "1")
	h.record(&msg.Record{Message: &msg.Message{Seq: 7, Namespace: "/ws", Event: "tick"}, Outcome: msg.Dropped})
	r := h.listen(t, "?namespace=/ws&last=2")
	h.emit(8, "/ws", "tick", "1")
	if diff := cmp.Diff([]string{"4", "5", "8"}, r.ids(3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAStreamGoesOnWhereTheClientWas(t *testing.T) {
	for last, want := range map[string][]string{
		"4":  {"2", "3", "5"},
		"5":  nil,
		"0":  {"1", "4", "2", "3", "5"},
		"99": nil,
	} {
		h := startHub(t)
		for _, seq := range []uint64{1, 4, 2, 3, 5} { // lanes emit in an order of their own
			h.emit(seq, "/ws", "tick", "1")
		}
		r := h.listen(t, "?last=1", "Last-Event-ID", last)
		if last == "0" || last == "99" { // never emitted, as far as the hub knows
			wantMissed(t, r, 0)
		}
		h.emit(100, "/ws", "tick", "1")
		if diff := cmp.Diff(append(want, "100"), r.ids(len(want)+1)); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", last, diff)
		}
	}
	wantError(t, startHub(t).get("/api/v1/stream", "Last-Event-ID", "x"), http.StatusBadRequest, "invalid_parameter")
}

// wantMissed reads the next event, which must say that so many are missed.
func wantMissed(t *testing.T, r *reader, count int) {
	t.Helper()
	want := fmt.Sprintf("event: missed\ndata: {\"type\":\"missed\",\"count\":%d}\n", count)
	if got := r.next(); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// emitMany emits messages with the numbers from first to last.
func (h *hub) emitMany(first, last uint64, data string) {
	for seq := first; seq <= last; seq++ {
		h.emit(seq, "/ws", "tick", data)
	}
}

// wantSeqs reads messages, which must have the numbers from first to last.
func wantSeqs(t *testing.T, r *reader, first, last uint64) {
	t.Helper()
	for seq := first; seq <= last; seq++ {
		if got, want := r.ids(1)[0], strconv.FormatUint(seq, 10); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestAStreamGoesOnAsFarBackAsMessagesAreKept(t *testing.T) {
	h := startHub(t, withOutbox(outbox.Options{MaxFrames: 10_000}))
	h.emitMany(1, 9000, "1") // more than two pages
	r := h.listen(t, "", "Last-Event-ID", "10")
	h.emit(9001, "/ws", "tick", "1")
	wantSeqs(t, r, 11, 9001)
}

func TestAStreamThatGoesOnSaysHowManyDoNotFit(t *testing.T) {
	for name, bounds := range map[string]outbox.Options{
		"frames": {MaxFrames: 20},
		"bytes":  {MaxBytes: 20 * 1300},
	} {
		t.Run(name, func(t *testing.T) {
			h := startHub(t, withOutbox(bounds))
			h.emitMany(1, 100, `"`+strings.Repeat("x", 1000)+`"`)
			r := h.listen(t, "", "Last-Event-ID", "10")
			wantMissed(t, r, 70)
			wantSeqs(t, r, 81, 100)
		})
	}
}

func TestAStreamSaysThatMessagesAreMissedWhenTheLastOneSeenIsForgotten(t *testing.T) {
	h := startHub(t)
	h.emitMany(50, 60, "1")
	r := h.listen(t, "", "Last-Event-ID", "10")
	wantMissed(t, r, 0)
	wantSeqs(t, r, 50, 60)
}

func TestAClientThatSawTheMessageThatIsBeingSentMissesNothing(t *testing.T) {
	h := startHub(t)
	e := h.begin(&msg.Message{Seq: 2, Namespace: "/ws", Event: "tick", Payload: []byte("1")})
	r := h.listen(t, "", "Last-Event-ID", "2")
	h.door.Send(e, nil)
	h.emit(3, "/ws", "tick", "1")
	wantSeqs(t, r, 3, 3)
}

func TestAMessageThatIsBeingSentComesOnce(t *testing.T) {
	h := startHub(t)
	h.emit(1, "/ws", "tick", "1")
	e := h.begin(&msg.Message{Seq: 2, Namespace: "/ws", Event: "tick", Payload: []byte("1")})
	r := h.listen(t, "?last=5")
	wantSeqs(t, r, 1, 2) // it has looked up the past
	if n := h.door.Send(e, nil); n != 0 {
		t.Errorf("got %d streams, want none: it has the message", n)
	}
	h.emit(3, "/ws", "tick", "1")
	wantSeqs(t, r, 3, 3)
}

func TestStreamsThatBeginWhileMessagesAreSentGetEachOnceAndInOrder(t *testing.T) {
	const streams, each = 16, 200
	h := startHub(t)
	begins := make(chan struct{})
	var emitting sync.WaitGroup
	emitting.Go(func() {
		seq := uint64(0)
		for range begins {
			for range each {
				seq++
				h.emit(seq, "/ws", "tick", "1")
				runtime.Gosched()
			}
		}
	})
	var all []*reader
	for i := range streams {
		begins <- struct{}{}
		all = append(all, open(t, http.DefaultClient, h.url+"/api/v1/stream?last="+strconv.Itoa(i%5)))
	}
	begins <- struct{}{} // so that even the last gets something
	close(begins)
	emitting.Wait()
	for _, r := range all {
		first, err := strconv.ParseUint(r.ids(1)[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		wantSeqs(t, r, first+1, each*(streams+1))
	}
}

// busy is a hub that emits while it is asked what was emitted.
type busy struct {
	*world
	emit func()
}

func (b busy) Page(f query.Filter, before uint64, limit int) []*msg.Record {
	b.emit()
	return b.world.Page(f, before, limit)
}

func TestAMessageThatComesWhileThePastIsLookedUpIsSentOnce(t *testing.T) {
	var b busy
	h := startHub(t, func(o *rest.Options) {
		b.world, _ = o.Recent.(*world)
		b.emit = func() { b.world.emit(2, "/ws", "tick", "1") }
		o.Recent = &b
	})
	h.emit(1, "/ws", "tick", "1")
	r := h.listen(t, "?last=5")
	testkit.Eventually(t, func() bool { return len(h.recorded()) == 2 }, "the past to be looked up")
	h.emit(3, "/ws", "tick", "1")
	if diff := cmp.Diff([]string{"1", "2", "3"}, r.ids(3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// flood emits large messages until done.
func (h *hub) flood(done func() bool) {
	data := `"` + strings.Repeat("x", 64<<10) + `"`
	seq := uint64(0)
	testkit.Eventually(h.t, func() bool {
		for range 16 {
			seq++
			h.send(&msg.Message{Seq: seq, Namespace: "/ws", Event: "tick", Payload: []byte(data)})
		}
		return done()
	}, "the slow client to be noticed")
}

func TestASlowClientIsToldHowManyItMissed(t *testing.T) {
	h := startHub(t, withOutbox(outbox.Options{MaxFrames: 8}))
	r := h.listen(t, "")
	h.flood(func() bool { return h.door.Clients()[0].Missed > 0 })
	for {
		event, data, _ := strings.Cut(r.next(), "\n")
		if event != "event: missed" {
			continue
		}
		if !strings.HasPrefix(data, `data: {"type":"missed","count":`) {
			t.Errorf("got %q", data)
		}
		return
	}
}

func TestASlowClientIsDisconnectedWhereThatIsThePolicy(t *testing.T) {
	h := startHub(t, withOutbox(outbox.Options{MaxFrames: 8, Slow: msg.SlowDisconnect}))
	h.listen(t, "")
	h.flood(func() bool { return len(h.door.Clients()) == 0 })
	if got := h.limitsReached(); len(got) != 1 || got[0] != "outbox_frames" {
		t.Errorf("reached %q, want outbox_frames once", got)
	}
}

func TestStopTellsStreamsFlushesThemAndTakesNoNewOnes(t *testing.T) {
	h := startHub(t)
	r := h.listen(t, "")
	h.emit(1, "/ws", "tick", "1")
	h.door.Announce()
	h.emit(2, "/ws", "tick", "1") // its lane drained
	h.door.Stop(t.Context())
	r.ids(1)
	if got := r.next(); !strings.HasPrefix(got, "event: stopping\n") {
		t.Errorf("got %q, want the event stopping", got)
	}
	r.ids(1)
	if rest, err := io.ReadAll(r.body); err != nil || len(rest) != 0 {
		t.Errorf("got %q, %v after it, want a clean end", rest, err)
	}
	wantError(t, h.get("/api/v1/stream"), http.StatusServiceUnavailable, "stopping")
	wantError(t, h.post(`{"event":"a"}`), http.StatusServiceUnavailable, "stopping")
	if a := h.get("/api"); a.status != http.StatusOK {
		t.Errorf("GET /api: got %d, want 200", a.status)
	}
}

func TestStopCutsAClientThatDoesNotRead(t *testing.T) {
	h := startHub(t, withOutbox(outbox.Options{MaxFrames: 8}))
	h.listen(t, "")
	h.flood(func() bool { return h.door.Clients()[0].Missed > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.door.Stop(ctx)
	if n := len(h.door.Clients()); n != 0 {
		t.Errorf("%d streams are left", n)
	}
}

func TestStopEndsABodyThatStillComesAndKeepsWhatWasComplete(t *testing.T) {
	h := startHub(t)
	conn := h.dial(lines, "Transfer-Encoding: chunked")
	sendChunk(conn, "{\"event\":\"a\"}\n{\"event\"")
	testkit.Eventually(t, func() bool { return len(h.taken()) == 1 }, "the first line to be taken")
	h.door.Stop(t.Context())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	e := wantError(t, answer{res.StatusCode, res.Header, string(body)}, http.StatusServiceUnavailable, "stopping")
	wantTaken(t, h, e, 1)
}
