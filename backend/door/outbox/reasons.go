package outbox

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Reasons an outbox ends for that are the same in all doors; WhyOf knows them.
var (
	// ErrSlow: a message found the outbox full and the policy is to disconnect.
	ErrSlow = fault.Newf(fault.TooMany, "the client does not read fast enough").
		WithCode("too_slow").WithHint("read without pause, or subscribe to less")
	// ErrFlooded: the client makes more answers than it reads.
	ErrFlooded = fault.Newf(fault.TooMany, "the client asks without reading the answers").
			WithCode("too_slow").WithHint("read the answers before asking more")
	// ErrStalled: the client took nothing at all for longer than its door waits.
	ErrStalled = errors.New("the client took nothing of what was sent")
	// ErrSilent: the client answered no ping, or said nothing where it had to.
	ErrSilent = fault.Newf(fault.Invalid, "the client has not answered a ping").WithCode(CodeSilent)
	// ErrGone: the client has said that it leaves.
	ErrGone = errors.New("the client closed")
	// ErrLost: the network connection has ended without a word.
	ErrLost = errors.New("the network connection was lost")
	// ErrBroken: the connection was broken on purpose, without a word to the client.
	ErrBroken = errors.New("the connection was broken on purpose")
	// ErrDisconnected: a person has ended the connection.
	ErrDisconnected = fault.Newf(fault.Forbidden, "the hub has disconnected this client").WithCode("disconnected")
)

// CodeSilent is the code of errors about a client of which nothing was heard in
// time.
const CodeSilent = "silent"

// DepartureOf tells of a client whose outbox has ended just now, for a reason. What
// the client may not do, or no longer may, is told in words too.
func DepartureOf(c msg.Client, reason error) msg.Departure {
	d := msg.Departure{Client: c, At: time.Now(), Why: WhyOf(reason)}
	if d.Why == msg.WhyRefused || d.Why == msg.WhyExpelled {
		d.Detail = fault.From(reason).Message
	}
	return d
}

// WhyOf sorts the reason an outbox has ended for. What no kind of error explains is
// something that the client may not do.
func WhyOf(reason error) msg.Why {
	switch {
	case reason == nil:
		return msg.WhyClosed
	case errors.Is(reason, ErrGone), errors.Is(reason, context.Canceled): // a request has no other goodbye
		return msg.WhyClosed
	case errors.Is(reason, ErrLost):
		return msg.WhyLost
	case fault.From(reason).Code == CodeSilent:
		return msg.WhySilent
	case errors.Is(reason, ErrStalled), errors.Is(reason, os.ErrDeadlineExceeded):
		return msg.WhyStalled
	case errors.Is(reason, ErrSlow), errors.Is(reason, ErrFlooded):
		return msg.WhySlow
	case errors.Is(reason, ErrBroken):
		return msg.WhyOnPurpose
	case errors.Is(reason, ErrDisconnected):
		return msg.WhyDisconnected
	case errors.Is(reason, fault.Stopping):
		return msg.WhyStopping
	case errors.Is(reason, fault.Unauthorized), errors.Is(reason, fault.Forbidden):
		return msg.WhyExpelled
	}
	var network net.Error
	if errors.As(reason, &network) {
		return msg.WhyLost
	}
	return msg.WhyRefused
}
