package tape

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// maxImports is how many recordings may be imported at once.
const maxImports = 4

// importBytes is how many bytes of payloads are gathered before they are written.
const importBytes = 8 << 20

// Import makes a recording of what fill adds to it, whole or not at all: an error of
// fill, or of a message that no recording can have, leaves nothing. As for one that
// runs, recordings.min_free stays free, and recordings.max_bytes holds. It began when
// it was imported, so that nothing takes it for old; its messages say when they were.
func (t *Tape) Import(name string, fill func(add func(*msg.Record) error) error) (msg.Recording, error) {
	if err := t.reserve(name); err != nil {
		return msg.Recording{}, err
	}
	defer t.release(name)
	about, err := t.load(msg.Recording{Name: name, Began: time.Now()}, extras{late: t.o.Late}, func(b *builder) error { return fill(b.add) })
	if err == nil {
		t.took(about)
	}
	return about, err
}

// took notes that a recording was imported.
func (t *Tape) took(about msg.Recording) {
	t.o.Log.Info("Recording imported", "recording", about.Name, "messages", about.Messages, "file_bytes", about.FileBytes)
}

// load makes a recording of which this is known already and whose name is reserved. What
// fill adds to it is in it, as a whole or not at all.
func (t *Tape) load(known msg.Recording, e extras, fill func(*builder) error) (about msg.Recording, err error) {
	name := known.Name
	b, err := t.build(name, known, e)
	if err != nil {
		return msg.Recording{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.abort())
		}
	}()
	if err := fill(b); err != nil {
		return msg.Recording{}, err
	}
	if err := b.finish(); err != nil {
		return msg.Recording{}, explain(t.where(name), err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkFreeName(name); err != nil { // somebody put a file there meanwhile
		return msg.Recording{}, err
	}
	if err := os.Rename(b.path, t.where(name)); err != nil {
		return msg.Recording{}, explain(t.where(name), err)
	}
	delete(t.failed, name)
	delete(t.known, name)
	b.about.State, b.about.FileBytes = msg.RecordingEnded, bytesOf(t.where(name))
	if b.about.Problem != "" {
		b.about.State = msg.RecordingFailed
	}
	t.changed()
	return b.about, nil
}

// reserve keeps a name for a recording that is being made.
func (t *Tape) reserve(name string) error {
	if err := msg.CheckRecordingName(name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return fault.Newf(fault.Stopping, "the hub is stopping")
	case len(t.coming) >= maxImports:
		return fault.Newf(fault.TooMany, "%d recordings are being imported or kept, and more are not possible at once", maxImports).
			WithCode("too_many_imports").WithHint("wait until one is done")
	}
	if err := os.MkdirAll(t.o.Folder, 0o700); err != nil {
		return explain(t.where(name), err)
	}
	if err := t.checkFree(); err != nil {
		return err
	}
	if err := t.checkFreeName(name); err != nil {
		return err
	}
	for coming := range t.coming {
		if strings.EqualFold(coming, name) {
			return errExists(coming)
		}
	}
	t.coming[name] = true
	return nil
}

func (t *Tape) release(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.coming, name)
}

// checkFreeName says which recording has that name already. The caller holds mu.
func (t *Tape) checkFreeName(wanted string) error {
	names, err := t.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.EqualFold(name, wanted) { // not every system tells them apart
			return errExists(name)
		}
	}
	return nil
}

const codeExists = "recording_exists"

func errExists(name string) error {
	return fault.Newf(fault.Conflict, "there is a recording %q already", name).WithCode(codeExists).
		WithHint("choose another name, or delete that one")
}

// unfinished is what the name of a file begins with that is no recording yet. No
// recording's name begins with a dot.
const unfinished = ".unfinished-"

// part names a new file that is being made.
func (t *Tape) part() string {
	return filepath.Join(t.o.Folder, unfinished+ulid.Make().String()+suffix)
}

