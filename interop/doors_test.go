package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
)

// rawSocket is a native WebSocket client that keeps every frame it gets.
type rawSocket struct {
	t    testing.TB
	conn *websocket.Conn
	mu   sync.Mutex
	got  []string
	more chan struct{}
	done chan struct{}
}

func dial(t testing.TB, h *hub) *rawSocket {
	t.Helper()
	return dialBy(t, websocket.DefaultDialer, h.url, nil)
}

// dialBy is dial with how to reach the hub, where it is, and what the handshake
// carries.
func dialBy(t testing.TB, by *websocket.Dialer, url string, header http.Header) *rawSocket {
	t.Helper()
	conn, res, err := by.Dial("ws"+strings.TrimPrefix(url, "http")+"/websocket", header)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	_ = res.Body.Close()
	s := &rawSocket{t: t, conn: conn, more: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for {
			_, frame, err := conn.ReadMessage()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.got = append(s.got, string(frame))
			close(s.more)
			s.more = make(chan struct{})
			s.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-s.done
	})
	return s
}

func (s *rawSocket) send(format string, args ...any) {
	s.t.Helper()
	if err := s.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		s.t.Fatalf("send: %v", err)
	}
}

// await returns the frames of that type, once there are at least n.
func (s *rawSocket) await(kind string, n int) []string {
	s.t.Helper()
	deadline := time.After(2 * patience)
	for {
		s.mu.Lock()
		var found []string
		for _, f := range s.got {
			if strings.Contains(f, `"type":"`+kind+`"`) {
				found = append(found, f)
			}
		}
		more := s.more
		s.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-more:
		case <-deadline:
			s.t.Fatalf("got %d of %d %s frames", len(found), n, kind)
		}
	}
}

func (s *rawSocket) subscribe(namespace string) {
	s.t.Helper()
	s.send(`{"type":"subscribe","namespace":%q}`, namespace)
	s.await("subscribed", 1)
}

// events returns the data of the events, byte for byte, once there are n.
func (s *rawSocket) events(n int) []string {
	s.t.Helper()
	var data []string
	for _, f := range s.await("event", n) {
		var e wire.SocketEvent
		if err := json.Unmarshal([]byte(f), &e); err != nil {
			s.t.Fatalf("frame %s: %v", f, err)
		}
		data = append(data, string(e.Data))
	}
	return data
}

// What a double holds wrongly, what encoders like to escape, and what decoders
// like to change.
const delicate = `{"big":12345678901234567890,"small":1e-400,"zero":-0.0,"html":"<a href='x'>&","esc":"\u003c\/\u00e9","é":"😀","dup":1,"dup":2}`

func TestNumbersAndEscapesPassByteForByteThroughEveryDoor(t *testing.T) {
	h := startHub(t)
	const ns = "/bytes"
	s := dial(t, h)
	s.subscribe(ns)
	post(t, h, `{"namespace":"/bytes","event":"e","data":`+delicate+`}`)
	s.send(`{"type":"publish","namespace":"/bytes","event":"e","data":%s}`, delicate)
	s.send(` { "type" : "publish" , "namespace":"/bytes","event":"e","data": [ 1 , %s ] } `, delicate)
	for i, want := range []string{delicate, delicate, "[1," + delicate + "]"} {
		if got := s.events(3)[i]; got != want {
			t.Errorf("event %d: got %s, want %s", i, got, want)
		}
	}
	page := get(t, h, "/api/v1/messages?limit=1")
	if !strings.Contains(page, "[1,"+delicate+"]") {
		t.Errorf("the recent messages say %s, want the data byte for byte", page)
	}
}

func TestCurlPublishesAndReadsTheStream(t *testing.T) {
	h := startHub(t)
	s := dial(t, h)
	s.subscribe("/ws/rt_market")
	out := command(t, ".", "curl", "-sS", "--fail-with-body", h.url+"/api/v1/messages", "--json",
		`{"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":231.42}}`)
	if !strings.Contains(out, `"accepted":1`) {
		t.Errorf("curl got %s, want accepted 1", out)
	}
	if got := s.events(1)[0]; got != `{"symbol":"AAPL","price":231.42}` {
		t.Errorf("got %s", got)
	}
	if got := command(t, ".", "curl", "-sS", "-D-", h.url+"/api"); !strings.Contains(got, `{"result":"OK"}`) || !strings.Contains(got, "Access-Control-Allow-Origin: *") {
		t.Errorf(`GET /api: got %s, want {"result":"OK"} with CORS *`, got)
	}
}

func TestManyProducersThroughEveryDoorLoseNothingAndKeepTheirOrder(t *testing.T) {
	h := startHub(t)
	const ns, each = "/many", 400
	subscribers := []*rawSocket{dial(t, h), dial(t, h)}
	for _, s := range subscribers {
		s.subscribe(ns)
	}
	viaNode := startPeer(t, "node")
	viaNode.connect(h.url, ns, "websocket", nil)
	reader := startPeer(t, "python")
	reader.connect(h.url, ns, "upgrade", nil)

	var wg sync.WaitGroup
	for p := range 3 {
		wg.Go(func() { // REST, one message a request
			for i := range each {
				post(t, h, fmt.Sprintf(`{"namespace":%q,"event":"e","data":{"p":"rest%d","i":%d}}`, ns, p, i))
			}
		})
		wg.Go(func() { // native WebSocket
			s := dial(t, h)
			for i := range each {
				s.send(`{"type":"publish","id":%d,"namespace":%q,"event":"e","data":{"p":"ws%d","i":%d}}`, i, ns, p, i)
			}
			s.await("ack", each)
		})
	}
	wg.Go(func() { // Socket.IO
		for i := range each {
			viaNode.emit("publish", map[string]any{"event": "e", "data": map[string]any{"p": "sio", "i": i}})
		}
	})
	wg.Wait()
	const producers = 7
	for n, s := range subscribers {
		checkOrder(t, fmt.Sprintf("subscriber %d", n), s.events(producers*each), producers, each)
	}
	got := reader.events("e", producers*each)
	byNumber(got)
	checkOrder(t, "python", got, producers, each)
}

