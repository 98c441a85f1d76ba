package msg

import (
	"time"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// Bounds of a timeline: a screen has no more columns, and nobody tells more streams
// apart.
const (
	MaxTimelineSteps   = 4000
	MaxTimelineStreams = 64
)

// Timeline is how many messages a recording has, step by step.
type Timeline struct {
	From    time.Time     // when the first step began
	Step    time.Duration // length of each step; all counts have as many
	Streams []TimelineStream
	Others  []uint32 // messages of streams beyond MaxTimelineStreams; nil: there are none
	Late    []uint32 // emits
	Lost    []uint32 // dropped, and not on purpose
}

// TimelineStream is one stream's messages, whatever became of them.
type TimelineStream struct {
	Namespace string
	Event     string
	Messages  uint64
	Counts    []uint32
}

// Bookmark is a moment in a recording that somebody wants to find again.
type Bookmark struct {
	ID   int64 // counted up from 1 in each recording
	Time time.Time
	Note string
}

// MaxBookmarks is how many a recording has at most.
const MaxBookmarks = 1000

// maxNote is the longest note, in characters: some sentences.
const maxNote = 500

// Check returns an Invalid error unless b can be kept.
func (b Bookmark) Check() error {
	if b.Time.IsZero() {
		return fault.Newf(fault.Invalid, "the bookmark has no time").WithCode("invalid_bookmark").WithField("time").
			WithHint("say the moment in RFC 3339, such as 2026-01-02T15:04:05.123Z")
	}
	if n := utf8.RuneCountInString(b.Note); n > maxNote {
		return fault.Newf(fault.Invalid, "the note has %d characters; at most %d are possible", n, maxNote).
			WithCode("invalid_bookmark").WithField("note").WithHint("make it shorter, or make two bookmarks")
	}
	return nil
}