// removeUnfinished deletes what a run that was killed did not finish.
func (t *Tape) removeUnfinished() {
	entries, _ := os.ReadDir(t.o.Folder) // the list says what is wrong with it
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			if err := os.Remove(filepath.Join(t.o.Folder, e.Name())); err != nil {
				t.o.Log.Warn("Unfinished recording not deleted", "file", e.Name(), "error", err)
			}
		}
	}
}

// builder writes a recording that is not there yet. One goroutine may use it.
type builder struct {
	tape  *Tape
	path  string
	w     *writer // nil: it has ended
	about msg.Recording
	extras
	batch []*msg.Record
	bytes int       // payloads of batch
	last  time.Time // of the messages, so far
	mixed bool      // they are not in the order in which they ended
}

// extras are what a recording has besides its messages, and msg.Recording does not say.
type extras struct {
	late      msg.LateLimit
	bookmarks []msg.Bookmark
	isOwn     bool // its messages are of this hub, by their numbers
}

// readExtras reads them of a file.
func readExtras(ctx context.Context, db *sql.DB) (e extras, err error) {
	if err := db.QueryRowContext(ctx, "SELECT late_floor, late_share FROM recording").Scan(&e.late.Floor, &e.late.Share); err != nil {
		return e, err
	}
	e.bookmarks, err = readBookmarks(ctx, db)
	return e, err
}

// build begins a file that becomes a recording.
func (t *Tape) build(name string, about msg.Recording, e extras) (*builder, error) {
	b := &builder{tape: t, path: t.part(), about: about, extras: e}
	var err error
	if e.isOwn {
		b.w, err = t.newWriter(b.path, &b.about)
	} else {
		b.w, err = newWriter(b.path, t.o.Version, e.late, &b.about)
	}
	if err != nil {
		return nil, explain(t.where(name), err)
	}
	for _, mark := range e.bookmarks {
		if _, err = b.w.conn.ExecContext(context.Background(), "INSERT INTO bookmark (time, note) VALUES (?, ?)", mark.Time.UnixNano(), mark.Note); err != nil {
			return nil, errors.Join(explain(t.where(name), err), b.abort())
		}
	}
	return b, nil
}

// outOfOrder is more than what a message that ended later can stand before one that
// ended earlier in a recording that was made here: they are told of in the order in which
// their sending ended, and that takes some milliseconds, with ten thousand slow sockets
// some hundred.
const outOfOrder = 5 * time.Second

// add takes one message from outside. It keeps rec.
func (b *builder) add(rec *msg.Record) error {
	if err := checkRecord(rec); err != nil {
		return err
	}
	return b.take(rec)
}

// take is add of a message that this hub has checked.
func (b *builder) take(rec *msg.Record) error {
	b.mixed = b.mixed || rec.At.Before(b.last.Add(-outOfOrder))
	if rec.At.After(b.last) {
		b.last = rec.At
	}
	b.batch = append(b.batch, rec)
	if b.bytes += rec.Size(); len(b.batch) < batchLen && b.bytes < importBytes {
		return nil
	}
	return b.flush()
}

// flush writes what was gathered.
func (b *builder) flush() error {
	if err := b.tape.checkFree(); err != nil {
		return err
	}
	if most := b.tape.o.Keep.MaxBytes; most > 0 && bytesOf(b.path) > most {
		return fault.Newf(fault.TooLarge, "the recording would have more bytes than recordings.max_bytes allows: %d", most).
			WithHint("choose a part of it, or raise recordings.max_bytes")
	}
	about := with(b.about, b.batch, 0)
	if err := b.w.write(b.batch, &about); err != nil {
		return explain(b.tape.where(b.about.Name), err)
	}
	b.about = about
	clear(b.batch)
	b.batch, b.bytes = b.batch[:0], 0
	return nil
}

// finish writes what is left, and leaves one whole file at path, in which a moment is
// found by its place.
func (b *builder) finish() error {
	if err := b.flush(); err != nil {
		return err
	}
	if b.about.Ended.IsZero() {
		b.about.Ended = time.Now()
	}
	if err := b.w.write(nil, &b.about); err != nil {
		return err
	}
	if err := b.end(); err != nil {
		return err
	}
	if b.mixed {
		if err := b.sort(); err != nil {
			return err
		}
	}
	return syncFile(b.path)
}

