package conformance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// The first byte of a frame: FIN, reserved bits, opcode.
const (
	fin           = 0x80
	rsv1          = 0x40
	continuation  = 0
	textFrame     = fin | 1
	binaryFrame   = fin | 2
	closeFrame    = fin | 8
	pingFrame     = fin | 9
	pongFrame     = fin | 10
	maskBit       = 0x80 // of the second byte
	protocolError = 1002
	notUTF8       = 1007
)

// The key of RFC 6455's own example, and the answer to it.
const (
	sampleKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// wire is a connection to the hub, down to its bytes.
type wire struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func (h *hub) dial() *wire {
	h.t.Helper()
	at, err := netip.ParseAddrPort(h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(at))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		h.t.Fatal(err)
	}
	return &wire{c, h.t, bufio.NewReader(c)}
}

func (w *wire) write(b []byte) {
	w.t.Helper()
	if _, err := w.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// handshake asks for a WebSocket, with headers in the place of the usual ones, or
// without those that are empty.
func (w *wire) handshake(path string, change map[string]string) *http.Response {
	w.t.Helper()
	headers := map[string]string{
		"Host": w.RemoteAddr().String(), "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": sampleKey,
	}
	for name, value := range change {
		headers[name] = value
	}
	request := "GET " + path + " HTTP/1.1\r\n"
	for name, value := range headers {
		if value != "" {
			request += name + ": " + value + "\r\n"
		}
	}
	w.write([]byte(request + "\r\n"))
	resp, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

// webSocket returns a connection after its handshake.
func (h *hub) webSocket(path string) *wire {
	h.t.Helper()
	w := h.dial()
	if resp := w.handshake(path, nil); resp.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("got %s, want 101", resp.Status)
	}
	return w
}

// frame is one frame as a client sends it.
func frame(first byte, payload string) []byte {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, maskBit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), uint64(n))
	}
	b = append(b, mask[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return b
}

// closeWith is the payload of a close frame.
func closeWith(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

func (w *wire) send(frames ...[]byte) { w.t.Helper(); w.write(slices.Concat(frames...)) }

// read returns the next frame of the hub, which must not be masked.
func (w *wire) read() (first byte, payload string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.r, head[:]); err != nil {
		return 0, "", err
	}
	if head[1]&maskBit != 0 {
		return 0, "", errors.New("the hub has masked a frame")
	}
	size := uint64(head[1])
	var more [8]byte
	switch size {
	case 126:
		_, err = io.ReadFull(w.r, more[6:])
		size = binary.BigEndian.Uint64(more[:])
	case 127:
		_, err = io.ReadFull(w.r, more[:])
		size = binary.BigEndian.Uint64(more[:])
	}
	if err != nil {
		return 0, "", err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(w.r, b)
	return head[0], string(b), err
}

// wants fails unless the next frame is this one.
func (w *wire) wants(first byte, payload string) {
	w.t.Helper()
	gotFirst, got, err := w.read()
	if err != nil || gotFirst != first || got != payload {
		w.t.Fatalf("got the frame %#x %q (%v), want %#x %q", gotFirst, got, err, first, payload)
	}
}

// wantsClose reads on until the hub closes, and fails unless that is with one of
// these codes; 0: without a code. What the hub sends before is thrown away.
func (w *wire) wantsClose(codes ...int) {
	w.t.Helper()
	code, err := w.closed()
	if err != nil {
		w.t.Errorf("got %v, want a close with %v", err, codes)
		return
	}
	if !slices.Contains(codes, code) {
		w.t.Errorf("got a close with %d, want %v", code, codes)
	}
}

// closed reads on until the hub's close frame, and returns its code. It answers, and
// waits until the hub has ended the connection.
func (w *wire) closed() (int, error) {
	for {
		first, payload, err := w.read()
		if err != nil {
			return 0, err
		}
		if first != closeFrame {
			continue
		}
		_, _ = w.Write(frame(closeFrame, payload)) // the hub may have been answered already
		_ = w.CloseWrite()                         // or be gone
		if n, err := io.Copy(io.Discard, w.r); n > 0 || isTimeout(err) {
			return 0, errors.New("something came after the close, or the connection was not ended")
		}
		if len(payload) < 2 {
			return 0, nil
		}
		return int(binary.BigEndian.Uint16([]byte(payload))), nil
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
