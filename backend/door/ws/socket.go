package ws

import (
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/oklog/ulid/v2"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// maxEvents bounds the events named in one subscription.
const maxEvents = 64

// socket is one native WebSocket client.
type socket struct {
	*conn
	id      string
	address string // host and port
	host    string
	name    string // what it calls itself
	agent   string // its program
	since   time.Time

	subsMu sync.Mutex               // only the reader changes subs, so it reads without
	subs   map[string]*subscription // by namespace
}

func (d *Door) serveSocket(w http.ResponseWriter, r *http.Request) {
	if err := d.enter(); err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	opts := d.opts.Outbox
	opts.MissedFrame = missedFrame
	c, err := d.open(w, r, opts)
	if err != nil {
		d.leave()
		return
	}
	if c.caller().Scopes == 0 {
		c.Limit(link.Limits{MaxFrame: min(maxKeyFrame, d.opts.MaxFrame), Wait: keyWait, Once: true, Late: errNoKey})
	}
	s := &socket{
		conn: c, id: ulid.Make().String(), address: r.RemoteAddr, since: time.Now(),
		name: msg.CleanClientName(r.URL.Query().Get("name")), agent: msg.AgentOf(r.UserAgent()),
		subs: make(map[string]*subscription),
	}
	if s.host, _, err = net.SplitHostPort(r.RemoteAddr); err != nil {
		s.host = r.RemoteAddr
	}
	// The handler returns, which frees what the HTTP server keeps for a request.
	go func() {
		defer d.leave()
		s.run()
	}()
}

func (s *socket) run() {
	d := s.door
	d.register(s.conn, s)
	if err := s.welcome(); err != nil {
		s.turnAway(nil, err)
	} else if s.caller().Scopes != 0 {
		s.connected()
	}
	d.log.Debug("WebSocket client connected", "client", s.id, "address", s.address)
	reason := s.serve(s.handle)
	d.unregister(s.conn, s)
	s.left(reason)
	for _, sub := range s.subs {
		d.index.remove(sub)
	}
	if errors.Is(reason, outbox.ErrSlow) || errors.Is(reason, outbox.ErrFlooded) {
		d.log.Warn("WebSocket client too slow, disconnected", "client", s.id, "address", s.address, "missed", s.out.Missed())
		return
	}
	d.log.Debug("WebSocket client disconnected", "client", s.id, "address", s.address, "reason", reason)
}

// connected notes that the client came in.
func (s *socket) connected() {
	s.door.opts.Audit.Note(msg.Act{Kind: msg.Connected, By: s.caller(), Door: msg.DoorWebSocket})
}

// handle does what one frame asks for.
func (s *socket) handle(frame []byte) {
	var in wire.SocketIn
	err := wire.ReadSocketIn(frame, &in)
	id := in.ID
	if err != nil {
		id = idOf(frame)
	} else {
		err = misplaced(&in)
	}
	if s.caller().Scopes == 0 && (err != nil || in.Type != "auth") {
		s.turnAway(id, fault.Newf(fault.Unauthorized, "the first frame must be an auth frame").
			WithHint(`send {"type":"auth","key":"…"} first`))
		return
	}
	if err == nil {
		switch in.Type {
		case "subscribe":
			err = s.subscribe(&in)
		case "unsubscribe":
			err = s.unsubscribe(&in)
		case "publish":
			err = s.publish(&in)
		case "auth":
			s.authenticate(&in)
		}
	}
	if err != nil {
		s.tell(s.errorFor(id, err))
	}
}

// idOf returns the id of a frame that was refused, if it has one: its decoding
// may have ended before, or at, the id.
func idOf(frame []byte) (id *int64) {
	var in struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(frame, &in) != nil || json.Unmarshal(in.ID, &id) != nil {
		return nil
	}
	return id
}

// errorFor explains err to the client. The details of one that nobody explained
// are for the log.
func (s *socket) errorFor(id *int64, err error) wire.SocketError {
	if errors.Is(fault.From(err), fault.Internal) {
		s.door.log.Error("WebSocket frame caused an error", "client", s.id, "err", err)
	}
	return wire.SocketError{Type: "error", ID: id, Error: wire.ErrorOf(err)}
}

// turnAway notes that the client may not be here, and closes its connection.
func (s *socket) turnAway(id *int64, err error) {
	s.door.refused(s.caller(), err)
	s.goodbye(id, err)
}

// goodbye closes the connection with the answer to the frame with the id.
func (s *socket) goodbye(id *int64, err error) {
	s.shutWith(fault.From(err), websocket.ClosePolicyViolation, s.errorFor(id, err))
}

// misplaced refuses an unknown type, and a field that says nothing in a frame of
// its type, for that is likely a mistake: "event" for "events".
func misplaced(in *wire.SocketIn) error {
	const subscribe, unsubscribe, publish, auth = 1, 2, 4, 8
	var kind uint8
	switch in.Type {
	case "subscribe":
		kind = subscribe
	case "unsubscribe":
		kind = unsubscribe
	case "publish":
		kind = publish
	case "auth":
		kind = auth
	default:
		return unknownType(in.Type, "subscribe, unsubscribe, publish or auth")
	}
	for _, field := range [...]struct {
		name  string
		given bool
		kinds uint8
	}{
		{"key", in.Key != "", auth},
		{"events", in.Events != nil, subscribe},
		{"last", in.Last != 0, subscribe},
		{"rooms", in.Rooms != nil, subscribe | publish},
		{"namespace", in.Namespace != "", subscribe | unsubscribe | publish},
		{"event", in.Event != "", publish},
		{"on", in.On != "", publish},
		{"data", in.Data != nil, publish},
		{"source_time", in.SourceTime != nil, publish},
	} {
		if field.given && field.kinds&kind == 0 {
			return fault.Newf(fault.Invalid, "field %q says nothing in a frame of type %q", field.name, in.Type).
				WithCode("unknown_field").WithHint("look for a spelling mistake, or leave it out")
		}
	}
	return nil
}

func unknownType(got, want string) error {
	if len(got) > 40 {
		got = got[:40]
	}
	return fault.Newf(fault.Invalid, "type is %q; it is %s", got, want).WithCode("unknown_type")
}

func (s *socket) authenticate(in *wire.SocketIn) {
	before := s.caller()
	grant := before
	grant.Scopes = 0
	grant, err := s.door.opts.Keys.Admit(grant, in.Key)
	if err != nil { // Admit has noted it
		s.goodbye(in.ID, err)
		return
	}
	if grant.Scopes|before.Scopes == 0 {
		s.turnAway(in.ID, fault.Newf(fault.Forbidden, "this key allows nothing"))
		return
	}
	s.right.Store(s.right.Load().with(grant))
	if err := s.welcome(); err != nil {
		s.turnAway(in.ID, err)
		return
	}
	if before.Scopes == 0 {
		s.Limit(s.door.limits())
		s.connected()
	}
	s.tell(wire.SocketAuthenticated{Type: "authenticated", Scopes: s.caller().Scopes.String()})
}

// needs returns a Forbidden error unless the client has the scope.
func (s *socket) needs(scope msg.Scopes) error {
	if s.right.Load().caller.Scopes.Has(scope) {
		return nil
	}
	return fault.Newf(fault.Forbidden, "this connection lacks the scope %q", scope).
		WithHint(`send {"type":"auth","key":"…"} with a key that has it`)
}

func (s *socket) subscribe(in *wire.SocketIn) error {
	if err := s.needs(msg.MayView); err != nil {
		return err
	}
	sub := &subscription{
		client: s.id, namespace: in.Namespace, out: s.out,
		events: unique(in.Events), rooms: unique(in.Rooms),
	}
	if sub.namespace == "" {
		sub.namespace = msg.DefaultNamespace
	}
	if err := checkSubscription(sub, in.Last); err != nil {
		return err
	}
	old := s.subs[sub.namespace]
	if most := s.door.opts.MaxSubscriptions; old == nil && len(s.subs) >= most {
		s.door.opts.Reached("max_subscriptions")
		return fault.Newf(fault.TooMany, "there are %d subscriptions; a connection has no more", most).
			WithHint("unsubscribe from a namespace, open another connection, or raise limits.max_subscriptions")
	}
	answer, err := jsonFrame(wire.SocketSubscribed{Type: "subscribed", Namespace: sub.namespace})
	if err != nil {
		return err
	}
	if in.Last > 0 {
		s.door.join(sub, old, in.Last, answer)
	} else {
		s.door.index.add(sub, old, answer)
	}
	s.subsMu.Lock()
	s.subs[sub.namespace] = sub
	s.subsMu.Unlock()
	return nil
}

func checkSubscription(sub *subscription, last int) error {
	if err := msg.CheckNamespace(sub.namespace); err != nil {
		return err
	}
	if len(sub.events) > maxEvents {
		return fault.Newf(fault.Invalid, "%d events are named; at most %d are allowed", len(sub.events), maxEvents).
			WithCode("invalid_event").WithHint("without events, all of the namespace come")
	}
	for _, e := range sub.events {
		if err := msg.CheckEvent(e); err != nil {
			return err
		}
	}
	if err := msg.CheckLast(last); err != nil {
		return err
	}
	return msg.CheckRooms(sub.rooms)
}

// unique returns the names without repetitions, in order.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Clip(slices.Compact(names))
}

