package eio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/eio"
	"emitscope/backend/door/link"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// hub owns every session of a server that ends with the test.
type hub struct {
	*eio.Server
	t      *testing.T
	url    string
	client *http.Client
	open   func(*eio.Session) error // if set, asked before a session is opened
	local  atomic.Bool              // requests come from this machine

	mu     sync.Mutex
	owners map[string]*owner
}

// owner notes what happens to its session.
type owner struct {
	session *eio.Session
	got     chan string // messages; bytes come as "bytes …"
	closed  chan error
}

func (o *owner) Message(data []byte, binary bool) {
	text := string(data)
	if binary {
		text = "bytes " + text
	}
	o.got <- text
}

func (o *owner) Missed(count uint64) []byte { return link.Text(fmt.Sprintf("4missed %d", count)) }
func (o *owner) Closed(reason error)        { o.closed <- reason }

// say puts a message in the client's line.
func (o *owner) say(text string) { o.session.Outbox().Push(link.Text("4"+text), time.Now()) }

func newHub(t *testing.T, change ...func(*eio.Options)) *hub {
	t.Helper()
	testkit.NoLeaks(t)
	h := &hub{t: t, owners: make(map[string]*owner)}
	o := eio.Options{Open: func(s *eio.Session, _ *http.Request) (eio.Owner, error) {
		if h.open != nil {
			if err := h.open(s); err != nil {
				return nil, err
			}
		}
		o := &owner{session: s, got: make(chan string, 10_000), closed: make(chan error, 2)}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.owners[s.ID()] = o
		return o, nil
	}}
	for _, c := range change {
		c(&o)
	}
	h.Server = eio.New(o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := msg.Caller{Local: h.local.Load()}
		h.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), caller)))
	}))
	h.url = server.URL
	h.client = &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if !h.Stop(ctx) {
			t.Error("the server did not stop within 10 s")
		}
		h.client.CloseIdleConnections()
		server.Close()
	})
	return h
}

func (h *hub) owner(sid string) *owner {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owners[sid] == nil {
		h.t.Fatalf("no session %q was opened", sid)
	}
	return h.owners[sid]
}

// want fails unless the owner's next message is text.
func (o *owner) want(t *testing.T, text string) {
	t.Helper()
	select {
	case got := <-o.got:
		if got != text {
			t.Fatalf("got the message %q, want %q", got, text)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("the message %q did not come", text)
	}
}

// ended waits for the end of the session and returns why it ended.
func (o *owner) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-o.closed:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the session has not ended")
		return nil
	}
}

// do sends a request and returns the answer's status and body.
func (h *hub) do(method, query, body string) (int, string) {
	h.t.Helper()
	r, err := http.NewRequest(method, h.url+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// poller is a client that polls.
type poller struct {
	*hub
	*owner
	query string
}

func (h *hub) polling() *poller {
	h.t.Helper()
	status, body := h.do(http.MethodGet, "EIO=4&transport=polling", "")
	sid := sidOf(h.t, body)
	if status != http.StatusOK {
		h.t.Fatalf("got %d %s, want the open packet", status, body)
	}
	return &poller{h, h.owner(sid), "EIO=4&transport=polling&sid=" + sid}
}

// sidOf reads the session's id from an open packet.
func sidOf(t *testing.T, packet string) string {
	t.Helper()
	var open struct {
		SID          string
		Upgrades     []string
		PingInterval int
	}
	if !strings.HasPrefix(packet, "0") || json.Unmarshal([]byte(packet[1:]), &open) != nil || open.SID == "" || open.PingInterval == 0 {
		t.Fatalf("got %q, want an open packet", packet)
	}
	return open.SID
}

func (p *poller) poll() (int, string) { p.t.Helper(); return p.do(http.MethodGet, p.query, "") }
func (p *poller) post(body string) (int, string) {
	p.t.Helper()
	return p.do(http.MethodPost, p.query, body)
}

// wantPoll fails unless the next poll gets these packets.
func (p *poller) wantPoll(packets ...string) {
	p.t.Helper()
	want := strings.Join(packets, "\x1e")
	if status, got := p.poll(); status != http.StatusOK || got != want {
		p.t.Fatalf("got %d %q, want %q", status, got, want)
	}
}

// answer is what became of a request.
type answer struct {
	status int
	body   string
	err    error
}

// later sends a poll, and returns when it waits at the server, or was answered.
func (p *poller) later(ctx context.Context) <-chan answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/socket.io/?"+p.query, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	got := make(chan answer, 1)
	go func() {
		resp, err := p.client.Do(r)
		if err != nil {
			got <- answer{err: err}
			return
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		got <- answer{resp.StatusCode, string(text), err}
	}()
	testkit.Eventually(p.t, func() bool { return p.session.Polls() || len(got) > 0 }, "the poll to wait")
	return got
}

// webSocket is a client by WebSocket.
type webSocket struct {
	*owner
	t *testing.T
	c *websocket.Conn
}

func (h *hub) dial(query string) (*webSocket, *http.Response, error) {
	c, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/socket.io/?"+query, nil)
	if err != nil {
		return nil, resp, err
	}
	h.t.Cleanup(func() { c.Close() })
	return &webSocket{t: h.t, c: c}, resp, nil
}

func (h *hub) webSocket() *webSocket {
	h.t.Helper()
	w, resp, err := h.dial("EIO=4&transport=websocket")
	if err != nil {
		h.t.Fatalf("dial: %v %v", err, resp)
	}
	w.owner = h.owner(sidOf(h.t, w.next()))
	return w
}

// upgrade dials for the session of p, and waits until that is known: the answer to a
// handshake may come before.
func (p *poller) upgrade() *webSocket {
	p.t.Helper()
	w, resp, err := p.dial(strings.Replace(p.query, "polling", "websocket", 1))
	if err != nil {
		p.t.Fatalf("dial: %v %v", err, resp)
	}
	testkit.Eventually(p.t, func() bool { return !p.session.CanUpgrade() }, "the claim to be known")
	w.owner = p.owner
	return w
}

func (w *webSocket) send(text string) {
	w.t.Helper()
	if err := w.c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the next frame; bytes come as "bytes …".
func (w *webSocket) read() (string, error) {
	_ = w.c.SetReadDeadline(time.Now().Add(10 * time.Second))
	kind, data, err := w.c.ReadMessage()
	if kind == websocket.BinaryMessage {
		return "bytes " + string(data), err
	}
	return string(data), err
}

func (w *webSocket) next() string {
	w.t.Helper()
	text, err := w.read()
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func (w *webSocket) wantNext(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		if got := w.next(); got != text {
			w.t.Fatalf("got %q, want %q", got, text)
		}
	}
}

// gone reads on until the connection ends, and returns how.
func (w *webSocket) gone() error {
	for {
		if _, err := w.read(); err != nil {
			return err
		}
	}
}
