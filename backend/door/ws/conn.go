package ws

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
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
	errDisconnected = fault.Newf(fault.Forbidden, "the hub has disconnected this client")
	errStopping     = fault.Newf(fault.Stopping, "the hub is stopping")
	errNoKey        = fault.Newf(fault.Unauthorized, "no key came within %v", keyWait)
)

// conn is the connection of a client or a viewer, and what waits for it.
type conn struct {
	*link.Conn
	door   *Door
	out    *outbox.Outbox
	caller atomic.Pointer[msg.Caller] // who it is; only the reader changes it
	views  bool                       // it is a viewer's; set under the door's lock
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
	c.caller.Store(&caller)
	c.Start(c.out)
	return c, nil
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

// jsonFrame makes the frame of one of package wire's types.
func jsonFrame(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return link.Text(text), nil
}
