// Package trial makes traffic and measures what becomes of it: a load generator
// for Emitscope and for other servers.
//
// It is open-loop: the moment at which each message is due follows from the rate
// alone, never from how quickly the server took those before it. A message that
// is sent late is sent all the same, counted as late, and its latency is measured
// from the moment it was due. A generator that waits for its server instead would
// ask least of it just when it is slow, and so hide what should be seen.
//
// Every message carries when it was due, so any subscriber can tell how long it
// took without knowing anything else of it.
package trial

import (
	"context"
	"crypto/tls"
	"math"
	"net/url"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/fault"
)

// Ways by which producers hand messages in.
const (
	ViaREST      = "rest"      // POST /api/v1/messages of Emitscope, on connections kept alive
	ViaSocketIO  = "socketio"  // a Socket.IO event, over WebSocket
	ViaWebSocket = "websocket" // publish frames on Emitscope's /websocket
)

// Kinds of subscribers.
const (
	AsWebSocket = "websocket" // Socket.IO over WebSocket
	AsPolling   = "polling"   // Socket.IO over long polling
	AsNative    = "native"    // Emitscope's /websocket
)

// Bounds and defaults of a plan.
const (
	MinSize    = 80       // bytes of a message's data: what measuring needs, and a little padding
	MaxSize    = 16 << 20 // bytes; servers take much less unless told otherwise
	MaxClients = 100_000
	MaxBatch   = 1000

	DefaultNamespace = "/bench" // nobody else's messages are there
	DefaultEvent     = "tick"
	DefaultSize      = 200
	DefaultLength    = 10 * time.Second
	DefaultSettle    = 10 * time.Second
	defaultPath      = "/socket.io/"
)

// Plan says what traffic to make and what to measure. The zero value of a field
// means its default, where it has one.
type Plan struct {
	// Target is the server's address, such as "http://127.0.0.1:8092" or
	// "https://…". Required, unless both Dial and DialSender are set.
	Target string
	// Key is shown to an Emitscope that asks for one.
	Key string
	// Fingerprint is of the one certificate that a Target with https may show, in
	// hex; empty: any that somebody vouches for.
	Fingerprint string
	// Namespace of the messages; default DefaultNamespace. Other Socket.IO servers
	// mostly have "/" only.
	Namespace string
	// Event of the messages; default DefaultEvent. Socket.IO and native subscribers
	// look at no other.
	Event string
	// Path of Socket.IO; default "/socket.io/".
	Path string

	// Producers send the messages, each on a connection of its own. 0: this trial
	// only listens, and something else publishes. A number "due" in the data, in ns
	// since 1970 by the clock of this machine, says whether a message is measured and
	// how long it took; without one it is measured if it comes while measuring goes on.
	Producers int
	// Via is how producers send: ViaREST (default), ViaSocketIO or ViaWebSocket.
	Via string
	// PublishEvent is for servers other than Emitscope, with ViaSocketIO: the event
	// that producers emit, in Namespace, with the data as its one argument. The
	// server is expected to broadcast the data as Event. Empty: Emitscope's
	// "publish".
	PublishEvent string
	// Batch is how many messages are due at the same moment; default 1. Over REST
	// they go in one request.
	Batch int
	// Acks has producers by Socket.IO and WebSocket ask for an answer to each
	// message, so that what is refused is counted by its code. REST always answers.
	Acks bool
	// Rate is messages per second of all producers together. 0: each producer sends
	// as fast as its connection takes it; then a message is due when it is sent, so
	// none is late, and a slow server is asked less.
	Rate float64
	// Size of each message's data in bytes, MinSize to MaxSize; default DefaultSize.
	Size int

	// Clients subscribe, each on a connection of its own. 0: this trial only sends.
	Clients int
	// As is how they are connected: AsWebSocket (default), AsPolling or AsNative.
	As string

	// Warmup is how long messages flow before the measuring begins. A message
	// belongs to the warm-up by when it was due.
	Warmup time.Duration
	// Length is how long is measured; default DefaultLength.
	Length time.Duration
	// Settle is how long to wait at the end for what is still on its way; default
	// DefaultSettle. The wait ends early when all is there, or nothing has come for
	// a second, or for three intervals. What has not come by then is lost.
	Settle time.Duration

	// Interval is the pace at which messages leave the server, where that is known:
	// the interval error is then measured against it. 0: against the gaps between
	// the moments at which the messages were due.
	Interval time.Duration
	// SetLane gives the namespace's lane the Interval for the trial's time. Afterwards
	// the lane gets back what it had; one that was not there stays, without a pace.
	// Only Emitscope knows lanes.
	SetLane bool

	// Dial connects subscriber i of 0 to Clients-1 in a way of its own, in place of
	// As; Plan.Subscribe connects in the usual way. When it returns, the subscriber
	// must get whatever is published from then on. It is called from several
	// goroutines. ctx is that of the connecting only.
	Dial func(ctx context.Context, i int) (Receiver, error)
	// DialSender connects producer i of 0 to Producers-1 in a way of its own, in
	// place of Via. refused is to be called for each message that the server did not
	// take, with a short code and the message's number (-1: not known), from any
	// goroutine.
	DialSender func(ctx context.Context, i int, refused func(code string, n int64)) (Sender, error)

	// Joined is called once, when everybody is connected, with the moment at which
	// the first message is due and the moment from which is measured. Whoever
	// publishes from outside begins then. It must not block.
	Joined func(start, measured time.Time)
	// Say is told what is going on, a sentence at a time, on Run's goroutine.
	Say func(sentence string)
}