// end closes the file.
func (b *builder) end() error {
	err := b.w.end()
	b.w = nil
	return err
}

// sort makes the file anew with its messages in the order in which they ended.
func (b *builder) sort() error {
	about := b.about
	about.Messages, about.PayloadBytes, about.First, about.Last = 0, 0, time.Time{}, time.Time{}
	ordered, err := b.tape.build(about.Name, about, b.extras)
	if err != nil {
		return err
	}
	ctx := context.Background() // its file is ours alone
	db, err := open(ctx, b.path)
	if err != nil {
		return errors.Join(err, ordered.abort())
	}
	var failed error
	err = walk(ctx, db, "ORDER BY time, place", nil, func(_ uint64, rec *msg.Record) bool {
		failed = ordered.add(rec)
		return failed == nil
	})
	if err = errors.Join(err, failed, db.Close()); err == nil {
		err = ordered.finish()
	}
	if err != nil {
		return errors.Join(err, ordered.abort())
	}
	if err := remove(b.path); err != nil {
		return errors.Join(err, remove(ordered.path))
	}
	b.path, b.about = ordered.path, ordered.about
	return nil
}

// abort leaves nothing.
func (b *builder) abort() error {
	var err error
	if b.w != nil {
		err = b.w.close()
		b.w = nil
	}
	return errors.Join(err, remove(b.path))
}

// syncFile has the disk keep a file before it gets its name.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// importBounds are how much JSON a payload from a file may have in it: more than any
// setting of a hub's own bounds, and still no danger to who reads it.
const (
	importDepth = 512
	importKeys  = 1_000_000
)

// checkRecord says why a message from outside cannot be in a recording, and compacts
// its payload.
func checkRecord(rec *msg.Record) error {
	if err := msg.CheckNamespace(rec.Namespace); err != nil {
		return err
	}
	if err := msg.CheckEvent(rec.Event); err != nil {
		return err
	}
	if err := msg.CheckRooms(rec.Rooms); err != nil {
		return err
	}
	payload, err := jsontext.Bounds{MaxDepth: importDepth, MaxKeys: importKeys}.Compact(rec.Payload)
	if err != nil {
		return fault.From(err).WithHint("the data of a message is JSON")
	}
	rec.Payload = payload
	bad := func(what, value, known string) error {
		return fault.Newf(fault.Invalid, "%s %q is not known", what, fault.Clip(value)).WithCode("invalid_import").WithField(what).WithHint("it is %s", known)
	}
	switch rec.Outcome {
	case msg.Emitted, msg.Dropped, msg.DroppedOnPurpose, msg.Received:
	default:
		return bad("outcome", string(rec.Outcome), "emitted, dropped, dropped_on_purpose or received")
	}
	switch rec.Reason {
	case "", msg.Oldest, msg.Newest, msg.Replaced, msg.Stopped:
	default:
		return bad("reason", string(rec.Reason), "oldest, newest, replaced or stopped")
	}
	for what, text := range map[string]string{
		"to": rec.To, "door": string(rec.Origin.Door), "client": rec.Origin.Client, "address": rec.Origin.Address, "key": rec.Origin.Key,
	} {
		if len(text) > maxOrigin || text != strings.ToValidUTF8(text, "") {
			return bad(what, text, fmt.Sprintf("text of up to %d bytes", maxOrigin))
		}
	}
	if rec.Outcome == msg.Emitted && rec.Due.IsZero() {
		return fault.Newf(fault.Invalid, "an emitted message has no due_time").WithCode("invalid_import").WithField("due_time").
			WithHint("without a pace it is the accepted time")
	}
	return nil
}

// maxOrigin is the longest text, in bytes, that says where a message came from, or
// to whom it went.
const maxOrigin = 1024
