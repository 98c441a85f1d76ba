package tape

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// The history is all that the hub has emitted, dropped and received, as far as it is
// kept: by the flight recorder, and by recordings that were made here. A message has one number in
// all of them, and by that it is found.

// historyLen is how many numbers are looked through before somebody looks at the clock:
// a tenth of a second in each file that has them all.
const historyLen = 1 << 14

// seqs says which message numbers a file has, and whose.
type seqs struct {
	hub         string
	first, last int64 // none, where first is above last
}

func seqsOf(ctx context.Context, db *sql.DB) (s seqs, err error) {
	var first, last sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT hub, (SELECT min(first_seq) FROM block), (SELECT max(last_seq) FROM block) FROM recording").Scan(&s.hub, &first, &last)
	if s.first, s.last = first.Int64, last.Int64; !first.Valid {
		s.first, s.last = math.MaxInt64, math.MinInt64
	}
	return s, err
}

// hubFile has the mark by which the recordings of a data folder know each other.
const hubFile = ".hub"

// ownHub returns the mark, which is made when it is needed first.
func (t *Tape) ownHub() (string, error) {
	t.hubMu.Lock()
	defer t.hubMu.Unlock()
	if t.hub != "" {
		return t.hub, nil
	}
	path := filepath.Join(t.o.Folder, hubFile)
	text, err := os.ReadFile(path)
	if mark := strings.TrimSpace(string(text)); err == nil && mark != "" {
		t.hub = mark
		return mark, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	mark := ulid.Make().String()
	if err := os.WriteFile(path, []byte(mark+"\n"), 0o600); err != nil {
		return "", err
	}
	t.hub = mark
	return mark, nil
}

// forgetHub has the next recording begin with a new mark. No recording may be there.
func (t *Tape) forgetHub() error {
	t.hubMu.Lock()
	defer t.hubMu.Unlock()
	t.hub = ""
	if err := os.Remove(filepath.Join(t.o.Folder, hubFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// newWriter makes the file of a recording of this hub's messages.
func (t *Tape) newWriter(path string, about *msg.Recording) (*writer, error) {
	hub, err := t.ownHub()
	if err != nil {
		return nil, err
	}
	w, err := newWriter(path, t.o.Version, t.o.Late, about)
	if err != nil {
		return nil, err
	}
	if err := w.claim(hub); err != nil {
		return nil, errors.Join(err, w.close(), remove(path))
	}
	return w, nil
}

// Before returns records of the history that f selects, with a seq below before, newest first
// by seq, at most about limit; before 0 means from the newest. Those with a seq below next, where
// it is not 0, are yet to be looked at: nobody waits for long.
func (t *Tape) Before(ctx context.Context, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error) {
	began := time.Now()
	h := t.history(withinOf(f))
	defer h.close()
	end := int64(math.MaxInt64)
	if before > 0 && before < math.MaxInt64 {
		end = int64(before)
	}
	if last := h.within.lastSeq; last < end-1 {
		end = last + 1
	}
	least, size := max(h.within.firstSeq, 0), 0
	for looked := false; ; looked = true {
		if end = h.below(end); end <= least {
			return page, 0, nil
		}
		if looked && (len(page) >= limit || size > pageBytes || time.Since(began) > t.pageTime) {
			return page, uint64(end), nil
		}
		found, down, err := h.between(ctx, f, max(end-historyLen, least), end, limit-len(page))
		if err != nil {
			return nil, 0, err
		}
		for _, rec := range found {
			size += rec.Size()
		}
		page, end = append(page, found...), down
	}
}

// Find returns the message of the history that has a number; of several, such as one that was
// sent twice on purpose, the newest. It is nil where none is kept.
func (t *Tape) Find(ctx context.Context, seq uint64) (*msg.Record, error) {
	h := t.history(withinOf(query.Filter{}))
	defer h.close()
	for _, s := range h.sources {
		if s.first > int64(seq) || s.last < int64(seq) {
			continue
		}
		db, err := h.open(ctx, s)
		if err != nil {
			return nil, err
		}
		if db == nil {
			continue
		}
		rec, err := oneOf(ctx, db, seq)
		if err != nil {
			return nil, explain(s.path, err)
		}
		if rec != nil && rec.At.After(h.forgot) {
			return rec, nil
		}
	}
	return nil, nil
}

// history is what has messages of this hub, for as long as somebody reads it.
type history struct {
	sources []*source // the newest first
	within  within
	forgot  time.Time
	release []func()
}

// source is one file.
type source struct {
	path        string
	first, last int64   // of its message numbers
	db          *sql.DB // nil: it is not open
	blocks      []block // of db, with something that is looked for
	gone        bool
}

// history returns all there is now. What waits to be written is written first, for
// recent may have forgotten it already.
func (t *Tape) history(w within) *history {
	t.flight.flush()
	t.write(time.Now())
	h := &history{within: w}
	t.mu.Lock()
	if h.forgot = t.forgot; !h.forgot.IsZero() {
		h.within.firstTime = max(h.within.firstTime, h.forgot.UnixNano()+1)
	}
	t.mu.Unlock()
	segments, giveBack := t.flight.lend()
	h.release = append(h.release, giveBack)
	for _, s := range slices.Backward(segments) {
		h.sources = append(h.sources, &source{path: s.path, first: s.firstSeq, last: s.lastSeq})
	}
	hub, err := t.ownHubIfAny()
	if err != nil {
		t.o.Log.Warn("Recordings left out of the history", "error", err)
	}
	all, err := t.List()
	if err != nil || hub == "" {
		return h
	}
	for _, about := range all {
		if about.State == msg.RecordingUnreadable || about.Messages == 0 || !about.Last.After(h.forgot) {
			continue
		}
		t.mu.Lock()
		known, isKnown := t.known[about.Name]
		t.mu.Unlock()
		s := &source{path: t.where(about.Name), last: math.MaxInt64} // one that runs: of this hub
		if about.State != msg.RecordingRuns {
			if !isKnown || known.seqs.hub != hub {
				continue
			}
			s.first, s.last = known.seqs.first, known.seqs.last
		}
		h.sources = append(h.sources, s)
		h.release = append(h.release, t.hold(about.Name))
	}
	return h
}

func (h *history) close() {
	for _, s := range h.sources {
		if s.db != nil {
			_ = s.db.Close() // it was only read
		}
	}
	for _, done := range h.release {
		done()
	}
}

// open returns a file's database, nil where it was deleted meanwhile.
func (h *history) open(ctx context.Context, s *source) (_ *sql.DB, err error) {
	if s.db != nil || s.gone {
		return s.db, nil
	}
	if s.db, err = open(ctx, s.path); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		s.gone = true // what cannot be read hides nothing of what can
		return nil, nil
	}
	s.blocks, err = blocks(ctx, s.db, h.within)
	return s.db, explain(s.path, err)
}

// below returns what stands behind the highest number below end that a file may have;
// 0: none has.
func (h *history) below(end int64) (highest int64) {
	may := func(first, last int64) {
		if first < end && first <= last {
			highest = max(highest, min(end-1, last)+1)
		}
	}
	for _, s := range h.sources {
		switch {
		case s.gone:
		case s.db == nil:
			may(s.first, s.last)
		default:
			for _, b := range s.blocks {
				may(b.firstSeq, b.lastSeq)
			}
		}
	}
	return highest
}

// between returns the records with numbers from one up to below another, newest first; about
// limit of them, and then those with a number below down are left.
func (h *history) between(ctx context.Context, f query.Filter, from, end int64, limit int) (found []*msg.Record, down int64, err error) {
	down = from
	for _, s := range h.sources {
		if s.first >= end || s.last < from {
			continue
		}
		db, err := h.open(ctx, s)
		if err != nil {
			return nil, 0, err
		}
		if db == nil {
			continue
		}
		some, to, err := h.betweenIn(ctx, db, f, from, end, limit)
		if err != nil {
			return nil, 0, explain(s.path, err)
		}
		found, down = append(found, some...), max(down, to)
	}
	found = slices.DeleteFunc(found, func(rec *msg.Record) bool { return int64(rec.Seq) < down })
	return msg.NewestOnce(found), down, nil
}

// betweenIn does the same for one file.
func (h *history) betweenIn(ctx context.Context, db *sql.DB, f query.Filter, from, end int64, limit int) (found []*msg.Record, down int64, err error) {
	down = from
	which, args := "WHERE seq >= ? AND seq < ?", []any{from, end}
	if w := h.within; w.firstTime > math.MinInt64 || w.lastTime < math.MaxInt64 {
		which, args = which+" AND time BETWEEN ? AND ?", append(args, w.firstTime, w.lastTime)
	}
	streams, hasSome, err := streamsOf(ctx, db, f)
	if err != nil || !hasSome {
		return nil, down, err
	}
	if streams != nil {
		which, args = which+" AND +stream IN (SELECT value FROM json_each(?))", append(args, numbersText(streams))
	}
	err = walk(ctx, db, which+" ORDER BY seq DESC", args, func(_ uint64, rec *msg.Record) bool {
		if n := len(found); n >= limit && found[n-1].Seq != rec.Seq {
			down = int64(found[n-1].Seq)
			return false
		}
		if f.Match(rec) {
			found = append(found, rec)
		}
		return true
	})
	return found, down, err
}

// ownHubIfAny is ownHub for who only reads: it makes no mark.
func (t *Tape) ownHubIfAny() (string, error) {
	if _, err := os.Stat(filepath.Join(t.o.Folder, hubFile)); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return t.ownHub()
}
