package tape

import (
	"context"
	"database/sql"
	"math"
	"time"
)

// span is a part of a recording by the places of its messages, the last one included.
type span struct{ first, last int64 }

// placesIn returns where all messages stand that ended from a moment on and before
// another one, with some that did not; a zero time sets no bound. Where there are none,
// first is above last.
func placesIn(ctx context.Context, db *sql.DB, from, to time.Time) (span, error) {
	fromNS, toNS := bounds(from, to)
	var newest int64
	var first, last sql.NullInt64
	// Asked for one by one, each is found at once; together, SQLite reads every row.
	err := db.QueryRowContext(ctx, `SELECT coalesce((SELECT max(place) FROM message), 0),
		(SELECT min(number) FROM block WHERE last_time >= ?), (SELECT max(number) FROM block WHERE first_time < ?)`, fromNS, toNS).
		Scan(&newest, &first, &last)
	found := span{newest + 1, 0}
	if b := newBlock(first.Int64); first.Valid {
		found.first = b.first()
	}
	if b := newBlock(last.Int64); last.Valid {
		found.last = min(b.end()-1, newest)
	}
	return found, err
}

// bounds returns two moments as the file has times; zero times are far away.
func bounds(from, to time.Time) (fromNS, toNS int64) {
	fromNS, toNS = math.MinInt64, math.MaxInt64
	if !from.IsZero() {
		fromNS = from.UnixNano()
	}
	if !to.IsZero() {
		toNS = to.UnixNano()
	}
	return fromNS, toNS
}
