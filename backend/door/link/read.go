package link

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// read hands frames to handle until nothing more comes. When the connection is
// closing, what the client still sends is read and thrown away: closing a
// socket with bytes unread would take the close frame from the client.
func (c *Conn) read(handle func(opcode byte, payload []byte)) {
	c.reading = true
	c.hear()
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			c.readFailed(err)
			return
		}
		c.hear()
		if c.closing.Load() {
			continue
		}
		if kind != websocket.TextMessage && !c.up.opts.Binary {
			c.Shut(errBinary, websocket.CloseUnsupportedData)
			continue
		}
		if err := c.readFrame(byte(kind), r, handle); err != nil {
			c.readFailed(err)
			return
		}
		c.pause()
	}
}

// pause waits until the client has read of its answers. A client that takes none
// is cut off by the writer.
func (c *Conn) pause() {
	if out := c.out.Load(); out != nil {
		_ = out.WaitAnswers(context.Background()) // how it ends, reading on tells
		c.hear()                                  // it was not silent meanwhile, but not listened to
	}
}

func (c *Conn) readFrame(opcode byte, r io.Reader, handle func(opcode byte, payload []byte)) error {
	buf := c.up.buffer()
	defer c.up.release(buf)
	most := c.limits.MaxFrame
	c.limited = io.LimitedReader{R: r, N: int64(most) + 1}
	c.inside = true
	if _, err := buf.ReadFrom(&c.limited); err != nil {
		return err
	}
	c.inside = false
	switch {
	case buf.Len() > most:
		c.tooLarge(most)
	case opcode == OpText && !utf8.Valid(buf.Bytes()):
		c.Shut(errNotUTF8, websocket.CloseInvalidFramePayloadData)
	default:
		handle(opcode, buf.Bytes())
	}
	return nil
}

func (c *Conn) tooLarge(most int) {
	err := fault.Newf(fault.TooLarge, "the frame is over %d bytes", most)
	if most == c.up.opts.Limits.MaxFrame { // another limit is no setting
		err = err.WithHint("send less at once, or raise limits.max_frame")
		c.up.opts.Reached("max_frame")
	}
	c.Shut(err, websocket.CloseMessageTooBig)
}

// readFailed ends the connection after an error of its reading side.
func (c *Conn) readFailed(err error) {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		// The close handler has done it.
	case errors.As(err, &network) && network.Timeout():
		reason := c.limits.Late
		switch {
		case reason != nil:
		case c.inside:
			reason = fault.Newf(fault.Invalid, "a message took longer than %v", c.limits.Wait)
		default:
			reason = fault.Newf(fault.Invalid, "nothing was heard from the client for %v", c.limits.Wait).WithCode(outbox.CodeSilent)
		}
		c.Shut(reason, websocket.ClosePolicyViolation)
	case errors.Is(err, errFragments):
		if !c.closing.Load() {
			c.up.opts.Reached("max_fragments")
		}
		c.Shut(fault.Newf(fault.TooLarge, "the message has over %d frames", c.up.opts.MaxFragments).
			WithHint("send it in fewer, or raise limits.max_fragments"), websocket.CloseMessageTooBig)
		c.discard()
	case errors.Is(err, errHalfCode) || errors.Is(err, errLength):
		c.Shut(fault.From(err), websocket.CloseProtocolError)
		c.discard()
	case errors.As(err, &closed) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
		c.shut(outbox.ErrLost)
		c.Cut() // nobody is there to read what waits
	default:
		// A protocol error: gorilla has written the close frame.
		c.shut(err)
		_ = c.raw.SetReadDeadline(time.Now().Add(replyWait))
		c.discard()
	}
}

// discard reads until the client has read the close and gone, or its time is over.
func (c *Conn) discard() { _, _ = io.Copy(io.Discard, c.raw) }

// hear notes that something was read. Inside a message it does not count: with a
// pong now and then a client could hold one for ever.
func (c *Conn) hear() {
	if c.inside || c.limits.Once && !c.heard.IsZero() {
		return
	}
	now := time.Now()
	if now.Sub(c.heard) < time.Second {
		return
	}
	c.heard = now
	var until time.Time
	if c.limits.Wait > 0 {
		until = now.Add(c.limits.Wait)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing.Load() { // or the time for the client's close would be undone
		_ = c.raw.SetReadDeadline(until) // fails on a closed connection only
	}
}
