package tape

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds of a page: what it holds in memory, and how long it may look. A page that
// ends for one of them is short, and the next one goes on.
const (
	pageBytes = 8 << 20
	pageTime  = 500 * time.Millisecond
)

// Page returns records of a recording that f selects, the newest first by
// when they ended. Asking again with Before set to the page's Next
// never returns a record twice and leaves none out, also while it runs.
func (t *Tape) Page(ctx context.Context, name string, f query.Filter, from msg.PageFrom) (page msg.RecordedPage, err error) {
	err = t.read(ctx, name, func(db *sql.DB) (err error) {
		page, err = pageOf(ctx, db, f, from, t.pageTime)
		return err
	})
	return page, err
}

func pageOf(ctx context.Context, db *sql.DB, f query.Filter, from msg.PageFrom, most time.Duration) (page msg.RecordedPage, err error) {
	began, looked := time.Now(), false
	isOver := func() bool { return looked && time.Since(began) > most }
	p, err := planOf(ctx, db, f)
	if err != nil {
		return page, err
	}
	top := p.end
	if from.Before > 0 && from.Before < uint64(p.end) {
		top = int64(from.Before)
	}
	if !from.At.IsZero() {
		behind, err := behindTime(ctx, db, from.At)
		if err != nil {
			return page, err
		}
		top = min(top, behind)
	}
	size := 0
	for _, in := range p.parts(top) {
		if isOver() {
			page.Next = uint64(in.to)
			break
		}
		which, args := p.which(in)
		err := walk(ctx, db, which, args, func(place uint64, rec *msg.Record) bool {
			if isOver() {
				page.Next = place + 1
				return false
			}
			looked = true
			if !f.Match(rec) {
				return true
			}
			if size += rec.Size(); len(page.Records) == from.Limit || len(page.Records) > 0 && size > pageBytes {
				page.Next = place + 1
				return false
			}
			page.Records = append(page.Records, rec)
			return true
		})
		if err != nil {
			return page, err
		}
		if page.Next > 0 {
			break
		}
		looked = true
	}
	page.Looked = 1
	if page.Next > 0 {
		page.Looked = float64(p.end-int64(page.Next)) / float64(p.end-1)
		page.LookedTo, err = timeBefore(ctx, db, page.Next)
	}
	return page, err
}

// behindTime returns the place behind the last message that ended up to a moment.
func behindTime(ctx context.Context, db *sql.DB, at time.Time) (int64, error) {
	var number, place sql.NullInt64
	if err := db.QueryRowContext(ctx, "SELECT max(number) FROM block WHERE first_time <= ?", at.UnixNano()).Scan(&number); err != nil || !number.Valid {
		return 1, err
	}
	b := newBlock(number.Int64)
	err := db.QueryRowContext(ctx, "SELECT max(place) FROM message WHERE place >= ? AND place < ? AND time <= ?", b.first(), b.end(), at.UnixNano()).Scan(&place)
	return place.Int64 + 1, err
}

// timeBefore returns when the message ended that stands before a place.
func timeBefore(ctx context.Context, db *sql.DB, place uint64) (time.Time, error) {
	var ns sql.NullInt64
	err := db.QueryRowContext(ctx, "SELECT time FROM message WHERE place < ? ORDER BY place DESC LIMIT 1", int64(place)).Scan(&ns)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return moment(ns), err
}

// One returns the message of a recording that has a number; of several, such as one
// that was sent twice on purpose, the newest.
func (t *Tape) One(ctx context.Context, name string, seq uint64) (rec *msg.Record, err error) {
	err = t.read(ctx, name, func(db *sql.DB) error {
		if rec, err = oneOf(ctx, db, seq); err == nil && rec == nil {
			err = fault.Newf(fault.NotFound, "there is no message %d in the recording %q", seq, name).WithHint("its query may not have selected it")
		}
		return err
	})
	return rec, err
}