// Receiver is one subscriber's connection.
type Receiver interface {
	// Receive hands over every message until the connection ends, and says why it
	// did. message is any text in which the data stands once, such as the whole
	// frame; it is valid during the call only. at is when its bytes were read, and
	// may be the same for all that came in one read. take must not be called
	// concurrently.
	Receive(take func(at time.Time, message []byte)) error
	// Close ends the connection, and with it Receive. It may be called twice.
	Close() error
}

// A receiver that has the method Missed is asked, after Receive has returned, how
// many messages the server said it left out.
type misser interface{ Missed() uint64 }

// Sender is one producer's connection. It is used by one goroutine.
type Sender interface {
	// Most is how many messages one Send should take. A producer that is behind hands
	// over so many at once, where they are due already. A batch is never divided.
	Most() int
	// Send writes messages, in their order. An error means that the connection is
	// lost; a refusal is told to the function that DialSender got.
	Send(items []Item) error
	// Close waits a little until the server has read everything, then ends the
	// connection.
	Close() error
}

// Item is one message to send.
type Item struct {
	N    int64  // its number; each producer's grow
	Data []byte // JSON; valid during Send only
}

// withDefaults returns p with its defaults filled in.
func (p Plan) withDefaults() Plan {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&p.Namespace, DefaultNamespace)
	set(&p.Event, DefaultEvent)
	set(&p.Path, defaultPath)
	set(&p.Via, ViaREST)
	set(&p.As, AsWebSocket)
	if p.Batch == 0 {
		p.Batch = 1
	}
	if p.Size == 0 {
		p.Size = DefaultSize
	}
	if p.Length == 0 {
		p.Length = DefaultLength
	}
	if p.Settle == 0 {
		p.Settle = DefaultSettle
	}
	return p
}

// check says what is wrong with a plan that has its defaults.
func (p Plan) check() error {
	switch {
	case p.Producers < 0 || p.Clients < 0 || p.Producers+p.Clients == 0:
		return wrong("%d producers and %d clients do nothing", p.Producers, p.Clients).WithHint("ask for at least one of either")
	case p.Clients > MaxClients:
		return wrong("%d clients are more than the %d that one process can have", p.Clients, MaxClients)
	case p.Via != ViaREST && p.Via != ViaSocketIO && p.Via != ViaWebSocket:
		return wrong("producers cannot send via %q", p.Via).WithHint("it is %s, %s or %s", ViaREST, ViaSocketIO, ViaWebSocket)
	case p.As != AsWebSocket && p.As != AsPolling && p.As != AsNative:
		return wrong("clients cannot connect as %q", p.As).WithHint("it is %s, %s or %s", AsWebSocket, AsPolling, AsNative)
	case p.PublishEvent != "" && p.Via != ViaSocketIO:
		return wrong("an event to publish with is given, but producers send via %s", p.Via).WithHint("send via %s, or leave it out", ViaSocketIO)
	case p.Batch < 1 || p.Batch > MaxBatch:
		return wrong("a batch of %d messages is not between 1 and %d", p.Batch, MaxBatch)
	case p.Size < MinSize || p.Size > MaxSize:
		return wrong("data of %d bytes is not between %d and %d", p.Size, MinSize, MaxSize)
	case p.Rate < 0 || p.Rate > 1e8 || math.IsNaN(p.Rate):
		return wrong("a rate of %v messages a second is not between 0 and 100 million", p.Rate)
	case p.Warmup < 0 || p.Length < 0 || p.Settle < 0 || p.Interval < 0:
		return wrong("a time is below zero: %v to warm up, %v to measure, %v to wait at the end, or an interval of %v", p.Warmup, p.Length, p.Settle, p.Interval)
	case p.SetLane && p.Interval == 0:
		return wrong("the lane is to be set, but no interval is given")
	case !strings.HasPrefix(p.Namespace, "/"):
		return wrong("the namespace %q does not begin with /", p.Namespace)
	}
	if p.Dial != nil && p.DialSender != nil && !p.SetLane {
		return nil
	}
	if _, err := p.base(); err != nil {
		return err
	}
	hub, err := p.hub() // only to find out whether target and fingerprint fit together
	if err != nil {
		return err
	}
	hub.Close()
	return nil
}

// hub returns a client of the target, where that is an Emitscope.
func (p Plan) hub() (*client.Client, error) {
	hub, err := client.New(p.Target, p.Key)
	if err == nil && p.Fingerprint != "" {
		err = hub.Pin(p.Fingerprint)
	}
	return hub, err
}

// trust returns how the target is known by TLS.
func (p Plan) trust() (*tls.Config, error) {
	if p.Fingerprint == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	return client.TrustOnly(p.Fingerprint)
}

// base returns the target as a URL.
func (p Plan) base() (*url.URL, error) {
	u, err := url.Parse(p.Target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, wrong("%q is not the address of a server", p.Target).WithHint("write it like http://127.0.0.1:8092")
	}
	if u.Path == "" {
		u.Path = "/" // else a path joined to it would not begin with one
	}
	return u, nil
}

func wrong(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...)
}

// say tells whoever wants to know what is going on.
func (p Plan) say(sentence string) {
	if p.Say != nil {
		p.Say(sentence)
	}
}
