package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// Subscribe connects one subscriber in the way that As names.
func (p Plan) Subscribe(ctx context.Context) (Receiver, error) {
	p = p.withDefaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	switch p.As {
	case AsPolling:
		return p.poll(ctx)
	case AsNative:
		s, err := p.native(ctx)
		if err != nil {
			return nil, err
		}
		return p.subscribeNative(ctx, s)
	default:
		s, err := p.socketIO(ctx, p.Namespace)
		if err != nil {
			return nil, err
		}
		return &eventReceiver{Socket: s, filter: newFilter(p.Namespace, p.Event)}, nil
	}
}

// native connects to Emitscope's /websocket and shows the key.
func (p Plan) native(ctx context.Context) (*Socket, error) {
	u, err := p.base()
	if err != nil {
		return nil, err
	}
	s, err := p.dialSocket(ctx, u.JoinPath("websocket"))
	if err != nil {
		return nil, err
	}
	if p.Key == "" {
		return s, nil
	}
	if err := ask(ctx, s, wire.SocketIn{Type: "auth", Key: p.Key}, "authenticated"); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// subscribeNative asks for the plan's messages on s, and closes s if that fails.
func (p Plan) subscribeNative(ctx context.Context, s *Socket) (Receiver, error) {
	in := wire.SocketIn{Type: "subscribe", Events: []string{p.Event}}
	in.Namespace = p.Namespace
	if err := ask(ctx, s, in, "subscribed"); err != nil {
		_ = s.Close()
		return nil, err
	}
	return &nativeReceiver{Socket: s}, nil
}

// ask sends a frame and waits for an answer of that type.
func ask(ctx context.Context, s *Socket, in wire.SocketIn, answer string) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if err := s.Send(text); err != nil {
		return fmt.Errorf("send a frame of type %s: %w", in.Type, err)
	}
	for {
		got, err := s.Next(ctx)
		if err != nil {
			return fmt.Errorf("wait for the answer to %s: %w", in.Type, err)
		}
		var e wire.SocketError
		if err := json.Unmarshal(got, &e); err != nil {
			return fault.Newf(fault.Internal, "the server does not speak Emitscope's WebSocket: %.60q", got)
		}
		switch e.Type {
		case answer:
			return nil
		case "error":
			return fault.Newf(fault.Internal, "the hub refused: %s", e.Message).WithCode(e.Code).WithHint("%s", e.Hint)
		}
	}
}

// nativeReceiver is a subscriber on Emitscope's /websocket.
type nativeReceiver struct {
	*Socket
	missed atomic.Uint64
}

func (r *nativeReceiver) Receive(take func(at time.Time, message []byte)) error {
	event, missed := []byte(`{"type":"event"`), []byte(`{"type":"missed","count":`)
	return r.Socket.Receive(func(at time.Time, message []byte) error {
		if bytes.HasPrefix(message, event) {
			take(at, message)
		} else if count, ok := bytes.CutPrefix(message, missed); ok {
			n, _, _ := number(count) // 0 where it is too large to be true
			r.missed.Add(uint64(n))
		}
		return nil
	})
}

// Missed is how many messages the hub said it left out.
func (r *nativeReceiver) Missed() uint64 { return r.missed.Load() }

// eventReceiver is a subscriber by Socket.IO over WebSocket.
type eventReceiver struct {
	*Socket
	filter *filter
}

func (r *eventReceiver) Receive(take func(at time.Time, message []byte)) error {
	return r.Socket.Receive(func(at time.Time, message []byte) error {
		switch r.filter.kind(message) {
		case isEvent:
			take(at, message)
		case isPing:
			_ = r.Send([]byte("3")) // a connection that is gone shows in the next read
		case isEnd:
			return errLeft
		}
		return nil
	})
}

func (r *eventReceiver) Missed() uint64 { return r.filter.missed }

var errLeft = fault.Newf(fault.Internal, "the server disconnected the client from the namespace")

