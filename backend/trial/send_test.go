package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

// refusedList notes what a server refused.
type refusedList struct {
	mu   sync.Mutex
	list []string
}

func (l *refusedList) add(code string, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, fmt.Sprint(code, " ", n))
}

func (l *refusedList) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func items(first int64, data ...string) (list []Item) {
	for i, d := range data {
		list = append(list, Item{N: first + int64(i), Data: []byte(d)})
	}
	return list
}

func TestRESTSendsABatchInOneRequestAndTellsWhichWereRefused(t *testing.T) {
	testkit.NoLeaks(t)
	var bodies []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			return // is there such a way in?
		}
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
		if len(bodies) == 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"code":"queue_full","message":"full","accepted":1}`)
			return
		}
		_, _ = io.WriteString(w, `{"accepted":1}`)
	}))
	t.Cleanup(s.Close)
	var refused refusedList
	p := Plan{Target: s.URL, Key: "k", Namespace: "/n", Event: "e", Producers: 1, Batch: 3}
	sender, err := p.Sender(t.Context(), refused.add)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for _, batch := range [][]Item{items(0, `{"a":1}`), items(3, `1`, `2`, `3`), items(6, `4`)} {
		if err := sender.Send(batch); err != nil {
			t.Fatal(err)
		}
	}
	head := "/api/v1/messages Bearer k "
	want := []string{
		head + `{"namespace":"/n","event":"e","data":{"a":1}}`,
		head + `[{"namespace":"/n","event":"e","data":1},{"namespace":"/n","event":"e","data":2},{"namespace":"/n","event":"e","data":3}]`,
		head + `{"namespace":"/n","event":"e","data":4}`,
	}
	if !slices.Equal(bodies, want) {
		t.Errorf("got %q, want %q", bodies, want)
	}
	if got, want := refused.get(), []string{"queue_full 4", "queue_full 5"}; !slices.Equal(got, want) {
		t.Errorf("got refused %q, want %q", got, want)
	}
}

func TestAServerWithoutEmitscopesRESTIsNamedBeforeAnythingIsSent(t *testing.T) {
	testkit.NoLeaks(t)
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	_, err := Plan{Target: s.URL, Producers: 1}.Sender(t.Context(), new(refusedList).add)
	if f := fault.From(err); f.Kind != fault.NotFound || !strings.Contains(f.Message, strings.TrimPrefix(s.URL, "http://")) || f.Hint == "" {
		t.Errorf("got %v, want the address and what to do", err)
	}
}

func TestAProducerWithAnUnknownKeyIsToldSoBeforeAnythingIsSent(t *testing.T) {
	testkit.NoLeaks(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"code":"unknown_key","message":"the key is unknown","hint":"look it up"}`)
	}))
	t.Cleanup(s.Close)
	_, err := Plan{Target: s.URL, Key: "k", Producers: 1}.Sender(t.Context(), new(refusedList).add)
	if f := fault.From(err); f.Code != "unknown_key" || f.Hint != "look it up" {
		t.Errorf("got %v, want the server's words", err)
	}
}

// framesOf returns what a server on a WebSocket is sent.
func framesOf(c *websocket.Conn, n int) (frames []string) {
	for range n {
		_, f, err := c.ReadMessage()
		if err != nil {
			return append(frames, err.Error())
		}
		frames = append(frames, string(f))
	}
	return frames
}

