package link

import (
	"errors"
	"math"
	"net"

	"emitscope/backend/fault"
)

// What is wrong with a frame that gorilla would take, or end the connection for
// without a word.
var (
	errFragments = errors.New("too many frames in one message") // more than are allowed
	errHalfCode  = fault.Newf(fault.Invalid, "the close frame has half a code")
	errLength    = fault.Newf(fault.Invalid, "the highest bit of a frame's length is set")
)

// input is the connection as gorilla reads it. Gorilla joins the frames of a
// message and tells nobody how many there were, so they are counted below it, and
// what it does not refuse as RFC 6455 has it is refused here.
type input struct {
	net.Conn
	heads heads
}

// Read implements net.Conn. What it returns ends where something is wrong.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.Conn.Read(p)
	if good := in.heads.walk(p[:n]); good < n {
		return good, in.heads.wrong
	}
	return n, err
}

// heads walks the headers of masked and unmasked frames in a stream of bytes, which
// may be cut anywhere, and counts the data frames of each message. It looks at no
// byte of a payload.
type heads struct {
	most   int32  // frames a message may have
	frames int32  // of the message under way; 0: none is
	skip   uint64 // bytes of mask and payload that are still to come, or while length is read what it is so far
	length uint8  // bytes of the length that are still to come
	mask   uint8  // bytes of the frame's mask
	second bool   // the next byte is a header's second
	closes bool   // the frame is a close
	wrong  error  // why walk has stopped
}

// walk takes the next bytes, and returns how many come before one that is wrong: the
// first of a frame too many, the length of a close that has one byte, the end of a
// length that is too long. All when there is none.
func (h *heads) walk(p []byte) int {
	for i := 0; i < len(p); {
		switch {
		case h.length > 0:
			h.skip = h.skip<<8 | uint64(p[i])
			if h.length--; h.length == 0 {
				if h.skip > math.MaxInt64 {
					h.wrong = errLength
					return i
				}
				h.skip += uint64(h.mask)
			}
			i++
		case h.skip > 0:
			step := min(h.skip, uint64(len(p)-i))
			h.skip -= step
			i += int(step)
		case h.second:
			h.second = false
			h.mask = p[i] >> 7 * 4
			switch size := p[i] & 0x7F; {
			case size == 126:
				h.length = 2
			case size == 127:
				h.length = 8
			case size == 1 && h.closes:
				h.wrong = errHalfCode
				return i
			default:
				h.skip = uint64(size) + uint64(h.mask)
			}
			i++
		default:
			if !h.begin(p[i]) {
				h.wrong = errFragments
				return i
			}
			h.second = true
			i++
		}
	}
	return len(p)
}

// begin takes a header's first byte, and reports whether the frame may be.
func (h *heads) begin(first byte) bool {
	h.closes = first&opcodes == OpClose
	if first&opcodes >= OpClose {
		return true // control frames stand between the frames of a message
	}
	if h.frames == h.most {
		return false
	}
	if h.frames++; first&fin != 0 {
		h.frames = 0
	}
	return true
}
