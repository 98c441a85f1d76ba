// Package wire holds every JSON shape that crosses the network, in one place
// for all doors. The interface's TypeScript types are generated from it.
//
// Names are snake_case. A duration is text such as "12.5ms" ("0s": none). A
// time is RFC 3339 with nanoseconds, in UTC; where many are sent together, they
// are whole microseconds counted from one such time, and the name says so.
//
// The tags doc and enum of what programs send and get become the description in
// openapi.json; a test asks each such field for its doc.
package wire

import "encoding/json"

// Error is what every door answers when something is wrong.
type Error struct {
	Code     string `json:"code" doc:"stable, for programs; snake_case"`
	Message  string `json:"message" doc:"what is wrong, for a person"`
	Hint     string `json:"hint,omitempty" doc:"what to do about it"`
	Field    string `json:"field,omitempty" doc:"which field is wrong, where it is one alone"`
	At       *int   `json:"at,omitempty" doc:"of a query or template: where it is wrong, in characters from 0"`
	Length   *int   `json:"length,omitempty" doc:"of a query or template: over how many characters; 0: something is missing there"`
	Accepted *int   `json:"accepted,omitempty" doc:"of a batch: how many were taken"`
	Index    *int   `json:"index,omitempty" doc:"of a batch: which message was not taken, counted from 0"`
	FirstSeq uint64 `json:"first_seq,omitempty" doc:"number of the first one taken"`
	LastSeq  uint64 `json:"last_seq,omitempty" doc:"number of the last one taken"`
}

// Publish is one message as a producer hands it in, by REST and inside the
// Socket.IO event "publish".
type Publish struct {
	Namespace   string          `json:"namespace,omitempty" doc:"where to; absent: /ws, or with Socket.IO the socket's own"`
	Event       string          `json:"event" doc:"its name, up to 128 bytes; needed, here or as on"`
	On          string          `json:"on,omitempty" doc:"another name for event"`
	Data        json.RawMessage `json:"data,omitempty" tstype:"unknown" doc:"any JSON; absent: null"`
	Args        bool            `json:"args,omitempty" doc:"data is an array of the event's arguments"`
	Attachments [][]byte        `json:"attachments,omitempty" tstype:"string[]" doc:"binary arguments in base64; data names each by {\"_placeholder\":true,\"num\":0}"`
	Rooms       []string        `json:"rooms,omitempty" doc:"to whom, up to 64 rooms; absent: everybody in the namespace"`
	SourceTime  json.RawMessage `json:"source_time,omitempty" tstype:"string | number" doc:"when the producer made it: RFC 3339, or ns since 1970"`
}

// Accepted answers a publish over REST.
type Accepted struct {
	Accepted   int            `json:"accepted" doc:"how many were taken"`
	Dropped    int            `json:"dropped" doc:"how many messages full lanes dropped meanwhile"`
	FirstSeq   uint64         `json:"first_seq" doc:"number of the first one; 0: there was none"`
	LastSeq    uint64         `json:"last_seq" doc:"number of the last one; 0: there was none"`
	QueueDepth map[string]int `json:"queue_depth" doc:"how many messages wait now, by namespace"`
}

// Auth is what a Socket.IO client may say of itself when it connects to a
// namespace. Other fields are ignored, for applications put their own there.
type Auth struct {
	Key  string `json:"key,omitempty" doc:"adds what the key allows"`
	Last int    `json:"last,omitempty" doc:"so many of the newest messages of each event come first, at most 100"`
	Name string `json:"name,omitempty" doc:"what people see the client as, at most 64 characters"`
}

// Last is the argument of the Socket.IO event "last": it asks for the last
// messages of one event, or of all.
type Last struct {
	Event string `json:"event,omitempty" doc:"only of this event; absent: of each"`
	N     int    `json:"n,omitempty" doc:"how many, 1 to 100; absent: 1"`
}

// Ack answers a Socket.IO event that carried an ack callback.
type Ack struct {
	OK      bool   `json:"ok" doc:"whether it was done"`
	Seq     uint64 `json:"seq,omitempty" doc:"number of the message that was taken"`
	Code    string `json:"code,omitempty" doc:"why not: stable, for programs"`
	Message string `json:"message,omitempty" doc:"why not, for a person"`
	Hint    string `json:"hint,omitempty" doc:"what to do about it"`
}

