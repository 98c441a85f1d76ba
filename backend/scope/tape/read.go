package tape

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds of a page: what it holds in memory, and how many messages are looked at for
// it. A page that ends for one of them is short, and the next one goes on.
const (
	pageBytes = 8 << 20
	pageLooks = 200_000
)

// Page returns up to limit records of a recording that f selects, the newest first by
// when they ended, of those before a place; 0: from the newest. Asking again with before set to next
// never returns a record twice and leaves none out, also while it runs; next is 0 where there are no more.
func (t *Tape) Page(ctx context.Context, name string, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error) {
	if before == 0 || before > math.MaxInt64 {
		before = math.MaxInt64
	}
	err = t.read(ctx, name, func(db *sql.DB) error {
		looked, size := 0, 0
		return walk(ctx, db, "WHERE place < ? ORDER BY place DESC", []any{int64(before)}, func(place uint64, rec *msg.Record) bool {
			if looked++; looked > pageLooks {
				next = place + 1
				return false
			}
			if !f.Match(rec) {
				return true
			}
			if size += rec.Size(); len(page) == limit || len(page) > 0 && size > pageBytes {
				next = place + 1
				return false
			}
			page = append(page, rec)
			return true
		})
	})
	return page, next, err
}

// pieceLen is how many messages are read at once for who may be slow to take them: no
// longer does a reader keep SQLite from tidying up behind a recording that runs.
const pieceLen = 500

// Walk shows the records of a recording that f selects to see, in the order in which
// they ended, until it returns false. Of one that runs it ends with what was newest
// when it began. It holds one record at a time.
func (t *Tape) Walk(ctx context.Context, name string, f query.Filter, see func(*msg.Record) bool) error {
	return t.read(ctx, name, func(db *sql.DB) error {
		var end sql.NullInt64
		if err := db.QueryRowContext(ctx, "SELECT max(place) FROM message").Scan(&end); err != nil {
			return err
		}
		for after, more := int64(0), true; more && after < end.Int64; after += pieceLen {
			err := walk(ctx, db, "WHERE place > ? AND place <= ? ORDER BY place", []any{after, min(after+pieceLen, end.Int64)}, func(_ uint64, rec *msg.Record) bool {
				more = !f.Match(rec) || see(rec)
				return more
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

const columns = `SELECT place, seq, message.id, namespace, event, door, client, address, key, local, source_time, accepted_time, due_time, time,
	outcome, reason, sockets, period, missed, faults, held, spread, attachments, rooms, addressee, data
	FROM message JOIN stream ON stream.id = message.stream JOIN origin ON origin.id = message.origin `

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
