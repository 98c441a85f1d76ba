package experiment

import (
	"errors"
	"net"
	"testing"

	"github.com/gorilla/websocket"

	"emitscope/backend/internal/testkit"
)

// mute accepts connections on which no more can be written than the handshake.
type mute struct{ net.Listener }

func (m mute) Accept() (net.Conn, error) {
	conn, err := m.Listener.Accept()
	return &muteConn{Conn: conn}, err
}

type muteConn struct {
	net.Conn
	shaken bool
}

func (c *muteConn) Write(b []byte) (int, error) {
	if c.shaken {
		return 0, errors.New("the client is gone")
	}
	c.shaken = true
	return c.Conn.Write(b)
}

func TestASmallServerClosesThoughAClientLeftWhileItSubscribed(t *testing.T) {
	testkit.NoLeaks(t)
	s, err := newSmall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.http.Serve(mute{at}) }()
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+at.Addr().String()+"/websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	defer res.Body.Close()
	if err := conn.WriteMessage(websocket.TextMessage, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.ReadMessage(); err == nil {
		t.Error("got a message, want none")
	}
	s.close()
	<-ended
}