// Message is a message and what became of it.
type Message struct {
	ID           string          `json:"id" doc:"ULID"`
	Seq          uint64          `json:"seq" doc:"unique for the hub; gaps are allowed"`
	Namespace    string          `json:"namespace" doc:"where it was published"`
	Event        string          `json:"event" doc:"its name"`
	Data         json.RawMessage `json:"data" tstype:"unknown" doc:"the payload, byte for byte but for white space"`
	Args         bool            `json:"args,omitempty" doc:"data is an array of the event's arguments"`
	Attachments  [][]byte        `json:"attachments,omitempty" tstype:"string[]" doc:"binary arguments in base64; only when asked for"`
	Rooms        []string        `json:"rooms,omitempty" doc:"absent: it was for everybody"`
	To           string          `json:"to,omitempty" doc:"the one socket it was for"`
	Origin       Origin          `json:"origin" doc:"where it came from"`
	Outcome      string          `json:"outcome" doc:"what became of it; dropped_on_purpose: by a fault that somebody switched on" enum:"emitted,dropped,dropped_on_purpose,received"`
	Reason       string          `json:"reason,omitempty" doc:"why it was dropped" enum:"oldest,newest,replaced,stopped"`
	Size         int             `json:"size" doc:"payload in bytes, attachments included"`
	Sockets      int             `json:"sockets" doc:"how many it was handed to"`
	SourceTime   string          `json:"source_time,omitempty" doc:"when the producer made it, by its own clock"`
	AcceptedTime string          `json:"accepted_time" doc:"when the hub took it"`
	DueTime      string          `json:"due_time,omitempty" doc:"when it was due by its lane's pace"`
	EmittedTime  string          `json:"emitted_time,omitempty" doc:"when it was handed to the sockets; without an ack nobody knows when it arrived"`
	Lateness     string          `json:"lateness,omitempty" doc:"emitted − due, such as 18.2µs"`
	Faults       []string        `json:"faults,omitempty" doc:"that were meant for it: delay, drop, duplicate, reorder, stall"`
	Held         string          `json:"held,omitempty" doc:"for how long it was held back on purpose, such as 200ms; due_time is that much later"`
	MissedSlots  int             `json:"missed_slots,omitempty" doc:"slots that went by while messages of its lane waited"`
	Period       string          `json:"period,omitempty" doc:"of the pace that its lane had, such as 10ms; absent: none"`
	Hit          bool            `json:"hit,omitempty" doc:"of a page: highlight selects it"`
}

// Origin says where a message came from.
type Origin struct {
	Door    string `json:"door" doc:"the way it came in" enum:"rest,socketio,websocket,udp,reply,simulator,replay,import"`
	Client  string `json:"client,omitempty" doc:"id of the socket that sent it"`
	Address string `json:"address,omitempty" doc:"its host"`
	Key     string `json:"key,omitempty" doc:"name of the key it was handed in with"`
}

// MessagePage is a part of the recent messages, newest first.
type MessagePage struct {
	Messages []Message `json:"messages" doc:"newest first"`
	Before   uint64    `json:"before,omitempty" doc:"ask with before= this for the next page; absent: there is none"`
}

// How a wait ends.
const (
	WaitMatched  = "matched"
	WaitTimeout  = "timeout"
	WaitStopping = "stopping"
)

// WaitEnd is the last line of the answer to who waits for messages.
type WaitEnd struct {
	End       string `json:"end" doc:"matched: there were as many as asked for; timeout: the time was up before; stopping: the hub stops" enum:"matched,timeout,stopping"`
	Matched   int    `json:"matched" doc:"messages before this line"`
	Missed    uint64 `json:"missed,omitempty" doc:"messages that were not looked at, because the query takes too long for it, or matched and found no room, because they were read too slowly"`
	Forgotten bool   `json:"forgotten,omitempty" doc:"some messages after the number that was asked for were not kept any more"`
}

// Series is one number of many messages, oldest first. Times are in microseconds
// since 1970.
type Series struct {
	Query    string    `json:"query" doc:"which messages"`
	Pointer  string    `json:"pointer" doc:"where the number is"`
	Found    int       `json:"found" doc:"how many messages had it"`
	Binned   bool      `json:"binned,omitempty" doc:"found is more than was asked for: only the extremes are left"`
	TimeUS   []int64   `json:"time_us" doc:"when each was emitted or received, µs since 1970"`
	Values   []float64 `json:"values" doc:"the numbers"`
	SourceUS []int64   `json:"source_us,omitempty" doc:"when its producer made each, µs since 1970; 0: not said; absent: none is"`
}

