package tape

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// look is what was seen in a file, which need not be opened again while it is the
// same.
type look struct {
	bytes   int64
	changed time.Time
	about   msg.Recording
	seqs    seqs
}

// List returns every recording, the newest first. One that cannot be read says why.
func (t *Tape) List() ([]msg.Recording, error) {
	names, err := t.names()
	if err != nil {
		return nil, err
	}
	all := make([]msg.Recording, 0, len(names))
	for _, name := range names {
		about, err := t.Recording(name)
		if err != nil {
			continue // it was removed meanwhile
		}
		all = append(all, about)
	}
	slices.SortStableFunc(all, func(a, b msg.Recording) int { return b.Began.Compare(a.Began) })
	return all, nil
}

// Recording returns what is known of one.
func (t *Tape) Recording(name string) (msg.Recording, error) {
	if msg.CheckRecordingName(name) != nil { // and no other can be there
		return msg.Recording{}, errNotFound(name)
	}
	t.mu.Lock()
	r, failed, known := t.reels[name], t.failed[name], t.known[name]
	t.mu.Unlock()
	if r != nil {
		return r.state(), nil
	}
	path := t.where(name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return msg.Recording{}, errNotFound(name)
	}
	if err != nil {
		return msg.Recording{}, explain(path, err)
	}
	bytes := bytesOf(path)
	if known.changed.Equal(info.ModTime()) && known.bytes == bytes {
		return known.about, nil
	}
	var about msg.Recording
	var numbers seqs
	err = t.read(context.Background(), name, func(db *sql.DB) (err error) {
		if about, err = readAbout(db); err != nil {
			return err
		}
		numbers, err = seqsOf(context.Background(), db)
		return err
	})
	switch {
	case err != nil:
		f := fault.From(err)
		about = msg.Recording{State: msg.RecordingUnreadable, Began: info.ModTime(), Problem: f.Error()}
	case about.State == msg.RecordingInterrupted && failed.Name != "":
		about = failed
	}
	about.Name, about.FileBytes = name, bytes
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[name] = look{bytes: bytes, changed: info.ModTime(), about: about, seqs: numbers}
	return about, nil
}

// readAbout reads what a file says of itself.
func readAbout(db *sql.DB) (msg.Recording, error) {
	var r msg.Recording
	var began int64
	var ended, first, last sql.NullInt64
	err := db.QueryRow("SELECT query, began, ended, problem, messages, payload_bytes, dropped, first_time, last_time, late_floor, late_share FROM recording").
		Scan(&r.Query, &began, &ended, &r.Problem, &r.Messages, &r.PayloadBytes, &r.Dropped, &first, &last, &r.Late.Floor, &r.Late.Share)
	r.Began, r.Ended, r.First, r.Last = time.Unix(0, began), moment(ended), moment(first), moment(last)
	switch {
	case r.Ended.IsZero():
		r.State = msg.RecordingInterrupted
	case r.Problem != "":
		r.State = msg.RecordingFailed
	default:
		r.State = msg.RecordingEnded
	}
	return r, err
}

func moment(ns sql.NullInt64) time.Time {
	if !ns.Valid {
		return time.Time{}
	}
	return time.Unix(0, ns.Int64)
}

// hold keeps a recording from being removed or renamed until the returned function is called.
func (t *Tape) hold(name string) (release func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading[name]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.reading[name]--; t.reading[name] == 0 {
			delete(t.reading, name)
		}
	}
}

// read opens a recording for as long as do takes; it cannot be removed meanwhile. An
// error is for a person.
func (t *Tape) read(ctx context.Context, name string, do func(db *sql.DB) error) error {
	if msg.CheckRecordingName(name) != nil {
		return errNotFound(name)
	}
	defer t.hold(name)()
	db, err := open(ctx, t.where(name))
	if err != nil {
		return err
	}
	return errors.Join(explain(t.where(name), do(db)), db.Close())
}
