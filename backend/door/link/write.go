package link

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"emitscope/backend/door/outbox"
)

// write writes what waits until the outbox is closed and empty or a write fails.
func (c *Conn) write(out *outbox.Outbox) error {
	var failed error
	// Not bound to a context: it ends by Shut or by Cut.
	reason := out.Run(context.Background(), func(frames net.Buffers) error {
		failed = c.writeFrames(frames)
		return failed
	})
	c.close() // the outbox may have ended without Shut
	switch {
	case failed == nil:
		_ = c.raw.SetReadDeadline(time.Now().Add(replyWait)) // fails on a closed connection only
		return reason
	case errors.Is(failed, os.ErrDeadlineExceeded):
		reason = outbox.ErrStalled
	default:
		reason = outbox.ErrLost
	}
	c.Cut() // ends the reader
	return reason
}

// plainTCP is what *net.TCPConn and types that embed it have, and TLS has not.
type plainTCP interface{ SetNoDelay(bool) error }

func (c *Conn) writeFrames(frames net.Buffers) error {
	c.batch = frames
	if _, ok := c.raw.(plainTCP); !ok && len(frames) > 1 {
		// TLS has no writev: one by one, each frame would be a record and a packet.
		buf := c.up.buffer()
		defer c.up.release(buf)
		for _, f := range frames {
			buf.Write(f)
		}
		c.batch = net.Buffers{buf.Bytes()}
	}
	for {
		// Setting a deadline costs a tenth of a small write, so it is not done
		// for each: a client has between 9 and 10 s to take something.
		if now := time.Now(); c.deadline.Sub(now) < writeWait-time.Second {
			c.deadline = now.Add(writeWait)
			if err := c.raw.SetWriteDeadline(c.deadline); err != nil {
				return err
			}
		}
		n, err := c.batch.WriteTo(c.raw) // takes from the batch what it has written
		if n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) || c.closing.Load() {
			return err
		}
		// It takes something, if slowly.
	}
}
