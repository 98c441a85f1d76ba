package wire

import (
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Flight is the flight recorder: what it has of the last minutes.
type Flight struct {
	State     string `json:"state" doc:"recording: it runs; failed: it ended by itself; off: by the settings" enum:"recording,failed,off"`
	Where     string `json:"where,omitempty" doc:"where it keeps messages; absent: it is off" enum:"disk,memory"`
	FirstTime string `json:"first_time,omitempty" doc:"when the oldest message that it has was emitted, dropped or received"`
	Messages  uint64 `json:"messages" doc:"that it has; at most 0.2 s behind, unless they come faster than it may write"`
	Dropped   uint64 `json:"dropped" doc:"messages that are missing among them, because they came faster than it may write"`
	FileBytes int64  `json:"file_bytes" doc:"that it takes on the disk, or in memory"`
	MaxAge    string `json:"max_age" doc:"what is older is forgotten, a tenth of it at a time"`
	MaxBytes  int64  `json:"max_bytes" doc:"beyond, the oldest are forgotten"`
	Problem   string `json:"problem,omitempty" doc:"why it ended by itself"`
}

// KeepFlight makes a recording of what the flight recorder has.
type KeepFlight struct {
	Name  string `json:"name,omitempty" doc:"of the recording; absent: one with the time in it"`
	Last  string `json:"last,omitempty" doc:"only what ended in this last time, such as 2m; absent: all"`
	Query string `json:"query,omitempty" doc:"only what this query selects; absent: all"`
}

// FlightOf returns f for the wire.
func FlightOf(f msg.Flight) Flight {
	out := Flight{
		State: string(f.State), Where: string(f.Where), FirstTime: Time(f.First), Messages: f.Messages, Dropped: f.Dropped, FileBytes: f.FileBytes,
		MaxAge: f.MaxAge.String(), MaxBytes: f.MaxBytes, Problem: f.Problem,
	}
	if f.State == msg.FlightIsOff {
		out.Where = ""
	}
	return out
}

// Flight reads the duration in k. Whether it can be done is for who does it.
func (k KeepFlight) Flight() (msg.KeepFlight, error) {
	out := msg.KeepFlight{Name: k.Name, Query: k.Query}
	if k.Last == "" {
		return out, nil
	}
	const code = "invalid_recording"
	d, err := durationIn("last", k.Last, code)
	if err == nil && d <= 0 {
		err = fault.Newf(fault.Invalid, "last is %v, and must be longer than 0", d).WithCode(code).WithField("last").WithHint("leave it out to keep all")
	}
	out.Last = d
	return out, err
}

// RecordingPatch changes what is said of a recording. What is absent stays.
type RecordingPatch struct {
	Name *string `json:"name,omitempty" doc:"its new name, and its file's"`
}
