package files

import (
	"bufio"
	"io"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// lines is NDJSON: a message a line, with all that a recording keeps of it.
type lines struct {
	out     *bufio.Writer
	scratch []byte
}

func newLines(to io.Writer) *lines { return &lines{out: bufio.NewWriterSize(to, flushAt)} }

func (l *lines) Write(rec *msg.Record) error {
	l.scratch = append(wire.AppendRecorded(l.scratch[:0], rec), '\n')
	_, err := l.out.Write(l.scratch)
	return err
}

func (l *lines) End() error { return l.out.Flush() }
