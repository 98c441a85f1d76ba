package tape

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite" // the driver, too
	sqlite3 "modernc.org/sqlite/lib"

	"emitscope/backend/fault"
)

// suffix is what the name of a recording's file ends in.
const suffix = ".emitscope"

// beside lists what SQLite may keep beside a file: what is not yet in it.
func beside() []string { return []string{"", "-wal", "-shm", "-journal"} }

// applicationID says in a file that it is a recording: "Emit".
const applicationID = 0x456d6974

//go:embed schema.sql
var schema string

// formats are the steps from an empty file to the newest format: the n-th, from 1,
// makes format n of the one before.
func formats() []string { return []string{schema} }

// inMemory is what a path begins with that is no file's: what is there is gone once
// nobody has it open.
const inMemory = "memory:"

func isInMemory(path string) bool { return strings.HasPrefix(path, inMemory) }

// where returns a recording's file. The name has passed msg.CheckRecordingName.
func (t *Tape) where(name string) string { return filepath.Join(t.o.Folder, name+suffix) }

// dsn names a file as the driver wants it. In a URI nothing of a path has a meaning
// of its own, and no file is made by opening it.
func dsn(path string, pragmas ...string) (string, error) {
	q := url.Values{"mode": {"rw"}, "_pragma": append([]string{"busy_timeout(2000)"}, pragmas...)}
	if name, is := strings.CutPrefix(path, inMemory); is {
		q.Set("vfs", "memdb")
		return (&url.URL{Scheme: "file", Path: "/" + name, RawQuery: q.Encode()}).String(), nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String(), nil
}

// create makes a new file, readable by its owner only, and opens it to be written.
func create(path string) (db *sql.DB, err error) {
	if !isInMemory(path) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(path))
		}
	}()
	// NORMAL waits for the disk only now and then: a process that is killed loses
	// nothing, a power cut some seconds, and neither damages the file.
	name, err := dsn(path, "journal_mode(WAL)", "synchronous(NORMAL)", "wal_autocheckpoint(4000)")
	if err != nil {
		return nil, err
	}
	if db, err = sql.Open("sqlite", name); err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	for i, step := range formats() {
		if _, err := db.Exec(fmt.Sprintf("BEGIN; %s; PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT", step, i+1, applicationID)); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// open opens a file to be read, whether it is being written or not. An error is for
// a person.
func open(ctx context.Context, path string) (*sql.DB, error) {
	if !isInMemory(path) {
		if _, err := os.Stat(path); err != nil {
			return nil, explain(path, err)
		}
	}
	name, err := dsn(path, "query_only(1)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	if err := check(ctx, db, nameOf(path)); err != nil {
		return nil, errors.Join(explain(path, err), db.Close())
	}
	return db, nil
}

// check says why this program cannot read a file.
func check(ctx context.Context, db *sql.DB, name string) error {
	var id, format int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&format); err != nil {
		return err
	}
	switch newest := len(formats()); {
	case id != applicationID || format == 0:
		return fault.Newf(fault.Conflict, "the file %q is not a recording", name+suffix).WithCode("recording_foreign").
			WithHint("it was put there by something else; take it out of the folder")
	case format > newest:
		return fault.Newf(fault.Conflict, "the recording %q is of format %d, and this Emitscope reads formats up to %d", name, format, newest).
			WithCode("recording_newer").WithHint("it was made by a newer version: use that one, or a newer one")
	}
	return nil
}

// nameOf returns the name of the recording in a file.
func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), suffix) }

// remove deletes a recording's file, and what is beside it.
func remove(path string) error {
	var failed error
	if isInMemory(path) {
		return nil // closing it does
	}
	for _, end := range beside() {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// explain says for a person what it means that a file cannot be read or written.
// What has no words for one stays as it is.
func explain(path string, err error) error {
	var said *fault.Error
	if err == nil || errors.As(err, &said) {
		return err
	}
	name := nameOf(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errNotFound(name)
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("recording %q: %w", name, err)
	}
	const primary = 0xff // the rest of a code says more than a person wants to know
	switch e.Code() & primary {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fault.Newf(fault.Conflict, "the recording %q is damaged", name).WithCode("recording_damaged").
			WithHint("a copy or a backup may be whole; sqlite3 FILE .recover saves what is left")
	case sqlite3.SQLITE_FULL:
		return fault.Newf(fault.Conflict, "the disk is full").WithCode("disk_full").WithHint("delete recordings, or make room in another way")
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fault.Newf(fault.Conflict, "the file of the recording %q cannot be used: %v", name, e).WithCode("recording_file").
			WithHint("look at the disk, and at who may write into the data folder")
	}
	return fmt.Errorf("recording %q: %w", name, err)
}

func errNotFound(name string) error {
	return fault.Newf(fault.NotFound, "there is no recording %q", fault.Clip(name)).WithCode("recording_not_found").
		WithHint("GET /api/v1/recordings lists them")
}

// isBusy reports whether somebody else uses the file.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
