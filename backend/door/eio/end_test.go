package eio_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/eio"
	"emitscope/backend/fault"
)

// stuck is an owner that cannot deal with a message as long as the session lives.
type stuck struct {
	session *eio.Session
	got     chan struct{}
	gone    chan struct{}
}

func (o *stuck) Message([]byte, bool) { close(o.got); <-o.gone }
func (o *stuck) Missed(uint64) []byte { return nil }
func (o *stuck) Closed(error)         { close(o.gone) }

func TestASessionThatClosesDoesNotWaitForItsOwnerForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &stuck{got: make(chan struct{}), gone: make(chan struct{})}
		s := eio.New(eio.Options{Open: func(s *eio.Session, _ *http.Request) (eio.Owner, error) { o.session = s; return o, nil }})
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		s.ServeHTTP(&hijackable{httptest.NewRecorder(), here}, webSocketRequest())
		_, _ = io.WriteString(there, "\x81\x82\x00\x00\x00\x004x")
		<-o.got
		start := time.Now()
		o.session.Close(fault.Newf(fault.Forbidden, "go"), websocket.ClosePolicyViolation)
		<-o.gone
		if got := time.Since(start); got != eio.CloseWait {
			t.Errorf("it was gone after %v, want %v", got, eio.CloseWait)
		}
		there.Close()
		s.Stop(t.Context())
	})
}
