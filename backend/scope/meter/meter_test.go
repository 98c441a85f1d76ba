package meter

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// newMeter returns a Meter with the default limit and no lanes in the hub.
func newMeter() *Meter {
	return New(Options{Late: msg.DefaultLateLimit(), Lanes: func() []msg.LaneState { return nil }})
}

// epoch is when the tests' messages were accepted.
func epoch() time.Time { return time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC) }

func name(i int) string { return fmt.Sprintf("/lane%d", i) }

// emitted returns the record of a message that left lateness after it was due,
// in a lane with a period of 10 ms. It was accepted when it was due.
func emitted(namespace, event string, lateness time.Duration) *msg.Record {
	return &msg.Record{
		Message: &msg.Message{Namespace: namespace, Event: event, Accepted: epoch()},
		Outcome: msg.Emitted, Due: epoch(), At: epoch().Add(lateness), Sockets: 3, Period: 10 * time.Millisecond,
	}
}

func with(r *msg.Record, outcome msg.Outcome, reason msg.Reason) *msg.Record {
	r.Outcome, r.Reason = outcome, reason
	return r
}

// laneOf returns the numbers of one lane.
func laneOf(t *testing.T, m *Meter, namespace string) msg.LaneStats {
	t.Helper()
	lanes := m.Stats().Lanes
	i := slices.IndexFunc(lanes, func(l msg.LaneStats) bool { return l.Namespace == namespace })
	if i < 0 {
		t.Fatalf("no lane %s in %d lanes", namespace, len(lanes))
	}
	return lanes[i]
}

// near fails unless got is want, but for what a bucket may be off.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if off := math.Abs(float64(got-want)) / float64(want); off > 1.0/64 {
		t.Errorf("%s: got %v, want %v give or take 1.6 %%", what, got, want)
	}
}

func TestEveryOutcomeIsCountedOnce(t *testing.T) {
	m := newMeter()
	m.Accepted("/a", 5)
	m.Rejected("/a")
	m.Rejected("/b")
	m.Observe(emitted("/a", "tick", time.Microsecond))
	m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Oldest))
	m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Stopped))
	m.Observe(with(emitted("/b", "tick", 0), msg.Received, ""))

	want := msg.Counters{Accepted: 5, Emitted: 1, Received: 1, Dropped: 2, Rejected: 2, Delivered: 3}
	if diff := cmp.Diff(want, m.Counters()); diff != "" {
		t.Errorf("all lanes (-want +got):\n%s", diff)
	}
	want = msg.Counters{Accepted: 5, Emitted: 1, Dropped: 2, Rejected: 1, Delivered: 3}
	if diff := cmp.Diff(want, laneOf(t, m, "/a").Counters); diff != "" {
		t.Errorf("lane /a (-want +got):\n%s", diff)
	}
}

func TestLatenessIsEmittedMinusDue(t *testing.T) {
	m := newMeter()
	m.Observe(emitted("/a", "tick", 180*time.Microsecond))
	got := laneOf(t, m, "/a").Lateness
	near(t, "median", got.P50, 180*time.Microsecond)
	if got.Count != 1 || got.Max != 180*time.Microsecond {
		t.Errorf("got count %d and max %v, want 1 and exactly 180µs", got.Count, got.Max)
	}
}

func TestWaitIsEmittedMinusAccepted(t *testing.T) {
	m := newMeter()
	r := emitted("/a", "tick", time.Millisecond)
	r.Accepted = r.Due.Add(-time.Second)
	m.Observe(r)
	near(t, "wait", laneOf(t, m, "/a").Wait.P50, 1001*time.Millisecond)
}

func TestIntervalErrorIsTheChangeOfLatenessByItsSize(t *testing.T) {
	m := newMeter()
	for _, lateness := range []time.Duration{1, 5, 2} { // changes: +4 ms, −3 ms
		m.Observe(emitted("/a", "tick", lateness*time.Millisecond))
	}
	got := laneOf(t, m, "/a").IntervalError
	if got.Count != 2 {
		t.Errorf("got %d intervals, want 2: the first emit has none before it", got.Count)
	}
	near(t, "the smaller", got.P50, 3*time.Millisecond)
	near(t, "the larger", got.Max, 4*time.Millisecond)
}

func TestIntervalsDoNotCrossLanes(t *testing.T) {
	m := newMeter()
	m.Observe(emitted("/a", "tick", time.Millisecond))
	m.Observe(emitted("/b", "tick", 9*time.Millisecond))
	if got := laneOf(t, m, "/b").IntervalError.Count; got != 0 {
		t.Errorf("got %d intervals in a lane with one emit, want 0", got)
	}
}

