package server_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// socket is a WebSocket connection, as small as one can be: the libraries for it
// are for the doors.
type socket struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// closed is the close frame that ended a connection.
type closed struct {
	code   int
	reason string
}

func (c closed) Error() string { return fmt.Sprintf("closed with %d %s", c.code, c.reason) }

// patience is how long a test waits for a frame.
const patience = 10 * time.Second

// dial opens a WebSocket at a hub's URL. With a key, it is in the header.
func dial(t *testing.T, base, path, key string) *socket {
	t.Helper()
	s, res := tryDial(t, base, path, key)
	if s == nil {
		t.Fatalf("WebSocket %s%s: got %s, want 101", base, path, res.Status)
	}
	return s
}

func tryDial(t *testing.T, base, path, key string) (*socket, *http.Response) {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if at.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	header := "GET " + path + " HTTP/1.1\r\nHost: " + at.Host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.StdEncoding.EncodeToString(make([]byte, 16)) + "\r\n"
	if key != "" {
		header += "Authorization: Bearer " + key + "\r\n"
	}
	if _, err := io.WriteString(conn, header+"\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, res
	}
	return &socket{t, conn, in}, res
}

// send sends a text frame.
func (s *socket) send(text string) {
	s.t.Helper()
	if err := s.trySend(text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) trySend(text string) error {
	frame := []byte{0x81, 0x80 | 126}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(text)))
	frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
	_, err := s.conn.Write(append(frame, text...))
	return err
}

// read returns the next text frame, or how the connection ended.
func (s *socket) read() (string, error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		var head [2]byte
		if _, err := io.ReadFull(s.in, head[:]); err != nil {
			return "", err
		}
		size := uint64(head[1] & 0x7f)
		switch size {
		case 126:
			var long [2]byte
			_, _ = io.ReadFull(s.in, long[:])
			size = uint64(binary.BigEndian.Uint16(long[:]))
		case 127:
			var long [8]byte
			_, _ = io.ReadFull(s.in, long[:])
			size = binary.BigEndian.Uint64(long[:])
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(s.in, data); err != nil {
			return "", err
		}
		switch head[0] & 0x0f {
		case 8:
			if len(data) < 2 {
				return "", closed{}
			}
			return "", closed{int(binary.BigEndian.Uint16(data)), string(data[2:])}
		case 1:
			return string(data), nil
		}
	}
}

// until reads frames until one has the words, and returns it.
func (s *socket) until(words string) string {
	s.t.Helper()
	for {
		text, err := s.read()
		if err != nil {
			s.t.Fatalf("got %v, want a frame with %s", err, words)
		}
		if text == "2" { // Engine.IO's ping
			s.send("3")
		}
		if strings.Contains(text, words) {
			return text
		}
	}
}

// wantsEnd reads until the connection ends, and wants words in what came last.
func (s *socket) wantsEnd(words string) {
	s.t.Helper()
	last := ""
	for {
		text, err := s.read()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			s.t.Errorf("the connection has not ended in %v, want an end with %q", patience, words)
			return
		}
		if err != nil {
			if last += err.Error(); !strings.Contains(last, words) {
				s.t.Errorf("the connection ended with %q, want %q", last, words)
			}
			return
		}
		last = text + " "
	}
}

// subscriber is a native client of namespace /x.
func subscriber(t *testing.T, base, key string) *socket {
	t.Helper()
	s := dial(t, base, "/websocket", key)
	s.send(`{"type":"subscribe","namespace":"/x"}`)
	s.until(`"subscribed"`)
	return s
}

// socketIO is a Socket.IO client of namespace /x.
func socketIO(t *testing.T, base, key string) *socket {
	t.Helper()
	s := dial(t, base, "/socket.io/?EIO=4&transport=websocket", "")
	s.until(`"sid"`)
	auth, _ := json.Marshal(map[string]string{"key": key})
	if key == "" {
		auth = nil
	}
	s.send("40/x," + string(auth))
	s.until(`40/x,{"sid"`)
	return s
}
