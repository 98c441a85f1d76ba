package link

import (
	"encoding/binary"
	"iter"
	"strings"
)

// The opcodes of WebSocket frames (RFC 6455, section 5.2).
const (
	OpText   = 0x1
	OpBinary = 0x2
	OpClose  = 0x8
	OpPing   = 0x9
	OpPong   = 0xA
)

// MaxHeader is how many bytes the header of an unmasked frame has at most.
const MaxHeader = 10

const (
	fin      = 0x80
	opcodes  = 0x0F
	maxClose = 123 // bytes of a close frame's reason
)

// AppendHeader appends the header of a whole, unmasked frame whose payload has
// n bytes.
func AppendHeader(dst []byte, opcode byte, n int) []byte {
	switch {
	case n < 126:
		return append(dst, fin|opcode, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, fin|opcode, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, fin|opcode, 127), uint64(n))
	}
}

// Finish turns MaxHeader bytes of room, followed by a payload, into the
// payload's frame: a part of buf. Who makes a payload piece by piece thus copies
// nothing.
func Finish(buf []byte, opcode byte) []byte {
	var head [MaxHeader]byte
	h := AppendHeader(head[:0], opcode, len(buf)-MaxHeader)
	frame := buf[MaxHeader-len(h):]
	copy(frame, h)
	return frame
}

// Text makes the frame of a text, which must be UTF-8.
func Text[T ~string | ~[]byte](text T) []byte {
	return append(AppendHeader(make([]byte, 0, MaxHeader+len(text)), OpText, len(text)), text...)
}

// Binary makes the frame of bytes that are no text.
func Binary(payload []byte) []byte {
	return append(AppendHeader(make([]byte, 0, MaxHeader+len(payload)), OpBinary, len(payload)), payload...)
}

// Control makes a ping, a pong or a close; payload has at most 125 bytes.
func Control(opcode byte, payload string) []byte {
	return append(AppendHeader(make([]byte, 0, 2+len(payload)), opcode, len(payload)), payload...)
}

// Close makes a close frame with a code and the reason, cut to its limit. Code 0
// stands for a close that has neither.
func Close(code int, reason string) []byte {
	if code == 0 {
		return Control(OpClose, "")
	}
	if len(reason) > maxClose {
		reason = strings.ToValidUTF8(reason[:maxClose], "")
	}
	return Control(OpClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// Frames walks the frames in b, as this package makes them: whole and without a
// mask. It yields each one's opcode and payload, which is a part of b, and ends
// where b holds no whole frame.
func Frames(b []byte) iter.Seq2[byte, []byte] {
	return func(yield func(opcode byte, payload []byte) bool) {
		for len(b) >= 2 {
			opcode, size, head := b[0]&opcodes, uint64(b[1]), 2
			switch {
			case size == 126 && len(b) >= 4:
				size, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
			case size == 127 && len(b) >= MaxHeader:
				size, head = binary.BigEndian.Uint64(b[2:]), MaxHeader
			case size >= 126:
				return
			}
			if size > uint64(len(b)-head) {
				return
			}
			end := head + int(size)
			if !yield(opcode, b[head:end:end]) {
				return
			}
			b = b[end:]
		}
	}
}
