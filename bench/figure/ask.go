package figure

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"time"

	"emitscope/bench/peer"
)

// Answers is how long answers took, in ms.
type Answers struct {
	Count  int     `json:"count"`
	Failed int     `json:"failed"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
}

// Ask asks url each every for the time given, whether the answers before have come
// or not, on connections kept alive. How long an answer took counts from when its
// question was due.
func Ask(ctx context.Context, url string, every, length time.Duration) Answers {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	var a Answers
	var mu sync.Mutex
	var took []float64
	var asking sync.WaitGroup
	start := time.Now()
	for k := 0; ; k++ {
		due := start.Add(time.Duration(k) * every)
		if due.Sub(start) >= length || pause(ctx, time.Until(due)) != nil {
			break
		}
		asking.Go(func() {
			err := ask(ctx, client, url)
			ms := inMS(time.Since(due))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				a.Failed++
				return
			}
			took = append(took, ms)
		})
	}
	asking.Wait()
	if a.Count = len(took); a.Count > 0 {
		slices.Sort(took)
		a.P50, a.P99, a.Max = took[a.Count/2], took[min(a.Count-1, a.Count*99/100)], took[a.Count-1]
	}
	return a
}

func ask(ctx context.Context, client *http.Client, url string) error {
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

// askFrom does what Ask does in a process of its own: in this one an answer would
// wait for the load generator.
func askFrom(ctx context.Context, p peer.Places, url string, every, length time.Duration) (Answers, error) {
	out, err := exec.CommandContext(ctx, p.Self, "ask", url, every.String(), length.String()).Output()
	if err != nil {
		return Answers{}, fmt.Errorf("ask %s: %w", url, err)
	}
	var a Answers
	if err := json.Unmarshal(out, &a); err != nil {
		return Answers{}, fmt.Errorf("read the answers: %w", err)
	}
	return a, nil
}