// socketIO connects to a namespace by Socket.IO over WebSocket.
func (p Plan) socketIO(ctx context.Context, namespace string) (*Socket, error) {
	u, err := p.base()
	if err != nil {
		return nil, err
	}
	u = u.JoinPath(p.Path)
	u.RawQuery = "EIO=4&transport=websocket"
	s, err := p.dialSocket(ctx, u)
	if err != nil {
		return nil, err
	}
	if err := p.join(ctx, s, namespace); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// join waits for Engine.IO's open packet and joins the namespace.
func (p Plan) join(ctx context.Context, s *Socket, namespace string) error {
	open, err := s.Next(ctx)
	if err != nil {
		return fmt.Errorf("wait for Socket.IO to open: %w", err)
	}
	if len(open) == 0 || open[0] != '0' {
		return fault.Newf(fault.Internal, "the server does not speak Socket.IO: it began with %.60q", open)
	}
	if err := s.Send(connectPacket(namespace, p.Key)); err != nil {
		return fmt.Errorf("join namespace %s: %w", namespace, err)
	}
	for {
		packet, err := s.Next(ctx)
		if err != nil {
			return fmt.Errorf("join namespace %s: %w", namespace, err)
		}
		if string(packet) == "2" {
			if err := s.Send([]byte("3")); err != nil {
				return err
			}
			continue
		}
		if joined, err := joinAnswer(packet, namespace); joined || err != nil {
			return err
		}
	}
}

// connectPacket is what asks to join a namespace.
func connectPacket(namespace, key string) []byte {
	packet := []byte("40")
	if namespace != "/" {
		packet = append(append(packet, namespace...), ',')
	}
	if key != "" {
		auth, _ := json.Marshal(wire.Auth{Key: key}) // a string cannot fail
		packet = append(packet, auth...)
	}
	return packet
}

// joinAnswer reports whether packet says that the namespace is joined. The error
// says that it cannot be.
func joinAnswer(packet []byte, namespace string) (joined bool, err error) {
	if bytes.HasPrefix(packet, []byte("40")) {
		return true, nil
	}
	if !bytes.HasPrefix(packet, []byte("44")) {
		return false, nil // an event of another namespace, say
	}
	var e struct {
		Message string `json:"message"`
	}
	if at := bytes.IndexByte(packet, '{'); at >= 0 {
		_ = json.Unmarshal(packet[at:], &e) // without a message there is none to tell
	}
	return false, fault.Newf(fault.Internal, "the server does not let clients into namespace %s: %s", namespace, e.Message).
		WithHint("name another namespace; most servers have / only")
}

// What a packet is to a subscriber.
const (
	isOther = iota
	isEvent
	isPing
	isEnd
)

// filter tells the packets apart that a Socket.IO subscriber gets.
type filter struct {
	event, missedEvent, leave []byte
	missed                    uint64
}

func newFilter(namespace, event string) *filter {
	in := namespace + ","
	if namespace == "/" {
		in = ""
	}
	begin := func(event string) []byte {
		return append(append([]byte("42"+in+"["), jsontext.AppendString(nil, event)...), ',')
	}
	return &filter{event: begin(event), missedEvent: begin("missed"), leave: []byte("41" + in)}
}

func (f *filter) kind(packet []byte) int {
	switch {
	case bytes.HasPrefix(packet, f.event):
		return isEvent
	case len(packet) == 1 && packet[0] == '2':
		return isPing
	case len(packet) == 1 && packet[0] == '1' || bytes.Equal(packet, f.leave):
		return isEnd
	}
	if rest, ok := bytes.CutPrefix(packet, f.missedEvent); ok {
		if at := bytes.IndexAny(rest, "0123456789"); at >= 0 {
			n, _, _ := number(rest[at:]) // 0 where it is too large to be true
			f.missed += uint64(n)
		}
	}
	return isOther
}