func (s *socket) unsubscribe(in *wire.SocketIn) error {
	namespace := in.Namespace
	if namespace == "" {
		namespace = msg.DefaultNamespace
	}
	sub := s.subs[namespace]
	if sub == nil {
		return fault.Newf(fault.NotFound, "there is no subscription to %q", namespace)
	}
	s.door.index.remove(sub)
	s.subsMu.Lock()
	delete(s.subs, namespace)
	s.subsMu.Unlock()
	return nil
}

func (s *socket) publish(in *wire.SocketIn) error {
	if err := s.needs(msg.MayPublish); err != nil {
		return err
	}
	draft, err := in.Draft()
	if err != nil {
		return err
	}
	by := s.caller()
	draft.Origin = msg.Origin{Door: msg.DoorWebSocket, Client: s.id, Address: s.host, Key: by.Key, Local: by.Local}
	receipt, err := s.door.opts.Intake.Accept(draft)
	if err != nil || in.ID == nil {
		return err
	}
	s.out.Must(ackFrame(*in.ID, receipt), time.Now())
	return nil
}

// ackFrame encodes a wire.SocketAck without reflection: a fast producer gets as
// many as it publishes.
func ackFrame(id int64, r msg.Receipt) []byte {
	buf := make([]byte, link.MaxHeader, link.MaxHeader+100)
	buf = append(buf, `{"type":"ack","id":`...)
	buf = strconv.AppendInt(buf, id, 10)
	buf = append(buf, `,"seq":`...)
	buf = strconv.AppendUint(buf, r.FirstSeq, 10)
	if r.Dropped > 0 {
		buf = append(buf, `,"dropped":`...)
		buf = strconv.AppendInt(buf, int64(r.Dropped), 10)
	}
	return link.Finish(append(buf, '}'), link.OpText)
}

