package ws

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

func BenchmarkPublish(b *testing.B) {
	d := New(Options{Intake: anything{}, Keys: anything{}, Audit: anything{}, Recent: &memory{}})
	s := &socket{conn: &conn{door: d, out: outbox.New(outbox.Options{Overflow: func(error) {}})}, id: "a"}
	s.right.Store(&right{caller: msg.Caller{Scopes: msg.AllScopes}})
	frame := []byte(`{"type":"publish","id":7,"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"volume":48217940,"venue":"XNAS","ts":1763814734406}}`)
	b.ReportAllocs()
	for b.Loop() {
		s.handle(frame)
	}
}

// BenchmarkPublishOverTheNetwork has a client write as fast as the door reads.
func BenchmarkPublishOverTheNetwork(b *testing.B) {
	counted := &counter{most: uint64(b.N), done: make(chan struct{})}
	d := New(Options{Intake: counted, Keys: anything{}, Audit: anything{}, Recent: &memory{}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Socket().ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: msg.AllScopes})))
	}))
	defer server.Close()
	client, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop(b.Context())
	defer client.Close()
	response.Body.Close()
	frame := append([]byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}, // masked with zeros
		`{"type":"publish","namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"volume":48217940,"venue":"XNAS","ts":1763814734406}}`...)
	binary.BigEndian.PutUint16(frame[2:], uint16(len(frame)-8))
	const atOnce = 50
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= atOnce {
		if _, err := client.NetConn().Write(bytes.Repeat(frame, min(left, atOnce))); err != nil {
			b.Fatal(err)
		}
	}
	<-counted.done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// counter is an intake that counts, until most.
type counter struct {
	anything
	count, most uint64
	done        chan struct{}
}

func (c *counter) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	if c.count++; c.count == c.most {
		close(c.done)
	}
	return c.anything.Accept(drafts...)
}
