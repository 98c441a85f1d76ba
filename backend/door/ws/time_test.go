package ws_test

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// pipe is a listener with the one connection that is put into it.
type pipe struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble runs test in a synctest bubble, with a client whose connection is in
// memory.
func inBubble(t *testing.T, scopes msg.Scopes, test func(t *testing.T, door *ws.Door, c *client)) {
	t.Helper()
	bubble(t, scopes, (*ws.Door).Socket, func(*testing.T) ws.Viewer { return nil }, test)
}

// bubble is inBubble for either handler of the door.
func bubble(
	t *testing.T, scopes msg.Scopes, handler func(*ws.Door) http.Handler, viewer func(t *testing.T) ws.Viewer,
	test func(t *testing.T, door *ws.Door, c *client),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		door := ws.New(ws.Options{
			Intake: &intake{}, Recent: past(nil), Keys: keys{"viewer": msg.MayView}, Audit: &audit{},
			OpenViewer: func(query.View) (ws.Viewer, error) { return viewer(t), nil },
			Hello:      func() wire.FeedHello { return wire.FeedHello{} },
		})
		listener := &pipe{conns: make(chan net.Conn, 1), done: make(chan struct{})}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler(door).ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: scopes})))
		})}
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		ours, theirs := net.Pipe()
		listener.conns <- ours
		dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return theirs, nil }}
		conn, response, err := dialer.Dial("ws://hub/", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		test(t, door, &client{t, conn})
		conn.Close()
		door.Stop(t.Context())
		server.Close()
		<-served
	})
}

// readAll reads until the connection ends, and returns why and when, counted
// from now.
func (c *client) readAll() (after time.Duration, err error) {
	start := time.Now()
	for err == nil {
		_, _, err = c.ReadMessage()
	}
	return time.Since(start), err
}

func TestAClientThatAnswersPingsStays(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		start := time.Now()
		var pings []time.Duration
		answer := c.PingHandler()
		c.SetPingHandler(func(payload string) error {
			pings = append(pings, time.Since(start))
			return answer(payload)
		})
		go c.readAll()
		time.Sleep(101 * time.Second)
		synctest.Wait()
		want := []time.Duration{2 * time.Second, 27 * time.Second, 52 * time.Second, 77 * time.Second}
		if !slices.Equal(pings, want) {
			t.Errorf("got pings after %v, want %v", pings, want)
		}
		if len(door.Clients()) != 1 {
			t.Error("got the client gone, want it to stay")
		}
	})
}

func TestASilentClientIsClosedAfter60Seconds(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, _ *ws.Door, c *client) {
		c.SetPingHandler(func(string) error { return nil })
		after, err := c.readAll()
		if !websocket.IsCloseError(err, websocket.ClosePolicyViolation) || after != 60*time.Second {
			t.Errorf("got %v after %v, want 1008 after 60 s", err, after)
		}
	})
}

func TestAClientWithoutAKeyIsClosedAfter10SecondsWhateverElseItSends(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, _ *ws.Door, c *client) {
		var pinging sync.WaitGroup
		pinging.Go(func() {
			for c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)) == nil {
				time.Sleep(time.Second)
			}
		})
		after, err := c.readAll()
		c.Close()
		pinging.Wait()
		if !websocket.IsCloseError(err, websocket.ClosePolicyViolation) || after != 10*time.Second {
			t.Errorf("got %v after %v, want 1008 after 10 s", err, after)
		}
	})
}

func TestAKeyEndsTheWaitForIt(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, _ *ws.Door, c *client) {
		c.send(`{"type":"auth","key":"viewer"}`)
		c.SetPingHandler(func(string) error { return nil })
		if after, _ := c.readAll(); after != 60*time.Second {
			t.Errorf("got closed after %v, want the ordinary 60 s", after)
		}
	})
}

func TestAClientThatTakesNothingFor10SecondsIsCutOff(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		c.send(`{"type":"subscribe"}`)
		c.wants("subscribed")
		door.Send(msg.Emission{Message: tick(1, "1"), At: time.Now(), Order: 1}, nil)
		time.Sleep(10*time.Second - 1)
		if len(door.Clients()) != 1 {
			t.Error("got the client gone before its time")
		}
		time.Sleep(2)
		synctest.Wait()
		if len(door.Clients()) != 0 {
			t.Error("got the client still there after 10 s")
		}
	})
}

func TestAClientThatTakesSomethingEvery9SecondsStays(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		c.send(`{"type":"subscribe"}`)
		c.wants("subscribed")
		door.Send(msg.Emission{Message: tick(1, "1"), At: time.Now(), Order: 1}, nil)
		for range 6 {
			time.Sleep(9 * time.Second)
			if _, err := c.NetConn().Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(door.Clients()) != 1 {
				t.Fatal("got the client gone, want it to stay")
			}
			c.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)) // or it is silent
		}
	})
}

func TestAClientThatDoesNotTakeItsCloseIsCutOffAfter5Seconds(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		synctest.Wait()
		door.Disconnect(door.Clients()[0].ID)
		time.Sleep(5*time.Second - 1)
		if len(door.Clients()) != 1 {
			t.Error("got the client gone before its time")
		}
		time.Sleep(2)
		synctest.Wait()
		if len(door.Clients()) != 0 {
			t.Error("got the client still there after 5 s")
		}
	})
}

func TestAClientThatDoesNotAnswerItsCloseIsCutOffAfterASecond(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		synctest.Wait()
		c.SetCloseHandler(func(int, string) error { return nil })
		door.Disconnect(door.Clients()[0].ID)
		c.readAll()
		time.Sleep(time.Second + 1)
		synctest.Wait()
		if len(door.Clients()) != 0 {
			t.Error("got the client still there after a second")
		}
	})
}

func TestAClientThatAsksWithoutReadingIsHeldUpAndThenCutOff(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, door *ws.Door, c *client) {
		asked, ended := 0, make(chan struct{})
		go func() {
			defer close(ended)
			for c.WriteMessage(websocket.TextMessage, []byte(`{"type":"publish","id":1,"event":"e"}`)) == nil {
				asked++
			}
		}()
		synctest.Wait()
		if asked < 1000 || asked > 2000 || len(door.Clients()) != 1 {
			t.Errorf("got %d frames read of %d clients, want about a quarter of what an outbox holds, of one", asked, len(door.Clients()))
		}
		start := time.Now()
		<-ended
		if after := time.Since(start); after > 10*time.Second {
			t.Errorf("got it cut off after %v, want at most 10 s in which it took nothing", after)
		}
	})
}

func TestAClientThatReadsLateGetsEveryAnswer(t *testing.T) {
	inBubble(t, msg.AllScopes, func(t *testing.T, _ *ws.Door, c *client) {
		const frames = 20_000 // more than fit into an outbox
		go func() {
			for range frames {
				if err := c.WriteMessage(websocket.TextMessage, []byte(`{"type":"publish","id":1,"event":"e"}`)); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		time.Sleep(9 * time.Second)
		for i := range frames {
			if _, _, err := c.ReadMessage(); err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
		}
	})
}
