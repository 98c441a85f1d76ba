package wire

import (
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Timeline is how many messages a recording has, step by step.
type Timeline struct {
	From    string           `json:"from" doc:"when the first step began"`
	To      string           `json:"to" doc:"when the last step ended"`
	StepUS  float64          `json:"step_us" doc:"length of each step, in µs: as was asked for, or longer"`
	Streams []TimelineStream `json:"streams" doc:"the loudest first, at most 64; none without a message"`
	Others  []uint32         `json:"others,omitempty" doc:"messages of all other streams, a count for each step"`
	Late    []uint32         `json:"late" doc:"emits that were late, a count for each step"`
	Lost    []uint32         `json:"lost" doc:"messages that were dropped, and not on purpose, a count for each step"`
}

// TimelineStream is one stream's messages.
type TimelineStream struct {
	Namespace string   `json:"namespace" doc:"the stream's"`
	Event     string   `json:"event" doc:"the stream's"`
	Messages  uint64   `json:"messages" doc:"of all steps"`
	Counts    []uint32 `json:"counts" doc:"a count for each step"`
}

// NewBookmark is a moment in a recording that somebody wants to find again.
type NewBookmark struct {
	Time string `json:"time" doc:"the moment, RFC 3339"`
	Note string `json:"note,omitempty" doc:"what is to be seen there, up to 500 characters"`
}

// Bookmark is one that is kept, in the recording's file.
type Bookmark struct {
	ID          int64 `json:"id" doc:"counted up from 1 in each recording"`
	NewBookmark `tstype:",extends"`
}

// BookmarkList is every bookmark of a recording.
type BookmarkList struct {
	Bookmarks []Bookmark `json:"bookmarks" doc:"by time"`
}

// Bookmark reads the time in b.
func (b NewBookmark) Bookmark() (msg.Bookmark, error) {
	at, err := time.Parse(time.RFC3339Nano, b.Time)
	if err != nil {
		return msg.Bookmark{}, fault.Newf(fault.Invalid, "time %s is not RFC 3339", quoteClipped(b.Time)).WithCode("invalid_bookmark").WithField("time").
			WithHint("such as 2026-01-02T15:04:05.123Z")
	}
	return msg.Bookmark{Time: at, Note: b.Note}, nil
}

// BookmarkOf returns b for the wire.
func BookmarkOf(b msg.Bookmark) Bookmark {
	return Bookmark{ID: b.ID, NewBookmark: NewBookmark{Time: Time(b.Time), Note: b.Note}}
}

// BookmarksOf returns all for the wire; never nil.
func BookmarksOf(all []msg.Bookmark) BookmarkList {
	return BookmarkList{Bookmarks: each(all, BookmarkOf)}
}

// TimelineOf returns t for the wire.
func TimelineOf(t msg.Timeline) Timeline {
	return Timeline{
		From: Time(t.From), To: Time(t.From.Add(time.Duration(len(t.Late)) * t.Step)), StepUS: micros(t.Step),
		Streams: each(t.Streams, func(s msg.TimelineStream) TimelineStream { return TimelineStream(s) }),
		Others:  t.Others, Late: t.Late, Lost: t.Lost,
	}
}
