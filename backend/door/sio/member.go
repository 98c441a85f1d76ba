package sio

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/socket/v3"

	"emitscope/backend/door/outbox"
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
	id      string       // for everybody to see
	caller  msg.Caller   // with all that its grants allow
	grants  []msg.Caller // by what right it is here: the session's, a key's, or both
	called  string       // what the client calls itself; empty: nothing
	last    int          // how many of the last messages it asked for on connect
	stay    *stay
	tap     *outbox.Tap // into the session's outbox; nil: it may not view
	was     *absent     // it, before its connection broke; nil: it is new

	// The space's lock guards these.
	rooms map[string]struct{} // it has joined by request
	place int                 // among the space's viewers
	asked uint64              // the number of the Send that last picked it
}

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
	if d.leaving.Load() {
		return errStopping()
	}
	auth, err := readAuth(so.Handshake().Auth)
	if err != nil {
		return err
	}
	c, ok := so.Conn().(*conn)
	if !ok {
		return fmt.Errorf("the library has a %T for a connection", so.Conn())
	}
	s := c.session
	caller, grants, err := d.callerOf(s, auth.Key)
	if err != nil {
		return err
	}
	sp := d.spaces.find(name)
	m := &member{
		door: d, session: s, space: sp, socket: so, id: idOf(so),
		caller: caller, grants: grants, called: auth.Name, last: auth.Last, stay: newStay(),
	}
	m.was, _ = so.Data().(*absent)
	if caller.Scopes.Has(msg.MayView) {
		// It holds what is sent from here on, so that a client misses nothing from
		// the moment it knows that it is connected.
		m.tap = outbox.NewLateTap(s.out)
	}
	if err := sp.admit(m); err != nil {
		return err
	}
	if m.was != nil {
		_ = sp.joinRooms(m, m.was.rooms) // it was in as many
	}
	if err := s.add(m); err != nil {
		sp.drop(m)
		return err
	}
	if err := d.stillWelcome(m.grants...); err != nil {
		s.remove(m)
		// As Expel would have done. The library's answer would come too late.
		s.answer(refusal(name, err))
		s.engine.Close(fault.From(err), websocket.ClosePolicyViolation)
		return err
	}
	so.SetData(m)
	*so.Handshake() = socket.Handshake{}           // nobody asks for it again
	if name != root || so.Conn().Protocol() != 3 { // Socket.IO 2 joins the root without a CONNECT packet
		d.spaces.admitted = m.stay
	}
	return nil
}

// idOf is what others know the socket by. The library's own id will not do for
// Socket.IO 2: it has the session's in it, and whoever knows that can speak for the
// client.
func idOf(so *socket.Socket) string {
	if so.Conn().Protocol() != 3 {
		return string(so.Id())
	}
	sum := sha256.Sum256([]byte(so.Id()))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// callerOf returns who wants to come in, and by what right: that of its session, of
// the key that it shows, or both, where the key alone does not allow it all.
func (d *Door) callerOf(s *session, key string) (caller msg.Caller, grants []msg.Caller, err error) {
	caller = s.caller
	if key != "" {
		caller.Scopes = 0
		if caller, err = d.opts.Keys.Admit(caller, key); err != nil { // which notes it
			return caller, nil, err
		}
		grants = append(grants, caller)
	}
	if !caller.Scopes.Has(s.caller.Scopes) || key == "" {
		grants = append(grants, s.caller)
		caller.Scopes |= s.caller.Scopes
	}
	if caller.Scopes&(msg.MayView|msg.MayPublish) == 0 {
		err = fault.Newf(fault.Unauthorized, "this connection may neither view nor publish").WithHint("connect with auth: {key: …}")
		d.refused(caller, err)
	}
	return caller, grants, err
}

// stillWelcome says why somebody by these rights would not be let in any more. It
// is asked when Expel can find who has them: whoever is shown out meanwhile is found
// there, or learns it here.
func (d *Door) stillWelcome(grants ...msg.Caller) error {
	for _, grant := range grants {
		if grant.Scopes == 0 {
			continue // nobody yet
		}
		if err := d.opts.Welcome(grant); err != nil {
			d.refused(grant, err)
			return err
		}
	}
	return nil
}

// refused notes that somebody did not come in.
func (d *Door) refused(by msg.Caller, err error) {
	d.opts.Audit.Note(msg.Act{Kind: msg.Refused, By: by, Door: msg.DoorSocketIO, Subject: fault.From(err).Code})
}

// readAuth reads what a CONNECT packet says of its sender. It takes the text out
// of the map, which the library keeps as long as the socket lives.
func readAuth(auth map[string]any) (wire.Auth, error) {
	var a wire.Auth
	if text, ok := auth[authKey].(json.RawMessage); ok {
		delete(auth, authKey)
		var said struct {
			Key  string
			Last int
			Name any // programs have fields of their own, maybe of this name
		}
		if json.Unmarshal(text, &said) != nil || said.Last < 0 {
			return a, fault.Newf(fault.Invalid, "auth.key is not a string, or auth.last not a whole number").WithCode("invalid_type")
		}
		name, _ := said.Name.(string)
		a = wire.Auth{Key: said.Key, Last: said.Last, Name: msg.CleanClientName(name)}
	}
	// Socket.IO 2 clients have a query in the place of auth.
	if values, ok := auth["key"].([]string); ok {
		a.Key = values[0]
	}
	if values, ok := auth["name"].([]string); ok {
		a.Name = msg.CleanClientName(values[0])
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
	if !ok || so.Conn().ReadyState() != "open" || !d.inside.enter() {
		so.Disconnect(false)
		return
	}
	defer d.inside.leave()
	// These fail for no listener only.
	_ = so.Once("disconnect", func(...any) {
		m.session.remove(m)
		close(m.stay.left)
	})
	_ = so.Once("disconnecting", func(...any) { m.giveUp() })
	_ = so.On("error", func(args ...any) { m.broken(args) })
	so.OnAny(func(args ...any) { m.event(args) })
	close(m.stay.joined)
	d.log.Debug("Client connected", "client", m.id, "namespace", m.space.name, "address", m.session.engine.Address(), "scopes", m.caller.Scopes.String())
	if m.session.isFirst() {
		d.opts.Audit.Note(msg.Act{Kind: msg.Connected, By: m.caller, Door: msg.DoorSocketIO})
	}
	if m.tap != nil {
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
	m.door.log.Info("Invalid packet, connection closed", "client", m.id, "address", m.session.engine.Address(), "error", err)
	m.session.engine.Close(fault.Newf(fault.Invalid, "%v", err), websocket.CloseProtocolError)
}

// host is the remote host without the port.
func (m *member) host() string { return hostOf(m.session.engine.Address()) }
