package wire

import (
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// NewRecording is what is to be recorded from now on.
type NewRecording struct {
	Name  string `json:"name" doc:"of the recording and its file: 1 to 64 characters that a file's name may have"`
	Query string `json:"query,omitempty" doc:"which messages; absent: all"`
	For   string `json:"for,omitempty" doc:"then it ends by itself, such as 10s; absent: when it is stopped"`
}

// Recording is what is known of one recording.
type Recording struct {
	Name         string  `json:"name" doc:"of the recording and its file"`
	State        string  `json:"state" doc:"recording: it runs; ended: it is whole; failed: it ended by itself; interrupted: the hub ended without a word. Of all these it can be read" enum:"recording,ended,failed,interrupted,unreadable"`
	Query        string  `json:"query,omitempty" doc:"which messages; absent: all"`
	Began        string  `json:"began" doc:"when it was started"`
	Until        string  `json:"until,omitempty" doc:"when it ends by itself; absent: when it is stopped"`
	Ended        string  `json:"ended,omitempty" doc:"when it ended; absent: it has not"`
	FirstTime    string  `json:"first_time,omitempty" doc:"when its first message was emitted, dropped or received"`
	LastTime     string  `json:"last_time,omitempty" doc:"the same of its last one"`
	Messages     uint64  `json:"messages" doc:"that are written; at most 0.2 s behind"`
	PayloadBytes uint64  `json:"payload_bytes" doc:"of these messages"`
	Dropped      uint64  `json:"dropped" doc:"messages that are missing: they came faster than they could be written"`
	FileBytes    int64   `json:"file_bytes" doc:"size on the disk"`
	Problem      string  `json:"problem,omitempty" doc:"why it ended by itself, or cannot be read"`
	LateFloorUS  float64 `json:"late_floor_us" doc:"an emit of it is late over the larger of this, in µs …"`
	LateShare    float64 `json:"late_share" doc:"… and this share of its lane's period"`
}

// RecordingList is every recording.
type RecordingList struct {
	Recordings []Recording `json:"recordings" doc:"newest first"`
	FileBytes  int64       `json:"file_bytes" doc:"of all of them on the disk"`
	MaxBytes   int64       `json:"max_bytes" doc:"beyond, the oldest are deleted; 0: no limit"`
	Flight     Flight      `json:"flight" doc:"the flight recorder"`
}

// RecordedPage is a part of a recording, newest first.
type RecordedPage struct {
	Messages []Message `json:"messages" doc:"the newest first by when they were emitted, dropped or received; there may be none, and yet a next page"`
	Before   uint64    `json:"before,omitempty" doc:"ask with before= this for the next page; absent: there is none"`
	LookedTo string    `json:"looked_to,omitempty" doc:"when the message ended that the next page looks at first; absent: there is none"`
	Looked   float64   `json:"looked" doc:"share of the recording, from its newest message on, that is looked through by now; 1: all"`
}

// Recording reads the duration in n. Whether it can be done is for who does it.
func (n NewRecording) Recording() (msg.NewRecording, error) {
	out := msg.NewRecording{Name: n.Name, Query: n.Query}
	if n.For == "" {
		return out, nil
	}
	const code = "invalid_recording"
	d, err := durationIn("for", n.For, code)
	if err == nil && d <= 0 {
		err = fault.Newf(fault.Invalid, "for is %v, and must be longer than 0", d).WithCode(code).WithField("for").WithHint("leave it out to record until it is stopped")
	}
	out.For = d
	return out, err
}

// RecordingOf returns r for the wire.
func RecordingOf(r msg.Recording) Recording {
	return Recording{
		Name: r.Name, State: string(r.State), Query: r.Query,
		Began: Time(r.Began), Until: Time(r.Until), Ended: Time(r.Ended), FirstTime: Time(r.First), LastTime: Time(r.Last),
		Messages: r.Messages, PayloadBytes: r.PayloadBytes, Dropped: r.Dropped, FileBytes: r.FileBytes, Problem: r.Problem,
		LateFloorUS: micros(r.Late.Floor), LateShare: r.Late.Share,
	}
}

// RecordingsNowOf returns what viewers are told at once.
func RecordingsNowOf(running []msg.Recording, flight msg.Flight) RecordingsNow {
	return RecordingsNow{Running: each(running, RecordingOf), Flight: string(flight.State)}
}

// RecordingsOf returns all for the wire; never nil.
func RecordingsOf(all []msg.Recording, maxBytes int64, flight msg.Flight) RecordingList {
	list := RecordingList{Recordings: each(all, RecordingOf), MaxBytes: maxBytes, Flight: FlightOf(flight)}
	for _, r := range all {
		list.FileBytes += r.FileBytes
	}
	return list
}
