package ws

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// The parts of a WebSocket frame's header (RFC 6455, section 5.2).
const (
	fin       = 0x80
	maxHeader = 10 // bytes, of a frame without a mask
	maxClose  = 123
)

// appendHeader appends the header of a whole, unmasked frame whose payload has
// n bytes.
func appendHeader(dst []byte, opcode byte, n int) []byte {
	switch {
	case n < 126:
		return append(dst, fin|opcode, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, fin|opcode, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, fin|opcode, 127), uint64(n))
	}
}

// finish turns room for a header, followed by a text, into the text's frame.
func finish(buf []byte) []byte {
	var head [maxHeader]byte
	h := appendHeader(head[:0], websocket.TextMessage, len(buf)-maxHeader)
	frame := buf[maxHeader-len(h):]
	copy(frame, h)
	return frame
}

// eventFrame makes the one frame of a message that all its subscribers share.
func eventFrame(m *msg.Message, emitted time.Time) []byte {
	const rest = 150 // field names, seq, time
	buf := make([]byte, maxHeader, maxHeader+rest+len(m.Namespace)+len(m.Event)+len(m.Payload))
	return finish(wire.AppendEvent(buf, m, emitted))
}

// jsonFrame makes the frame of one of package wire's types.
func jsonFrame(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(appendHeader(make([]byte, 0, maxHeader+len(text)), websocket.TextMessage, len(text)), text...), nil
}

// controlFrame makes a ping, a pong or a close; payload has at most 125 bytes.
func controlFrame(opcode byte, payload string) []byte {
	return append(appendHeader(make([]byte, 0, 2+len(payload)), opcode, len(payload)), payload...)
}

// closeFrame makes a close frame with a code and the reason, cut to its limit.
// Code 0 stands for a close that has neither.
func closeFrame(code int, reason string) []byte {
	if code == 0 {
		return controlFrame(websocket.CloseMessage, "")
	}
	if len(reason) > maxClose {
		reason = strings.ToValidUTF8(reason[:maxClose], "")
	}
	return controlFrame(websocket.CloseMessage, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}