func TestMissedSlotsAreLateByAPeriod(t *testing.T) {
	m := newMeter()
	r := emitted("/a", "tick", 20*time.Microsecond)
	r.Missed = 99
	m.Observe(r)
	got := laneOf(t, m, "/a")
	if got.Counters.Missed != 99 || got.Counters.Late != 99 || got.Counters.Emitted != 1 {
		t.Errorf("got %+v, want 99 missed, 99 late, 1 emitted", got.Counters)
	}
	if got.Lateness.Count != 100 {
		t.Errorf("got %d latenesses, want 100: the emit and each missed slot", got.Lateness.Count)
	}
	near(t, "median", got.Lateness.P50, r.Period)
}

func TestLateIsOverTheLimitOnly(t *testing.T) {
	m := newMeter()
	limit := msg.DefaultLateLimit().Of(10 * time.Millisecond)
	m.Observe(emitted("/a", "tick", limit))
	if got := m.Counters().Late; got != 0 {
		t.Errorf("%d late at exactly the limit, want 0", got)
	}
	m.Observe(emitted("/a", "tick", limit+1))
	if got := m.Counters().Late; got != 1 {
		t.Errorf("%d late 1 ns over the limit, want 1", got)
	}
}

func TestMissedSlotsWithinTheLimitAreNotLate(t *testing.T) {
	m := New(Options{Late: msg.LateLimit{Floor: time.Second}, Lanes: func() []msg.LaneState { return nil }})
	r := emitted("/a", "tick", time.Millisecond)
	r.Missed = 4
	m.Observe(r)
	if got := m.Counters(); got.Late != 0 || got.Missed != 4 {
		t.Errorf("got %d late and %d missed, want 0 and 4", got.Late, got.Missed)
	}
}

