package figure

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

func TestAQuestionDoesNotWaitForTheAnswerBefore(t *testing.T) {
	const questions = 5
	var all sync.WaitGroup
	all.Add(questions)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Done()
		all.Wait() // nobody is answered before everybody has asked
	}))
	defer server.Close()
	a := Ask(t.Context(), server.URL, 10*time.Millisecond, (questions-1)*10*time.Millisecond+time.Millisecond)
	if a.Count != questions || a.Failed != 0 {
		t.Fatalf("got %d answers, %d failed, want %d, 0", a.Count, a.Failed, questions)
	}
	if a.Max < 40 {
		t.Errorf("the longest answer took %.1f ms, want 40 at least: it counts from when the question was due", a.Max)
	}
}
