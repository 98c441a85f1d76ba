package replay

import (
	"context"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// entry is one message that is to be played.
type entry struct {
	rec    *msg.Record
	played time.Duration // when, by the replay's clock
	round  uint64        // how often the replay had begun again before it
}

// source reads the messages of a replay, in their order, and says when each is to be
// played. It is for one goroutine.
type source struct {
	recording Recording
	filter    query.Filter
	asked     msg.NewReplay

	after uint64    // place behind which it reads on
	low   time.Time // what is earlier is left out
	more  bool      // of this round
	whole bool      // this round began with the first message
	round uint64
	count int // messages of this round

	// A moment of the recording and one of the clock that belong together; the zero
	// time: the next message's is that moment.
	at     time.Time
	played time.Duration

	first time.Duration // when the first message of this round is to be played
	last  time.Duration // and the one that was read last
	mean  time.Duration // from one message to the next
	newAt time.Time     // of the newest one of this round
}

const (
	// unknownMean is from the last message to the first where one message is all there
	// is, or all have the same time.
	unknownMean = time.Second
	// disorder is how far apart in the wrong order two messages may be. Those of several
	// namespaces that are sent at once are milliseconds apart; what is more is a clock
	// that somebody has set back, and the messages follow one another all the same.
	disorder = time.Second
)

func newSource(r Recording, f query.Filter, asked msg.NewReplay) *source {
	return &source{recording: r, filter: f, asked: asked, low: asked.From, at: asked.From, more: true, whole: true, mean: unknownMean}
}

// begin finds where to read from.
func (s *source) begin(ctx context.Context) (err error) {
	if !s.low.IsZero() {
		s.after, err = s.recording.Find(ctx, s.low)
	}
	return err
}

// read returns the entries of one more piece, of which there may be none; over: there
// are no more.
func (s *source) read(ctx context.Context, loop bool) (entries []entry, over bool, err error) {
	if !s.more {
		if !loop || s.whole && s.count == 0 {
			return nil, true, nil
		}
		if err := s.again(ctx); err != nil {
			return nil, false, err
		}
	}
	piece, next, err := s.recording.Piece(ctx, s.after)
	if err != nil {
		return nil, false, err
	}
	s.after, s.more = next, next > 0
	for _, rec := range piece {
		if !s.asked.To.IsZero() && rec.At.After(s.asked.To) {
			if rec.At.Sub(s.asked.To) > disorder {
				s.more = false
				break
			}
			continue
		}
		if rec.At.Before(s.low) || !s.filter.Match(rec) {
			continue
		}
		entries = append(entries, s.place(rec))
	}
	return entries, false, nil
}

// place says when a message is to be played.
func (s *source) place(rec *msg.Record) entry {
	e := entry{rec: rec, round: s.round}
	switch {
	case s.asked.Interval > 0 && s.count == 0:
		e.played = s.played
	case s.asked.Interval > 0:
		e.played = s.last + s.asked.Interval
	default:
		if s.at.IsZero() {
			s.at = rec.At
		} else if s.newAt.Sub(rec.At) > disorder {
			s.at, s.played = rec.At, s.last
		}
		e.played = s.played + rec.At.Sub(s.at)
	}
	if s.count == 0 {
		s.first, s.last = e.played, e.played
	}
	s.count++
	s.last, s.newAt = max(s.last, e.played), rec.At
	return e
}

// again begins another round: its first message follows the last one as messages follow
// one another on average.
func (s *source) again(ctx context.Context) error {
	switch {
	case s.asked.Interval > 0:
		s.mean = s.asked.Interval
	case s.count > 1 && s.last > s.first:
		s.mean = (s.last - s.first) / time.Duration(s.count-1)
	}
	if s.count > 0 {
		s.played = s.last + s.mean
	}
	s.low, s.at, s.newAt, s.after, s.count, s.whole = s.asked.From, time.Time{}, time.Time{}, 0, 0, true
	s.round++
	return s.begin(ctx)
}

// seek goes on with a moment of the recording, which is to be played then.
func (s *source) seek(ctx context.Context, to time.Time, played time.Duration, round uint64) (err error) {
	s.low, s.at, s.played, s.newAt, s.count = to, to, played, time.Time{}, 0
	s.more, s.whole, s.round = true, false, round
	s.after, err = s.recording.Find(ctx, to)
	return err
}

// end leaves all out that comes behind a round, whose last message is to be played then.
func (s *source) end(round uint64, last time.Duration) {
	s.more, s.whole, s.round, s.last = false, false, round, last
	s.first, s.count = last, 1 // of how far apart they are, it remembers what it has learned
}
