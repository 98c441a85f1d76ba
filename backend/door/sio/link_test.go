package sio

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
)

func TestOnlyTheAnswerToTheHandshakePassesALinkBeforeRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		d := &Door{links: make(map[*link]struct{})}
		l := &link{Conn: here, door: d, released: make(chan struct{})}
		passed := make(chan string, 10)
		go func() {
			for _, text := range []string{"answer", "open"} {
				if _, err := l.Write([]byte(text)); err != nil {
					t.Error(err)
				}
				passed <- "wrote " + text
			}
		}()
		go func() {
			_, err := l.Read(make([]byte, 1))
			passed <- "read"
			if err != nil {
				t.Error(err)
			}
		}()
		go func() { _, _ = there.Write([]byte("x")) }()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		synctest.Wait()
		if got := <-passed; got != "wrote answer" || len(passed) != 0 {
			t.Errorf("before release: got %q and %d more, want the answer only", got, len(passed))
		}
		l.release()
		synctest.Wait()
		if len(passed) != 2 {
			t.Errorf("after release: got %d, want one write and one read", len(passed))
		}
		l.Close()
		there.Close()
	})
}
