package msg

import "time"

// PreviewBytes is how much of a payload a Summary keeps.
const PreviewBytes = 256

// Frame is what an open viewer should see next.
type Frame struct {
	Time     time.Time
	Counters Counters
	Clients  int
	Slow     int // clients that missed messages in the last 10 s
	Lanes    []FrameLane
	Query    uint64        // number of the query that Rows, Matched, Hits and Ended are of
	Rows     []Summary     // messages it selects, oldest first; sampled when there are too many
	Matched  uint64        // how many it selected since the last frame, shown or not
	Hits     uint64        // of those, how many its highlight selects
	Ended    uint64        // all that ended since the last frame, or since the query came into force
	Lost     uint64        // records this viewer was not told of: it was too slow, or its queries too dear
	Series   []FrameSeries // those with readings since the last frame, and each new one once
	Second   *FrameSecond
}

// FrameLane is one lane in a frame, with its emits since the last frame. Where
// there were too many, each entry is a bin's least or most late emit.
type FrameLane struct {
	Namespace string
	Depth     int
	Capacity  int
	Period    time.Duration // 0: as they come
	Due       []time.Time   // of each emit
	Lateness  []time.Duration
	Binned    bool
	Missed    []time.Time // when the missed slots were due
}

// FrameSecond is the part of a frame that is sent once a second.
type FrameSecond struct {
	Point       Point       // the newest whole second of all lanes; zero: there was none yet
	LanePoints  []LanePoint // each lane in the same second, by name
	Stats       Stats
	LateMinute  uint64 // emits and missed slots over the late limit in the last minute
	LostMinute  uint64 // dropped in the last minute
	EmitsMinute uint64
}

// Summary is one message as a row of the viewer.
type Summary struct {
	Seq       uint64
	Namespace string
	Event     string
	At        time.Time
	Previous  time.Time // when the one before it in its stream was emitted; zero: nobody knows
	Preview   string    // first PreviewBytes of the payload, cut at a character
	Size      int
	Sockets   int
	Lateness  time.Duration
	Late      bool
	Outcome   Outcome
	Reason    Reason
	To        string
	Faults    Faults
	Held      time.Duration // on purpose
	Replayed  bool          // of a recording that is played again
	Hit       bool          // the viewer's highlight selects it
}
