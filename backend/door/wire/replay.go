package wire

import (
	"cmp"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// NewReplay has a recording played into the hub.
type NewReplay struct {
	Recording string  `json:"recording" doc:"its name"`
	Query     string  `json:"query,omitempty" doc:"only what this query selects of what was emitted; absent: all that was emitted"`
	From      string  `json:"from,omitempty" doc:"begin with this moment of the recording, RFC 3339; absent: with its first message"`
	To        string  `json:"to,omitempty" doc:"end with this one; absent: with its last message"`
	Speed     float64 `json:"speed,omitempty" doc:"0.1 to 20 times as fast as it was; absent: 1"`
	Spacing   string  `json:"spacing,omitempty" doc:"kept: as far apart as they were, whatever the pace of the lane; even: as the lane's pace says, or one each interval; absent: kept" enum:"kept,even"`
	Interval  string  `json:"interval,omitempty" doc:"with even: one message each, such as 10ms, at speed 1; absent: handed to the lane as they were emitted, which has a pace of its own"`
	Namespace string  `json:"namespace,omitempty" doc:"into this one; absent: each into its own"`
	Loop      bool    `json:"loop,omitempty" doc:"begin again at the end"`
	Paused    bool    `json:"paused,omitempty" doc:"wait at the beginning"`
	Record    bool    `json:"record,omitempty" doc:"recordings that run take what is replayed, too"`
}

// Replay is the recording that is being played, or was last.
type Replay struct {
	State     string `json:"state" doc:"none: none was since the hub started; ended: it came to its end, or somebody stopped it; failed: it cannot go on" enum:"none,playing,paused,ended,failed"`
	NewReplay `tstype:",extends"`
	Started   string `json:"started,omitempty" doc:"when it began"`
	Position  string `json:"position,omitempty" doc:"the moment of the recording that is being played now"`
	Rounds    uint64 `json:"rounds" doc:"how often it began again"`
	Sent      uint64 `json:"sent" doc:"messages that the hub took, and that wait no longer"`
	Waiting   int    `json:"waiting" doc:"messages that it took, and that wait yet: for their time, or in the lane"`
	Refused   uint64 `json:"refused" doc:"messages that it did not take"`
	Problem   string `json:"problem,omitempty" doc:"why it cannot go on, or why the last message was refused"`
}

// ReplayPatch changes the replay that goes on. What is absent stays.
type ReplayPatch struct {
	Paused   *bool    `json:"paused,omitempty" doc:"whether it waits"`
	Speed    *float64 `json:"speed,omitempty" doc:"0.1 to 20"`
	Loop     *bool    `json:"loop,omitempty" doc:"whether it begins again at the end"`
	Position *string  `json:"position,omitempty" doc:"go on from this moment of the recording, RFC 3339"`
	Step     *int     `json:"step,omitempty" doc:"send so many messages, 1 to 1000, at once, and pause behind them"`
}

const invalidReplay = "invalid_replay"

// Replay reads what is to be played. Whether it can be is for who plays it.
func (n NewReplay) Replay() (out msg.NewReplay, err error) {
	out = msg.NewReplay{
		Recording: n.Recording, Query: n.Query, Speed: cmp.Or(n.Speed, 1), Spacing: msg.Spacing(cmp.Or(n.Spacing, string(msg.SpacingKept))),
		Namespace: n.Namespace, Loop: n.Loop, Paused: n.Paused, Record: n.Record,
	}
	if out.From, err = momentIn("from", n.From, invalidReplay); err != nil {
		return out, err
	}
	if out.To, err = momentIn("to", n.To, invalidReplay); err != nil {
		return out, err
	}
	if n.Interval != "" {
		if out.Interval, err = durationIn("interval", n.Interval, invalidReplay); err == nil && out.Interval == 0 {
			err = fault.Newf(fault.Invalid, "the interval is 0").WithCode(invalidReplay).WithField("interval").WithHint("leave it out, and the pace of the lane says")
		}
	}
	return out, err
}

// Patch reads a change.
func (p ReplayPatch) Patch() (msg.ReplayPatch, error) {
	out := msg.ReplayPatch{Paused: p.Paused, Speed: p.Speed, Loop: p.Loop, Step: p.Step}
	if p.Position == nil {
		return out, nil
	}
	at, err := momentIn("position", *p.Position, invalidReplay)
	if err == nil && at.IsZero() {
		err = fault.Newf(fault.Invalid, "the position is empty").WithCode(invalidReplay).WithField("position").WithHint("leave it out to stay where it is")
	}
	out.Position = &at
	return out, err
}

// ReplayOf returns r for the wire.
func ReplayOf(r msg.Replay) Replay {
	out := Replay{
		State: string(r.State), Started: Time(r.Started), Position: Time(r.Position), Rounds: r.Rounds, Sent: r.Sent, Waiting: r.Waiting, Refused: r.Refused, Problem: r.Problem,
		NewReplay: NewReplay{
			Recording: r.Recording, Query: r.Query, From: Time(r.From), To: Time(r.To), Speed: r.Speed, Spacing: string(r.Spacing),
			Namespace: r.Namespace, Loop: r.Loop, Paused: r.Paused, Record: r.Record,
		},
	}
	if r.Interval > 0 {
		out.Interval = Duration(r.Interval)
	}
	return out
}

// momentIn reads a field that says when; empty is the zero time. What is no moment is
// an Invalid error with this code, which names the field.
func momentIn(field, text, code string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, fault.Newf(fault.Invalid, "%s %s is not a time", field, quoteClipped(text)).
			WithCode(code).WithField(field).WithHint("write it as 2026-01-02T15:04:05.123Z")
	}
	return at, nil
}
