package tape

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"emitscope/backend/msg"
)

// batchLen is how many messages are written at once: so many that what it costs to
// begin and end does not matter, and so few that it is done within a moment.
const batchLen = 2000

// writer adds messages to one file. One goroutine at a time may use it.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	all     []*sql.Stmt // the prepared statements; conn does not close before they are closed
	add     *sql.Stmt
	attach  *sql.Stmt
	note    *sql.Stmt
	count   *sql.Stmt
	late    msg.LateLimit
	seconds map[second]counted // of the batch
	bound   *sql.Stmt
	streams interned[stream]
	origins interned[msg.Origin]
	place   int64 // of the last message
	block   block // that it is in
}

const (
	addMessage = `INSERT INTO message (place, seq, id, stream, origin, source_time, accepted_time, due_time, time, outcome, reason, sockets,
		period, missed, faults, held, spread, attachments, rooms, addressee, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	addAttachment = "INSERT INTO attachment (place, number, bytes) VALUES (?, ?, ?)"
	addSecond     = `INSERT INTO second (time, stream, messages, late, lost) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, late = late + excluded.late, lost = lost + excluded.lost`
	addBlock = `INSERT INTO block (number, first_time, last_time, first_seq, last_seq) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET first_time = excluded.first_time, last_time = excluded.last_time, first_seq = excluded.first_seq, last_seq = excluded.last_seq`
	noteState = "UPDATE recording SET ended = ?, problem = ?, messages = ?, payload_bytes = ?, dropped = ?, first_time = ?, last_time = ?"
)

// newWriter makes a file, which must not be there, for a recording that has nothing
// yet.
func newWriter(path, version string, late msg.LateLimit, about *msg.Recording) (w *writer, err error) {
	db, err := create(path)
	if err != nil {
		return nil, err
	}
	about.Late = late
	w = &writer{db: db, late: late, seconds: map[second]counted{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close(), remove(path))
		}
	}()
	ctx := context.Background() // what is begun is written
	if w.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	var stream, origin *sql.Stmt
	for text, to := range map[string]**sql.Stmt{
		addMessage: &w.add, addAttachment: &w.attach, noteState: &w.note, addBlock: &w.bound, addSecond: &w.count, addStream: &stream, addOrigin: &origin,
	} {
		if *to, err = w.conn.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // close does
			return nil, err
		}
		w.all = append(w.all, *to)
	}
	w.streams, w.origins = internStreams(stream), internOrigins(origin)
	_, err = w.conn.ExecContext(ctx, `INSERT INTO recording (id, emitscope, hub, query, began, problem, messages, payload_bytes, dropped, late_floor, late_share)
		VALUES (1, ?, '', ?, ?, '', 0, 0, 0, ?, ?)`, version, about.Query, about.Began.UnixNano(), int64(late.Floor), late.Share)
	return w, err
}

// claim notes whose message numbers are in the file.
func (w *writer) claim(hub string) error {
	_, err := w.conn.ExecContext(context.Background(), "UPDATE recording SET hub = ?", hub)
	return err
}

// write adds a batch, and notes how the recording stands with it, at once or not at
// all.
func (w *writer) write(batch []*msg.Record, about *msg.Recording) (err error) {
	ctx := context.Background()
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	before, block := w.place, w.block
	defer func() {
		if err != nil {
			w.place, w.block = before, block
			clear(w.streams.ids) // their rows may go with the rest
			clear(w.origins.ids)
			_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have done so; the first error says more
		}
	}()
	clear(w.seconds)
	for _, rec := range batch {
		if err := w.append(ctx, rec); err != nil {
			return err
		}
	}
	if len(batch) > 0 {
		if err := w.endBlock(ctx); err != nil {
			return err
		}
	}
	for s, n := range w.seconds {
		if _, err := w.count.ExecContext(ctx, s.time, s.stream, n.messages, n.late, n.lost); err != nil {
			return err
		}
	}
	if _, err := w.note.ExecContext(ctx, stamp(about.Ended), about.Problem, int64(about.Messages), int64(about.PayloadBytes), int64(about.Dropped),
		stamp(about.First), stamp(about.Last)); err != nil {
		return err
	}
	_, err = w.conn.ExecContext(ctx, "COMMIT")
	return err
}

func (w *writer) append(ctx context.Context, rec *msg.Record) error {
	stream, err := w.streams.id(ctx, stream{rec.Namespace, rec.Event})
	if err != nil {
		return err
	}
	origin, err := w.origins.id(ctx, rec.Origin)
	if err != nil {
		return err
	}
	var rooms any
	if len(rec.Rooms) > 0 {
		text, err := json.Marshal(rec.Rooms)
		if err != nil {
			return err
		}
		rooms = string(text)
	}
	w.tally(rec, stream)
	w.place++
	if number := blockOf(w.place); number != w.block.number || w.place == 1 {
		if w.place > 1 {
			if err := w.endBlock(ctx); err != nil {
				return err
			}
		}
		w.block = newBlock(number)
	}
	w.block.add(rec.At.UnixNano(), int64(rec.Seq))
	if _, err := w.add.ExecContext(ctx, w.place, int64(rec.Seq), rec.ID[:], stream, origin,
		stamp(rec.Source), rec.Accepted.UnixNano(), stamp(rec.Due), rec.At.UnixNano(), string(rec.Outcome), string(rec.Reason), int64(rec.Sockets),
		int64(rec.Period), int64(rec.Missed), int64(rec.Faults), int64(rec.Held), rec.Spread, int64(len(rec.Attachments)), rooms, rec.To,
		string(rec.Payload)); err != nil {
		return err
	}
	for i, bytes := range rec.Attachments {
		if bytes == nil {
			bytes = []byte{} // nil would be NULL
		}
		if _, err := w.attach.ExecContext(ctx, w.place, int64(i), bytes); err != nil {
			return err
		}
	}
	return nil
}

// second is one stream in one second, and counted what it had.
type (
	second  struct{ time, stream int64 }
	counted struct{ messages, late, lost int64 }
)

// tally counts a message for its second.
func (w *writer) tally(rec *msg.Record, stream int64) {
	s := second{rec.At.Unix(), stream}
	n := w.seconds[s]
	n.messages++
	if rec.Outcome == msg.Emitted && !rec.Direct() && rec.Lateness() > w.late.Of(rec.Period) {
		n.late++
	}
	if rec.Outcome == msg.Dropped {
		n.lost++
	}
	w.seconds[s] = n
}

// endBlock notes what the last block has up to now.
func (w *writer) endBlock(ctx context.Context) error {
	b := w.block
	_, err := w.bound.ExecContext(ctx, b.number, b.firstTime, b.lastTime, b.firstSeq, b.lastSeq)
	return err
}

// end leaves one file that is whole and has nothing beside it. Where somebody reads
// it, what is beside it goes with the reader.
func (w *writer) end() error {
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA journal_mode = DELETE")
	if isBusy(err) {
		err = nil
	}
	return errors.Join(err, w.close())
}

// close lets go of the file. SQLite keeps it open, and all that it has of it in memory,
// for as long as a statement is, whatever else is closed.
func (w *writer) close() error {
	var all []error
	for _, statement := range w.all {
		all = append(all, statement.Close())
	}
	if w.conn != nil {
		all = append(all, w.conn.Close())
	}
	return errors.Join(append(all, w.db.Close())...)
}

// stamp is t in ns since 1970; nil for the zero time.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}
