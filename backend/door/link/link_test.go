package link_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

var errTest = fault.Newf(fault.Forbidden, "the test is over")

// open connects a client, and serves its connection with serve.
func open(t *testing.T, o link.Options, serve func(*link.Conn)) *websocket.Conn {
	t.Helper()
	return openAt(t, httptest.NewServer, o, serve)
}

func openAt(t *testing.T, listen func(http.Handler) *httptest.Server, o link.Options, serve func(*link.Conn)) *websocket.Conn {
	t.Helper()
	testkit.NoLeaks(t)
	u := link.NewUpgrader(o)
	ended := make(chan struct{})
	server := listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer close(ended)
			serve(c)
		}()
	}))
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	client, response, err := dialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	client.SetReadDeadline(time.Now().Add(patience))
	t.Cleanup(func() {
		client.Close()
		<-ended
		server.Close()
	})
	return client
}

func write(t *testing.T, c *websocket.Conn, kind int, text string) {
	t.Helper()
	if err := c.WriteMessage(kind, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, c *websocket.Conn, want string) {
	t.Helper()
	if _, got, err := c.ReadMessage(); err != nil || string(got) != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

func wantsClose(t *testing.T, c *websocket.Conn, code int) {
	t.Helper()
	if _, got, err := c.ReadMessage(); !websocket.IsCloseError(err, code) {
		t.Fatalf("got %q, %v, want a close with %d", got, err, code)
	}
}

// wantsCloseWith is wantsClose for a close whose reason ends in reason.
func wantsCloseWith(t *testing.T, c *websocket.Conn, code int, reason string) {
	t.Helper()
	_, got, err := c.ReadMessage()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || !strings.HasSuffix(closed.Text, reason) {
		t.Fatalf("got %q, %v, want a close with %d and %q", got, err, code, reason)
	}
}

func TestAProbeIsAnsweredBeforeWhatWaitsInTheOutbox(t *testing.T) {
	out := outbox.New(outbox.Options{})
	out.Must(link.Text("waited"), time.Now())
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.Serve(func(_ byte, text []byte) {
			switch string(text) {
			case "2probe":
				if err := c.Say(link.Text("3probe")); err != nil {
					t.Error(err)
				}
			case "5":
				if !c.Start(out) || c.Start(out) {
					t.Error("got another answer than true, then false, from Start")
				}
				if c.Say(link.Text("late")) == nil {
					t.Error("got a frame said after Start, want an error")
				}
			}
		})
	})
	write(t, c, websocket.TextMessage, "2probe")
	wants(t, c, "3probe")
	write(t, c, websocket.TextMessage, "5")
	wants(t, c, "waited")
	out.Must(link.Text("more"), time.Now())
	wants(t, c, "more")
}

func TestAPingBeforeStartIsAnswered(t *testing.T) {
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.Serve(func(byte, []byte) { c.Shut(errTest, websocket.CloseNormalClosure) })
	})
	pong := ""
	c.SetPongHandler(func(payload string) error {
		pong = payload
		return nil
	})
	c.WriteControl(websocket.PingMessage, []byte("p"), time.Now().Add(patience))
	write(t, c, websocket.TextMessage, "bye")
	wantsClose(t, c, websocket.CloseNormalClosure)
	if pong != "p" {
		t.Errorf("got pong %q, want p", pong)
	}
}

func TestShutBeforeStartLeavesTheOutboxAlone(t *testing.T) {
	out := outbox.New(outbox.Options{})
	reason := make(chan error, 1)
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.Shut(errTest, websocket.ClosePolicyViolation, link.Text("last"))
		c.Shut(fault.Newf(fault.Invalid, "again"), websocket.CloseGoingAway)
		if c.Start(out) {
			t.Error("got a closing connection started")
		}
		reason <- c.Serve(func(byte, []byte) { t.Error("got a frame handled, want it thrown away") })
	})
	write(t, c, websocket.TextMessage, "hello")
	wants(t, c, "last")
	wantsClose(t, c, websocket.ClosePolicyViolation)
	if got := <-reason; !errors.Is(got, errTest) {
		t.Errorf("got %v, want the reason given to Shut first", got)
	}
	if !out.Push(nil, time.Now()) {
		t.Error("got the outbox closed, want it open")
	}
}

func TestServeReturnsWhyTheOutboxEnded(t *testing.T) {
	out := outbox.New(outbox.Options{})
	reason := make(chan error, 1)
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.Start(out)
		reason <- c.Serve(func(byte, []byte) {})
	})
	c.Close()
	if got := <-reason; !errors.Is(got, outbox.ErrLost) {
		t.Errorf("got %v, want ErrLost", got)
	}
	if out.Push(nil, time.Now()) {
		t.Error("got a frame taken, want the outbox closed")
	}
}

func TestOverTLSEveryFrameArrivesInOrder(t *testing.T) {
	const frames = 1000
	out := outbox.New(outbox.Options{})
	for i := range frames {
		out.Must(link.Text(strconv.Itoa(i)), time.Now())
	}
	c := openAt(t, httptest.NewTLSServer, link.Options{}, func(c *link.Conn) {
		c.Start(out)
		c.Serve(func(byte, []byte) {})
	})
	for i := range frames {
		wants(t, c, strconv.Itoa(i))
	}
}

func TestAnOutboxThatIsClosedEndsItsConnection(t *testing.T) {
	out := outbox.New(outbox.Options{})
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.Start(out)
		c.Serve(func(byte, []byte) {})
	})
	out.Close(errTest, link.Text("last"), link.Close(websocket.CloseGoingAway, ""))
	wants(t, c, "last")
	wantsClose(t, c, websocket.CloseGoingAway)
}

func TestBinaryFramesReachOnlyWhoWantsThem(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		out := outbox.New(outbox.Options{})
		c := open(t, link.Options{Binary: wanted}, func(c *link.Conn) {
			c.Start(out)
			c.Serve(func(opcode byte, payload []byte) {
				if opcode == link.OpBinary {
					out.Must(link.Binary(payload), time.Now())
				}
			})
		})
		write(t, c, websocket.BinaryMessage, "\xff")
		if wanted {
			wants(t, c, "\xff")
		} else {
			wantsClose(t, c, websocket.CloseUnsupportedData)
		}
	}
}

func TestGivingUpBeforeStartCutsTheConnection(t *testing.T) {
	c := open(t, link.Options{}, func(c *link.Conn) {
		c.GiveUp(outbox.ErrSlow)
		if err := c.Serve(func(byte, []byte) {}); !errors.Is(err, outbox.ErrLost) {
			t.Errorf("got %v, want ErrLost", err)
		}
	})
	if _, _, err := c.ReadMessage(); err == nil {
		t.Error("got a frame, want the connection cut")
	}
}
