package msg

import "time"

// Counters count messages since the hub started. They only ever grow.
type Counters struct {
	Accepted  uint64 // taken in
	Emitted   uint64 // handed to the outboxes
	Received  uint64 // came from clients and not relayed
	Dropped   uint64 // accepted, but never sent
	OnPurpose uint64 // the same, but because of a fault that somebody switched on
	Rejected  uint64 // refused because the lane was full
	Missed    uint64 // slots that went by while a message waited
	Late      uint64 // emits and missed slots over the late limit
	Delivered uint64 // outboxes reached: the sum of sockets over all emits
}

// Quantiles are the usual points of a distribution. Count 0 means nothing was
// measured, and the others say nothing.
type Quantiles struct {
	Count              uint64
	P50, P90, P99, Max time.Duration
}

// LaneStats is one lane's timing. Interval error counts by its size, whatever
// its sign. Missed slots enter Lateness, so a stall can never look punctual.
type LaneStats struct {
	Namespace     string
	Counters      Counters
	Lateness      Quantiles     // emitted − due, over the last minute
	IntervalError Quantiles     // |gap between emits − gap between due times|, over the last minute
	Wait          Quantiles     // emitted − accepted, over the last minute
	Source        SourceLatency // emitted − source, over the last minute
}

// SourceLatency is emitted − source of the messages whose producer said when it
// made them. The two times are of two clocks, so it can be negative: Ahead counts
// those, and the percentiles keep the sign.
type SourceLatency struct {
	Count    uint64 // messages with a source time; 0: the others say nothing
	Ahead    uint64 // of them, those made after they were emitted, if both clocks were right
	P50, P99 time.Duration
}

// Measure is one measure of the emits in one step of time.
type Measure struct {
	P50, P90, P99, Max time.Duration // within 1.6 %
	Spread             *Spread       // nil: not kept for so old a step
}

// StreamStats is one stream: all messages with one namespace and event.
type StreamStats struct {
	Namespace string
	Event     string
	Count     uint64    // messages since the hub started, whatever became of them
	PerSecond float64   // over the last 10 s
	LastSeen  time.Time // when the newest was emitted, dropped or received
}

// Stats is the hub's state in numbers.
type Stats struct {
	Started  time.Time
	Now      time.Time
	Counters Counters
	Lateness Quantiles // over all lanes and the last minute
	Lanes    []LaneStats
	Streams  []StreamStats
}

// Point is what happened in one step of time, for the graphs.
type Point struct {
	Time      time.Time // when the step began
	Accepted  uint32
	Emitted   uint32
	Dropped   uint32
	Missed    uint32
	Late      uint32
	Delivered uint32
	Depth     uint32 // messages waiting at the end of the step
	// Lateness of the emits in this step; zero when there was none.
	LatenessP50, LatenessP90, LatenessP99, LatenessMax time.Duration
	Spread                                             *Spread // of the lateness; nil: not kept for so short or so old a step
	// IntervalError (by its size) and Wait are nil where nothing was measured, and,
	// as Source, for a step so short or so old that they are not kept.
	IntervalError, Wait *Measure
	Source              *SourceLatency // nil: no message said when it was made
}

// SpreadBuckets is how many buckets a Spread has: ten a decade from 1 µs to
// 100 s.
const SpreadBuckets = 80

// Spread is how many emits, and for lateness missed slots, of one step had which
// value of a measure. Bucket i counts those from 10^(i/10) µs up to 10^((i+1)/10) µs; the first and
// the last also count what is beyond.
type Spread struct {
	First  int      // bucket of Counts[0]
	Counts []uint32 // all other buckets are empty
}

// LanePoint is one lane in one step of time.
type LanePoint struct {
	Namespace string
	Point     Point
}

// MaxLoudest is how many streams StreamPoints tells apart: more lines are not
// told apart in a graph either.
const MaxLoudest = 16

// StreamPoints is how many messages each stream had, step by step.
type StreamPoints struct {
	Times   []time.Time    // when each step began, oldest first
	Loudest []StreamCounts // at most MaxLoudest, the loudest first; none without a message
	Others  []uint32       // all other streams together, one count for each step
}

// StreamCounts is one stream's messages in each step, whatever became of them.
type StreamCounts struct {
	Namespace string
	Event     string
	Counts    []uint32 // one for each step, oldest first
}
