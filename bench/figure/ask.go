package figure

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"emitscope/backend/trial"
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

// Ask asks url each every for the time given; see trial.Ask.
func Ask(ctx context.Context, url string, every, length time.Duration) Answers {
	start := time.Now()
	took, failed := trial.Ask(ctx, url, every, start, start.Add(length))
	a := Answers{Count: len(took), Failed: failed}
	if a.Count > 0 {
		slices.Sort(took)
		a.P50, a.P99, a.Max = inMS(took[a.Count/2]), inMS(took[min(a.Count-1, a.Count*99/100)]), inMS(took[a.Count-1])
	}
	return a
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
