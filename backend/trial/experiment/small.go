package experiment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/trial"
)

// small is a real-time server as people write them: it knows its clients, and
// whoever wants to emit writes to one after the other. It speaks as much of
// Emitscope's WebSocket as a subscriber needs, so that the bytes on the wire are
// the same.
type small struct {
	url   string
	http  *http.Server
	ended chan struct{} // closed when it has ended

	mu   sync.Mutex
	all  []*listener // replaced, never changed
	over bool
	gone sync.WaitGroup // the listeners' readers
}

// listener is one client. A WebSocket must not be written by two threads at once.
type listener struct {
	mu   sync.Mutex
	conn *websocket.Conn
}

// takeWait is how long a client may take to accept a message.
const takeWait = 5 * time.Second

// newSmall serves on a free port of loopback.
func newSmall(ctx context.Context) (*small, error) {
	at, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for the experiment: %w", err)
	}
	s := &small{url: "http://" + at.Addr().String(), ended: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":"OK"}`) // whoever asked may be gone
	})
	mux.HandleFunc("/websocket", s.listen)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: takeWait}
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(at) // it is closed by close
	}()
	return s, nil
}

func (s *small) address() string { return s.url }
func (s *small) clients() string { return trial.AsNative }

// listen keeps one client until it leaves.
func (s *small) listen(w http.ResponseWriter, r *http.Request) {
	conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer conn.Close()
	if _, _, err := conn.ReadMessage(); err != nil { // what it subscribes to: there is one thing only
		return
	}
	c := &listener{conn: conn}
	if !s.join(c) {
		return
	}
	defer s.gone.Done()
	if c.write([]byte(`{"type":"subscribed"}`)) != nil {
		return
	}
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
}

// join has c get what is emitted from now on; false: it is too late.
func (s *small) join(c *listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.gone.Add(1)
	s.all = append(slices.Clone(s.all), c)
	return true
}

// emit writes a message to all clients. It may be called concurrently.
func (s *small) send(data []byte) {
	s.mu.Lock()
	all := s.all
	s.mu.Unlock()
	text := make([]byte, 0, len(data)+160)
	text = append(text, `{"type":"event","namespace":"`+namespace+`","event":"`+event+`","data":`...)
	text = append(text, data...)
	text = append(text, `,"emitted_time":"`...)
	text = append(text, wire.Time(time.Now())...) // as late as can be: just before the first client gets it
	text = append(text, `"}`...)
	for _, c := range all {
		_ = c.write(text) // one that is gone shows to its reader
	}
}

func (c *listener) write(text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.conn.SetWriteDeadline(time.Now().Add(takeWait)), c.conn.WriteMessage(websocket.TextMessage, text))
}

// close ends all connections.
func (s *small) close() {
	s.mu.Lock()
	s.over = true
	all := s.all
	s.mu.Unlock()
	_ = s.http.Close() // which leaves WebSockets alone
	for _, c := range all {
		_ = c.conn.Close()
	}
	s.gone.Wait()
	<-s.ended
}

// dataOf is the data of message n.
func dataOf(n, padding int) []byte {
	data := strconv.AppendInt([]byte(`{"n":`), int64(n), 10)
	data = append(data, `,"pad":"`...)
	for range padding {
		data = append(data, 'x')
	}
	return append(data, `"}`...)
}
