package sio

import (
	"net/http"
	"sync"
	"time"

	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// pollingCtor makes the library's polling transport, wrapped.
type pollingCtor struct{ engine.PollingBuilder }

func (c *pollingCtor) New(ctx *types.HttpContext) transports.Transport {
	p := &polling{Transport: c.PollingBuilder.New(ctx)}
	_ = p.On("drain", func(...any) { p.answered() }) // fails for no listener only
	return p
}

// maxPackets is how many packets one answer to a poll has at most. Python's client
// takes 16: with one more it throws the answer away and ends the connection.
const maxPackets = 16

// polling is the library's polling transport, with answers that every client can
// take, and an end that the client notices.
//
// The library puts all that waits in one answer. Here what is too much for one
// waits for the next poll, or for the upgrade.
//
// The library closes its line of answers first, and only then tries to answer
// the poll that waits: the client would learn up to 45 s later. Without such a
// poll it waits up to 30 s for the next, and does not answer that one either.
// So it closes at once here, and the poll goes back to Door.get, which answers.
type polling struct {
	transports.Transport

	mu        sync.Mutex
	poll      *exchange // that waits for an answer; nil: none
	answering bool      // the library has an answer on its way
	rest      []*packet.Packet
	restBytes int64
}

// answerTime is how long an answer may be on its way when the transport closes.
const answerTime = time.Second

// OnRequest gets every request of the session.
func (p *polling) OnRequest(ctx *types.HttpContext) {
	x := exchangeOf(ctx)
	if ctx.Method() == http.MethodGet {
		p.mu.Lock()
		if p.poll == nil { // else the library refuses this one, and closes
			p.poll, x.polling = x, p
		}
		p.mu.Unlock()
	}
	p.Transport.OnRequest(ctx)
	p.Send(nil) // of the rest, if the engine had nothing to send just now
	x.pass()
}

// Send is called by the engine when a poll waits.
func (p *polling) Send(packets []*packet.Packet) {
	p.mu.Lock()
	p.rest = append(p.rest, packets...)
	p.restBytes += sizeOf(packets)
	n := min(len(p.rest), maxPackets)
	if n == 0 || p.poll == nil || p.answering {
		p.mu.Unlock()
		return
	}
	now := p.rest[:n:n]
	p.rest = p.rest[n:]
	p.restBytes -= sizeOf(now)
	p.answering = true
	p.mu.Unlock()
	p.Transport.Send(now)
}

// takeRest returns what no poll has fetched.
func (p *polling) takeRest() []*packet.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.rest
	p.rest, p.restBytes = nil, 0
	return rest
}

// waiting returns how much waits here for the next polls.
func (p *polling) waiting() (frames, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.rest)), p.restBytes
}

// answered is called when the library is done with a poll. It still changes its
// mind about which poll waits after it has written the answer, so the client,
// who would poll again at once, must not have it before.
func (p *polling) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.poll != nil {
		close(p.poll.done)
	}
	p.poll, p.answering = nil, false
}

// forget ends the poll x, which was given up.
func (p *polling) forget(x *exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.poll == x {
		p.poll, p.answering = nil, false
	}
}

// flushed reports whether everything has left.
func (p *polling) flushed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rest) == 0 && (p.poll == nil || !p.answering)
}

// isWaiting reports whether a poll waits and no answer is on its way.
func (p *polling) isWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.poll != nil && !p.answering
}

// Close ends the transport, because the session ends or goes on by WebSocket.
func (p *polling) Close(fn ...types.Callable) {
	p.Transport.Discard()
	p.Transport.Close(fn...)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.poll == nil:
	case p.answering:
		time.AfterFunc(answerTime, p.poll.giveUp) // most likely it is answered by then
	default:
		p.poll.giveUp()
	}
}

// lastAnswer is what a poll gets that the library has given up: that the session
// is closed, or else nothing, for it goes on by WebSocket.
func lastAnswer(protocol string, open bool) answer {
	body := "1" // Engine.IO's close packet
	if open {
		body = "6" // and its noop
	}
	if protocol != "4" {
		body = "1:" + body // revision 3 writes the length before each packet
	}
	header := http.Header{"Content-Type": {"text/plain; charset=UTF-8"}, "Cache-Control": {"no-store"}}
	return answer{status: http.StatusOK, header: header, body: []byte(body)}
}
