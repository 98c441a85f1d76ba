package trial

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// AnswerWait is how long Ask waits for an answer.
const AnswerWait = 10 * time.Second

// Ask asks for url again and again, from then until then, whether the answers before
// have come or not, on connections kept alive. It returns how long they took, each
// from when its question was due, and how many did not come or were no good ones.
// When ctx ends, what is still asked counts as neither.
func Ask(ctx context.Context, url string, every time.Duration, from, until time.Time) (took []time.Duration, unanswered int) {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: AnswerWait}
	var asking sync.WaitGroup
	var mu sync.Mutex
	for due := from; due.Before(until); due = due.Add(every) {
		if Sleep(ctx, time.Until(due)); ctx.Err() != nil {
			break
		}
		asking.Go(func() {
			err := Answer(ctx, client, url)
			d := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				took = append(took, d)
			case ctx.Err() == nil:
				unanswered++
			}
		})
	}
	asking.Wait()
	return took, unanswered
}

// Answer asks for url once, and returns an error unless the answer is a good one.
func Answer(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("got %s", res.Status)
	}
	return nil
}
