package tape

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/compare"
)

// maxCompared is how many emits of a span are compared: their times take 64 MiB.
const maxCompared = 2_000_000

// Compare says how steady two spans were beside one another.
func (t *Tape) Compare(ctx context.Context, a, b msg.Span) (msg.SpanComparison, error) {
	one, err := t.take(ctx, a)
	if err != nil {
		return msg.SpanComparison{}, err
	}
	if b.Namespace == "" && b.Event == "" {
		b.Namespace, b.Event = one.Namespace, one.Event
		if has, err := t.has(ctx, b); err != nil || !has {
			b.Namespace, b.Event = "", ""
		}
	}
	other, err := t.take(ctx, b)
	if err != nil {
		return msg.SpanComparison{}, err
	}
	c := compare.Spans(one.emits, other.emits)
	one.tell(&c.A)
	other.tell(&c.B)
	c.Cut = one.cut || other.cut
	return c, nil
}

// taken is one span with what was read of it.
type taken struct {
	msg.Span
	emits []compare.Emit
	lost  uint64
	cut   bool
}

// tell adds to the figures what they do not know.
func (s *taken) tell(f *msg.SpanFigures) {
	f.Span, f.Lost = s.Span, s.lost
	if n := len(s.emits); n > 0 {
		f.From, f.To = time.Unix(0, int64(s.emits[0].At)), time.Unix(0, int64(s.emits[n-1].At))
	}
}

// take reads the emits of a span.
func (t *Tape) take(ctx context.Context, s msg.Span) (out taken, err error) {
	out.Span = s
	if !s.To.IsZero() && !s.From.Before(s.To) {
		return out, fault.Newf(fault.Invalid, "the span ends before it begins").WithCode("invalid_parameter")
	}
	err = t.read(ctx, s.Recording, func(db *sql.DB) error {
		in, err := placesIn(ctx, db, s.From, s.To)
		if err != nil {
			return err
		}
		if out.Namespace == "" {
			if out.Namespace, err = loudest(ctx, db, in); err != nil {
				return err
			}
		}
		return out.read(ctx, db, in)
	})
	return out, err
}

// selects is a part of a query: the messages that belong to a span.
const selects = ` FROM message JOIN stream ON stream.id = stream JOIN recording
	WHERE namespace = ? AND (? = '' OR event = ?) AND place BETWEEN ? AND ? AND time >= ? AND time < ?`

func (s *taken) read(ctx context.Context, db *sql.DB, in span) error {
	from, to := bounds(s.From, s.To)
	args := []any{s.Namespace, s.Event, s.Event, in.first, in.last, from, to}
	if err := db.QueryRowContext(ctx, "SELECT count(*)"+selects+" AND outcome = 'dropped'", args...).Scan(&s.lost); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT time, due_time, period, "+lateRow+selects+" AND outcome = 'emitted' AND addressee = '' ORDER BY place LIMIT ?",
		append(args, maxCompared+1)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if len(s.emits) == maxCompared {
			s.cut = true
			return nil
		}
		var e compare.Emit
		if err := rows.Scan(&e.At, &e.Due, &e.Period, &e.Late); err != nil {
			return err
		}
		s.emits = append(s.emits, e)
	}
	return rows.Err()
}

// has reports whether a span has emits.
func (t *Tape) has(ctx context.Context, s msg.Span) (has bool, err error) {
	err = t.read(ctx, s.Recording, func(db *sql.DB) error {
		in, err := placesIn(ctx, db, s.From, s.To)
		if err != nil {
			return err
		}
		from, to := bounds(s.From, s.To)
		return db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1"+selects+" AND outcome = 'emitted' AND addressee = '')",
			s.Namespace, s.Event, s.Event, in.first, in.last, from, to).Scan(&has)
	})
	return has, err
}

// loudest returns the namespace that emitted most; empty: none did.
func loudest(ctx context.Context, db *sql.DB, in span) (namespace string, err error) {
	err = db.QueryRowContext(ctx, `SELECT namespace FROM message JOIN stream ON stream.id = stream
		WHERE place BETWEEN ? AND ? AND outcome = 'emitted' AND addressee = '' GROUP BY namespace ORDER BY count(*) DESC, namespace LIMIT 1`, in.first, in.last).
		Scan(&namespace)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return namespace, err
}