func TestDirectMessagesHaveNoTiming(t *testing.T) {
	m := newMeter()
	r := emitted("/a", "answer", time.Second)
	r.To, r.Missed = "socket", 3
	m.Observe(r)
	got := laneOf(t, m, "/a")
	if got.Lateness.Count+got.Wait.Count+got.IntervalError.Count != 0 {
		t.Errorf("got timing %+v, want none", got)
	}
	want := msg.Counters{Emitted: 1, Delivered: 3}
	if diff := cmp.Diff(want, got.Counters); diff != "" {
		t.Errorf("lane (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, m.Counters()); diff != "" {
		t.Errorf("all lanes (-want +got):\n%s", diff)
	}
}

func TestTheCountersOfLanesAreThoseOfTheStats(t *testing.T) {
	m := newMeter()
	m.Accepted("/a", 2)
	m.Observe(emitted("/a", "tick", time.Millisecond))
	m.Rejected("/b")
	want := make(map[string]msg.Counters)
	for _, l := range m.Stats().Lanes {
		want[l.Namespace] = l.Counters
	}
	if diff := cmp.Diff(want, m.LaneCounters()); diff != "" || want["/b"].Rejected != 1 {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStatsCoverAllLanesTogether(t *testing.T) {
	m := newMeter()
	m.Observe(emitted("/a", "tick", time.Millisecond))
	m.Observe(emitted("/b", "tick", 5*time.Millisecond))
	got := m.Stats().Lateness
	if got.Count != 2 || got.Max != 5*time.Millisecond {
		t.Errorf("got %d measured and a most of %v, want 2 and 5ms", got.Count, got.Max)
	}
}

func TestLanesBeyondTheMostAreCountedTogether(t *testing.T) {
	m := newMeter()
	for i := range DefaultMaxLanes + 10 {
		m.Observe(emitted(name(i), "tick", time.Millisecond))
	}
	if got := laneOf(t, m, Other).Counters.Emitted; got != 10 {
		t.Errorf("%d emits in the lane %q, want 10", got, Other)
	}
	if got := len(m.Stats().Lanes); got != DefaultMaxLanes+1 {
		t.Errorf("%d lanes, want %d", got, DefaultMaxLanes+1)
	}
}

func TestAsManyLanesAsTheHubMayHaveAreToldApart(t *testing.T) {
	const most = DefaultMaxLanes + 44
	m := New(Options{Late: msg.DefaultLateLimit(), Lanes: func() []msg.LaneState { return nil }, MaxLanes: most})
	for i := range most + 10 {
		m.Observe(emitted(name(i), "tick", time.Millisecond))
	}
	if got, want := len(m.Stats().Lanes), most+1; got != want {
		t.Errorf("%d lanes, want %d: one is for the rest", got, want)
	}
}

func TestStreamsBeyondTheMostAreCountedTogether(t *testing.T) {
	m := newMeter()
	for i := range MaxStreams + 10 {
		m.Observe(emitted("/a", fmt.Sprint("event", i), time.Millisecond))
	}
	streams := m.Stats().Streams
	if len(streams) != MaxStreams+1 {
		t.Fatalf("%d streams, want %d", len(streams), MaxStreams+1)
	}
	if rest := streams[0]; rest.Event != "" || rest.Count != 10 {
		t.Errorf("got %d messages under event %q, want 10 under the empty one", rest.Count, rest.Event)
	}
}

func TestStreamsCountWhateverBecameOfTheMessage(t *testing.T) {
	m := newMeter()
	m.Observe(emitted("/a", "tick", time.Millisecond))
	m.Observe(with(emitted("/a", "tick", 0), msg.Dropped, msg.Newest))
	newest := with(emitted("/a", "tick", 0), msg.Received, "")
	newest.At = epoch().Add(time.Hour)
	m.Observe(newest)
	m.Observe(emitted("/a", "tick", time.Millisecond)) // older than the newest
	got := m.Stats().Streams[0]
	if got.Count != 4 || !got.LastSeen.Equal(newest.At) {
		t.Errorf("got %d messages, last seen %v; want 4, %v", got.Count, got.LastSeen, newest.At)
	}
}

func TestQuantilesAreCloseToExactOnes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, shape := range []struct {
		name string
		next func() float64 // ns
	}{
		{"uniform", func() float64 { return 1e3 + random.Float64()*1e6 }},
		{"log-normal", func() float64 { return math.Exp(random.NormFloat64()*2 + 11) }},
		{"two humps", func() float64 { return []float64{2e4, 3e9}[random.IntN(2)] * (1 + random.Float64()) }},
		{"whole range", func() float64 { return math.Exp(math.Log(100) + random.Float64()*math.Log(3.6e10)) }},
	} {
		t.Run(shape.name, func(t *testing.T) {
			var h histogram
			var all []time.Duration
			for range 10_000 {
				v := min(max(time.Duration(shape.next()), least), most)
				h.add(v, 1)
				all = append(all, v)
			}
			slices.Sort(all)
			for _, q := range []float64{0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1} {
				want := all[int(math.Ceil(q*float64(len(all))))-1]
				near(t, fmt.Sprint("quantile ", q), h.quantile(q), want)
			}
			if h.max != all[len(all)-1] {
				t.Errorf("got max %v, want %v", h.max, all[len(all)-1])
			}
		})
	}
}

func TestValuesOutOfRangeAreClampedNotLost(t *testing.T) {
	var h histogram
	for _, v := range []time.Duration{-time.Second, 0, 1, 24 * time.Hour, math.MaxInt64} {
		h.add(v, 1)
	}
	if h.n != 5 {
		t.Errorf("counted %d values, want 5", h.n)
	}
	near(t, "least", h.quantile(0.5), least)
	if h.max != most {
		t.Errorf("got max %v, want %v", h.max, most)
	}
}

func TestABucketThatIsFullStaysFull(t *testing.T) {
	var h histogram
	h.add(time.Millisecond, math.MaxUint64/2)
	h.add(time.Millisecond, 1)
	near(t, "median", h.quantile(0.5), time.Millisecond)
}

func TestMergedHistogramsAreAsOne(t *testing.T) {
	var one, a, b histogram
	for i := range 1000 {
		v := time.Duration(i*i) * time.Microsecond
		one.add(v, 1)
		if i%3 == 0 {
			a.add(v, 1)
		} else {
			b.add(v, 1)
		}
	}
	a.merge(&b)
	a.merge(&histogram{})
	if a != one {
		t.Error("two histograms merged are not the histogram of all values")
	}
	a.reset()
	if a != (histogram{}) {
		t.Error("a reset histogram is not empty")
	}
}

func TestEveryValueLiesInItsBucket(t *testing.T) {
	for v := least; v < most; v += v/50 + 1 {
		near(t, fmt.Sprint("bucket of ", v), middle(bucketOf(v)), v)
	}
	if i := bucketOf(most); i >= buckets {
		t.Errorf("the longest duration is in bucket %d of %d", i, buckets)
	}
}

func TestObserveDoesNotAllocateForAKnownStream(t *testing.T) {
	m := newMeter()
	r := emitted("/a", "tick", time.Millisecond)
	dropped := with(emitted("/a", "tick", 0), msg.Dropped, msg.Oldest)
	observe := func() {
		m.Observe(r)
		m.Observe(dropped)
		m.Accepted("/a", 1)
	}
	observe()
	if got := testing.AllocsPerRun(1000, observe); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
