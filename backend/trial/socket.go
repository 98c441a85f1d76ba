package trial

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6455 asks for it; it protects nothing
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/fault"
)

// How long a connection waits.
const (
	dialWait  = 15 * time.Second // for a connection and its handshake
	writeWait = 10 * time.Second // for the server to take what a subscriber says
)

// Socket is a WebSocket client made for reading much at little cost: the bytes of
// a read are shared by all the frames in it, are not copied, and belong to a
// buffer that connections without traffic do not have. It answers pings.
//
// Next and Receive are for one goroutine; Send and Close for any.
type Socket struct {
	conn net.Conn
	read reader
	rest []byte // read, and not yet looked at
	msgs assembler
	pong chan struct{} // capacity 1: a pong has come

	writing sync.Mutex
	out     []byte
}

// DialSocket connects to address, which begins with ws:// or wss://, http:// or
// https://. A server that does not answer, or refuses, is told in words for a
// person.
func DialSocket(ctx context.Context, address string) (*Socket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, wrong("%q is not an address", address)
	}
	return Plan{}.dialSocket(ctx, u)
}

// dialSocket does so for the plan's target.
func (p Plan) dialSocket(ctx context.Context, u *url.URL) (*Socket, error) {
	trust, err := p.trust()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	conn, err := dial(ctx, u, trust)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	early, err := upgrade(conn, u)
	if !stop() && err == nil {
		err = fault.Newf(fault.Internal, "connecting to %s took too long", u.Host)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &Socket{conn: conn, read: newReader(conn), rest: early, pong: make(chan struct{}, 1)}, nil
}

// dial connects to the host of u, by TLS as trust says where the address asks for
// TLS.
func dial(ctx context.Context, u *url.URL, trust *tls.Config) (net.Conn, error) {
	port, secure := "80", u.Scheme == "https" || u.Scheme == "wss"
	if secure {
		port = "443"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	address := net.JoinHostPort(u.Hostname(), port)
	var conn net.Conn
	var err error
	if secure {
		conn, err = (&tls.Dialer{Config: trust}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		if known := client.Untrusted(address, err); known != nil {
			return nil, known
		}
		var failed *net.OpError
		if errors.As(err, &failed) {
			err = failed.Err // without the address, which is in our own sentence
		}
		return nil, fault.Newf(fault.Internal, "nothing answers at %s: %v", address, err).
			WithCode("unreachable").WithHint("start the server there, or name another one")
	}
	return conn, nil
}

// upgrade makes a WebSocket of conn, and returns what the server sent with its
// answer already.
func upgrade(conn net.Conn, u *url.URL) (early []byte, err error) {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	path := *u
	path.Scheme, path.Host, path.User = "", "", nil
	if path.Path == "" {
		path.Path = "/"
	}
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path.String(), u.Host, key)
	if err != nil {
		return nil, fmt.Errorf("ask %s for a WebSocket: %w", u.Host, err)
	}
	in := bufio.NewReaderSize(conn, 4<<10)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, fault.Newf(fault.Internal, "%s does not answer like an HTTP server: %v", u.Host, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, refusal(res, u)
	}
	if res.Header.Get("Sec-WebSocket-Accept") != acceptOf(key) {
		return nil, fault.Newf(fault.Internal, "%s answers, but not like a WebSocket server", u.Host)
	}
	early, _ = in.Peek(in.Buffered())
	return early, nil
}

// acceptOf is what a WebSocket server answers to a client's key.
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Send writes one text message.
func (s *Socket) Send(text []byte) error { return s.write(opText, text) }

func (s *Socket) write(op byte, payload []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.out = appendFrame(s.out[:0], op, payload)
	return s.flush(s.out, writeWait)
}

// writeFrames writes frames that the server must take within wait.
func (s *Socket) writeFrames(frames []byte, wait time.Duration) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.flush(frames, wait)
}

// flush is writeFrames with the lock held.
func (s *Socket) flush(frames []byte, wait time.Duration) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	_, err := s.conn.Write(frames)
	return err
}

// Close ends the connection at once.
func (s *Socket) Close() error { return s.conn.Close() }

// Next returns the next message, valid until the following call: for what is said
// before messages flow. It waits no longer than until ctx ends.
func (s *Socket) Next(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		f, n, err := nextFrame(s.rest)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			part := make([]byte, 4<<10)
			got, err := s.conn.Read(part)
			if got == 0 && err != nil {
				if ctx.Err() != nil {
					err = context.Cause(ctx)
				}
				return nil, err
			}
			s.rest = append(s.rest, part[:got]...)
			continue
		}
		s.rest = s.rest[n:]
		message, complete, err := s.handle(f)
		if err != nil || complete {
			return message, err
		}
	}
}

// Receive hands over every message until the connection ends or each returns an
// error, and returns why it ended. each must not keep the message, and must not
// close the connection: that waits until reading has ended. at is when the message
// was read, the same for all messages of one read.
func (s *Socket) Receive(each func(at time.Time, message []byte) error) error {
	use := func(at time.Time, data []byte) (used int, err error) {
		for {
			f, n, err := nextFrame(data[used:])
			if n == 0 || err != nil {
				return used, err
			}
			used += n
			message, complete, err := s.handle(f)
			if complete {
				err = each(at, message)
			}
			if err != nil {
				return used, err
			}
		}
	}
	used, err := use(time.Now(), s.rest)
	if err != nil {
		return err
	}
	return s.read.run(s.rest[used:], use)
}

// handle takes one frame and returns the message that it completes.
func (s *Socket) handle(f frame) (message []byte, complete bool, err error) {
	switch f.op {
	case opPing:
		return nil, false, s.write(opPong, f.payload)
	case opPong:
		select {
		case s.pong <- struct{}{}:
		default:
		}
		return nil, false, nil
	case opClose:
		_ = s.write(opClose, f.payload[:min(len(f.payload), 2)]) // it is over either way
		return nil, false, closed(f.payload)
	}
	return s.msgs.add(f)
}

// closed says in words what a close frame says.
func closed(payload []byte) error {
	if len(payload) < 2 {
		return errors.New("the server closed the connection")
	}
	code, reason := int(payload[0])<<8|int(payload[1]), string(payload[2:])
	if reason == "" {
		return fmt.Errorf("the server closed the connection with code %d", code)
	}
	return fmt.Errorf("the server closed the connection with code %d: %s", code, reason)
}