// oneOf returns the newest message with a number, nil where there is none.
func oneOf(ctx context.Context, db *sql.DB, seq uint64) (found *msg.Record, err error) {
	err = walk(ctx, db, "WHERE seq = ? ORDER BY +place DESC LIMIT 1", []any{int64(seq)}, func(_ uint64, rec *msg.Record) bool {
		found = rec
		return false
	})
	return found, err
}

// pieceLen is how many messages are read at once for who may be slow to take them: no
// longer does a reader keep SQLite from tidying up behind a recording that runs.
const pieceLen = 500

// Walk shows the records of a recording that f selects to see, in the order in which
// they ended, until it returns false. Of one that runs it ends with what was newest
// when it began. It holds one record at a time.
func (t *Tape) Walk(ctx context.Context, name string, f query.Filter, see func(*msg.Record) bool) error {
	return t.read(ctx, name, func(db *sql.DB) error {
		return walkAll(ctx, db, f, see)
	})
}

func walkAll(ctx context.Context, db *sql.DB, f query.Filter, see func(*msg.Record) bool) error {
	p, err := planOf(ctx, db, f)
	if err != nil {
		return err
	}
	more := true
	for _, b := range p.blocks {
		for from, end := b.first(), min(b.end(), p.end); more && from < end; from += pieceLen {
			err := walk(ctx, db, "WHERE place >= ? AND place < ? ORDER BY place", []any{from, min(from+pieceLen, end)}, func(_ uint64, rec *msg.Record) bool {
				more = !f.Match(rec) || see(rec)
				return more
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// A CROSS JOIN is one that SQLite does not turn round: messages come in their order.
const columns = `SELECT place, seq, message.id, namespace, event, door, client, address, key, local, source_time, accepted_time, due_time, time,
	outcome, reason, sockets, period, missed, faults, held, spread, attachments, rooms, addressee, data
	FROM message CROSS JOIN stream ON stream.id = message.stream CROSS JOIN origin ON origin.id = message.origin `

// walk shows the records that a part of a query names to see until it returns false.
func walk(ctx context.Context, db *sql.DB, which string, args []any, see func(place uint64, rec *msg.Record) bool) error {
	rows, err := db.QueryContext(ctx, columns+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		place, attachments, rec, err := scan(rows)
		if err != nil {
			return err
		}
		if attachments > 0 {
			if rec.Attachments, err = attached(ctx, db, place, attachments); err != nil {
				return err
			}
		}
		if !see(place, rec) {
			return nil
		}
	}
	return rows.Err()
}

func scan(rows *sql.Rows) (place uint64, attachments int, rec *msg.Record, err error) {
	m := &msg.Message{}
	rec = &msg.Record{Message: m}
	var id []byte
	var source, due sql.NullInt64
	var accepted, at int64
	var rooms sql.NullString
	if err := rows.Scan(&place, &m.Seq, &id, &m.Namespace, &m.Event, &m.Origin.Door, &m.Origin.Client, &m.Origin.Address, &m.Origin.Key, &m.Origin.Local,
		&source, &accepted, &due, &at, &rec.Outcome, &rec.Reason, &rec.Sockets, &rec.Period, &rec.Missed, &rec.Faults, &rec.Held,
		&m.Spread, &attachments, &rooms, &m.To, &m.Payload); err != nil {
		return 0, 0, nil, err
	}
	copy(m.ID[:], id)
	m.Source, m.Accepted, rec.Due, rec.At = moment(source), time.Unix(0, accepted), moment(due), time.Unix(0, at)
	if rooms.Valid {
		err = json.Unmarshal([]byte(rooms.String), &m.Rooms)
	}
	return place, attachments, rec, err
}

func attached(ctx context.Context, db *sql.DB, place uint64, count int) ([][]byte, error) {
	rows, err := db.QueryContext(ctx, "SELECT bytes FROM attachment WHERE place = ? ORDER BY number", int64(place))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make([][]byte, 0, count)
	for rows.Next() {
		var bytes []byte
		if err := rows.Scan(&bytes); err != nil {
			return nil, err
		}
		all = append(all, append([]byte{}, bytes...)) // one of 0 bytes comes as nil
	}
	return all, rows.Err()
}
