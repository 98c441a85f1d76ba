package tape

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"emitscope/backend/msg"
)

// Reader reads one recording from any place on, a piece at a time, and keeps it from
// being removed until it is closed. Of a recording that runs it has what was written
// when it was opened.
//
// It is for one goroutine.
type Reader struct {
	path    string
	db      *sql.DB
	all     span // of which it was made
	release func()
}

// Open returns a Reader of a recording. An error is for a person.
func (t *Tape) Open(ctx context.Context, name string) (_ *Reader, err error) {
	if msg.CheckRecordingName(name) != nil {
		return nil, errNotFound(name)
	}
	r := &Reader{path: t.where(name), release: t.hold(name)}
	defer func() {
		if err != nil {
			r.release()
		}
	}()
	if r.db, err = open(ctx, r.path); err != nil {
		return nil, err
	}
	if r.all, err = placesIn(ctx, r.db, time.Time{}, time.Time{}); err != nil {
		return nil, errors.Join(explain(r.path, err), r.db.Close())
	}
	return r, nil
}

// Close lets the recording be removed.
func (r *Reader) Close() error {
	defer r.release()
	return r.db.Close()
}

// readLen is how many messages a piece has at most, and readBytes how much of payloads:
// a piece is read within some milliseconds, and held in memory.
const (
	readLen   = 500
	readBytes = 4 << 20
)

// Piece returns the next messages of those behind a place that were emitted to all who
// listen, in the order in which they ended, and the place of the last one that it
// looked at: there the next piece begins. There may be none in it; with next 0 it is
// the last.
func (r *Reader) Piece(ctx context.Context, after uint64) (piece []*msg.Record, next uint64, err error) {
	from := max(int64(after), r.all.first-1)
	to := min(from+readLen, r.all.last)
	bytes := 0
	err = walk(ctx, r.db, "WHERE place > ? AND place <= ? ORDER BY place", []any{from, to}, func(place uint64, rec *msg.Record) bool {
		if rec.Outcome == msg.Emitted && !rec.Direct() {
			piece = append(piece, rec)
			bytes += rec.Size()
		}
		if bytes >= readBytes {
			to = int64(place)
		}
		return bytes < readBytes
	})
	if err != nil || to >= r.all.last {
		return piece, 0, explain(r.path, err)
	}
	return piece, uint64(to), nil
}

// Find returns a place behind which all messages of a moment and later ones are, with
// some earlier ones.
func (r *Reader) Find(ctx context.Context, at time.Time) (after uint64, err error) {
	found, err := placesIn(ctx, r.db, at, time.Time{})
	return uint64(found.first - 1), explain(r.path, err)
}
