package rest_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/msg"
)

// pipes is a network without a kernel, so that its deadlines follow a clock
// that is made up.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) Close() error {
	close(p)
	return nil
}

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p <- there
	return here, nil
}

// servePipes serves w's door over pipes; stop ends it.
func servePipes(t *testing.T, w *world) (p pipes, stop func()) {
	t.Helper()
	p = make(pipes)
	srv := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.door.ServeHTTP(out, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: msg.AllScopes})))
	})}
	ended := make(chan error)
	go func() { ended <- srv.Serve(p) }()
	return p, func() {
		srv.Close()
		<-ended
	}
}

func TestAQuietStreamShowsEvery15SecondsThatItLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		p, stop := servePipes(t, w)
		defer stop()
		client := &http.Client{Transport: &http.Transport{DialContext: p.dial}}
		defer client.CloseIdleConnections()
		r := open(t, client, "http://hub/api/v1/stream")
		defer r.stop()
		start := time.Now()
		for i := range 3 {
			got := r.next()
			if after := time.Since(start); !strings.HasPrefix(got, ":") || after != time.Duration(i+1)*15*time.Second {
				t.Errorf("got %q after %v, want a comment each 15 s", got, after)
			}
		}
	})
}

func TestAStreamWhoseClientTakesNothingForAMinuteEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		p, stop := servePipes(t, w)
		defer stop()
		conn, _ := p.dial(t.Context(), "", "")
		defer conn.Close()
		io.WriteString(conn, "GET /api/v1/stream HTTP/1.1\r\nHost: hub\r\n\r\n")
		synctest.Wait()
		if n := len(w.door.Clients()); n != 1 {
			t.Fatalf("%d streams are open, want 1", n)
		}
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if n := len(w.door.Clients()); n != 0 {
			t.Errorf("%d streams are open, want none", n)
		}
	})
}

func TestABodyMayPauseFor30SecondsAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := direct(t)
		p, stop := servePipes(t, w)
		defer stop()
		conn, _ := p.dial(t.Context(), "", "")
		defer conn.Close()
		io.WriteString(conn, "POST /api/v1/messages HTTP/1.1\r\nHost: hub\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 3 {
			sendChunk(conn, "{\"event\":\"a\"}\n")
			time.Sleep(29 * time.Second)
		}
		sendChunk(conn, "\n{\"event\"")
		start := time.Now()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if after := time.Since(start); res.StatusCode != http.StatusRequestTimeout || after != 30*time.Second || len(w.taken()) != 3 {
			t.Errorf("got %s after %v and %d taken, want 408 after 30 s and 3", res.Status, after, len(w.taken()))
		}
	})
}
