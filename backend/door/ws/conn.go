package ws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// How long a connection waits.
const (
	pingEvery = 25 * time.Second
	readWait  = 60 * time.Second // nothing read, not even a pong: closed
	keyWait   = 10 * time.Second // for the key, where one is needed
	writeWait = 10 * time.Second // nothing taken by the client: cut off
	closeWait = 5 * time.Second  // from the decision to close until it is cut off
	replyWait = time.Second      // for the client's close frame, once ours is written
)

// maxKeyFrame bounds what is read from a client before it has shown a key, in
// bytes.
const maxKeyFrame = 4 << 10

// Why a connection ends.
var (
	errPeerClosed   = errors.New("the client closed")
	errDisconnected = fault.Newf(fault.Forbidden, "the hub has disconnected this client")
	errStopping     = fault.Newf(fault.Stopping, "the hub is stopping")
	errSilent       = fault.Newf(fault.Invalid, "nothing was heard from the client for %v", readWait)
	errNoKey        = fault.Newf(fault.Unauthorized, "no key came within %v", keyWait)
	errBinary       = fault.Newf(fault.Invalid, "only text frames are read here")
	errNotUTF8      = fault.Newf(fault.Invalid, "the text frame is not UTF-8")
)

// conn is one WebSocket connection. Gorilla's part is the handshake and reading;
// everything that is written waits in the outbox, pongs and closes too, so that
// order is kept and the reader never blocks on a client that does not read. The
// one exception is the close that gorilla writes after a protocol error: one
// whole frame in one Write, which the net package keeps apart from a writev.
type conn struct {
	door *Door
	ws   *websocket.Conn
	raw  net.Conn
	out  *outbox.Outbox

	trusted bool // has shown what it may do; only the reader uses it
	heard   time.Time
	limited io.LimitedReader // the reader's, for one frame

	batch    net.Buffers // the writer's; a field, for a local one would be allocated at each write
	deadline time.Time   // of the writes

	closing atomic.Bool // the outbox is closed: what the client still says is thrown away
	mu      sync.Mutex
	pinger  *time.Timer
	cutter  *time.Timer // nil until closing
	over    bool        // no timers any more
}

// open makes a connection of a request that enter has counted. When it fails,
// it has answered the request.
func (d *Door) open(w http.ResponseWriter, r *http.Request, opts outbox.Options, trusted bool) (*conn, error) {
	ws, err := d.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	c := &conn{door: d, ws: ws, raw: ws.NetConn(), trusted: trusted}
	opts.Overflow = func(reason error) {
		c.shut(fault.From(reason), websocket.ClosePolicyViolation)
		// It may be stalled in a write: give it little time to take the close.
		_ = c.raw.SetWriteDeadline(time.Now().Add(replyWait)) // fails on a closed connection only
	}
	c.out = outbox.New(opts)
	ws.SetPingHandler(func(payload string) error {
		c.hear()
		c.out.Control(controlFrame(websocket.PongMessage, payload))
		return nil
	})
	ws.SetPongHandler(func(string) error {
		c.hear()
		return nil
	})
	ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = 0
		}
		c.shutWith(errPeerClosed, closeFrame(code, ""))
		return nil
	})
	return c, nil
}

// serve reads frames and hands them to handle until the connection ends, and
// returns why it did when its writer has ended too. handle must not keep the
// frame.
func (c *conn) serve(handle func(frame []byte)) error {
	c.mu.Lock()
	c.pinger = time.AfterFunc(pingEvery, c.ping)
	c.mu.Unlock()

	var reason error
	var writer sync.WaitGroup
	writer.Go(func() { reason = c.write() })
	c.read(handle)
	writer.Wait()

	c.mu.Lock()
	c.over = true
	c.pinger.Stop()
	if c.cutter != nil {
		c.cutter.Stop()
	}
	c.mu.Unlock()
	c.cut()
	return reason
}

// write writes what waits until the outbox is closed and empty or a write fails.
func (c *conn) write() error {
	var failed error
	// Not bound to a context: it ends by shut or by cut.
	reason := c.out.Run(context.Background(), func(frames net.Buffers) error {
		failed = c.writeFrames(frames)
		return failed
	})
	if failed != nil {
		c.cut() // ends the reader
	} else {
		_ = c.raw.SetReadDeadline(time.Now().Add(replyWait)) // fails on a closed connection only
	}
	return reason
}

// plainTCP is what *net.TCPConn and types that embed it have, and TLS has not.
type plainTCP interface{ SetNoDelay(bool) error }

