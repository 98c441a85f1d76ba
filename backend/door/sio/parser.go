package sio

import (
	"sync"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
)

// rawParser replaces the library's parser. The stock one decodes every argument
// into maps and float64 and encodes it again, which rounds numbers beyond 2^53
// and escapes <, > and &; this one keeps arguments as the bytes they came as.
type rawParser struct {
	limits  limits
	reached func(limit string) // told of each packet that is refused because of a limit
	// connecting runs handle, which gives the library a CONNECT packet, and returns
	// the stay of the socket that was admitted; nil: it was refused.
	connecting func(handle func()) *stay
}

// stay is a socket's time in a namespace.
type stay struct {
	joined  chan struct{} // closed when it has joined
	leaving chan struct{} // closed when no ack is awaited from it any more
	left    chan struct{} // closed when it has left
}

func newStay() *stay {
	return &stay{joined: make(chan struct{}), leaving: make(chan struct{}), left: make(chan struct{})}
}

// limits bound what one connection makes the parser hold.
type limits struct {
	attachments     int // of one packet
	attachmentBytes int // all attachments of one packet together
	pendingBytes    int // events that were read and are not dealt with yet; see intray
}

// Limits on one packet.
const (
	// maxNamespaceText is longer than any namespace that can be joined: a name
	// that is only a little too long gets an answer that says so.
	maxNamespaceText = 512
	maxIDDigits      = 19 // as many as always fit into 64 bits
)

func (p *rawParser) NewEncoder() parser.Encoder { return encoder{} }
func (p *rawParser) NewDecoder() parser.Decoder { return newDecoder(p) }

// arguments are an event's arguments, or those of an ack. A packet's Data is
// []any{event name, *arguments} for an event and []any{*arguments} for an ack.
type arguments struct {
	payload     []byte // JSON text: the one argument itself or, when spread, an array of all
	spread      bool
	attachments [][]byte // what the payload's placeholders stand for
	callback    *uint64  // number of the client's callback that waits for an ack; nil: none does
	held        int      // bytes taken in tray until done
	tray        *intray
}

// done gives back the room the arguments took in their connection's intray.
func (a *arguments) done() {
	if a.tray != nil {
		a.tray.give(a.held)
		a.tray = nil
	}
}

// intray bounds what one connection has sent and nobody has dealt with.
//
// The library puts each packet in a queue without bound and reads on, so a
// client that sends faster than intake takes would fill the memory. Whoever
// reads from the connection waits here instead, and TCP tells the client.
type intray struct {
	mu    sync.Mutex
	freed sync.Cond
	bytes int
	limit int
	ended chan struct{} // closed when the connection is gone
}

// eventOverhead is added to each event's size, for small ones cost memory too.
const eventOverhead = 512

func newIntray(limit int) *intray {
	t := &intray{limit: limit, ended: make(chan struct{})}
	t.freed.L = &t.mu
	return t
}

// take waits until n more bytes fit, the tray is empty, or the connection gone.
func (t *intray) take(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.bytes > 0 && t.bytes+n > t.limit && !t.isClosed() {
		t.freed.Wait()
	}
	t.bytes += n
}

func (t *intray) give(n int) {
	t.mu.Lock()
	t.bytes -= n
	t.mu.Unlock()
	t.freed.Broadcast()
}

// close lets everybody through, for the connection is gone.
func (t *intray) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.isClosed() {
		close(t.ended)
	}
	t.freed.Broadcast()
}

func (t *intray) isClosed() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}
