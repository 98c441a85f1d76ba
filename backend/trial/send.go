package trial

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// mostTogether is how many messages a producer on a socket writes at once.
const mostTogether = 256

// takeWait is how long a server may take to accept what a producer sends.
const takeWait = 20 * time.Second

// byeWait is how long a producer waits, at the end, for the server to have read
// everything.
const byeWait = 10 * time.Second

// hurryWait is what is left of every wait after an interrupt.
const hurryWait = time.Second

// Sender connects one producer in the way that Via names. See Plan.DialSender for
// refused.
func (p Plan) Sender(ctx context.Context, refused func(code string, n int64)) (Sender, error) {
	p = p.withDefaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	switch {
	case p.Via == ViaREST:
		return p.restSender(ctx, refused)
	case p.Via == ViaWebSocket:
		s, err := p.native(ctx)
		if err != nil {
			return nil, err
		}
		return newSocketSender(s, p.nativePublish(), refused, nativeRefusal), nil
	default:
		namespace := p.Namespace
		if p.PublishEvent == "" {
			namespace = beside(p.Namespace)
		}
		s, err := p.socketIO(ctx, namespace)
		if err != nil {
			return nil, err
		}
		return newSocketSender(s, p.socketIOPublish(namespace), refused, ackRefusal), nil
	}
}

// beside returns a namespace for producers: in that of the messages they would be
// subscribers too.
func beside(namespace string) string {
	if namespace == "/" {
		return "/bench-producers"
	}
	return "/"
}

// restSender posts to Emitscope's /api/v1/messages.
type restSender struct {
	x       *exchange
	path    string
	before  []byte // of the data: the message's other fields
	batch   int
	body    []byte
	refused func(code string, n int64)
}

func (p Plan) restSender(ctx context.Context, refused func(code string, n int64)) (Sender, error) {
	u, err := p.base()
	if err != nil {
		return nil, err
	}
	x, err := p.newExchange(ctx, u, takeWait)
	if err != nil {
		return nil, err
	}
	s := &restSender{
		x: x, path: u.JoinPath("api/v1/messages").EscapedPath(), before: p.publishFields(),
		batch: p.Batch, refused: refused,
	}
	if err := s.probe(ctx, u.Host); err != nil {
		_ = x.conn.Close()
		return nil, err
	}
	return s, nil
}

// probe reports whether the server has this way in. One without would refuse each
// message, all trial long.
func (s *restSender) probe(ctx context.Context, host string) error {
	stop := context.AfterFunc(ctx, func() { _ = s.x.conn.Close() })
	defer stop()
	status, body, err := s.x.get(s.path + "?limit=1")
	switch {
	case err == nil && status == http.StatusUnauthorized:
		return refused(status, body, host)
	case err == nil && status != http.StatusNotFound:
		return nil
	}
	return fault.Newf(fault.NotFound, "%s takes no messages over REST as Emitscope does", host).
		WithHint("send by Socket.IO, and name the event that this server broadcasts")
}

// publishFields is a message for Emitscope up to its data.
func (p Plan) publishFields() []byte {
	text := jsontext.AppendString([]byte(`"namespace":`), p.Namespace)
	text = jsontext.AppendString(append(text, `,"event":`...), p.Event)
	return append(text, `,"data":`...)
}

func (s *restSender) Most() int { return s.batch }

func (s *restSender) Send(items []Item) error {
	s.body = s.body[:0]
	if len(items) > 1 {
		s.body = append(s.body, '[')
	}
	for i, it := range items {
		if i > 0 {
			s.body = append(s.body, ',')
		}
		s.body = append(append(append(append(s.body, '{'), s.before...), it.Data...), '}')
	}
	if len(items) > 1 {
		s.body = append(s.body, ']')
	}
	status, answer, err := s.x.post(s.path, "application/json", s.body)
	if err != nil {
		return fmt.Errorf("post to %s: %w", s.path, err)
	}
	if status < http.StatusMultipleChoices {
		return nil
	}
	code, _, _ := reasonOf(status, answer)
	var e wire.Error
	_ = json.Unmarshal(answer, &e) // of another server's answer nothing is known
	taken := 0
	if e.Accepted != nil {
		taken = min(max(*e.Accepted, 0), len(items))
	}
	for _, it := range items[taken:] {
		s.refused(code, it.N)
	}
	return nil
}

func (s *restSender) Close() error { return s.x.conn.Close() }

func (s *restSender) hurry() { _ = s.x.conn.SetDeadline(time.Now().Add(hurryWait)) }

// publish is how a message is put into a text frame.
type publish struct {
	op      []byte // before the id
	withID  bool
	before  []byte // between the id and the data
	after   []byte
	noIDGap []byte // in place of op, where there is no id
}

// nativePublish is a frame for Emitscope's /websocket.
func (p Plan) nativePublish() publish {
	return publish{
		op: []byte(`{"type":"publish","id":`), noIDGap: []byte(`{"type":"publish"`), withID: p.Acks,
		before: append([]byte(","), p.publishFields()...), after: []byte("}"),
	}
}

