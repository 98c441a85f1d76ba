package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// chunk is how many messages of a batch go to intake at once. They take their
// numbers together; more would only make one lane's lock be held for longer.
const chunk = 256

// format is how a body holds its messages.
type format string

const (
	formatJSON  format = "application/json"     // one object, or an array of them
	formatLines format = "application/x-ndjson" // one object a line
)

// batch hands a body's messages to intake, in order, until the first that is
// not taken, and knows what became of those before it.
type batch struct {
	intake  intake
	reached func(limit string) // told by the setting's name
	origin  msg.Origin
	progress
	pass   int    // messages that an earlier attempt already brought in
	single bool   // the body is one object, so an error needs no index
	item   string // what a message is in this body: the body itself, a line, or an element
	line   int    // the one that is read, counted from 1; 0: the body is not lines
	err    error  // why no more is taken
	*scratch
}

// scratch is the memory a body is read with. A small request would spend as much
// time on making it as on everything else.
type scratch struct {
	in      *bufio.Reader
	text    bytes.Buffer // of a body that is one message
	one     wire.Publish
	pending []msg.Draft
	lines   []int // of pending
}

// maxScratch is the largest text buffer that is kept for the next body, in bytes.
const maxScratch = 256 << 10

func (d *Door) scratch() *scratch {
	if s, ok := d.spare.Get().(*scratch); ok {
		return s
	}
	return &scratch{in: bufio.NewReaderSize(nil, 32<<10)}
}

func (d *Door) release(s *scratch) {
	s.in.Reset(nil) // lets go of the request
	s.text.Reset()
	s.one = wire.Publish{}
	clear(s.pending[:cap(s.pending)])
	s.pending, s.lines = s.pending[:0], s.lines[:0]
	if s.text.Cap() <= maxScratch {
		d.spare.Put(s)
	}
}

// progress is what has been taken of a batch.
type progress struct {
	taken   msg.Receipt
	touched []string // the namespaces of it: a few, at most one for each lane
}

// read takes everything from src. An item is at most limit bytes.
func (b *batch) read(src io.Reader, f format, limit int64) error {
	b.in.Reset(src)
	var err error
	if f == formatLines {
		err = b.readLines(b.in, limit)
	} else {
		err = b.readJSON()
	}
	_ = b.flush() // what was complete is taken, however the rest looks
	return b.fail(err)
}

// fail remembers the first error, with what was taken before it.
func (b *batch) fail(err error) error {
	if b.err == nil && err != nil {
		b.err = err
		if !b.single {
			b.err = &batchError{err, b.taken}
		}
	}
	return b.err
}

func (b *batch) readJSON() error {
	first, before, err := firstByte(b.in)
	if err == nil && first == '[' {
		b.item = "element"
		return b.readArray(b.in, before)
	}
	b.single, b.item = true, "body"
	if errors.Is(err, io.EOF) {
		return fault.Newf(fault.Invalid, "the body is empty").WithCode("invalid_json").
			WithHint(`send {"event":"NAME","data":ANYTHING}, or an array of such objects`)
	}
	if err != nil {
		return err
	}
	for range before {
		b.text.WriteByte(' ') // so that bytes count from the body's start
	}
	if _, err := b.text.ReadFrom(b.in); err != nil {
		return err
	}
	b.add(b.text.Bytes())
	return nil
}

// firstByte looks at the first byte that is not white space, and counts those
// before it.
func firstByte(in *bufio.Reader) (first byte, before int, err error) {
	for ; ; before++ {
		c, err := in.ReadByte()
		if err != nil {
			return 0, before, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c, before, in.UnreadByte()
		}
	}
}

// readArray takes element after element as they come. The array begins after so
// many bytes of the body.
func (b *batch) readArray(in io.Reader, before int) error {
	dec := json.NewDecoder(in)
	bad := func(err error) error { return badArray(int64(before)+dec.InputOffset(), err) }
	if _, err := dec.Token(); err != nil {
		return bad(err)
	}
	var item json.RawMessage
	for dec.More() {
		if err := dec.Decode(&item); err != nil {
			return bad(err)
		}
		if !b.add(item) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad(err)
	}
	if _, err := dec.Token(); err == nil {
		return bad(errors.New("there is more text after the array"))
	} else if !errors.Is(err, io.EOF) {
		return bad(err)
	}
	return nil
}

