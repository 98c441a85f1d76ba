package ws

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// How long a client may be silent.
const (
	pingEvery = 25 * time.Second
	readWait  = 60 * time.Second // nothing read, not even a pong: closed
	keyWait   = 10 * time.Second // for the key, where one is needed
)

// maxKeyFrame bounds what is read from a client before it has shown a key, in
// bytes.
const maxKeyFrame = 4 << 10

// Why a connection ends.
var (
	errStopping = fault.Newf(fault.Stopping, "the hub is stopping")
	errNoKey    = fault.Newf(fault.Unauthorized, "no key came within %v", keyWait)
)

// conn is the connection of a client or a viewer, and what waits for it.
type conn struct {
	*link.Conn
	door  *Door
	out   *outbox.Outbox
	right atomic.Pointer[right] // only the reader changes it

	// The door's lock guards these, which are a viewer's.
	views   bool
	greeted bool
	held    []any // what Inform was called with before the hello
}

// open makes a connection of a request that enter has counted; serve must
// follow. When it fails, it has answered the request.
func (d *Door) open(w http.ResponseWriter, r *http.Request, opts outbox.Options) (*conn, error) {
	l, err := d.upgrader.Upgrade(w, r)
	if err != nil {
		return nil, err
	}
	opts.Overflow = l.GiveUp
	c := &conn{Conn: l, door: d, out: outbox.New(opts)}
	caller := msg.CallerOf(r.Context())
	c.right.Store(&right{caller, []msg.Caller{caller}})
	c.Start(c.out)
	return c, nil
}

// right is who is connected, and by what right: without a key, and with each that
// was shown since. What one of them allows goes with it.
type right struct {
	caller msg.Caller   // with all that its grants allow
	grants []msg.Caller // each with what it allows by itself
}

// with returns the right of who shows a key, which allows by itself what grant
// does. Grants that allow nothing besides are not needed any more.
func (r *right) with(grant msg.Caller) *right {
	caller := grant
	caller.Scopes |= r.caller.Scopes
	grants := slices.DeleteFunc(slices.Clone(r.grants), func(had msg.Caller) bool { return grant.Scopes.Has(had.Scopes) })
	return &right{caller, append(grants, grant)}
}

// caller is who is connected.
func (c *conn) caller() msg.Caller { return c.right.Load().caller }

// welcome says why somebody by this right would not be let in any more. It is asked
// when the connection has its place and its right: whoever is shown out meanwhile
// is found by Expel, or learns it here.
func (c *conn) welcome() error {
	for _, grant := range c.right.Load().grants {
		if grant.Scopes == 0 {
			continue // nobody yet
		}
		if err := c.door.opts.Welcome(grant); err != nil {
			return err
		}
	}
	return nil
}

// serve hands the frames the client sends to handle until the connection ends,
// and returns why it did. handle must not keep the frame.
func (c *conn) serve(handle func(frame []byte)) error {
	return c.Serve(func(_ byte, frame []byte) { handle(frame) })
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

// shutWith shuts the connection after one last answer.
func (c *conn) shutWith(reason *fault.Error, code int, answer any) {
	frame, err := jsonFrame(answer)
	if err != nil {
		c.door.log.Error("Answer cannot be encoded", "err", err)
		c.Shut(reason, code)
		return
	}
	c.Shut(reason, code, frame)
}

// expel shuts the connection of somebody who may not be here, after telling why.
func (c *conn) expel(why *fault.Error) {
	c.shutWith(why, websocket.ClosePolicyViolation, wire.SocketError{Type: "error", Error: wire.ErrorOf(why)})
}

// jsonFrame makes the frame of one of package wire's types.
func jsonFrame(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return link.Text(text), nil
}
