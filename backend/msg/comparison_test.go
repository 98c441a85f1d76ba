package msg_test

import (
	"strings"
	"testing"
	"time"

	"emitscope/backend/msg"
)

func TestASentenceSaysWhichIsSteadier(t *testing.T) {
	figures := func(p99 time.Duration) msg.SpanFigures {
		return msg.SpanFigures{Error: msg.Quantiles{Count: 1000, P99: p99}}
	}
	for _, c := range []struct {
		a, b time.Duration
		p99  msg.Ratio
		want string
	}{
		{653210, 210999, msg.Ratio{Times: 3.096, Low: 2, High: 4}, "B is 3.1 times steadier: p99 of the interval error is 653µs with A and 211µs with B."},
		{211 * time.Microsecond, 653 * time.Microsecond, msg.Ratio{Times: 0.3231, Low: 0.2, High: 0.5}, "A is 3.1 times steadier"},
		{211 * time.Microsecond, 213 * time.Microsecond, msg.Ratio{Times: 0.99, Low: 0.9, High: 1.1}, "A and B are as steady as one another"},
		{211 * time.Microsecond, 213 * time.Microsecond, msg.Ratio{Times: 0.99}, "There is too little to say"},
	} {
		got := msg.SpanComparison{A: figures(c.a), B: figures(c.b), P99: c.p99}.Sentence()
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := (msg.SpanComparison{}).Sentence(); !strings.HasPrefix(got, "There is nothing to compare") {
		t.Errorf("of nothing: got %q", got)
	}
}
