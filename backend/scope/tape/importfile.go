package tape

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// spoolEvery is how many bytes of a file that comes are written before the disk is
// looked at again.
const spoolEvery = 8 << 20

// maxCell is the longest text or bytes that are read of one message of a file from
// outside.
const maxCell = 64 << 20

// maxNote is the same of what people wrote about it: its query, bookmarks.
const maxNote = 16 << 10

// ImportFile makes a recording of a recording's file that comes from outside, whole or
// not at all. Nothing of that file is trusted: it is looked through before anything is
// read of it, nothing in it is run, and what it has is written into a file of our own.
func (t *Tape) ImportFile(ctx context.Context, name string, from io.Reader) (msg.Recording, error) {
	if err := t.reserve(name); err != nil { // before all of it has come
		return msg.Recording{}, err
	}
	defer t.release(name)
	path := t.part()
	err := t.spool(path, from)
	defer func() {
		if err := remove(path); err != nil {
			t.o.Log.Warn("File of an import not deleted", "file", path, "error", err)
		}
	}()
	if err != nil {
		return msg.Recording{}, err
	}
	db, err := openForeign(ctx, path)
	if err != nil {
		return msg.Recording{}, foreign(err)
	}
	defer db.Close()
	known, err := readAbout(db)
	if err != nil {
		return msg.Recording{}, foreign(err)
	}
	e, err := readExtras(ctx, db)
	if err != nil {
		return msg.Recording{}, foreign(err)
	}
	about := msg.Recording{Name: name, Began: time.Now(), Query: known.Query, Dropped: known.Dropped, Problem: known.Problem}
	about, err = t.load(about, e, func(b *builder) error {
		place := uint64(0)
		var failed error
		err := walk(ctx, db, "ORDER BY place", nil, func(at uint64, rec *msg.Record) bool {
			place = at
			failed = b.add(rec)
			return failed == nil
		})
		if err != nil {
			return foreign(err)
		}
		var f *fault.Error
		if errors.As(failed, &f) && f.Kind == fault.Invalid {
			of := *f
			of.Message = fmt.Sprintf("message %d: %s", place, f.Message)
			return &of
		}
		return failed
	})
	if err == nil {
		t.took(about)
	}
	return about, err
}

// spool writes what comes into a file.
func (t *Tape) spool(path string, from io.Reader) error {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return explain(path, err)
	}
	for {
		if err := t.checkFree(); err != nil {
			return errors.Join(err, to.Close())
		}
		_, err := io.CopyN(to, from, spoolEvery)
		if errors.Is(err, io.EOF) {
			return to.Close()
		}
		if err != nil {
			return errors.Join(err, to.Close())
		}
	}
}

// openForeign opens a file as a recording that nobody vouches for: read only, with
// nothing beside it, its schema not trusted. It makes sure that its tables are those of
// a recording, so that reading them runs nothing of the file's own, such as a view or
// a computed column; that the file is whole, so that no page is read twice; and that
// none of its values is too large to be held.
func openForeign(ctx context.Context, path string) (*sql.DB, error) {
	at, err := dsn(path, "query_only(1)", "trusted_schema(0)", "cell_size_check(1)", "mmap_size(0)")
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("mode", "ro")
	q.Set("immutable", "1")
	u.RawQuery = q.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	if err := lookThrough(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// lookThrough makes sure of what openForeign says.
func lookThrough(ctx context.Context, db *sql.DB) error {
	var id, format int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&format); err != nil {
		return err
	}
	switch newest := len(formats()); {
	case id != applicationID || format <= 0:
		return fault.Newf(fault.Invalid, "the file is no recording of Emitscope").WithCode("invalid_import").
			WithHint("tables of other databases can be imported as CSV: sqlite3 -csv -header FILE 'SELECT …'")
	case format > newest:
		return fault.Newf(fault.Invalid, "the file is of format %d, and this Emitscope reads formats up to %d", format, newest).
			WithCode("invalid_import").WithHint("it was made by a newer version: import it there, or update")
	}
	want, err := tablesOf(ctx, format)
	if err != nil {
		return err
	}
	has, err := tables(ctx, db)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if has[name] != want[name] {
			return fault.Newf(fault.Invalid, "the file's table %q is not that of a recording", name).WithCode("invalid_import").
				WithHint("somebody has changed it: export it as ndjson with the program that made it, and import that")
		}
		var verdict string
		if err := db.QueryRowContext(ctx, fmt.Sprintf("PRAGMA quick_check('%s')", name)).Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			return errForeignDamaged()
		}
	}
	var large bool
	if err := db.QueryRowContext(ctx, hasLarge, maxCell, maxNote, msg.MaxBookmarks).Scan(&large); err != nil {
		return err
	}
	if large {
		return fault.Newf(fault.Invalid, "the file has more in it than a recording can have: a value of more than %d bytes, a note of %d, or %d bookmarks", maxCell, maxNote, msg.MaxBookmarks).WithCode("invalid_import").
			WithHint("export it without that message, by a query such as size<64M")
	}
	return nil
}

// hasLarge asks whether there is a value of more than so many bytes, without reading it.
const hasLarge = `SELECT EXISTS (SELECT 1 FROM message WHERE max(octet_length(data), octet_length(id), octet_length(coalesce(rooms, '')),
		octet_length(addressee), octet_length(outcome), octet_length(reason)) > ?1)
	OR EXISTS (SELECT 1 FROM attachment WHERE octet_length(bytes) > ?1)
	OR EXISTS (SELECT 1 FROM stream WHERE max(octet_length(namespace), octet_length(event)) > ?1)
	OR EXISTS (SELECT 1 FROM origin WHERE max(octet_length(door), octet_length(client), octet_length(address), octet_length(key)) > ?1)
	OR EXISTS (SELECT 1 FROM recording WHERE max(octet_length(query), octet_length(problem), octet_length(emitscope)) > ?2)
	OR EXISTS (SELECT 1 FROM bookmark WHERE octet_length(note) > ?2) OR (SELECT count(*) FROM bookmark) > ?3`

// tablesOf returns how the tables of a format are made, by name.
func tablesOf(ctx context.Context, format int) (map[string]string, error) {
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	for _, step := range formats()[:format] {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return nil, err
		}
	}
	return tables(ctx, db)
}

// tables returns the text that makes each table of a database.
func tables(ctx context.Context, db *sql.DB) (map[string]string, error) {
	const most = 1000 // a file with more tables is none of ours
	rows, err := db.QueryContext(ctx, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' LIMIT ?", most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name string
		var text sql.NullString
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		all[name] = text.String
	}
	return all, rows.Err()
}

// foreign says for a person what is wrong with a file from outside.
func foreign(err error) error {
	var known *fault.Error
	var e *sqlite.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_INTERRUPT:
		return err
	}
	return errForeignDamaged()
}

func errForeignDamaged() error {
	return fault.Newf(fault.Invalid, "the file is damaged, or not whole").WithCode("invalid_import").
		WithHint("copy it again; sqlite3 FILE .recover saves what is left of a damaged one")
}