// socketIOPublish is a packet of Socket.IO: for Emitscope its event publish, for
// other servers the event that they expect.
func (p Plan) socketIOPublish(namespace string) publish {
	op := []byte("42")
	if namespace != "/" {
		op = append(append(op, namespace...), ',')
	}
	out := publish{op: op, noIDGap: op, withID: p.Acks}
	if p.PublishEvent == "" {
		out.before, out.after = append([]byte(`["publish",{`), p.publishFields()...), []byte("}]")
		return out
	}
	out.before = append(jsontext.AppendString([]byte("["), p.PublishEvent), ',')
	out.after = []byte("]")
	return out
}

// append appends the text of a message.
func (p publish) append(to []byte, it Item) []byte {
	if p.withID {
		to = strconv.AppendInt(append(to, p.op...), it.N, 10)
	} else {
		to = append(to, p.noIDGap...)
	}
	return append(append(append(to, p.before...), it.Data...), p.after...)
}

// socketSender writes to a WebSocket, and reads what is answered there.
type socketSender struct {
	*Socket
	publish publish
	text    []byte
	frames  []byte
	hurried atomic.Bool
	reading sync.WaitGroup
	readErr error
	closed  chan struct{} // with it, reading is over
}

// newSocketSender returns a sender that takes over s. refusal looks into what the
// server says for a message that was refused.
func newSocketSender(s *Socket, p publish, refused func(string, int64), refusal func([]byte) (string, int64, bool)) *socketSender {
	out := &socketSender{Socket: s, publish: p, closed: make(chan struct{})}
	out.reading.Go(func() {
		defer close(out.closed)
		out.readErr = s.Receive(func(_ time.Time, message []byte) error {
			if len(message) == 1 && message[0] == '2' {
				_ = s.Send([]byte("3")) // a connection that is gone shows in the next read
			} else if code, n, ok := refusal(message); ok {
				refused(code, n)
			}
			return nil
		})
	})
	return out
}

func (s *socketSender) Most() int { return mostTogether }

// Send writes one frame for each message, all at once. A server that does not read
// slows its producers down, and after takeWait loses them.
func (s *socketSender) Send(items []Item) error {
	s.frames = s.frames[:0]
	for _, it := range items {
		s.text = s.publish.append(s.text[:0], it)
		s.frames = appendFrame(s.frames, opText, s.text)
	}
	if err := s.writeFrames(s.frames, takeWait); err != nil {
		return s.why(err)
	}
	return nil
}

// why prefers what the server said at the end to what a write then fails with. No
// lock is held: reading ends only after it has answered what it was asked.
func (s *socketSender) why(err error) error {
	_ = s.Socket.Close()
	<-s.closed
	if s.readErr != nil {
		return s.readErr
	}
	return err
}

// Close asks for a pong, which comes when all before it was read.
func (s *socketSender) Close() error {
	patience := byeWait
	if s.hurried.Load() {
		patience = hurryWait
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-s.pong: // of nobody's asking
	default:
	}
	if s.writeFrames(appendFrame(nil, opPing, nil), patience) == nil {
		select {
		case <-s.pong:
			_ = s.write(opClose, []byte{0x03, 0xe8})
		case <-s.closed:
		case <-wait.C:
		}
	}
	err := s.Socket.Close()
	s.reading.Wait()
	return err
}

// hurry ends what waits for the server soon, be it a write or Close.
func (s *socketSender) hurry() {
	s.hurried.Store(true)
	_ = s.conn.SetDeadline(time.Now().Add(hurryWait)) // fails on a closed connection only
}

// nativeRefusal reads {"type":"error","id":7,"code":"queue_full",…}.
func nativeRefusal(message []byte) (code string, n int64, refused bool) {
	if !bytes.HasPrefix(message, []byte(`{"type":"error"`)) {
		return "", 0, false
	}
	var e wire.SocketError
	if json.Unmarshal(message, &e) != nil || e.Code == "" {
		return "", 0, false
	}
	n = -1
	if e.ID != nil {
		n = *e.ID
	}
	return e.Code, n, true
}

// ackRefusal reads 43/ns,7[{"ok":false,"code":"queue_full",…}]. What is answered
// in another way is no refusal.
func ackRefusal(packet []byte) (code string, n int64, refused bool) {
	rest, ok := bytes.CutPrefix(packet, []byte("43"))
	if !ok {
		return "", 0, false
	}
	if len(rest) > 0 && rest[0] == '/' {
		_, rest, _ = bytes.Cut(rest, []byte(","))
	}
	n, rest, ok = number(rest)
	if !ok || bytes.HasPrefix(rest, []byte(`[{"ok":true`)) {
		return "", 0, false
	}
	var answers []struct {
		OK   *bool  `json:"ok"`
		Code string `json:"code"`
	}
	if json.Unmarshal(rest, &answers) != nil || len(answers) == 0 || answers[0].OK == nil || *answers[0].OK {
		return "", 0, false
	}
	return cmp.Or(answers[0].Code, string(fault.Invalid)), n, true
}