func TestNativeProducersSendFramesAndReadRefusals(t *testing.T) {
	testkit.NoLeaks(t)
	got := make(chan []string, 1)
	url := socketServer(t, func(c *websocket.Conn) {
		got <- framesOf(c, 2)
		_ = c.WriteMessage(websocket.TextMessage, []byte(`{"type":"ack","id":7,"seq":1}`))
		_ = c.WriteMessage(websocket.TextMessage, []byte(`{"type":"error","id":8,"code":"queue_full","message":"full"}`))
		_ = c.WriteMessage(websocket.TextMessage, []byte(`{"type":"error","code":"stopping","message":"bye"}`))
		_, _, _ = c.ReadMessage() // answers the ping at the end
	})
	var refused refusedList
	sender, err := Plan{Target: url, Namespace: "/n", Event: "e", Producers: 1, Via: ViaWebSocket, Acks: true}.Sender(t.Context(), refused.add)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(items(7, `1`, `{"a":"b"}`)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"type":"publish","id":7,"namespace":"/n","event":"e","data":1}`,
		`{"type":"publish","id":8,"namespace":"/n","event":"e","data":{"a":"b"}}`,
	}
	if frames := <-got; !slices.Equal(frames, want) {
		t.Errorf("got %q, want %q", frames, want)
	}
	_ = sender.Close() // waits for the pong, which comes behind the refusals
	if got, want := refused.get(), []string{"queue_full 8", "stopping -1"}; !slices.Equal(got, want) {
		t.Errorf("got refused %q, want %q", got, want)
	}
}

// socketIOServer opens a session by the protocol's book: open packet, then CONNECT.
func socketIOServer(t *testing.T, talk func(c *websocket.Conn)) (url string, joined chan string) {
	joined = make(chan string, 10)
	return socketServer(t, func(c *websocket.Conn) {
		_ = c.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`))
		_ = c.WriteMessage(websocket.TextMessage, []byte(`2`))
		joined <- strings.Join(framesOf(c, 2), " ") // CONNECT and PONG, in either order
		_ = c.WriteMessage(websocket.TextMessage, []byte(`40/n,{"sid":"y"}`))
		talk(c)
	}), joined
}

func TestSocketIOProducersEmitPublishBesideTheirNamespace(t *testing.T) {
	testkit.NoLeaks(t)
	got := make(chan []string, 1)
	url, joined := socketIOServer(t, func(c *websocket.Conn) {
		got <- framesOf(c, 1)
		_ = c.WriteMessage(websocket.TextMessage, []byte(`431[{"ok":true,"seq":1}]`))
		_ = c.WriteMessage(websocket.TextMessage, []byte(`432[{"ok":false,"code":"queue_full"}]`))
		_, _, _ = c.ReadMessage()
	})
	var refused refusedList
	p := Plan{Target: url, Key: "k", Namespace: "/n", Event: "e", Producers: 1, Via: ViaSocketIO, Acks: true}
	sender, err := p.Sender(t.Context(), refused.add)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-joined; !strings.Contains(got, `40{"key":"k"}`) {
		t.Errorf("joined with %s, want / with the key", got)
	}
	if err := sender.Send(items(1, `17`)); err != nil {
		t.Fatal(err)
	}
	if got, want := (<-got)[0], `421["publish",{"namespace":"/n","event":"e","data":17}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_ = sender.Close()
	if got, want := refused.get(), []string{"queue_full 2"}; !slices.Equal(got, want) {
		t.Errorf("got refused %q, want %q", got, want)
	}
}

func TestAClientThatIsThrownOutOfItsNamespaceSaysSo(t *testing.T) {
	testkit.NoLeaks(t)
	joined := make(chan struct{})
	url, _ := socketIOServer(t, func(c *websocket.Conn) {
		<-joined
		_ = c.WriteMessage(websocket.TextMessage, []byte(`42/n,["e",1]`))
		_ = c.WriteMessage(websocket.TextMessage, []byte(`41/n,`))
		_, _, _ = c.ReadMessage() // until the client closes
	})
	r, err := Plan{Target: url, Namespace: "/n", Event: "e", Clients: 1}.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	close(joined)
	messages, ended := 0, make(chan error, 1)
	go func() { ended <- r.Receive(func(time.Time, []byte) { messages++ }) }()
	select {
	case err := <-ended:
		if messages != 1 || !errors.Is(err, errLeft) {
			t.Errorf("got %d messages and %v, want 1 and why it ended", messages, err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it still receives")
	}
	_ = r.Close()
}

func TestProducersForOtherServersEmitTheEventTheyAreTold(t *testing.T) {
	testkit.NoLeaks(t)
	got := make(chan []string, 1)
	url, joined := socketIOServer(t, func(c *websocket.Conn) {
		got <- framesOf(c, 1)
		_, _, _ = c.ReadMessage()
	})
	p := Plan{Target: url, Namespace: "/n", Event: "e", Producers: 1, Via: ViaSocketIO, PublishEvent: `say "it"`}
	sender, err := p.Sender(t.Context(), new(refusedList).add)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	if got := <-joined; !strings.Contains(got, "40/n,") {
		t.Errorf("joined with %s, want /n", got)
	}
	if err := sender.Send(items(1, `17`)); err != nil {
		t.Fatal(err)
	}
	if got, want := (<-got)[0], `42/n,["say \"it\"",17]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestALostConnectionIsExplainedByTheServersLastWords(t *testing.T) {
	testkit.NoLeaks(t)
	url := socketServer(t, func(c *websocket.Conn) {
		_, _, _ = c.ReadMessage()
		_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1008, "too fast"))
	})
	sender, err := Plan{Target: url, Producers: 1, Via: ViaWebSocket}.Sender(t.Context(), new(refusedList).add)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	testkit.Eventually(t, func() bool {
		err = sender.Send(items(1, `1`))
		return err != nil
	}, "a send to fail")
	if !strings.Contains(err.Error(), "too fast") {
		t.Errorf("got %v, want the server's reason", err)
	}
}

