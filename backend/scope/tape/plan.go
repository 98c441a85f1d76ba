package tape

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"emitscope/backend/query"
)

// How a plan finds messages.
const (
	fewStreams = 64     // an index is asked for each of so many ...
	fewSeqs    = 5000   // ... and for so many numbers at once
	partLen    = 65_536 // places that are gone through before somebody looks at the clock
)

// plan says where the messages can be which a filter selects. What it leaves out
// none of them is in.
type plan struct {
	end     int64   // behind the last place that there was
	blocks  []block // by number
	within  within
	streams []int64 // nil: all of them
}

// planOf returns the plan for a recording as it is now.
func planOf(ctx context.Context, db *sql.DB, f query.Filter) (p plan, err error) {
	var last sql.NullInt64
	if err := db.QueryRowContext(ctx, "SELECT max(place) FROM message").Scan(&last); err != nil {
		return p, err
	}
	p.end, p.within = last.Int64+1, withinOf(f)
	var hasSome bool
	if p.streams, hasSome, err = streamsOf(ctx, db, f); err != nil || !hasSome {
		return p, err
	}
	p.blocks, err = blocks(ctx, db, p.within)
	return p, err
}

// streamsOf returns the streams of which f may select something, nil for all, and
// whether there are any.
func streamsOf(ctx context.Context, db *sql.DB, f query.Filter) (some []int64, hasSome bool, err error) {
	if f.All() {
		return nil, true, nil
	}
	rows, err := db.QueryContext(ctx, "SELECT id, namespace, event FROM stream")
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	all := 0
	for rows.Next() {
		var id int64
		var s stream
		if err := rows.Scan(&id, &s.namespace, &s.event); err != nil {
			return nil, false, err
		}
		if all++; f.MaySelect(s.namespace, s.event) {
			some = append(some, id)
		}
	}
	if hasSome = len(some) > 0; len(some) == all {
		some = nil
	}
	return some, hasSome, rows.Err()
}

// part is the places from one up to another, which is not in it.
type part struct{ from, to int64 }

// parts returns what is to be gone through before a place, the newest first.
func (p plan) parts(before int64) []part {
	before = min(before, p.end)
	longest := int64(partLen)
	if p.byStream() || p.bySeq() {
		longest = math.MaxInt64 // all that is read of it may be selected
	}
	var all []part
	for _, b := range slices.Backward(p.blocks) {
		one := part{b.first(), min(b.end(), before)}
		if one.from >= one.to {
			continue
		}
		if n := len(all); n > 0 && all[n-1].from == one.to && all[n-1].to-one.from <= longest {
			all[n-1].from = one.from
		} else {
			all = append(all, one)
		}
	}
	return all
}

func (p plan) byStream() bool { return p.streams != nil && len(p.streams) <= fewStreams }

func (p plan) bySeq() bool {
	w := p.within
	return w.firstSeq > 0 && w.lastSeq < math.MaxInt64 && w.lastSeq-w.firstSeq < fewSeqs
}

// which returns the end of a query for what is in a part, the newest first. A + keeps SQLite from
// using the index of what stands behind it.
func (p plan) which(in part) (text string, args []any) {
	if p.bySeq() {
		return "WHERE seq BETWEEN ? AND ? AND +place >= ? AND +place < ? ORDER BY +place DESC", []any{p.within.firstSeq, p.within.lastSeq, in.from, in.to}
	}
	common, all := "place >= ? AND place < ?", []any{in.from, in.to}
	if w := p.within; w.firstTime > math.MinInt64 || w.lastTime < math.MaxInt64 {
		common, all = common+" AND time BETWEEN ? AND ?", append(all, w.firstTime, w.lastTime)
	}
	if w := p.within; w.firstSeq > math.MinInt64 || w.lastSeq < math.MaxInt64 {
		common, all = common+" AND +seq BETWEEN ? AND ?", append(all, w.firstSeq, w.lastSeq)
	}
	switch {
	case p.streams == nil:
		return "WHERE " + common + " ORDER BY place DESC", all
	case !p.byStream():
		return "WHERE " + common + " AND +stream IN (SELECT value FROM json_each(?)) ORDER BY place DESC", append(all, numbersText(p.streams))
	}
	// Each of these comes in the order of places from the index, and so they are merged
	// as they are read.
	each := make([]string, len(p.streams))
	for i, id := range p.streams {
		each[i] = "WHERE stream = ? AND " + common
		args = append(append(args, id), all...)
	}
	return strings.Join(each, " UNION ALL "+columns) + " ORDER BY place DESC", args
}

func numbersText(all []int64) string {
	text, _ := json.Marshal(all) // numbers always are JSON
	return string(text)
}
