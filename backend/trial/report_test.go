package trial

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/internal/testkit"
)

// sample is a report in which every field says something.
func sample() *Report {
	loss := 0.125
	quantiles := func(n uint64, unit time.Duration) Quantiles {
		return Quantiles{Count: n, P50: 512 * unit / 1000, P99: 12 * unit, P999: 250 * unit, Max: 1500 * unit}
	}
	return &Report{
		Target: "http://127.0.0.1:8092", Namespace: "/bench", Event: "tick", Producers: 4, Via: ViaREST, Clients: 200, As: AsWebSocket,
		Rate: 6000, Size: 200, Batch: 1, Seconds: 10, Sent: 59_990, TakenPerSecond: 5998.7, Unsent: 10, Late: 1234,
		Lateness: quantiles(59_990, time.Millisecond), Answer: quantiles(59_990, time.Microsecond),
		Refused:  map[string]uint64{"queue_full": 12, "http_500": 1},
		Expected: 11_995_400, Delivered: 11_980_406, DeliveredPerSecond: 1_198_040.6, LossPercent: &loss,
		LeastDelivered: 59_000, MostDelivered: 59_977, Duplicates: 1, OutOfOrder: 2, Missed: 3, Foreign: 4,
		Latency: quantiles(11_980_406, time.Millisecond), IntervalError: quantiles(11_980_206, time.Microsecond), IntervalMS: 12.5,
		Lost: 1, FirstLost: "a client: the server closed the connection with code 1013", CPUSeconds: 8.25,
		Warnings: []string{"The trial was interrupted."}, Interrupted: true,
	}
}

func TestTheTable(t *testing.T) {
	var listening, sending Report
	listening = *sample()
	listening.Producers, listening.Expected, listening.LossPercent, listening.Missed, listening.Warnings = 0, 0, nil, 0, nil
	sending = *sample()
	sending.Clients, sending.Refused, sending.Rate, sending.Unsent = 0, nil, 0, 0
	var b bytes.Buffer
	for i, r := range []*Report{sample(), &listening, &sending} {
		if i > 0 {
			b.WriteString("\n---\n\n")
		}
		if err := r.WriteTable(&b); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Golden(t, "tables", b.String())
}

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	want := sample()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownLossIsNullInJSON(t *testing.T) {
	text, err := json.Marshal(&Report{})
	if err != nil || !strings.Contains(string(text), `"loss_percent":null`) {
		t.Errorf("got %s, %v; want null, for 0 would be a promise", text, err)
	}
}

func TestAReportWarnsWhenTheGeneratorWasSlow(t *testing.T) {
	for want, r := range map[string]*Report{
		"did not keep up": {Producers: 1, Lateness: Quantiles{Count: 1, P99: lateLimit + 1}},
		"processors":      {Seconds: 1, CPUSeconds: 1000},
		"Lost 1 conn":     {Clients: 2, Lost: 1},
		"Nothing arrived": {Clients: 1},
		`"due"`:           {Clients: 1, Delivered: 5},
		"":                {Producers: 1, Seconds: 1, Lateness: Quantiles{Count: 1, P99: lateLimit}},
	} {
		r.warn()
		if got := strings.Join(r.Warnings, " "); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestQuantilesAreThoseOfTheValues(t *testing.T) {
	h := newHistogram()
	for i := range int64(10_000) {
		record(h, (i+1)*1000)
	}
	record(h, int64(2*longest)) // counts as the longest
	q := quantilesOf(h)
	if q.Count != 10_001 || !near(q.P50, 5*time.Millisecond) || !near(q.P99, 9900*time.Microsecond) ||
		!near(q.P999, 9990*time.Microsecond) || !near(q.Max, longest) {
		t.Errorf("got %+v, want 5, 9.9, 9.99 ms and an hour", q)
	}
}
