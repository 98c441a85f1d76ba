package sio

import (
	"encoding/json"
	"strconv"

	"github.com/zishang520/socket.io/servers/socket/v3"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// member is one socket: a client in one namespace.
type member struct {
	door    *Door
	session *session
	space   *space
	socket  *socket.Socket
	id      string
	scopes  msg.Scopes
	last    int // how many of the last messages it asked for on connect
	stay    *stay
	// The newest message that was sent, to anybody, when messages began to be
	// held; nil: none was, or the client has caught up.
	newest *msg.Message

	// The space's lock guards these.
	rooms map[string]struct{} // it has joined by request
	state memberState
	held  []outgoing // messages sent while it catches up, oldest first
	asked uint64     // the number of the Send that last picked it
}

// memberState says what becomes of a message for a member.
type memberState uint8

const (
	deaf       memberState = iota // it may not view
	catchingUp                    // messages are held until it is connected and has the last ones
	live
)

// admit says whether a socket may come in. The library asks before it connects
// the socket, on the goroutine that read the CONNECT packet.
func (d *Door) admit(so *socket.Socket, next func(*socket.ExtendedError)) {
	if err := d.tryAdmit(so); err != nil {
		e := wire.ErrorOf(err)
		next(socket.NewExtendedError(e.Message, e))
		return
	}
	next(nil)
}

func (d *Door) tryAdmit(so *socket.Socket) error {
	name := so.Nsp().Name()
	if err := msg.CheckNamespace(name); err != nil {
		return err
	}
	if d.isLeaving() {
		return errStopping()
	}
	auth, err := readAuth(so.Handshake().Auth)
	if err != nil {
		return err
	}
	// The context is that of the request which opened the connection; what
	// package access found out about it stays there when the request is over.
	scopes := msg.ScopesOf(so.Request().Context())
	if auth.Key != "" {
		more, err := d.opts.Keys.Scopes(auth.Key)
		if err != nil {
			return err
		}
		scopes |= more
	}
	if scopes&(msg.MayView|msg.MayPublish) == 0 {
		return fault.Newf(fault.Unauthorized, "this connection may neither view nor publish").WithHint("connect with auth: {key: …}")
	}
	s, sp := exchangeOf(so.Request()).session, d.spaces.find(name)
	m := &member{
		door: d, session: s, space: sp, socket: so, id: string(so.Id()), scopes: scopes, last: auth.Last,
		stay: newStay(), rooms: make(map[string]struct{}),
	}
	if scopes.Has(msg.MayView) {
		// From here on, so that a client misses nothing from the moment it knows
		// that it is connected.
		m.state = catchingUp
	}
	if err := sp.admit(m); err != nil {
		return err
	}
	if !s.add(m) {
		sp.drop(m)
		return fault.Newf(fault.Invalid, "the connection is closed")
	}
	so.SetData(m)
	if name != root || so.Conn().Protocol() != 3 { // Socket.IO 2 joins the root without a CONNECT packet
		d.spaces.admitted = m.stay
	}
	return nil
}

// readAuth reads what a CONNECT packet says of its sender. It takes the text out
// of the map, which the library keeps as long as the socket lives.
func readAuth(auth map[string]any) (wire.Auth, error) {
	var a wire.Auth
	if text, ok := auth[authKey].(json.RawMessage); ok {
		delete(auth, authKey)
		if json.Unmarshal(text, &a) != nil || a.Last < 0 {
			return a, fault.Newf(fault.Invalid, "auth.key is not a string, or auth.last not a whole number").WithCode("invalid_type")
		}
	}
	// Socket.IO 2 clients have a query in the place of auth.
	if values, ok := auth["key"].([]string); ok {
		a.Key = values[0]
	}
	if values, ok := auth["last"].([]string); ok {
		n, err := strconv.ParseUint(values[0], 10, 31)
		if err != nil {
			return a, fault.Newf(fault.Invalid, "last is not a whole number").WithCode("invalid_type")
		}
		a.Last = int(n)
	}
	return a, msg.CheckLast(a.Last)
}

// join is called when a socket is connected, before any event of it is.
func (d *Door) join(so *socket.Socket) {
	m, ok := so.Data().(*member)
	// The library does not see a connection that closes at this very moment, and
	// would keep the socket for ever.
	if !ok || so.Conn().ReadyState() != "open" || !d.enter() {
		so.Disconnect(false)
		return
	}
	defer d.leave()
	// These fail for no listener only.
	_ = so.Once("disconnect", func(...any) {
		m.session.remove(m)
		close(m.stay.left)
	})
	_ = so.On("error", func(args ...any) { m.broken(args) })
	so.OnAny(func(args ...any) { m.event(args) })
	close(m.stay.joined)
	d.log.Debug("Client connected", "client", m.id, "namespace", m.space.name, "address", m.session.conn.RemoteAddress(), "scopes", m.scopes.String())
	if m.scopes.Has(msg.MayView) {
		m.catchUp()
	}
}

// broken is called when the client sent what is not a packet, and just before
// the library closes the connection.
func (m *member) broken(args []any) {
	err, ok := args[0].(error)
	if !ok {
		return
	}
	m.door.log.Info("Invalid packet, connection closed", "client", m.id, "address", m.session.conn.RemoteAddress(), "error", err)
	m.session.bye(closeProtocolError, err.Error())
}

// Close codes of RFC 6455.
const (
	closeGoingAway     = 1001
	closeProtocolError = 1002
	closePolicy        = 1008
)

// host is the remote host without the port.
func (m *member) host() string { return hostOf(m.session.conn.RemoteAddress()) }