// eventFrame makes the one frame of a message that all its subscribers share.
func eventFrame(m *msg.Message, emitted time.Time) []byte {
	const rest = 150 // field names, seq, time
	buf := make([]byte, link.MaxHeader, link.MaxHeader+rest+len(m.Namespace)+len(m.Event)+len(m.Payload))
	return link.Finish(wire.AppendEvent(buf, m, emitted), link.OpText)
}

// missedFrame encodes a wire.SocketMissed.
func missedFrame(count uint64) []byte {
	buf := make([]byte, link.MaxHeader, link.MaxHeader+50)
	buf = append(buf, `{"type":"missed","count":`...)
	return link.Finish(append(strconv.AppendUint(buf, count, 10), '}'), link.OpText)
}

// client describes the socket; any goroutine may call it.
func (s *socket) client() msg.Client {
	rooms := map[string]bool{}
	s.subsMu.Lock()
	namespaces := slices.Sorted(maps.Keys(s.subs))
	for _, sub := range s.subs {
		for _, r := range sub.rooms {
			rooms[r] = true
		}
	}
	s.subsMu.Unlock()
	return msg.Client{
		ID: s.id, Door: msg.DoorWebSocket, Transport: "websocket", Address: s.address, Name: s.name, Agent: s.agent, Key: s.caller().Key,
		Namespaces: namespaces, Rooms: slices.Sorted(maps.Keys(rooms)), Since: s.since,
		Sent: s.out.Sent(), Missed: s.out.Missed(), Lag: s.out.Lag(), Slow: s.out.SlowPolicy(), Drain: s.out.Drain(), RoundTrip: s.RoundTrip(),
	}
}
