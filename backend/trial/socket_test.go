package trial

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

// socketServer serves WebSockets by another library until the test's end. talk is
// called for each connection, and its end closes the connection.
func socketServer(t *testing.T, talk func(c *websocket.Conn)) (url string) {
	t.Helper()
	u := websocket.Upgrader{WriteBufferSize: 1024}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		talk(c)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func dialTest(t *testing.T, url string) *Socket {
	t.Helper()
	s, err := DialSocket(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// received returns all that s receives until the server closes.
func received(s *Socket) (messages []string, err error) {
	err = s.Receive(func(_ time.Time, m []byte) error {
		messages = append(messages, string(m))
		return nil
	})
	return messages, err
}

func TestWhatComesRightAfterTheHandshakeIsNotLost(t *testing.T) {
	testkit.NoLeaks(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			acceptOf(r.Header.Get("Sec-WebSocket-Key")) + "\r\n\r\n"
		_, _ = io.WriteString(conn, answer+string(textFrame("first"))+string(textFrame("second"))+string(textFrame("third"))[:3])
		_, _ = io.WriteString(conn, string(textFrame("third"))[3:])
	}))
	t.Cleanup(s.Close)
	socket := dialTest(t, s.URL)
	if m, err := socket.Next(t.Context()); err != nil || string(m) != "first" {
		t.Fatalf("got %q, %v; want the first", m, err)
	}
	got, _ := received(socket)
	if want := []string{"second", "third"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMessagesOfAnySizeAndFragmentsAreReceivedAsTheyWereSent(t *testing.T) {
	testkit.NoLeaks(t)
	var want []string
	for _, n := range []int{1, 100, 5000, readSize / 2, readSize, readSize + 1, 3 * readSize, 1 << 20, 10} {
		want = append(want, strings.Repeat(fmt.Sprint(n%10), n))
	}
	s := dialTest(t, socketServer(t, func(c *websocket.Conn) {
		for _, text := range want {
			_ = c.WriteMessage(websocket.TextMessage, []byte(text))
			w, _ := c.NextWriter(websocket.TextMessage) // writes fragments of its buffer's size
			_, _ = io.WriteString(w, text)
			_ = w.Close()
		}
	}))
	got, _ := received(s)
	if len(got) != 2*len(want) {
		t.Fatalf("got %d messages, want %d", len(got), 2*len(want))
	}
	for i, m := range got {
		if m != want[i/2] {
			t.Errorf("message %d: got %d bytes %.10q…, want %d", i, len(m), m, len(want[i/2]))
		}
	}
}

func TestPingsAreAnswered(t *testing.T) {
	testkit.NoLeaks(t)
	ponged := make(chan string, 1)
	s := dialTest(t, socketServer(t, func(c *websocket.Conn) {
		c.SetPongHandler(func(data string) error {
			ponged <- data
			return c.WriteMessage(websocket.TextMessage, []byte("bye"))
		})
		_ = c.WriteControl(websocket.PingMessage, []byte("how are you"), time.Now().Add(time.Second))
		_, _, _ = c.ReadMessage() // until the client closes
	}))
	if m, err := s.Next(t.Context()); err != nil || string(m) != "bye" {
		t.Errorf("got %q, %v; want what comes after the pong", m, err)
	}
	if got := <-ponged; got != "how are you" {
		t.Errorf("got the pong %q, want the ping's own words", got)
	}
}

func TestWhyTheServerClosedIsSaid(t *testing.T) {
	testkit.NoLeaks(t)
	s := dialTest(t, socketServer(t, func(c *websocket.Conn) {
		_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1013, "come back later"), time.Now().Add(time.Second))
		_, _, _ = c.ReadMessage()
	}))
	if _, err := received(s); err == nil || !strings.Contains(err.Error(), "1013: come back later") {
		t.Errorf("got %v, want the code and the reason", err)
	}
}

func TestClosingEndsReceiving(t *testing.T) {
	testkit.NoLeaks(t)
	s := dialTest(t, socketServer(t, func(c *websocket.Conn) { _, _, _ = c.ReadMessage() }))
	ended := make(chan error, 1)
	go func() {
		_, err := received(s)
		ended <- err
	}()
	_ = s.Close()
	if err := <-ended; err == nil {
		t.Error("got no error, want one that says that the connection is closed")
	}
}

func TestWhoeverIsNoWebSocketServerIsNamedWithItsWords(t *testing.T) {
	testkit.NoLeaks(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/hub", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"code":"bad_host","message":"the Host is not ours","hint":"use the address"}`)
	})
	mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":0,"message":"Transport unknown"}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	for path, want := range map[string]string{
		"/hub": "the Host is not ours", "/other": "400 Bad Request (Transport unknown)", "/none": "404 Not Found",
	} {
		if _, err := DialSocket(t.Context(), s.URL+path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	s.Close()
	_, err := DialSocket(t.Context(), s.URL)
	if f := fault.From(err); f.Code != "unreachable" || f.Hint == "" || !strings.Contains(f.Message, strings.TrimPrefix(s.URL, "http://")) {
		t.Errorf("got %#v, want the address and what to do", err)
	}
}

func TestEveryReaderHandsOverTheSame(t *testing.T) {
	testkit.NoLeaks(t)
	for _, plain := range []bool{false, true} {
		s := dialTest(t, socketServer(t, func(c *websocket.Conn) {
			for i := range 1000 {
				_ = c.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", i*7)))
			}
		}))
		if plain {
			s.read = plainReader{s.conn}
		}
		got, err := received(s)
		if len(got) != 1000 || !errors.Is(err, io.EOF) {
			t.Fatalf("plain %v: got %d messages and %v, want 1000 and the end", plain, len(got), err)
		}
		for i, m := range got {
			if len(m) != i*7 {
				t.Fatalf("plain %v: message %d has %d bytes, want %d", plain, i, len(m), i*7)
			}
		}
	}
}
