package tape

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Copy writes a recording's file, as it is or as one with only those messages that f
// selects. Of a recording that runs it has what was written when it began, and
// says that it ended then. What is not the file itself is made in the folder of the
// recordings first, and leaves recordings.min_free free.
func (t *Tape) Copy(ctx context.Context, name string, f query.Filter, out io.Writer) error {
	about, err := t.Recording(name)
	if err != nil {
		return err
	}
	all := f.All()
	if all && (about.State == msg.RecordingEnded || about.State == msg.RecordingFailed) {
		return t.read(ctx, name, func(*sql.DB) error { return send(t.where(name), out) })
	}
	if err := t.checkFree(); err != nil {
		return err
	}
	path := t.part()
	if all {
		err = t.clone(ctx, name, path, about.State == msg.RecordingRuns)
	} else {
		path, err = t.choose(ctx, about, f)
	}
	if err == nil {
		err = send(path, out)
	}
	return errors.Join(err, remove(path))
}

// clone writes all of a recording into a file of its own.
func (t *Tape) clone(ctx context.Context, name, path string, runs bool) error {
	return t.read(ctx, name, func(*sql.DB) error { // it is one that can be read, and stays
		at, err := dsn(t.where(name))
		if err != nil {
			return err
		}
		db, err := sql.Open("sqlite", at) // query_only does not let VACUUM write elsewhere
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
		if err = errors.Join(err, db.Close()); err != nil || !runs {
			return err
		}
		if at, err = dsn(path); err != nil {
			return err
		}
		if db, err = sql.Open("sqlite", at); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, "UPDATE recording SET ended = ?", time.Now().UnixNano())
		return errors.Join(err, db.Close())
	})
}

// choose writes some of a recording into a file of its own, and returns its path.
func (t *Tape) choose(ctx context.Context, about msg.Recording, f query.Filter) (path string, err error) {
	asked, err := query.Parse(about.Query)
	if err != nil {
		asked = query.Filter{} // that of another version
	}
	var e extras
	err = t.read(ctx, about.Name, func(db *sql.DB) (err error) {
		e, err = readExtras(ctx, db)
		return err
	})
	if err != nil {
		return "", err
	}
	b, err := t.build(about.Name, msg.Recording{
		Name: about.Name, Query: asked.And(f).String(), Began: about.Began, Ended: about.Ended, Problem: about.Problem, Dropped: about.Dropped,
	}, e)
	if err != nil {
		return "", err
	}
	var failed error
	err = t.Walk(ctx, about.Name, f, func(rec *msg.Record) bool {
		failed = b.add(rec)
		return failed == nil
	})
	if err = errors.Join(err, failed); err == nil {
		err = b.finish()
	}
	if err != nil {
		return b.path, errors.Join(err, b.abort())
	}
	return b.path, nil
}

// send writes a file as it is.
func send(path string, to io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, f)
	return errors.Join(err, f.Close())
}
