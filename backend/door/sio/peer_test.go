package sio_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// peer is a Socket.IO client of our own, by WebSocket or polling.
type peer interface {
	// send sends one Engine.IO packet, given as text.
	send(text string)
	// next returns the next Engine.IO packet but for pings, which are answered.
	// Binary comes as "b" and the bytes.
	next() string
	close()
}

// socket is a peer, with Socket.IO's words.
type socket struct {
	peer
	t testing.TB
}

func (h *hub) webSocket(header ...string) *socket {
	h.t.Helper()
	p, resp, err := h.dial("", header...)
	if err != nil {
		h.t.Fatalf("dial: %v %v", err, resp)
	}
	p.next() // open
	return &socket{p, h.t}
}

// dial opens a WebSocket, for the session sid if that is not empty.
func (h *hub) dial(sid string, header ...string) (*wsPeer, *http.Response, error) {
	url := "ws" + strings.TrimPrefix(h.url, "http") + "/socket.io/?EIO=4&transport=websocket"
	if sid != "" {
		url += "&sid=" + sid
	}
	c, resp, err := websocket.DefaultDialer.Dial(url, headerOf(header))
	if err != nil {
		return nil, resp, err
	}
	h.t.Cleanup(func() { c.Close() })
	return &wsPeer{t: h.t, c: c}, resp, nil
}

func headerOf(pairs []string) http.Header {
	header := make(http.Header)
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return header
}

type wsPeer struct {
	t     testing.TB
	c     *websocket.Conn
	pings atomic.Int64 // that were answered
}

func (p *wsPeer) send(text string) {
	p.t.Helper()
	if err := p.c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		p.t.Fatalf("send %.40q: %v", text, err)
	}
}

func (p *wsPeer) sendBinary(data []byte) {
	p.t.Helper()
	if err := p.c.WriteMessage(websocket.BinaryMessage, data); err != nil {
		p.t.Fatal(err)
	}
}

func (p *wsPeer) read() (string, error) {
	for {
		_ = p.c.SetReadDeadline(time.Now().Add(10 * time.Second))
		kind, data, err := p.c.ReadMessage()
		switch {
		case err != nil:
			return "", err
		case kind == websocket.BinaryMessage:
			return "b" + string(data), nil
		case string(data) == "2":
			_ = p.c.WriteMessage(websocket.TextMessage, []byte("3"))
			p.pings.Add(1)
		default:
			return string(data), nil
		}
	}
}

func (p *wsPeer) next() string {
	p.t.Helper()
	text, err := p.read()
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return text
}

// ended waits for the end of the connection, and returns why it ended.
func (p *wsPeer) ended() error {
	p.t.Helper()
	for {
		if _, err := p.read(); err != nil {
			return err
		}
	}
}

func (p *wsPeer) close() { p.c.Close() }

type pollPeer struct {
	h     *hub
	sid   string
	query string
	got   []string
}

func (h *hub) polling(header ...string) *socket {
	h.t.Helper()
	return &socket{h.pollPeer(header...), h.t}
}

func (h *hub) pollPeer(header ...string) *pollPeer {
	h.t.Helper()
	p := &pollPeer{h: h, query: "/socket.io/?EIO=4&transport=polling"}
	status, body := p.do(http.MethodGet, "", header...)
	if status != http.StatusOK {
		h.t.Fatalf("handshake: got %d %s", status, body)
	}
	var open struct{ Sid string }
	if err := json.Unmarshal([]byte(body[1:]), &open); err != nil || body[0] != '0' {
		h.t.Fatalf("handshake: got %s", body)
	}
	p.sid = open.Sid
	p.query += "&sid=" + open.Sid
	h.t.Cleanup(func() { p.post("1") }) // or Stop would wait for the next poll
	return p
}

func (p *pollPeer) do(method, body string, header ...string) (int, string) {
	p.h.t.Helper()
	r, err := http.NewRequest(method, p.h.url+p.query, strings.NewReader(body))
	if err != nil {
		p.h.t.Fatal(err)
	}
	r.Header = headerOf(header)
	resp, err := p.h.client.Do(r)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (p *pollPeer) post(body string) (int, string) { return p.do(http.MethodPost, body) }
func (p *pollPeer) poll() (int, string)            { return p.do(http.MethodGet, "") }

func (p *pollPeer) send(text string) {
	p.h.t.Helper()
	if status, body := p.post(text); status != http.StatusOK {
		p.h.t.Fatalf("post %.40q: got %d %s", text, status, body)
	}
}

func (p *pollPeer) next() string {
	p.h.t.Helper()
	for len(p.got) == 0 {
		status, body := p.poll()
		if status != http.StatusOK {
			p.h.t.Fatalf("poll: got %d %s", status, body)
		}
		for _, text := range strings.Split(body, "\x1e") {
			if text == "2" {
				p.send("3")
			} else {
				p.got = append(p.got, text)
			}
		}
	}
	text := p.got[0]
	p.got = p.got[1:]
	return text
}

func (p *pollPeer) close() { p.send("1") }

// join connects to a namespace and returns the socket's id there.
func (s *socket) join(namespace string, auth ...string) (id string) {
	s.t.Helper()
	s.send("40" + prefix(namespace) + strings.Join(auth, ""))
	got := s.next()
	text, ok := strings.CutPrefix(got, "40"+prefix(namespace))
	var open struct{ Sid string }
	if !ok || json.Unmarshal([]byte(text), &open) != nil || open.Sid == "" {
		s.t.Fatalf("connect to %s: got %s", namespace, got)
	}
	return open.Sid
}

func prefix(namespace string) string {
	if namespace == "/" {
		return ""
	}
	return namespace + ","
}

// want fails unless the next packet is text.
func (s *socket) want(text string) {
	s.t.Helper()
	if got := s.next(); got != text {
		s.t.Fatalf("got the packet %q, want %q", got, text)
	}
}

// wantRefusal fails unless the next packet is connect_error with this code, and
// returns its hint.
func (s *socket) wantRefusal(namespace, code string) (hint string) {
	s.t.Helper()
	got := s.next()
	var refusal struct {
		Message string
		Data    struct{ Code, Message, Hint string }
	}
	text, ok := strings.CutPrefix(got, "44"+prefix(namespace))
	if !ok || json.Unmarshal([]byte(text), &refusal) != nil ||
		refusal.Data.Code != code || refusal.Message == "" || refusal.Message != refusal.Data.Message {
		s.t.Fatalf("got %s, want a connect_error with the code %s, and its message twice", got, code)
	}
	return refusal.Data.Hint
}

// ack sends an event and returns what its callback gets.
func (s *socket) ack(namespace, event string) map[string]any {
	s.t.Helper()
	s.send("42" + prefix(namespace) + "9" + event)
	return s.nextAck(namespace)
}

func (s *socket) nextAck(namespace string) map[string]any {
	s.t.Helper()
	got := s.next()
	text, ok := strings.CutPrefix(got, "43"+prefix(namespace)+"9")
	var answer []map[string]any
	if !ok || json.Unmarshal([]byte(text), &answer) != nil || len(answer) != 1 {
		s.t.Fatalf("got %s, want an ack", got)
	}
	return answer[0]
}
