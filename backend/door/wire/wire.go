// Package wire holds every JSON shape that crosses the network, in one place
// for all doors. The interface's TypeScript types are generated from it.
//
// Names are snake_case. A duration is text such as "12.5ms" ("0s": none). A
// time is RFC 3339 with nanoseconds, in UTC; where many are sent together, they
// are whole microseconds counted from one such time, and the name says so.
package wire

import "encoding/json"

// Error is what every door answers when something is wrong.
type Error struct {
	Code    string `json:"code"`           // snake_case, stable, for programs
	Message string `json:"message"`        // what is wrong, for a person
	Hint    string `json:"hint,omitempty"` // what to do
	// Of a batch: how many were taken, and which one (counted from 0) was not.
	Accepted *int `json:"accepted,omitempty"`
	Index    *int `json:"index,omitempty"`
	// Of the taken part of a batch.
	FirstSeq uint64 `json:"first_seq,omitempty"`
	LastSeq  uint64 `json:"last_seq,omitempty"`
}

// Publish is one message as a producer hands it in, by REST and inside the
// Socket.IO event "publish".
type Publish struct {
	Namespace  string          `json:"namespace,omitempty"` // default: /ws, or the socket's own
	Event      string          `json:"event"`
	On         string          `json:"on,omitempty"` // another name for event
	Data       json.RawMessage `json:"data,omitempty" tstype:"unknown"`
	Rooms      []string        `json:"rooms,omitempty"`
	SourceTime json.RawMessage `json:"source_time,omitempty" tstype:"string | number"` // RFC 3339, or ns since 1970
}

// Accepted answers a publish over REST.
type Accepted struct {
	Accepted   int            `json:"accepted"`
	Dropped    int            `json:"dropped"` // by lanes that were full
	FirstSeq   uint64         `json:"first_seq"`
	LastSeq    uint64         `json:"last_seq"`
	QueueDepth map[string]int `json:"queue_depth"`
}

