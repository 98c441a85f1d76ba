package tape

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// maxCounted is how many messages are read for a timeline whose steps are shorter than
// a second: they take about two seconds. Of more it is told by the second.
const maxCounted = 2_000_000

// Timeline counts the messages of a recording from a moment until before another one in so many
// steps; a zero time means its first message, or behind its last. Steps may be longer, and
// begin earlier, than was asked for.
func (t *Tape) Timeline(ctx context.Context, name string, from, to time.Time, steps int) (line msg.Timeline, err error) {
	if steps < 1 || steps > msg.MaxTimelineSteps {
		return line, fault.Newf(fault.Invalid, "a timeline has 1 to %d steps, not %d", msg.MaxTimelineSteps, steps).WithCode("invalid_parameter")
	}
	about, err := t.Recording(name)
	if err != nil {
		return line, err
	}
	if from.IsZero() {
		from = about.First
	}
	if to.IsZero() {
		to = about.Last.Add(1)
	}
	if about.Messages == 0 || !from.Before(to) {
		return msg.Timeline{From: from, Step: time.Second, Late: []uint32{}, Lost: []uint32{}}, nil
	}
	err = t.read(ctx, name, func(db *sql.DB) error {
		c := counter{from: from, step: max(1, (to.Sub(from)+time.Duration(steps)-1)/time.Duration(steps))}
		fine := c.step < time.Second
		var places span
		if fine {
			if places, err = placesIn(ctx, db, from, to); err != nil {
				return err
			}
			fine = places.last-places.first < maxCounted
		}
		var rows *sql.Rows
		if fine {
			rows, err = c.messages(ctx, db, places, to)
		} else {
			rows, err = c.seconds(ctx, db, to)
		}
		if err != nil {
			return err
		}
		c.steps = int((to.Sub(c.from) + c.step - 1) / c.step)
		line, err = c.collect(rows)
		return err
	})
	return line, err
}

// counter makes a timeline.
type counter struct {
	from  time.Time
	step  time.Duration
	steps int
}

// lateRow asks whether a row of message is of an emit that was late.
const lateRow = `(outcome = 'emitted' AND addressee = '' AND time - due_time > max(late_floor, late_share * period))`

// messages counts the messages themselves.
func (c *counter) messages(ctx context.Context, db *sql.DB, in span, to time.Time) (*sql.Rows, error) {
	return db.QueryContext(ctx, `SELECT namespace, event, step, messages, late, lost FROM (
		SELECT stream, (time - ?) / ? AS step, count(*) AS messages, sum(`+lateRow+`) AS late, sum(outcome = 'dropped') AS lost
		FROM message JOIN recording WHERE place BETWEEN ? AND ? AND time >= ? AND time < ? GROUP BY 1, 2
	) JOIN stream ON stream.id = stream`, c.from.UnixNano(), int64(c.step), in.first, in.last, c.from.UnixNano(), to.UnixNano())
}

// seconds adds up what was counted by the second: from the beginning of one on, in
// steps of some.
func (c *counter) seconds(ctx context.Context, db *sql.DB, to time.Time) (*sql.Rows, error) {
	perStep := int64((c.step + time.Second - 1) / time.Second)
	first := c.from.Unix()
	c.from, c.step = time.Unix(first, 0), time.Duration(perStep)*time.Second
	return db.QueryContext(ctx, `SELECT namespace, event, step, messages, late, lost FROM (
		SELECT stream, (time - ?) / ? AS step, sum(messages) AS messages, sum(late) AS late, sum(lost) AS lost
		FROM second WHERE time >= ? AND time < ? GROUP BY 1, 2
	) JOIN stream ON stream.id = stream`, first, perStep, first, (to.UnixNano()+int64(time.Second)-1)/int64(time.Second))
}

// collect puts the counts at their places, the loudest stream first.
func (c *counter) collect(rows *sql.Rows) (msg.Timeline, error) {
	defer rows.Close()
	line := msg.Timeline{From: c.from, Step: c.step, Late: make([]uint32, c.steps), Lost: make([]uint32, c.steps)}
	streams := map[stream]*msg.TimelineStream{}
	for rows.Next() {
		var of stream
		var step int
		var messages, late, lost uint32
		if err := rows.Scan(&of.namespace, &of.event, &step, &messages, &late, &lost); err != nil {
			return line, err
		}
		s := streams[of]
		if s == nil {
			s = &msg.TimelineStream{Namespace: of.namespace, Event: of.event, Counts: make([]uint32, c.steps)}
			streams[of] = s
		}
		s.Messages += uint64(messages)
		s.Counts[step] = messages
		line.Late[step] += late
		line.Lost[step] += lost
	}
	for _, s := range streams {
		line.Streams = append(line.Streams, *s)
	}
	slices.SortFunc(line.Streams, louder)
	if len(line.Streams) > msg.MaxTimelineStreams {
		line.Others = make([]uint32, c.steps)
		for _, s := range line.Streams[msg.MaxTimelineStreams:] {
			for i, n := range s.Counts {
				line.Others[i] += n
			}
		}
		line.Streams = line.Streams[:msg.MaxTimelineStreams]
	}
	return line, rows.Err()
}

// louder orders streams by their messages, and those with as many by name.
func louder(a, b msg.TimelineStream) int {
	return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Event, b.Event))
}