func TestAWriteThatFailsEndsTheReadingAlsoWhileThatWantsToAnswerAPing(t *testing.T) {
	testkit.NoLeaks(t)
	stuck := make(chan struct{})
	url := socketServer(t, func(c *websocket.Conn) {
		<-stuck
		_ = c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		<-t.Context().Done() // it reads nothing
	})
	sender, err := Plan{Target: url, Producers: 1, Via: ViaWebSocket}.Sender(t.Context(), new(refusedList).add)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := sender.(*socketSender)
	failed := make(chan error, 1)
	go func() { failed <- s.Send(items(1, strings.Repeat("1", maxMessage))) }() // more than any buffer holds
	testkit.Eventually(t, func() bool {
		if !s.writing.TryLock() {
			return true
		}
		s.writing.Unlock()
		return false
	}, "the send to begin")
	close(stuck)
	soon := time.Now().Add(100 * time.Millisecond) // when the ping has been read
	testkit.Eventually(t, func() bool {
		_ = s.conn.SetWriteDeadline(soon)
		select {
		case err = <-failed:
			return true
		default:
			return false
		}
	}, "the send to fail")
	if err == nil {
		t.Error("got no error, want why it failed")
	}
	_ = s.Close()
}

func TestAnInterruptEndsTheWaitForAServerThatDoesNotAnswer(t *testing.T) {
	testkit.NoLeaks(t)
	pinged := make(chan struct{})
	url := socketServer(t, func(c *websocket.Conn) {
		c.SetPingHandler(func(string) error {
			close(pinged)
			return nil
		})
		_, _, _ = c.ReadMessage() // until the client closes
	})
	sender, err := Plan{Target: url, Producers: 1, Via: ViaWebSocket}.Sender(t.Context(), new(refusedList).add)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := sender.(*socketSender)
	closed := make(chan struct{})
	go func() {
		_ = s.Close()
		close(closed)
	}()
	<-pinged
	interrupted := time.Now()
	s.hurry()
	<-closed
	if took := time.Since(interrupted); took > byeWait/2 {
		t.Errorf("it took %v, want little more than %v", took, hurryWait)
	}
}

func TestWhatTheServerAnswersWithoutRefusingIsNoRefusal(t *testing.T) {
	for _, packet := range []string{`43[]`, `431[{"ok":true}]`, `431["done"]`, `42["x",{"ok":false}]`, `431[{"ok":false}`, `43`, ``, `43/a,1[{}]`} {
		if code, n, refused := ackRefusal([]byte(packet)); refused {
			t.Errorf("%s: got %s of %d", packet, code, n)
		}
	}
	if code, n, refused := ackRefusal([]byte(`43/a9,17[{"ok":false,"code":"queue_full"}]`)); !refused || code != "queue_full" || n != 17 {
		t.Errorf("got %s, %d, %v; want queue_full of 17", code, n, refused)
	}
}

// FuzzAnswers looks for words of a server at which reading them breaks.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`43/a,17[{"ok":false,"code":"queue_full"}]`))
	f.Add([]byte(`{"type":"error","id":8,"code":"queue_full"}`))
	f.Add([]byte(`42/bench,["missed",{"count":3}]`))
	f.Add([]byte(`44/bench,{"message":"no"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if code, n, ok := ackRefusal(text); ok && (code == "" || n < -1) {
			t.Errorf("got %q of %d", code, n)
		}
		if code, _, ok := nativeRefusal(text); ok && code == "" {
			t.Error("got a refusal without a code")
		}
		newFilter("/bench", "tick").kind(text)
		_, _ = joinAnswer(text, "/bench")
		if code, message, _ := reasonOf(http.StatusTeapot, text); code == "" || message == "" && json.Valid(text) && code == "http_418" {
			t.Errorf("got code %q and message %q", code, message)
		}
	})
}
