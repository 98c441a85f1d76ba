package app

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// What one request takes: so many lines cost as little each as more would, and the
// hub has read them all before it answers.
const (
	feedLines = 256
	feedBytes = 64 << 10
)

// longestLine is more than a hub can be set to take, in bytes.
const longestLine = 64<<20 + 4096

// lineFeed hands the lines of standard input to a hub. A request takes what has come
// while the one before was under way, so a line that comes alone leaves alone, at
// once, and many go together.
type lineFeed struct {
	hub       *client.Client
	namespace string // of lines that name none
	event     string // lines are only its data; empty: they are messages
	text      bool   // lines are text and no JSON
	onFull    string
	p         Process

	accepted, dropped int // lines
	displaced         int // messages, these or older ones, that full lanes dropped
	first, last       uint64
	waited            bool // it was said
}

// inputLine is one message on its way.
type inputLine struct {
	number int // in the input, from 1
	body   []byte
	err    error // why there is none; the last
}

// run ends with the input, with the first line that is wrong or refused, or with
// ctx. It prints what became of the lines.
func (f *lineFeed) run(ctx context.Context) error {
	lines := make(chan inputLine, feedLines)
	done := make(chan struct{})
	defer close(done)
	// Nothing can end a read of standard input; what waits in one ends with the process.
	go f.read(f.p.Stdin, lines, done)
	failed := f.pass(ctx, lines)
	return cmp.Or(failed, f.summarize())
}

func (f *lineFeed) read(in io.Reader, lines chan<- inputLine, done <-chan struct{}) {
	defer close(lines)
	from := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		text, err := readLine(from)
		l := inputLine{number: number, err: err}
		switch {
		case errors.Is(err, io.EOF):
			return
		case err == nil && len(bytes.TrimSpace(text)) == 0:
			continue
		case err == nil:
			l.body, l.err = f.message(text)
		}
		select {
		case lines <- l:
		case <-done:
			return
		}
		if l.err != nil {
			return
		}
	}
}

// readLine returns a line without its end; io.EOF where there is none any more.
func readLine(from *bufio.Reader) (line []byte, err error) {
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > longestLine:
			return nil, fault.Newf(fault.TooLarge, "it is longer than %d bytes", longestLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return nil, err
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// message makes of a line what the hub takes as one.
func (f *lineFeed) message(line []byte) ([]byte, error) {
	var m wire.Publish
	switch {
	case f.text:
		m = wire.Publish{Event: f.event, Data: jsontext.AppendString(nil, string(line))}
	case f.event != "":
		m = wire.Publish{Event: f.event, Data: line}
	default:
		if err := wire.ReadPublish(line, &m); err != nil {
			return nil, err
		}
	}
	m.Namespace = cmp.Or(m.Namespace, f.namespace)
	if m.Data != nil {
		data, err := jsontext.Compact(m.Data)
		if err != nil {
			if f.event != "" {
				return nil, fault.From(err).WithHint("each line is JSON; with --text it is text")
			}
			return nil, err
		}
		m.Data = data
	}
	var body bytes.Buffer
	err := jsonLines(&body).Encode(m)
	return body.Bytes(), err
}

// pass hands lines in until there is no more.
func (f *lineFeed) pass(ctx context.Context, lines <-chan inputLine) error {
	for {
		var batch []inputLine
		select {
		case l, more := <-lines:
			if !more {
				return nil
			}
			batch = gather(l, lines)
		case <-ctx.Done():
			return nil // as somebody ends a pipe that has no end
		}
		last := batch[len(batch)-1]
		if last.err != nil {
			batch = batch[:len(batch)-1]
		}
		if err := f.handIn(ctx, batch); err != nil {
			return err
		}
		if last.err != nil {
			return atLine(last.number, last.err)
		}
	}
}

// gather returns l with what has come besides, as far as it goes into one request.
func gather(l inputLine, lines <-chan inputLine) []inputLine {
	batch, size := []inputLine{l}, len(l.body)
	for l.err == nil && len(batch) < feedLines && size < feedBytes {
		more := false
		select {
		case l, more = <-lines:
		default:
		}
		if !more {
			break
		}
		batch, size = append(batch, l), size+len(l.body)
	}
	return batch
}

// handIn brings a batch in, in its order, and does what was asked for with lines
// that the hub refuses for now.
func (f *lineFeed) handIn(ctx context.Context, batch []inputLine) error {
	for len(batch) > 0 {
		var body []byte
		for _, l := range batch {
			body = append(body, l.body...)
		}
		got, again, err := f.hub.PublishLines(ctx, body)
		f.count(got)
		batch = batch[got.Accepted:]
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return atLine(batch[0].number, errors.New("interrupted before the hub answered"))
		case errors.Is(err, fault.Full) && f.onFull == "wait":
			if !f.wait(ctx, again, err) {
				return atLine(batch[0].number, errors.New("interrupted while the hub took no more"))
			}
		case errors.Is(err, fault.Full) && f.onFull == "drop":
			f.dropped++
			batch = batch[1:]
		default:
			return atLine(batch[0].number, inBatch(err, got.Accepted))
		}
	}
	return nil
}

func (f *lineFeed) count(got wire.Accepted) {
	f.accepted += got.Accepted
	f.displaced += got.Dropped
	if got.Accepted > 0 {
		f.first, f.last = cmp.Or(f.first, got.FirstSeq), got.LastSeq
	}
}

// wait waits as long as the hub asks for, and says why when it does so first. It
// reports false when ctx ended.
func (f *lineFeed) wait(ctx context.Context, again time.Duration, why error) bool {
	if !f.waited {
		f.waited = true
		fmt.Fprintf(f.p.Stderr, "%s: %s; trying again until it does not\n", f.p.Name, fault.From(why).Message)
	}
	timer := time.NewTimer(max(again, 100*time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// inBatch takes out of an error the line's number in its request: the caller knows
// the one in the input.
func inBatch(err error, accepted int) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	own := *e
	own.Message = strings.TrimPrefix(e.Message, fmt.Sprintf("line %d: ", accepted+1))
	return &own
}

// atLine says at which line it ended before the input did.
func atLine(line int, err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		own := *e
		own.Message = fmt.Sprintf("line %d: %s", line, e.Message)
		return &own
	}
	return fmt.Errorf("line %d: %w", line, err)
}

func (f *lineFeed) summarize() error {
	text := "accepted no line"
	if f.accepted > 0 {
		text = fmt.Sprintf("accepted lines: %d, as %d to %d", f.accepted, f.first, f.last)
	}
	if f.dropped > 0 {
		text += fmt.Sprintf("; dropped here: %d", f.dropped)
	}
	if f.displaced > 0 {
		text += fmt.Sprintf("; dropped by full lanes: %d", f.displaced)
	}
	_, err := fmt.Fprintln(f.p.Stdout, text)
	return err
}