// Lane is one namespace's line: its settings and what waits in it.
type Lane struct {
	Namespace  string  `json:"namespace" doc:"the one it serves"`
	Interval   string  `json:"interval" doc:"one message each interval, such as 10ms; 0s: none"`
	Rate       float64 `json:"rate" doc:"messages a second; 0: none"`
	CatchUp    string  `json:"catch_up" doc:"what happens to slots that went by" enum:"skip,burst"`
	Capacity   int     `json:"capacity" doc:"messages that may wait"`
	MaxBytes   int64   `json:"max_bytes" doc:"payload bytes that may wait"`
	Full       string  `json:"full" doc:"what happens to one message too many" enum:"reject,drop-oldest,drop-newest,latest"`
	Key        string  `json:"key,omitempty" doc:"with latest: JSON pointer; one message for each value waits"`
	Relay      bool    `json:"relay" doc:"what a client emits is sent on to the others"`
	Configured bool    `json:"configured" doc:"set up by a person; such a lane does not go away by itself"`
	Depth      int     `json:"depth" doc:"messages that wait"`
	Bytes      int64   `json:"bytes" doc:"payload bytes that wait"`
}

// LaneList is every lane there is, by namespace.
type LaneList struct {
	Lanes []Lane `json:"lanes" doc:"by namespace"`
}

// LanePatch changes some settings of a lane; what is absent stays.
type LanePatch struct {
	Interval *string  `json:"interval,omitempty" doc:"one message each interval, such as 12.5ms; 0s: as they come"`
	Rate     *float64 `json:"rate,omitempty" doc:"messages a second; 0: as they come"`
	CatchUp  *string  `json:"catch_up,omitempty" doc:"what happens to slots that went by" enum:"skip,burst"`
	Capacity *int     `json:"capacity,omitempty" doc:"messages that may wait, 1 to 1000000"`
	MaxBytes *int64   `json:"max_bytes,omitempty" doc:"payload bytes that may wait, 1 MiB to 4 GiB"`
	Full     *string  `json:"full,omitempty" doc:"what happens to one message too many" enum:"reject,drop-oldest,drop-newest,latest"`
	Key      *string  `json:"key,omitempty" doc:"JSON pointer such as /symbol; only with full=latest"`
	Relay    *bool    `json:"relay,omitempty" doc:"what a client emits is sent on to the others"`
}

// Counters count messages since the hub started.
type Counters struct {
	Accepted  uint64 `json:"accepted" doc:"taken in"`
	Emitted   uint64 `json:"emitted" doc:"handed to the sockets"`
	Received  uint64 `json:"received" doc:"came from clients and were not relayed"`
	Dropped   uint64 `json:"dropped" doc:"taken in, but never sent"`
	OnPurpose uint64 `json:"dropped_on_purpose" doc:"taken in, but never sent because of a fault that somebody switched on"`
	Rejected  uint64 `json:"rejected" doc:"refused because a lane was full"`
	Missed    uint64 `json:"missed_slots" doc:"slots that went by while a message waited"`
	Late      uint64 `json:"late" doc:"emits and missed slots over the late limit"`
	Delivered uint64 `json:"delivered" doc:"sockets reached, summed over all emits"`
}

// Quantiles are points of a distribution of durations, in microseconds.
type Quantiles struct {
	Count uint64  `json:"count" doc:"0: nothing was measured"`
	P50   float64 `json:"p50_us" doc:"half were at most this"`
	P90   float64 `json:"p90_us" doc:"90 % were at most this"`
	P99   float64 `json:"p99_us" doc:"99 % were at most this"`
	Max   float64 `json:"max_us" doc:"the largest"`
}

// LaneStats is one lane's timing over the last minute, and its counters.
type LaneStats struct {
	Namespace     string         `json:"namespace" doc:"the lane's"`
	Counters      Counters       `json:"counters" doc:"of this lane"`
	Lateness      Quantiles      `json:"lateness" doc:"emitted − due"`
	IntervalError Quantiles      `json:"interval_error" doc:"size of (gap between emits − gap between due times)"`
	Wait          Quantiles      `json:"queue_wait" doc:"emitted − accepted"`
	Source        *SourceLatency `json:"source_latency,omitempty" doc:"emitted − source time; absent: no message had one"`
}

// Stream is all messages with one namespace and event.
type Stream struct {
	Namespace string  `json:"namespace" doc:"of its messages"`
	Event     string  `json:"event" doc:"of its messages"`
	Count     uint64  `json:"count" doc:"messages since the hub started"`
	PerSecond float64 `json:"per_second" doc:"over the last 10 s"`
	LastSeen  string  `json:"last_seen" doc:"when the newest was emitted, dropped or received"`
}

// Stats is the hub's state in numbers.
type Stats struct {
	Version  string      `json:"version" doc:"of Emitscope"`
	Started  string      `json:"started" doc:"when the hub started"`
	Now      string      `json:"now" doc:"the hub's clock"`
	Counters Counters    `json:"counters" doc:"of all lanes"`
	Clients  int         `json:"clients" doc:"connected now"`
	Seq      uint64      `json:"seq" doc:"the highest number that a message has; each that comes has a higher one"`
	Lateness Quantiles   `json:"lateness" doc:"over all lanes and the last minute"`
	Lanes    []LaneStats `json:"lanes" doc:"each lane"`
	Streams  []Stream    `json:"streams" doc:"each namespace and event"`
}

