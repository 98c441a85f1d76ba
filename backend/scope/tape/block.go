package tape

import (
	"context"
	"database/sql"
	"math"

	"emitscope/backend/query"
)

// blockLen is how many messages a block has: few enough to be read in some
// milliseconds, and so many that ten million of them have 2,442 blocks.
const blockLen = 4096

// block is so many messages that stand one behind the other, and what their times and numbers lie
// between. They come nearly in the order of both, but only nearly: what a lane held
// back has an older number, several goroutines tell of messages, and a clock may be put
// back. So nothing is searched by halves; what all blocks say is read, which takes a
// few milliseconds.
type block struct {
	number              int64 // from 0
	firstTime, lastTime int64
	firstSeq, lastSeq   int64
}

// blockOf returns the number of the block in which a place is.
func blockOf(place int64) int64 { return (place - 1) / blockLen }

func newBlock(number int64) block {
	return block{number, math.MaxInt64, math.MinInt64, math.MaxInt64, math.MinInt64}
}

func (b *block) add(at, seq int64) {
	b.firstTime, b.lastTime = min(b.firstTime, at), max(b.lastTime, at)
	b.firstSeq, b.lastSeq = min(b.firstSeq, seq), max(b.lastSeq, seq)
}

// first and end are the places of its first message and behind its last one.
func (b *block) first() int64 { return b.number*blockLen + 1 }
func (b *block) end() int64   { return b.first() + blockLen }

// within is what times and numbers lie between that somebody looks for, both ends
// included.
type within struct{ firstTime, lastTime, firstSeq, lastSeq int64 }

func withinOf(f query.Filter) (w within) {
	w.firstTime, w.lastTime = f.Within("time")
	w.firstSeq, w.lastSeq = f.Within("seq")
	return w
}

// blocks returns those that may have something within w, by number.
func blocks(ctx context.Context, db *sql.DB, w within) ([]block, error) {
	rows, err := db.QueryContext(ctx, `SELECT number, first_time, last_time, first_seq, last_seq FROM block
		WHERE first_time <= ? AND last_time >= ? AND first_seq <= ? AND last_seq >= ? ORDER BY number`, w.lastTime, w.firstTime, w.lastSeq, w.firstSeq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []block
	for rows.Next() {
		var b block
		if err := rows.Scan(&b.number, &b.firstTime, &b.lastTime, &b.firstSeq, &b.lastSeq); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}
