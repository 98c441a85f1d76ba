package ws

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// anything is an intake that takes what has a name, and a door to all keys.
type anything struct{}

func (anything) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	for _, d := range drafts {
		if err := msg.CheckEvent(d.Event); err != nil {
			return msg.Receipt{}, err
		}
		if _, err := jsontext.Compact(d.Payload); err != nil {
			return msg.Receipt{}, err
		}
	}
	return msg.Receipt{Accepted: len(drafts), FirstSeq: 1, LastSeq: 1}, nil
}

func (anything) Admit(c msg.Caller, _ string) (msg.Caller, error) {
	c.Scopes, c.Key = msg.AllScopes, "key"
	return c, nil
}

func (anything) Note(msg.Act) {}

// sink is a response that becomes a network connection, and keeps what is
// written to it.
type sink struct {
	net.Conn
	written bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) { return s.written.Write(p) }
func (*sink) Header() http.Header           { return nil }
func (*sink) WriteHeader(int)               {}

func (s *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return s, bufio.NewReadWriter(bufio.NewReader(s), bufio.NewWriter(s)), nil
}

func (*sink) SetDeadline(time.Time) error      { return nil }
func (*sink) SetReadDeadline(time.Time) error  { return nil }
func (*sink) SetWriteDeadline(time.Time) error { return nil }

func handshake() *http.Request {
	return &http.Request{Method: http.MethodGet, Header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}}
}

func FuzzFramesIn(f *testing.F) {
	for _, s := range []string{
		`{"type":"subscribe","namespace":"/ws/rt_market","events":["tick"],"rooms":["AAPL"],"last":10}`,
		`{"type":"unsubscribe","namespace":"/ws"}`, `{"type":"auth","key":"k"}`, `{"type":"dance"}`, `{`, `null`,
		`{"type":"publish","id":7,"namespace":"/a","event":"e","data":{"a":[1]},"source_time":"2026-01-02T03:04:05Z"}`,
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, frame string, trusted bool) {
		if !utf8.ValidString(frame) {
			return // the reader has closed such a connection
		}
		d := New(Options{Intake: anything{}, Keys: anything{}, Audit: anything{}, Recent: &memory{}})
		d.Send(emission(message(1), 1), nil)
		var network sink // written to by Shut alone, for the connection is never started
		l, err := d.upgrader.Upgrade(&network, handshake())
		if err != nil {
			t.Fatal(err)
		}
		network.written.Reset() // the answer to the handshake
		s := &socket{conn: &conn{Conn: l, door: d, out: outbox.New(outbox.Options{})}, id: "a", subs: map[string]*subscription{}}
		s.right.Store(&right{})
		if trusted {
			s.right.Store(&right{caller: msg.Caller{Scopes: msg.AllScopes}})
		}
		s.handle([]byte(frame))
		s.handle([]byte(`{"type":"subscribe","last":1}`))
		s.client()
		s.out.Close(errDone)
		_ = s.out.Run(context.Background(), func(frames net.Buffers) error {
			_, err := frames.WriteTo(&network)
			return err
		})
		for opcode, text := range link.Frames(network.written.Bytes()) {
			if opcode == link.OpText && !json.Valid(text) {
				t.Fatalf("%q was answered with %q, which is not JSON", frame, text)
			}
		}
		for _, sub := range s.subs {
			d.index.remove(sub)
		}
		if len(d.index.spaces) != 0 {
			t.Fatalf("%q left %d namespaces in the index", frame, len(d.index.spaces))
		}
	})
}