// checkOrder fails unless every producer's messages are there, once, in order.
func checkOrder(t *testing.T, who string, events []string, producers, each int) {
	t.Helper()
	next := map[string]int{}
	for _, data := range events {
		var d struct {
			P string
			I int
		}
		if err := json.Unmarshal([]byte(data), &d); err != nil {
			t.Fatalf("%s got %s: %v", who, data, err)
		}
		if d.I != next[d.P] {
			t.Fatalf("%s got message %d of %s, want %d", who, d.I, d.P, next[d.P])
		}
		next[d.P]++
	}
	if len(events) != producers*each || len(next) != producers {
		t.Errorf("%s got %d messages of %d producers, want %d of %d", who, len(events), len(next), producers*each, producers)
	}
}

func TestAStalledSubscriberDoesNotDelayTheOthers(t *testing.T) {
	h := startHub(t)
	const ns, n = "/stalled", 3000
	stalled, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+"/websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	_ = res.Body.Close()
	if err := stalled.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","namespace":"/stalled"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := stalled.ReadMessage(); err != nil { // subscribed; from now on it reads nothing
		t.Fatal(err)
	}
	healthy := dial(t, h)
	healthy.subscribe(ns)
	body := strings.Repeat("x", 16<<10)
	producer := dial(t, h)
	for i := range n {
		producer.send(`{"type":"publish","id":%d,"namespace":%q,"event":"e","data":{"i":%d,"body":%q}}`, i, ns, i, body)
		if i%100 == 99 {
			producer.await("ack", i+1)
		}
	}
	if got := len(healthy.events(n)); got != n {
		t.Errorf("the healthy subscriber got %d messages, want %d", got, n)
	}
	var clients struct {
		Clients []wire.Client `json:"clients"`
	}
	if err := json.Unmarshal([]byte(get(t, h, "/api/v1/clients")), &clients); err != nil {
		t.Fatal(err)
	}
	missed, most := uint64(0), 0
	for _, c := range clients.Clients {
		missed, most = missed+c.Missed, max(most, c.LagBytes)
	}
	if missed == 0 {
		t.Error("nobody missed a message: the stalled subscriber was not stalled")
	}
	if most > 9<<20 {
		t.Errorf("an outbox holds %d bytes, want at most its bound of 8 MiB", most)
	}
}

func TestTheAPIAnswersWhileALaneEmitsAtFullSpeed(t *testing.T) {
	h := startHub(t)
	s, producer := dial(t, h), dial(t, h)
	s.subscribe("/full")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				producer.send(`{"type":"publish","id":%d,"namespace":"/full","event":"e","data":%d}`, i, i)
			}
		}
	})
	s.await("event", 1)
	for range 100 {
		if got := get(t, h, "/api"); got != `{"result":"OK"}` {
			t.Fatalf(`got %s, want {"result":"OK"}`, got)
		}
	}
	close(stop)
	wg.Wait()
}

func TestALineThatIsFullTellsTheProducerThroughEveryDoor(t *testing.T) {
	h := startHub(t)
	slow, two := "1h", 2
	if _, err := h.client(t).PatchLane(t.Context(), "/full", wire.LanePatch{Interval: &slow, Capacity: &two}); err != nil {
		t.Fatal(err)
	}
	status, body := tryPost(t, h, `[{"namespace":"/full","event":"e","data":1},{"namespace":"/full","event":"e","data":2},{"namespace":"/full","event":"e","data":3}]`)
	if status != http.StatusTooManyRequests || !strings.Contains(body, `"code":"queue_full"`) || !strings.Contains(body, `"accepted":2`) || !strings.Contains(body, `"index":2`) {
		t.Errorf("REST: got %d %s, want 429 queue_full with 2 accepted and index 2", status, body)
	}
	s := dial(t, h)
	s.send(`{"type":"publish","id":7,"namespace":"/full","event":"e","data":3}`)
	if got := s.await("error", 1)[0]; !strings.Contains(got, `"id":7`) || !strings.Contains(got, "queue_full") {
		t.Errorf("WebSocket: got %s, want queue_full for id 7", got)
	}
	p := startPeer(t, "node")
	p.connect(h.url, "/full", "websocket", nil)
	if got := p.ask("publish", map[string]any{"event": "e", "data": 1}); !strings.Contains(got, "queue_full") {
		t.Errorf("Socket.IO: got %s, want queue_full", got)
	}
}

func post(t testing.TB, h *hub, body string) {
	t.Helper()
	if status, answer := tryPost(t, h, body); status != http.StatusAccepted {
		t.Errorf("POST %s: got %d %s, want 202", body, status, answer)
	}
}

func tryPost(t testing.TB, h *hub, body string) (status int, answer string) {
	t.Helper()
	res, err := http.Post(h.url+"/api/v1/messages", "application/json", strings.NewReader(body))
	if err != nil {
		t.Errorf("POST: %v", err)
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("POST: read the answer: %v", err)
	}
	return res.StatusCode, string(text)
}

func get(t testing.TB, h *hub, path string) string {
	t.Helper()
	res, err := http.Get(h.url + path)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(bufio.NewReader(res.Body))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d, %v, %s", path, res.StatusCode, err, text)
	}
	return strings.TrimSpace(string(text))
}
