package wire

// FeedHello is the feed's first frame.
type FeedHello struct {
	Type        string     `json:"type" tstype:"'hello'"`
	Version     string     `json:"version"`
	Started     string     `json:"started"`
	Scopes      string     `json:"scopes"`        // what this viewer may do: "view publish admin"
	Sharing     Shared     `json:"sharing"`       // again in a FeedSharing frame whenever it changes
	Faults      []FaultsOn `json:"faults"`        // again in a FeedFaults frame whenever they change
	LateFloorUS float64    `json:"late_floor_us"` // late: over the larger of this ...
	LateShare   float64    `json:"late_share"`    // ... and this share of the lane's period
	Points      []Point    `json:"points"`        // the last minute, one a second
	// What is raised, the newest first; again in a FeedAlerts frame whenever it changes.
	Alerts []AlertEvent `json:"alerts"`
	// What is recorded; again in a FeedRecordings frame whenever it changes.
	Recordings RecordingsNow `json:"recordings"`
}

// Shared is how the hub is shared, as far as every viewer may know.
type Shared struct {
	On       bool   `json:"on"`
	OpenView bool   `json:"open_view"`
	Address  string `json:"address"` // where to reach it best, host:port
}

// RecordingsNow is which recordings run, and how the flight recorder stands.
type RecordingsNow struct {
	Running []Recording `json:"running"` // the one that began first first; their figures are those of this moment
	Flight  string      `json:"flight" tstype:"'recording' | 'failed' | 'off'"`
}

// FeedRecordings tells a viewer that a recording began, ended, was renamed or deleted, or that
// the flight recorder stopped or goes on. GET /api/v1/recordings has the rest.
type FeedRecordings struct {
	Type       string        `json:"type" tstype:"'recordings'"`
	Recordings RecordingsNow `json:"recordings"`
}

// FeedSharing tells a viewer that how the hub is shared has changed.
type FeedSharing struct {
	Type    string `json:"type" tstype:"'sharing'"`
	Sharing Shared `json:"sharing"`
}

// FeedFrame is what a viewer should see next; at most 20 a second.
type FeedFrame struct {
	Type     string       `json:"type" tstype:"'frame'"`
	Time     string       `json:"time"`
	Counters Counters     `json:"counters"` // exact, whatever was skipped or sampled
	Clients  int          `json:"clients"`
	Slow     int          `json:"slow"` // clients that missed messages lately
	Lanes    []FeedLane   `json:"lanes"`
	Query    uint64       `json:"query"`            // number of the query that the next four are of, all of them
	Messages []Summary    `json:"messages"`         // that it selects, oldest first
	Matched  uint64       `json:"matched"`          // how many it selected since the last frame, shown or not
	Hits     uint64       `json:"hits"`             // of those, how many its highlight selects
	Ended    uint64       `json:"ended"`            // all messages since the last frame, or since this query came into force
	Lost     uint64       `json:"lost"`             // messages this viewer was not told of: it was too slow, or its queries too dear
	Series   []FeedPoints `json:"series,omitempty"` // of the series the viewer asked for: those with new points, and each new one once
	Second   *FeedSecond  `json:"second,omitempty"` // once a second
}

// FeedPoints are the new points of one series. Times are in microseconds.
type FeedPoints struct {
	ID int64 `json:"id"` // as in SeriesAsk
	// Told once: points after this time, since 1970, are told in frames. Those up
	// to it are in GET /api/v1/series; asked for from now on, none is missing.
	FromUS int64     `json:"from_us,omitempty"`
	AgoUS  []int64   `json:"ago_us"` // from the frame's time back to when each was emitted
	Values []float64 `json:"values"`
	// When its producer made each, since 1970; 0: not said. Absent when none is.
	SourceUS []int64 `json:"source_us,omitempty"`
	Binned   bool    `json:"binned,omitempty"` // there were more than 1,000 a second: only the extremes are left
}

// FeedLane is one lane in a frame, with every emit since the last frame.
type FeedLane struct {
	Namespace string  `json:"namespace"`
	Depth     int     `json:"depth"`
	Capacity  int     `json:"capacity"`
	PeriodUS  float64 `json:"period_us"` // 0: as they come
	// One entry for each emit: microseconds from the frame's time back to its
	// due time, and its lateness. Above 1,000 a second they are bins, each with
	// the least and the most late emit in it.
	AgoUS    []int64 `json:"ago_us"`
	LateUS   []int64 `json:"late_us"`
	Binned   bool    `json:"binned,omitempty"`
	MissedUS []int64 `json:"missed_us,omitempty"` // missed slots, as AgoUS
}

// FeedSecond is what changes slowly.
type FeedSecond struct {
	Point       Point       `json:"point"`       // all lanes, with its spread
	LanePoints  []LanePoint `json:"lane_points"` // each lane in the same second, with its spread
	Lateness    Quantiles   `json:"lateness"`    // all lanes, last minute
	Lanes       []LaneStats `json:"lanes"`
	Streams     []Stream    `json:"streams"`
	LateMinute  uint64      `json:"late_minute"` // late in the last minute
	LostMinute  uint64      `json:"lost_minute"` // dropped in the last minute
	EmitsMinute uint64      `json:"emits_minute"`
}

// LanePoint is one lane in one second.
type LanePoint struct {
	Namespace string `json:"namespace"`
	Point     Point  `json:"point"`
}

// Summary is one message as a row of the viewer. The whole message is fetched
// by its seq.
type Summary struct {
	Seq       uint64   `json:"seq"`
	Namespace string   `json:"namespace"`
	Event     string   `json:"event"`
	Time      string   `json:"time"`    // emitted, dropped or received
	Preview   string   `json:"preview"` // the first 256 bytes of the payload, cut at a character
	Size      int      `json:"size"`
	Sockets   int      `json:"sockets"`
	LateUS    float64  `json:"late_us"`
	Late      bool     `json:"late,omitempty"`
	Outcome   string   `json:"outcome"`
	Reason    string   `json:"reason,omitempty"`
	To        string   `json:"to,omitempty"`
	Faults    []string `json:"faults,omitempty"`   // that were meant for it: delay, drop, duplicate, reorder, stall
	HeldUS    float64  `json:"held_us,omitempty"`  // for how long it was held back on purpose; in none of the other times
	Replayed  bool     `json:"replayed,omitempty"` // of a recording that is played again
	Hit       bool     `json:"hit,omitempty"`      // the query's highlight selects it
	// Time since the previous emit of the same stream; absent where nobody
	// knows, as for the first that was emitted while a viewer was open, and for
	// what was not emitted or went to one socket alone.
	GapUS *float64 `json:"gap_us,omitempty"`
}

// FeedQuery is what a viewer sends: from now on only messages that match.
type FeedQuery struct {
	Type      string `json:"type" tstype:"'query'"`
	Number    uint64 `json:"number"`    // chosen by the viewer; frames tell it while the query is in force
	Query     string `json:"query"`     // selects the rows; empty: all
	Highlight string `json:"highlight"` // marks those of them it selects; empty: none
}

// FeedSeries is what a viewer sends to be told of these series, and no others.
// One that cannot be told is refused by an error with its id.
type FeedSeries struct {
	Type   string      `json:"type" tstype:"'series'"`
	Series []SeriesAsk `json:"series"` // at most 32
}

// SeriesAsk names a series: one number of each message that a query selects.
type SeriesAsk struct {
	ID      int64  `json:"id"` // the viewer's own; one it has already goes on
	Query   string `json:"query"`
	Pointer string `json:"pointer"` // a JSON pointer, such as "/price"; "": the payload itself is the number
}
