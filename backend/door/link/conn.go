package link

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// How long a connection waits.
const (
	writeWait = 10 * time.Second // nothing taken by the client: cut off
	firstPing = 2 * time.Second  // so that a round trip is known soon
	closeWait = 5 * time.Second  // from the decision to close until it is cut off
	replyWait = time.Second      // for the client's close frame, once ours is written
)

// Why a connection ends.
var (
	errBinary  = fault.Newf(fault.Invalid, "only text frames are read here")
	errNotUTF8 = fault.Newf(fault.Invalid, "the text frame is not UTF-8")
	errStarted = errors.New("the connection is written by its outbox")
)

// Conn is one WebSocket connection. Gorilla's part is the handshake and reading;
// everything that is written from Start on waits in the outbox, pongs and closes
// too, so that order is kept and the reader never blocks on a client that does
// not read. The one exception is the close that gorilla writes after a protocol
// error: one whole frame in one Write, which the net package keeps apart from a
// writev.
//
// It has two goroutines: Serve's and the one that Start starts. Shut, GiveUp and
// Cut may be called from any goroutine.
type Conn struct {
	up  *Upgrader
	ws  *websocket.Conn
	raw net.Conn // what is written to
	in  input    // what gorilla reads from: raw

	// The reader's.
	limits  Limits
	heard   time.Time
	reading bool
	inside  bool             // a message, whose end has not come
	limited io.LimitedReader // for one frame

	// The writer's.
	batch    net.Buffers // a field, for a local one would be allocated at each write
	deadline time.Time   // of the writes
	ended    error       // why the outbox did, where nobody has closed it
	writer   sync.WaitGroup

	out     atomic.Pointer[outbox.Outbox] // nil until Start
	closing atomic.Bool                   // what the client still says is thrown away

	mu     sync.Mutex // held while something is written directly, and for what follows
	reason error      // why it was closed; nil: it was not
	over   bool       // no timers any more
	pinger *time.Timer
	cutter *time.Timer // nil until closing

	trip trip // of the pings
}

// Start begins to write what waits in out, and pings. It may be called by
// Serve's handler, when the client has said that it will read here. It reports
// whether it did: not when the connection is closing or has ended.
//
// From now on out ends with the connection. It should be closed by Shut, which
// sees to it that a client cannot hold up the end.
func (c *Conn) Start(out *outbox.Outbox) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Load() || c.out.Load() != nil {
		return false
	}
	c.out.Store(out)
	if c.up.opts.PingEvery > 0 {
		c.pinger = time.AfterFunc(min(c.up.opts.PingEvery, firstPing), c.ping)
	}
	c.writer.Go(func() { c.ended = c.write(out) })
	return true
}

// Serve reads frames and hands them to handle until the connection ends, and
// returns why it did when its writer has ended too: the outbox's reason, if it
// was started. handle gets OpText or OpBinary, and must not keep the payload.
func (c *Conn) Serve(handle func(opcode byte, payload []byte)) error {
	c.read(handle)
	c.close() // no writer begins any more
	c.writer.Wait()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, t := range []*time.Timer{c.pinger, c.cutter} {
		if t != nil {
			t.Stop()
		}
	}
	c.Cut()
	if c.reason == nil {
		return c.ended
	}
	return c.reason
}

// Say writes one small, whole frame at once. It is for what must be said before
// Start, such as the answer to a probe; afterwards it is an error. It blocks for
// at most a second, which a client does that has let its network buffers fill.
func (c *Conn) Say(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out.Load() != nil {
		return errStarted
	}
	return c.say(frame)
}

// say writes directly. The caller holds mu, and there is no writer.
func (c *Conn) say(frame []byte) error {
	if err := c.raw.SetWriteDeadline(time.Now().Add(replyWait)); err != nil {
		return err
	}
	_, err := c.raw.Write(frame)
	return err
}

// control sends a ping or a pong.
func (c *Conn) control(frame []byte) {
	if out := c.out.Load(); out != nil {
		out.Control(frame)
	} else if errors.Is(c.Say(frame), errStarted) {
		c.out.Load().Control(frame)
	}
}

func (c *Conn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.out.Load().Control(Control(OpPing, c.trip.begin(time.Now())))
	c.pinger.Reset(c.up.opts.PingEvery)
}

// Shut closes the connection when what waits is written: the last frames given,
// then a close frame with the code and the reason. It does not wait for it, and
// only the first call counts. A client that does not take it, or does not
// answer, is cut off in time.
//
// Before Start, the frames are written directly, as by Say.
func (c *Conn) Shut(reason *fault.Error, code int, last ...[]byte) {
	c.shut(reason, append(last[:len(last):len(last)], Close(code, textOf(reason)))...)
}

// textOf is the text of a close frame: the reason and, where it fits whole, what to
// do about it.
func textOf(reason *fault.Error) string {
	if text := reason.Error(); len(text) <= maxClose {
		return text
	}
	return reason.Message
}

// GiveUp is Shut for an outbox that gave up on the client; it may be its
// outbox.Options.Overflow, for it never blocks. The client may be stalled in a
// write, so it has little time to take the close; before Start it is cut off.
func (c *Conn) GiveUp(reason error) {
	if c.out.Load() == nil {
		c.Cut()
		return
	}
	c.Shut(fault.From(reason), websocket.ClosePolicyViolation)
	_ = c.raw.SetWriteDeadline(time.Now().Add(replyWait)) // fails on a closed connection only
}

func (c *Conn) shut(reason error, last ...[]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.out.Load()
	if out == nil {
		c.shutDirectly(reason, last)
		return
	}
	if out.Close(reason, last...) {
		c.reason = reason
	}
	c.closing.Store(true)
	if c.cutter == nil && !c.over {
		c.cutter = time.AfterFunc(closeWait, c.Cut)
	}
}

func (c *Conn) shutDirectly(reason error, last [][]byte) {
	if c.closing.Swap(true) {
		return
	}
	c.reason = reason
	for _, frame := range last {
		if c.say(frame) != nil {
			break
		}
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(replyWait)) // fails on a closed connection only
}

// close notes that the connection is closing.
func (c *Conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing.Store(true)
}

// Cut closes the connection at once; reading and writing fail from now on.
func (c *Conn) Cut() { _ = c.raw.Close() } // a second time is no mistake

// Break is Cut for a reason, which Serve returns unless the connection closes already.
func (c *Conn) Break(reason error) {
	c.mu.Lock()
	if c.reason == nil {
		c.reason = reason
	}
	c.mu.Unlock()
	c.Cut()
}
