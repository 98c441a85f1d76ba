package trial_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/trial"
)

func TestAQuestionDoesNotWaitForTheAnswerBefore(t *testing.T) {
	const questions, every = 5, 10 * time.Millisecond
	var all sync.WaitGroup
	all.Add(questions)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		all.Done()
		all.Wait() // nobody is answered before everybody has asked
	}))
	defer server.Close()
	now := time.Now()
	took, unanswered := trial.Ask(t.Context(), server.URL, every, now, now.Add((questions-1)*every+1))
	if len(took) != questions || unanswered != 0 {
		t.Fatalf("got %d answers, %d missing, want %d and none", len(took), unanswered, questions)
	}
	if longest := slices.Max(took); longest < (questions-1)*every {
		t.Errorf("the longest answer took %v, want %v at least: it counts from when the question was due", longest, (questions-1)*every)
	}
}

func TestAnAnswerThatIsNoGoodOneIsMissing(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	now := time.Now()
	took, unanswered := trial.Ask(t.Context(), server.URL, time.Millisecond, now, now.Add(3*time.Millisecond))
	if len(took) != 2 || unanswered != 1 {
		t.Errorf("got %d answers, %d missing, want 2 and 1", len(took), unanswered)
	}
}
