package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// patience is how long a client waits for a frame that must come.
const patience = 10 * time.Second

// hub is a door with everything it needs, and a server in front.
type hub struct {
	door   *ws.Door
	url    string
	intake *intake
	scopes msg.Scopes // of every request
	key    string     // that every request has shown
	audit  audit
	sends  atomic.Uint64
}

// send emits m now, and returns to how many sockets.
func (h *hub) send(m *msg.Message) (sockets int) { return h.sendAt(m, time.Now()) }

func (h *hub) sendAt(m *msg.Message, at time.Time) (sockets int) {
	return h.door.Send(msg.Emission{Message: m, At: at, Order: h.sends.Add(1)}, nil)
}

func newHub(t *testing.T, change ...func(*hub, *ws.Options)) *hub {
	t.Helper()
	testkit.NoLeaks(t)
	h := &hub{intake: &intake{}, scopes: msg.AllScopes}
	opts := ws.Options{
		Intake:     h.intake,
		Recent:     past(nil),
		Keys:       keys{"viewer": msg.MayView, "sensor": msg.MayPublish, "nothing": 0},
		Audit:      &h.audit,
		OpenViewer: func(query.View) (ws.Viewer, error) { return nil, fault.Newf(fault.TooMany, "no viewers here") },
		Hello:      func() wire.FeedHello { return wire.FeedHello{Version: "1.2.3"} },
	}
	for _, c := range change {
		c(h, &opts)
	}
	h.door = ws.New(opts)
	mux := http.NewServeMux()
	mux.Handle("/websocket", h.door.Socket())
	mux.Handle("/feed", h.door.Feed())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: h.scopes, Key: h.key})))
	}))
	h.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // by now a client that is left has nothing to wait for
		h.door.Stop(ctx)
		server.Close()
	})
	return h
}

// client is a native WebSocket client.
type client struct {
	t *testing.T
	*websocket.Conn
}

func (h *hub) dial(t *testing.T, path string) *client {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(h.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(patience))
	return &client{t, conn}
}

// refused opens a connection that must not come about, and returns the status.
func (h *hub) refused(t *testing.T, path string) int {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(h.url+path, nil)
	if err == nil {
		conn.Close()
		t.Fatalf("%s: got a connection, want none", path)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (h *hub) subscriber(t *testing.T, subscribe string) *client {
	t.Helper()
	c := h.dial(t, "/websocket")
	c.send(subscribe)
	c.wants("subscribed")
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// read returns the next frame's text.
func (c *client) read() []byte {
	c.t.Helper()
	kind, text, err := c.ReadMessage()
	if err != nil {
		c.t.Fatalf("reading a frame: %v", err)
	}
	if kind != websocket.TextMessage {
		c.t.Fatalf("got a frame of type %d, want text", kind)
	}
	return text
}

// wants reads the next frame, whose type must be kind, and returns its text.
func (c *client) wants(kind string) []byte {
	c.t.Helper()
	var frame struct {
		Type string `json:"type"`
	}
	text := c.read()
	if err := json.Unmarshal(text, &frame); err != nil || frame.Type != kind {
		c.t.Fatalf("got %s, %v, want a frame of type %q", text, err, kind)
	}
	return text
}

func (c *client) wantsEvent() wire.SocketEvent {
	c.t.Helper()
	return decode[wire.SocketEvent](c.t, c.wants("event"))
}

func (c *client) wantsError(code string) wire.SocketError {
	c.t.Helper()
	e := decode[wire.SocketError](c.t, c.wants("error"))
	if e.Code != code || e.Message == "" {
		c.t.Fatalf("got error %+v, want code %s and a message", e, code)
	}
	return e
}

// wantsClose reads the close frame.
func (c *client) wantsClose(code int, reason string) {
	c.t.Helper()
	_, text, err := c.ReadMessage()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || !strings.Contains(closed.Text, reason) {
		c.t.Fatalf("got %q, %v, want a close with code %d and %q", text, err, code, reason)
	}
}

func decode[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := wire.DecodeStrict(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func tick(seq uint64, payload string) *msg.Message {
	return &msg.Message{Seq: seq, Namespace: "/ws", Event: "tick", Payload: []byte(payload)}
}

// intake takes everything but what is called "refused".
type intake struct {
	mu     sync.Mutex
	drafts []msg.Draft
	refuse error
}

func (in *intake) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.refuse != nil {
		return msg.Receipt{}, in.refuse
	}
	in.drafts = append(in.drafts, drafts...)
	n := uint64(len(in.drafts))
	return msg.Receipt{Accepted: 1, FirstSeq: 100 + n, LastSeq: 100 + n}, nil
}

func (in *intake) taken() []msg.Draft {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.drafts
}

// past is what the hub emitted before.
type past []*msg.Record

func (p past) Last(_ string, _, _ []string, n int) ([]*msg.Record, uint64) {
	return p[max(0, len(p)-n):], 0
}

// keys tells what a key allows; its name is "the " and its secret.
type keys map[string]msg.Scopes

func (k keys) Admit(c msg.Caller, key string) (msg.Caller, error) {
	s, ok := k[key]
	if !ok {
		return c, fault.Newf(fault.Unauthorized, "this key is unknown")
	}
	c.Scopes |= s
	c.Key = "the " + key
	return c, nil
}

// audit keeps what is noted.
type audit struct {
	mu   sync.Mutex
	acts []msg.Act
}

func (a *audit) Note(act msg.Act) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acts = append(a.acts, act)
}

// noted returns what was noted, and forgets it.
func (a *audit) noted() []msg.Act {
	a.mu.Lock()
	defer a.mu.Unlock()
	acts := a.acts
	a.acts = nil
	return acts
}