// Point is what happened in one step of time.
type Point struct {
	Time      string  `json:"time" doc:"when the step began"`
	Accepted  uint32  `json:"accepted" doc:"taken in"`
	Emitted   uint32  `json:"emitted" doc:"handed to the sockets"`
	Dropped   uint32  `json:"dropped" doc:"taken in, but never sent"`
	Missed    uint32  `json:"missed_slots" doc:"slots that went by while a message waited"`
	Late      uint32  `json:"late" doc:"emits and missed slots over the late limit"`
	Delivered uint32  `json:"delivered" doc:"sockets reached"`
	Depth     uint32  `json:"depth" doc:"messages that wait at the end of the step"`
	P50       float64 `json:"lateness_p50_us" doc:"half were at most so late, in µs"`
	P90       float64 `json:"lateness_p90_us" doc:"90 % were at most so late, in µs"`
	P99       float64 `json:"lateness_p99_us" doc:"99 % were at most so late, in µs"`
	Max       float64 `json:"lateness_max_us" doc:"the latest, in µs"`
	Spread    *Spread `json:"spread,omitempty" doc:"how the lateness was spread; kept for the last minute in steps of 1s and for the last hour in steps of 10s"`
	// The rest is kept for the last ten minutes in steps of 1s and for the last hour in steps of 10s.
	IntervalError *Measure       `json:"interval_error,omitempty" doc:"size of (gap between emits − gap between due times); absent: nothing was measured or it is not kept"`
	Wait          *Measure       `json:"queue_wait,omitempty" doc:"emitted − accepted; absent: nothing was measured or it is not kept"`
	Source        *SourceLatency `json:"source_latency,omitempty" doc:"emitted − source time; absent: no message had one or it is not kept"`
}

// Measure is one measure of the emits in one step of time, within 1.6 %.
type Measure struct {
	P50    float64 `json:"p50_us" doc:"half were at most this, in µs"`
	P90    float64 `json:"p90_us" doc:"90 % were at most this, in µs"`
	P99    float64 `json:"p99_us" doc:"99 % were at most this, in µs"`
	Max    float64 `json:"max_us" doc:"the largest, in µs"`
	Spread *Spread `json:"spread,omitempty" doc:"how it was spread; kept as long as that of the lateness"`
}

// SourceLatency is emitted − source time, by two clocks: where the producer's is
// ahead, it is negative.
type SourceLatency struct {
	Count uint64  `json:"count" doc:"messages with a source time"`
	Ahead uint64  `json:"ahead" doc:"of them, those whose source time lies after they were emitted"`
	P50   float64 `json:"p50_us" doc:"half were at most this, in µs; may be negative"`
	P99   float64 `json:"p99_us" doc:"99 % were at most this, in µs; may be negative"`
}

// Spread is how many emits, and for lateness missed slots, had which value. Bucket i counts
// those from 10^(i/10) up to 10^((i+1)/10) microseconds, so ten of them make a
// decade; there are 80, and the first and the last count also what is beyond.
// Just below a border, by up to 3.1 %, a value may count above it.
type Spread struct {
	First  int      `json:"first" doc:"bucket of the first count; those not told are 0"`
	Counts []uint32 `json:"counts" doc:"emits and missed slots, bucket by bucket"`
}

// PointList is what happened lately, step by step, oldest first.
type PointList struct {
	Namespace string  `json:"namespace,omitempty" doc:"absent: all of them"`
	Step      string  `json:"step" doc:"length of each step, such as 1s"`
	Points    []Point `json:"points" doc:"oldest first"`
}

// StreamPointList is how many messages each stream had lately, step by step.
type StreamPointList struct {
	Namespace string         `json:"namespace,omitempty" doc:"absent: all of them"`
	Step      string         `json:"step" doc:"length of each step, such as 1s"`
	Times     []string       `json:"times" doc:"when each step began, oldest first"`
	Streams   []StreamPoints `json:"streams" doc:"the loudest, at most 16, the loudest first"`
	Others    []uint32       `json:"others" doc:"all other streams together, one count for each step"`
}

// StreamPoints is one stream's messages in each step.
type StreamPoints struct {
	Namespace string   `json:"namespace" doc:"of its messages"`
	Event     string   `json:"event" doc:"of its messages"`
	Counts    []uint32 `json:"counts" doc:"one for each step, oldest first"`
}