func (c *conn) writeFrames(frames net.Buffers) error {
	c.batch = frames
	if _, ok := c.raw.(plainTCP); !ok && len(frames) > 1 {
		// TLS has no writev: one by one, each frame would be a record and a packet.
		buf := c.door.buffer()
		defer c.door.release(buf)
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

// read hands frames to handle until nothing more comes. When the connection is
// closing, what the client still sends is read and thrown away: closing a
// socket with bytes unread would take the close frame from the client.
func (c *conn) read(handle func(frame []byte)) {
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
		if kind != websocket.TextMessage {
			c.shut(errBinary, websocket.CloseUnsupportedData)
			continue
		}
		if err := c.readFrame(r, handle); err != nil {
			c.readFailed(err)
			return
		}
	}
}

func (c *conn) readFrame(r io.Reader, handle func(frame []byte)) error {
	buf := c.door.buffer()
	defer c.door.release(buf)
	most := c.door.opts.MaxFrame
	if !c.trusted {
		most = min(most, maxKeyFrame)
	}
	c.limited = io.LimitedReader{R: r, N: int64(most) + 1}
	if _, err := buf.ReadFrom(&c.limited); err != nil {
		return err
	}
	switch {
	case buf.Len() > most:
		c.shut(fault.Newf(fault.TooLarge, "the frame is over %d bytes", most), websocket.CloseMessageTooBig)
	case !utf8.Valid(buf.Bytes()):
		c.shut(errNotUTF8, websocket.CloseInvalidFramePayloadData)
	default:
		handle(buf.Bytes())
	}
	return nil
}

// readFailed ends the connection after an error of its reading side.
func (c *conn) readFailed(err error) {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		// The close handler has done it.
	case errors.As(err, &network) && network.Timeout():
		reason := errSilent
		if !c.trusted {
			reason = errNoKey
		}
		c.shut(reason, websocket.ClosePolicyViolation)
	case errors.As(err, &closed) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
		c.shutWith(errPeerClosed)
		c.cut() // nobody is there to read what waits
	default:
		// A protocol error: gorilla has written the close frame.
		c.shutWith(err)
		_ = c.raw.SetReadDeadline(time.Now().Add(replyWait))
		_, _ = io.Copy(io.Discard, c.raw) // until the client has read the close and gone
	}
}

// hear notes that something was read. A client that must show its key first has
// one deadline for that, whatever else it sends.
func (c *conn) hear() {
	now := time.Now()
	wait := readWait
	if !c.trusted {
		if !c.heard.IsZero() {
			return
		}
		wait = keyWait
	}
	if now.Sub(c.heard) < time.Second || c.closing.Load() {
		return
	}
	c.heard = now
	_ = c.raw.SetReadDeadline(now.Add(wait)) // fails on a closed connection only
}

// trust begins the ordinary rhythm of a client that has shown its key.
func (c *conn) trust() {
	if !c.trusted {
		c.trusted, c.heard = true, time.Time{}
		c.hear()
	}
}

func (c *conn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.out.Control(controlFrame(websocket.PingMessage, ""))
	c.pinger.Reset(pingEvery)
}

// tell puts an answer in line: one of package wire's types.
func (c *conn) tell(v any) {
	frame, err := jsonFrame(v)
	if err != nil {
		c.door.log.Error("Answer cannot be encoded", "err", err)
		return
	}
	c.out.Must(frame, time.Now())
}

// shut closes the connection when what waits is written: the last frames given,
// then a close frame with the code and the reason. It does not wait for it, and
// only the first call counts.
func (c *conn) shut(reason *fault.Error, code int, last ...any) {
	frames := make([][]byte, 0, len(last)+1)
	for _, v := range last {
		frame, err := jsonFrame(v)
		if err != nil {
			c.door.log.Error("Answer cannot be encoded", "err", err)
			continue
		}
		frames = append(frames, frame)
	}
	c.shutWith(reason, append(frames, closeFrame(code, reason.Message))...)
}

func (c *conn) shutWith(reason error, last ...[]byte) {
	if !c.out.Close(reason, last...) {
		return
	}
	c.closing.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.cutter = time.AfterFunc(closeWait, c.cut)
	}
}

// cut closes the connection at once; reading and writing fail from now on.
func (c *conn) cut() { _ = c.raw.Close() } // a second time is no mistake

// maxPooled is the largest buffer kept for the next frame, in bytes. Batches and
// most frames fit; a rare large frame should not be kept for ever.
const maxPooled = 256 << 10

func (d *Door) buffer() *bytes.Buffer {
	if buf, ok := d.buffers.Get().(*bytes.Buffer); ok {
		return buf
	}
	return new(bytes.Buffer)
}

func (d *Door) release(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		buf.Reset()
		d.buffers.Put(buf)
	}
}
