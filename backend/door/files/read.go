package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// MaxLine is the longest line, or row, that is read, in bytes: more than any message
// that a hub takes unless its limits are far above the usual ones.
const MaxLine = 64 << 20

// From says how a file is to be read.
type From struct {
	Format string // NDJSON or CSV
	// For files that are not ours. Event is that of every line, each of which is then
	// the data of one; Namespace is that of lines that name none.
	Namespace, Event string
	Now              time.Time // of messages without a time before the first that has one
}

// Read shows every message of a file to add, in the file's order, until one of them
// is not taken. An error says which line is wrong, and what to do.
func Read(in *bufio.Reader, from From, add func(*msg.Record) error) error {
	if err := skipMark(in); err != nil {
		return err
	}
	r := reader{From: from, add: add, last: from.Now}
	if r.Namespace == "" {
		r.Namespace = msg.DefaultNamespace
	}
	switch from.Format {
	case NDJSON:
		return r.lines(in)
	case CSV:
		return r.table(in)
	}
	return fault.Newf(fault.Invalid, "%q is no format that can be read", fault.Clip(from.Format)).WithCode("invalid_parameter").
		WithHint("it is %s, %s or %s", NDJSON, CSV, Own)
}

// reader reads one file.
type reader struct {
	From
	add  func(*msg.Record) error
	last time.Time // of the message before
	seq  uint64    // of the last one that had none of its own
}

// peeked is how much of a file is looked at to tell what it is.
const peeked = 512

// Detect tells by its beginning which format a file has. event is what From will have.
func Detect(in *bufio.Reader, event string) (string, error) {
	head, err := in.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", err
	}
	other := func(what, hint string) error {
		return fault.Newf(fault.Invalid, "this is %s, which cannot be imported", what).WithCode("invalid_import").WithHint("%s", hint)
	}
	const instead = "export the recording as ndjson, csv or emitscope, and import that"
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return Own, nil
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "", other("a Parquet file", instead)
	case bytes.HasPrefix(head, []byte("\x89MCAP")):
		return "", other("an MCAP file", instead)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "", other("a packed file", "unpack it first")
	case len(text) > 8 && bytes.EqualFold(text[:9], []byte("<!doctype")):
		return "", other("a web page", instead)
	case bytes.IndexByte(head, 0) >= 0:
		return "", other("no text", "it must be UTF-8")
	case len(text) == 0:
		return "", other("an empty file", "it needs a message, or the head of a table, at least")
	case text[0] == '[' && event == "":
		return "", other("a JSON array", "write an element a line, as jq -c '.[]' does")
	case text[0] == '{', text[0] == '[':
		return NDJSON, nil
	}
	return CSV, nil
}

const byteOrderMark = "\ufeff"

// skipMark passes over what some programs put before UTF-8.
func skipMark(in *bufio.Reader) error {
	head, err := in.Peek(len(byteOrderMark))
	if err == nil && string(head) == byteOrderMark {
		_, err = in.Discard(len(byteOrderMark))
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// plain makes a record of a message that no hub has told of: as if it had been
// emitted when it was made, to nobody.
func (r *reader) plain(namespace, event string, at time.Time, payload []byte) *msg.Record {
	r.seq++
	m := &msg.Message{Seq: r.seq, Namespace: namespace, Event: event, Payload: payload, Origin: msg.Origin{Door: msg.DoorImport}, Source: at}
	if at.IsZero() {
		at = r.last
	}
	r.last, m.Accepted = at, at
	m.ID = idOf(m)
	return &msg.Record{Message: m, Outcome: msg.Emitted, Due: at, At: at}
}

// told turns back what a hub has told of.
func told(r *wire.Recorded) (*msg.Record, error) {
	rec, err := r.Record()
	if err == nil && r.ID == "" {
		rec.ID = idOf(rec.Message)
	}
	return rec, err
}

// idOf makes an id for a message that came without one: the same each time the same
// file is read.
func idOf(m *msg.Message) (id [16]byte) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(m.Accepted.UnixMilli())) // it is after 1970
	copy(id[:6], ms[2:])
	binary.BigEndian.PutUint64(id[8:], m.Seq)
	return id
}

// inLine adds the line of the file that an error for a person is about.
func inLine(line int, err error) error {
	var known *fault.Error
	if !errors.As(err, &known) {
		return err
	}
	f := *known
	f.Message = fmt.Sprintf("line %d: %s", line, f.Message)
	return &f
}

func bad(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_import")
}

func tooLong() *fault.Error {
	return bad("it is longer than %d bytes", MaxLine).WithHint("leave it out, or shorten it")
}