func badArray(after int64, err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known): // of reading
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the text ends inside the array")
	}
	return countedFrom("body", fault.Newf(fault.Invalid, "the array is not valid JSON from byte %d on: %v", after, err).WithCode("invalid_json"))
}

// countedFrom adds to an error that names a byte where bytes are counted from.
func countedFrom(item string, err error) error {
	if f := fault.From(err); f.Hint == "" && f.Code == "invalid_json" {
		return f.WithHint("bytes are counted from 0, from the start of the %s", item)
	}
	return err
}

// inLine adds the line of the body that an error is about.
func inLine(line int, err error) error {
	var known *fault.Error
	if line == 0 || !errors.As(err, &known) { // the details of others are for the log
		return err
	}
	f := *known
	f.Message = fmt.Sprintf("line %d: %s", line, f.Message)
	return &f
}

// readLines takes line after line as they come. The last one needs no line
// feed when the body is complete.
func (b *batch) readLines(in *bufio.Reader, limit int64) error {
	var line []byte
	b.item, b.line = "line", 1
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if int64(len(line)) > limit+int64(len("\r\n")) {
			b.reached("max_body")
			return inLine(b.line, fault.Newf(fault.TooLarge, "it is longer than %d bytes", limit).
				WithHint("make the message smaller, or raise limits.max_body"))
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err // half a line is not a message
		}
		text := bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(text)) > 0 && !b.add(text) || err != nil {
			return nil
		}
		line = line[:0]
		b.line++
	}
}

// add takes one message, and reports whether to go on. It keeps nothing of item.
func (b *batch) add(item []byte) bool {
	if b.pass > 0 {
		b.pass--
		return true
	}
	draft, err := decode(item, &b.one)
	if err != nil {
		_ = b.flush()
		return b.fail(inLine(b.line, countedFrom(b.item, err))) == nil
	}
	draft.Origin = b.origin
	b.lines = append(b.lines, b.line)
	if b.pending = append(b.pending, draft); len(b.pending) < chunk {
		return true
	}
	return b.flush() == nil
}

// decode reads one message, by way of p.
func decode(item []byte, p *wire.Publish) (msg.Draft, error) {
	if err := wire.ReadPublish(item, p); err != nil {
		return msg.Draft{}, err
	}
	return p.Draft()
}

// flush hands to intake what waits, unless something before it was not taken.
func (b *batch) flush() error {
	if len(b.pending) == 0 || b.err != nil {
		return b.err
	}
	got, err := b.intake.Accept(b.pending...)
	for _, draft := range b.pending[:got.Accepted] {
		b.touch(draft.Namespace)
	}
	if err != nil && got.Accepted < len(b.lines) {
		err = inLine(b.lines[got.Accepted], err)
	}
	b.pending, b.lines = b.pending[:0], b.lines[:0]
	b.taken.Accepted += got.Accepted
	b.taken.Dropped += got.Dropped
	if b.taken.FirstSeq == 0 {
		b.taken.FirstSeq = got.FirstSeq
	}
	if got.LastSeq != 0 {
		b.taken.LastSeq = got.LastSeq
	}
	return b.fail(err)
}

func (b *batch) touch(namespace string) {
	if namespace == "" {
		namespace = msg.DefaultNamespace
	}
	if !slices.Contains(b.touched, namespace) {
		b.touched = append(b.touched, namespace)
	}
}

// answer tells the producer what became of its messages.
func (b *batch) answer(l lanes) reply {
	a := wire.Accepted{
		Accepted:   b.taken.Accepted,
		Dropped:    b.taken.Dropped,
		FirstSeq:   b.taken.FirstSeq,
		LastSeq:    b.taken.LastSeq,
		QueueDepth: make(map[string]int, len(b.touched)),
	}
	for _, namespace := range b.touched {
		a.QueueDepth[namespace] = l.Depth(namespace)
	}
	return reply{status: http.StatusAccepted, body: append(wire.AppendAccepted(nil, a), '\n')}
}
