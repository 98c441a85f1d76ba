package tape

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Rename gives a recording another name, and its file. It must have ended, and nobody
// may read it.
func (t *Tape) Rename(name, wanted string) (msg.Recording, error) {
	if msg.CheckRecordingName(name) != nil {
		return msg.Recording{}, errNotFound(name)
	}
	if err := msg.CheckRecordingName(wanted); err != nil {
		return msg.Recording{}, err
	}
	if err := t.rename(name, wanted); err != nil {
		return msg.Recording{}, err
	}
	t.changed()
	return t.Recording(wanted)
}

func (t *Tape) rename(name, wanted string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkAtRest(name); err != nil {
		return err
	}
	if name == wanted {
		return nil
	}
	if !strings.EqualFold(name, wanted) { // else it is its own name, with other capitals
		if err := t.checkFreeName(wanted); err != nil {
			return err
		}
	} else if _, err := os.Lstat(t.where(wanted)); err == nil && !t.isSame(name, wanted) {
		return errExists(wanted)
	}
	if err := settle(t.where(name)); err != nil {
		return explain(t.where(name), err)
	}
	if err := os.Rename(t.where(name), t.where(wanted)); err != nil {
		return explain(t.where(name), err)
	}
	if failed, has := t.failed[name]; has {
		failed.Name = wanted
		t.failed[wanted] = failed
	}
	delete(t.failed, name)
	delete(t.known, name)
	delete(t.known, wanted)
	t.o.Log.Info("Recording renamed", "recording", name, "to", wanted)
	return nil
}

// isSame reports whether two names are of one file, as where capitals make no difference.
func (t *Tape) isSame(a, b string) bool {
	one, err := os.Lstat(t.where(a))
	other, failed := os.Lstat(t.where(b))
	return err == nil && failed == nil && os.SameFile(one, other)
}

// settle puts what is still beside a file into it: a file that moves leaves that
// behind.
func settle(path string) error {
	if _, err := os.Lstat(path + beside()[1]); err != nil {
		return nil //nolint:nilerr // there is nothing
	}
	name, err := dsn(path)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), "PRAGMA journal_mode = DELETE")
	return errors.Join(err, db.Close())
}

// checkAtRest says why a recording cannot be removed or renamed. The caller holds mu.
func (t *Tape) checkAtRest(name string) error {
	switch {
	case t.reels[name] != nil:
		return fault.Newf(fault.Conflict, "the recording %q still runs", name).WithCode("recording_runs").WithHint("stop it first")
	case t.reading[name] > 0:
		return fault.Newf(fault.Conflict, "the recording %q is being read", name).WithCode("recording_in_use").WithHint("wait until that is done, or stop the replay")
	}
	if _, err := os.Lstat(t.where(name)); err != nil {
		return explain(t.where(name), err)
	}
	return nil
}
