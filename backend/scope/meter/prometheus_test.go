package meter

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"emitscope/backend/msg"
)

func TestPrometheusGetsWhatWasCounted(t *testing.T) {
	m := New(Options{Late: msg.DefaultLateLimit(), Lanes: func() []msg.LaneState {
		return []msg.LaneState{{Namespace: "/a", Depth: 7, Bytes: 99}}
	}})
	m.Accepted("/a", 4)
	m.Observe(emitted("/a", "tick", 500*time.Microsecond))
	m.Observe(emitted("/a", "tick", 3*time.Millisecond))
	m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Replaced))
	m.close(epoch())
	want := `
# HELP emitscope_emit_lateness_seconds From due to emitted; a missed slot counts with one period.
# TYPE emitscope_emit_lateness_seconds histogram
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="1e-06"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="1e-05"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="2e-05"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="5e-05"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.0001"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.0002"} 0
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.0005"} 1
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.001"} 1
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.002"} 1
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.005"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.01"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.05"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.1"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="0.5"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="1"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="10"} 2
emitscope_emit_lateness_seconds_bucket{namespace="/a",le="+Inf"} 2
emitscope_emit_lateness_seconds_sum{namespace="/a"} 0.0035
emitscope_emit_lateness_seconds_count{namespace="/a"} 2
# HELP emitscope_late_total Emits and missed slots over the late limit.
# TYPE emitscope_late_total counter
emitscope_late_total{namespace="/a"} 1
# HELP emitscope_messages_accepted_total Messages taken in.
# TYPE emitscope_messages_accepted_total counter
emitscope_messages_accepted_total{namespace="/a"} 4
# HELP emitscope_messages_dropped_total Messages accepted, but never sent.
# TYPE emitscope_messages_dropped_total counter
emitscope_messages_dropped_total{namespace="/a",reason="replaced"} 1
# HELP emitscope_queue_bytes Payload bytes waiting in the lane.
# TYPE emitscope_queue_bytes gauge
emitscope_queue_bytes{namespace="/a"} 99
# HELP emitscope_queue_depth Messages waiting in the lane.
# TYPE emitscope_queue_depth gauge
emitscope_queue_depth{namespace="/a"} 7
`
	if err := testutil.CollectAndCompare(m, strings.NewReader(want),
		"emitscope_emit_lateness_seconds", "emitscope_late_total", "emitscope_messages_accepted_total",
		"emitscope_messages_dropped_total", "emitscope_queue_bytes", "emitscope_queue_depth"); err != nil {
		t.Error(err)
	}
}

func TestMetricsAreNamedAsPrometheusWants(t *testing.T) {
	m := newMeter()
	m.Observe(emitted("/a", "tick", time.Millisecond))
	m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Replaced))
	problems, err := testutil.CollectAndLint(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
