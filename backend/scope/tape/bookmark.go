package tape

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Bookmarks returns those of a recording, by time.
func (t *Tape) Bookmarks(ctx context.Context, name string) (all []msg.Bookmark, err error) {
	err = t.read(ctx, name, func(db *sql.DB) (err error) {
		all, err = readBookmarks(ctx, db)
		return err
	})
	return all, err
}

func readBookmarks(ctx context.Context, db *sql.DB) (all []msg.Bookmark, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, time, note FROM bookmark ORDER BY time, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b msg.Bookmark
		var at int64
		if err := rows.Scan(&b.ID, &at, &b.Note); err != nil {
			return nil, err
		}
		b.Time = time.Unix(0, at)
		all = append(all, b)
	}
	return all, rows.Err()
}

// AddBookmark keeps b, whose id it chooses, in the recording's file.
func (t *Tape) AddBookmark(ctx context.Context, name string, b msg.Bookmark) (msg.Bookmark, error) {
	if err := b.Check(); err != nil {
		return msg.Bookmark{}, err
	}
	err := t.change(ctx, name, func(db *sql.DB) error {
		done, err := db.ExecContext(ctx, "INSERT INTO bookmark (time, note) SELECT ?, ? WHERE (SELECT count(*) FROM bookmark) < ?",
			b.Time.UnixNano(), b.Note, msg.MaxBookmarks)
		if err != nil {
			return err
		}
		added, err := done.RowsAffected()
		if err == nil && added == 0 {
			err = fault.Newf(fault.TooMany, "the recording has %d bookmarks, and more are not possible", msg.MaxBookmarks).
				WithCode("too_many_bookmarks").WithHint("delete some")
		}
		if err != nil {
			return err
		}
		b.ID, err = done.LastInsertId()
		return err
	})
	return b, err
}

// RemoveBookmark forgets one.
func (t *Tape) RemoveBookmark(ctx context.Context, name string, id int64) error {
	return t.change(ctx, name, func(db *sql.DB) error {
		done, err := db.ExecContext(ctx, "DELETE FROM bookmark WHERE id = ?", id)
		if err != nil {
			return err
		}
		if gone, err := done.RowsAffected(); err != nil || gone > 0 {
			return err
		}
		return fault.Newf(fault.NotFound, "the recording has no bookmark %d", id).WithCode("bookmark_not_found")
	})
}

// change opens a recording, whether it runs or not, to change what is said of it: its
// messages nobody changes. An error is for a person.
func (t *Tape) change(ctx context.Context, name string, do func(db *sql.DB) error) error {
	return t.read(ctx, name, func(*sql.DB) error { // it is one that can be read, and stays
		path := t.where(name)
		at, err := dsn(path)
		if err != nil {
			return err
		}
		db, err := sql.Open("sqlite", at)
		if err != nil {
			return err
		}
		return errors.Join(explain(path, do(db)), db.Close())
	})
}