// Ack answers a Socket.IO event that carried an ack callback.
type Ack struct {
	OK      bool   `json:"ok"`
	Seq     uint64 `json:"seq,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// Message is a message and what became of it.
type Message struct {
	ID           string          `json:"id"` // ULID
	Seq          uint64          `json:"seq"`
	Namespace    string          `json:"namespace"`
	Event        string          `json:"event"`
	Data         json.RawMessage `json:"data" tstype:"unknown"`
	Args         bool            `json:"args,omitempty"`                          // data is an array of the event's arguments
	Attachments  [][]byte        `json:"attachments,omitempty" tstype:"string[]"` // base64; only when asked for
	Rooms        []string        `json:"rooms,omitempty"`
	To           string          `json:"to,omitempty"` // the one socket it was for
	Origin       Origin          `json:"origin"`
	Outcome      string          `json:"outcome"` // emitted, dropped, received
	Reason       string          `json:"reason,omitempty"`
	Size         int             `json:"size"` // payload bytes, attachments included
	Sockets      int             `json:"sockets"`
	SourceTime   string          `json:"source_time,omitempty"`
	AcceptedTime string          `json:"accepted_time"`
	DueTime      string          `json:"due_time,omitempty"`
	EmittedTime  string          `json:"emitted_time,omitempty"`
	Lateness     string          `json:"lateness,omitempty"` // emitted − due, such as "18.2µs"
	MissedSlots  int             `json:"missed_slots,omitempty"`
}

// Origin says where a message came from.
type Origin struct {
	Door    string `json:"door"` // rest, socketio, websocket, reply
	Client  string `json:"client,omitempty"`
	Address string `json:"address,omitempty"`
}

// MessagePage is a part of the recent messages, newest first.
type MessagePage struct {
	Messages []Message `json:"messages"`
	Before   uint64    `json:"before,omitempty"` // ask with before= this for the next page; absent: no more
}

// Lane is one namespace's line: its settings and what waits in it.
type Lane struct {
	Namespace  string  `json:"namespace"`
	Interval   string  `json:"interval"` // "0s": none
	Rate       float64 `json:"rate"`     // messages a second; 0: none
	CatchUp    string  `json:"catch_up"` // skip, burst
	Capacity   int     `json:"capacity"`
	MaxBytes   int64   `json:"max_bytes"`
	Full       string  `json:"full"` // reject, drop-oldest, drop-newest, latest
	Key        string  `json:"key,omitempty"`
	Relay      bool    `json:"relay"`
	Configured bool    `json:"configured"`
	Depth      int     `json:"depth"`
	Bytes      int64   `json:"bytes"`
}

// LaneList is every lane there is, by namespace.
type LaneList struct {
	Lanes []Lane `json:"lanes"`
}

// LanePatch changes some settings of a lane; what is absent stays.
type LanePatch struct {
	Interval *string  `json:"interval,omitempty" doc:"such as 12.5ms; 0s: as they come"`
	Rate     *float64 `json:"rate,omitempty" doc:"messages a second; 0: as they come"`
	CatchUp  *string  `json:"catch_up,omitempty" enum:"skip,burst"`
	Capacity *int     `json:"capacity,omitempty"`
	MaxBytes *int64   `json:"max_bytes,omitempty"`
	Full     *string  `json:"full,omitempty" enum:"reject,drop-oldest,drop-newest,latest"`
	Key      *string  `json:"key,omitempty" doc:"JSON pointer such as /symbol; only with full=latest"`
	Relay    *bool    `json:"relay,omitempty"`
}

// Counters count messages since the hub started.
type Counters struct {
	Accepted  uint64 `json:"accepted"`
	Emitted   uint64 `json:"emitted"`
	Received  uint64 `json:"received"`
	Dropped   uint64 `json:"dropped"`
	Rejected  uint64 `json:"rejected"`
	Missed    uint64 `json:"missed_slots"`
	Late      uint64 `json:"late"`
	Delivered uint64 `json:"delivered"` // to outboxes
}

// Quantiles are points of a distribution of durations, in microseconds.
type Quantiles struct {
	Count uint64  `json:"count"` // 0: nothing was measured
	P50   float64 `json:"p50_us"`
	P90   float64 `json:"p90_us"`
	P99   float64 `json:"p99_us"`
	Max   float64 `json:"max_us"`
}

// LaneStats is one lane's timing over the last minute, and its counters.
type LaneStats struct {
	Namespace     string    `json:"namespace"`
	Counters      Counters  `json:"counters"`
	Lateness      Quantiles `json:"lateness"`
	IntervalError Quantiles `json:"interval_error"`
	Wait          Quantiles `json:"queue_wait"`
}

// Stream is all messages with one namespace and event.
type Stream struct {
	Namespace string  `json:"namespace"`
	Event     string  `json:"event"`
	Count     uint64  `json:"count"`
	PerSecond float64 `json:"per_second"`
	LastSeen  string  `json:"last_seen"`
}

// Stats is the hub's state in numbers.
type Stats struct {
	Version  string      `json:"version"`
	Started  string      `json:"started"`
	Now      string      `json:"now"`
	Counters Counters    `json:"counters"`
	Clients  int         `json:"clients"`
	Lateness Quantiles   `json:"lateness"`
	Lanes    []LaneStats `json:"lanes"`
	Streams  []Stream    `json:"streams"`
}

// Client is one connected socket.
type Client struct {
	ID         string   `json:"id"`
	Door       string   `json:"door"`
	Transport  string   `json:"transport"` // polling, websocket, sse
	Address    string   `json:"address"`
	Namespaces []string `json:"namespaces"`
	Rooms      []string `json:"rooms"`
	Since      string   `json:"since"`
	Sent       uint64   `json:"sent"`
	Missed     uint64   `json:"missed"`
	LagFrames  int      `json:"lag_frames"`
	LagBytes   int      `json:"lag_bytes"`
	LagMS      float64  `json:"lag_ms"`
}

// ClientList is every connected socket, whatever its door.
type ClientList struct {
	Clients []Client `json:"clients"`
}

// Point is what happened in one step of time.
type Point struct {
	Time      string  `json:"time"` // when the step began
	Accepted  uint32  `json:"accepted"`
	Emitted   uint32  `json:"emitted"`
	Dropped   uint32  `json:"dropped"`
	Missed    uint32  `json:"missed_slots"`
	Late      uint32  `json:"late"`
	Delivered uint32  `json:"delivered"`
	Depth     uint32  `json:"depth"`
	P50       float64 `json:"lateness_p50_us"`
	P99       float64 `json:"lateness_p99_us"`
	Max       float64 `json:"lateness_max_us"`
}

// PointList is what happened lately, step by step, oldest first.
type PointList struct {
	Namespace string  `json:"namespace,omitempty"` // absent: all of them
	Step      string  `json:"step"`                // of every point, such as "1s"
	Points    []Point `json:"points"`
}
