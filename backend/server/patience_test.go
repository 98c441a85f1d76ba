package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stalling is a connection whose reader needs some time for each write.
type stalling struct {
	*httptest.ResponseRecorder
	deadline     time.Time
	readDeadline time.Time
	takes        time.Duration
}

func (s *stalling) SetWriteDeadline(t time.Time) error { s.deadline = t; return nil }

func (s *stalling) SetReadDeadline(t time.Time) error { s.readDeadline = t; return nil }

func (s *stalling) Write(p []byte) (int, error) {
	time.Sleep(s.takes)
	if !s.deadline.IsZero() && time.Now().After(s.deadline) {
		return 0, io.ErrShortWrite
	}
	return s.ResponseRecorder.Write(p)
}

func TestAClientThatTakesNothingIsGivenUpAndASlowOneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for takes, want := range map[time.Duration]error{takeWithin + time.Second: io.ErrShortWrite, takeWithin - time.Second: nil} {
			var got error
			patient(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Hour) // an answer may take as long as it likes to begin
				for i := 0; i < 3 && got == nil; i++ {
					_, got = w.Write([]byte("part"))
				}
			}), time.Second).ServeHTTP(&stalling{ResponseRecorder: httptest.NewRecorder(), takes: takes}, httptest.NewRequest(http.MethodGet, "/", nil))
			if got != want { //nolint:errorlint // the very error of the fake above
				t.Errorf("each write takes %v: got %v, want %v", takes, got, want)
			}
		}
	})
}

func TestABodyThatDoesNotComeIsGivenUpOnEveryPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &stalling{ResponseRecorder: httptest.NewRecorder()}
		ignored := patient(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), 7*time.Second)
		ignored.ServeHTTP(conn, httptest.NewRequest(http.MethodGet, "/", nil))
		if !conn.readDeadline.IsZero() {
			t.Error("a request without a body has a deadline for it")
		}
		ignored.ServeHTTP(conn, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
		if got := time.Until(conn.readDeadline); got != 7*time.Second {
			t.Errorf("the body may take %v, want 7 s", got)
		}
	})
}

func TestAHandlersOwnWriteDeadlineStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &stalling{ResponseRecorder: httptest.NewRecorder()}
		ended := time.Now()
		patient(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("part"))
			time.Sleep(time.Minute)
			if err := http.NewResponseController(w).SetWriteDeadline(ended); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte("part")); err == nil {
				t.Error("got a part written after the handler's deadline")
			}
		}), time.Second).ServeHTTP(conn, httptest.NewRequest(http.MethodGet, "/", nil))
		if conn.deadline != ended {
			t.Errorf("got the deadline %v, want the handler's own", conn.deadline)
		}
	})
}
