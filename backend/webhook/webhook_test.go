package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/internal/testkit"
	"emitscope/backend/webhook"
)

const secret = "https://hooks.example.com/T0/secret?token=secret"

// other is a program that is told, in a bubble's own time.
type other struct {
	mu      sync.Mutex
	heard   []string
	at      []time.Time
	answers []func(*http.Request) (*http.Response, error) // what it does next; then it takes everything
	began   time.Time
}

func (o *other) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	o.heard = append(o.heard, string(body))
	o.at = append(o.at, time.Now())
	answer := status(http.StatusNoContent)
	if len(o.answers) > 0 {
		answer, o.answers = o.answers[0], o.answers[1:]
	}
	o.mu.Unlock()
	return answer(r)
}

func status(code int) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{"Location": {"file:///etc/passwd"}}
		return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
	}
}

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// in runs a test beside a Sender, in time of its own.
func in(t *testing.T, o *other, test func(t *testing.T, s *webhook.Sender, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := webhook.New(webhook.Options{Agent: "Emitscope/1", Transport: o, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		o.began = time.Now()
		test(t, s, &log)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
		if strings.Contains(log.String(), "secret") || strings.Contains(s.State("a").Error, "secret") {
			t.Errorf("the address was told: %s %s", log.String(), s.State("a").Error)
		}
	})
}

func TestWhatIsToldUnderOneNameArrivesInOrder(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){status(503)}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		s.Send("a", secret, []byte("1"))
		s.Send("a", secret, []byte("2"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := fmt.Sprint(o.heard); got != "[1 1 2]" {
			t.Errorf("got %s, want the first again before the second", got)
		}
		if st := s.State("a"); st.Told != 2 || st.Failed != 0 || st.Error != "" {
			t.Errorf("got %+v, want both told", st)
		}
	})
}

func TestAProgramThatFailsIsAskedAgainLaterAndThenGivenUp(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){
		status(500), func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }, status(429), status(502),
	}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		s.Send("a", secret, []byte("1"))
		time.Sleep(time.Hour)
		synctest.Wait()
		var waits []time.Duration
		for _, at := range o.at {
			waits = append(waits, at.Sub(o.began))
		}
		if got := fmt.Sprint(waits); got != "[0s 1s 6s 31s]" {
			t.Errorf("tried after %s, want 0, 1, 6 and 31 s", got)
		}
		if st := s.State("a"); st.Told != 0 || st.Failed != 1 || st.Error != "it answered 502 Bad Gateway" {
			t.Errorf("got %+v, want it failed with its last answer", st)
		}
	})
}

func TestWhatIsUnderstoodAndRefusedIsNotTriedAgain(t *testing.T) {
	for _, code := range []int{400, 404, 301, 307} {
		o := &other{answers: []func(*http.Request) (*http.Response, error){status(code)}}
		in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
			s.Send("a", secret, []byte("1"))
			time.Sleep(time.Hour)
			if st := s.State("a"); len(o.heard) != 1 || st.Failed != 1 || !strings.Contains(st.Error, fmt.Sprint(code)) {
				t.Errorf("%d: tried %d times, got %+v, want once", code, len(o.heard), st)
			}
		})
	}
}

func TestAProgramThatDoesNotAnswerHoldsUpNobodyElse(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){hang}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		s.Send("a", secret, []byte("1"))
		synctest.Wait()
		s.Send("b", secret, []byte("2"))
		synctest.Wait()
		if s.State("b").Told != 1 {
			t.Error("b waits for a")
		}
		time.Sleep(10*time.Second + 1)
		synctest.Wait()
		if got := s.State("a").Error; got != "it did not answer within 10s" {
			t.Errorf("got %q, want that it did not answer", got)
		}
	})
}

func TestTooManyThatWaitAreDroppedAndCounted(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){hang, hang, hang, hang}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		s.Send("a", secret, []byte("0"))
		synctest.Wait() // it is under way
		for i := range 20 {
			s.Send("a", secret, fmt.Append(nil, i+1))
		}
		if got := s.State("a").Dropped; got != 4 {
			t.Errorf("dropped %d, want 4 of 21", got)
		}
	})
}

func TestNobodyIsToldMoreThanTwentyTimesAMinute(t *testing.T) {
	o := &other{}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		for i := range 40 {
			s.Send("a", secret, fmt.Append(nil, i))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for i := 20; i < len(o.at); i++ {
			if gap := o.at[i].Sub(o.at[i-20]); gap < time.Minute {
				t.Errorf("posts %d and %d are %v apart, want a minute", i-20, i, gap)
			}
		}
		if len(o.at) < 36 { // 20, and as many as may wait
			t.Errorf("got %d posts, want those that waited too", len(o.at))
		}
	})
}

func TestATryIsMadeOnceAndSaysHowItWent(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){status(404)}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		if err := s.Try(t.Context(), "a", secret, []byte("1")); err == nil || err.Error() != "it answered 404 Not Found" {
			t.Errorf("got %v, want its answer", err)
		}
		if err := s.Try(t.Context(), "a", secret, []byte("1")); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}

func TestOfANameThatIsForgottenWhatWaitsIsStillTold(t *testing.T) {
	o := &other{answers: []func(*http.Request) (*http.Response, error){hang}}
	in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
		s.Send("a", secret, []byte("1"))
		synctest.Wait()
		s.Send("a", secret, []byte("2"))
		s.Keep(func(name string) bool { return name != "a" })
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := fmt.Sprint(o.heard); s.State("a").Told != 0 || got != "[1 1 2]" {
			t.Errorf("heard %s, want both", got)
		}
	})
}

func TestARealPostIsJSONAndSaysWhoItIsFrom(t *testing.T) {
	testkit.NoLeaks(t)
	type request struct{ agent, kind, body string }
	heard := make(chan request, 1)
	there := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard <- request{r.UserAgent(), r.Header.Get("Content-Type"), string(body)}
	}))
	defer there.Close()
	s := webhook.New(webhook.Options{Agent: "Emitscope/1", Transport: webhook.NewTransport(), Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	s.Send("a", there.URL, []byte(`{"a":1}`))
	go func() { ended <- s.Run(ctx) }()
	if got, want := <-heard, (request{"Emitscope/1", "application/json", `{"a":1}`}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	stop()
	<-ended
}

func TestNothingIsToldWhereAMachineKeepsItsSecrets(t *testing.T) {
	s := webhook.New(webhook.Options{Transport: webhook.NewTransport(), Log: slog.New(slog.DiscardHandler)})
	for _, host := range []string{"169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.1]", "0.0.0.0", "[::]"} {
		err := s.Try(t.Context(), "a", "http://"+host+":1/", nil)
		var op *net.OpError
		if err == nil || !strings.Contains(err.Error(), "may not be told") || !errors.As(err, &op) {
			t.Errorf("%s: got %v, want it refused", host, err)
		}
	}
}
