package trial

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// WebSocket opcodes.
const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xA
)

const (
	finBit  = 0x80
	maskBit = 0x80

	maxControl = 125      // bytes of a control frame
	maxMessage = 64 << 20 // bytes of one message; a server that sends more is not understood
)

// Why a server's bytes cannot be read any further.
var (
	errReserved   = errors.New("the server sent a frame with reserved bits, though no extension was agreed on")
	errMasked     = errors.New("the server sent a masked frame")
	errTooLong    = fmt.Errorf("the server sent a message over %d bytes", maxMessage)
	errBadControl = errors.New("the server sent a control frame that is fragmented or too long")
	errOpcode     = errors.New("the server sent a frame of an unknown kind")
	errSequence   = errors.New("the server sent the fragments of a message in a wrong order")
)

// frame is one WebSocket frame from a server.
type frame struct {
	op      byte
	last    bool // of a message's fragments
	payload []byte
}

// nextFrame reads the first frame of data, which is n bytes long with its header.
// n is 0 where data does not hold a whole frame.
func nextFrame(data []byte) (f frame, n int, err error) {
	if len(data) < 2 {
		return frame{}, 0, nil
	}
	if data[0]&0x70 != 0 {
		return frame{}, 0, errReserved
	}
	if data[1]&maskBit != 0 {
		return frame{}, 0, errMasked
	}
	f.op, f.last = data[0]&0x0f, data[0]&finBit != 0
	head, size := 2, uint64(data[1])
	switch size {
	case 126:
		head = 4
		if len(data) < head {
			return frame{}, 0, nil
		}
		size = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		head = 10
		if len(data) < head {
			return frame{}, 0, nil
		}
		size = binary.BigEndian.Uint64(data[2:])
	}
	switch {
	case f.op >= opClose && (size > maxControl || !f.last):
		return frame{}, 0, errBadControl
	case f.op > opPong || f.op > opBinary && f.op < opClose:
		return frame{}, 0, errOpcode
	case size > maxMessage:
		return frame{}, 0, errTooLong
	case uint64(len(data)-head) < size:
		return frame{}, 0, nil
	}
	n = head + int(size)
	f.payload = data[head:n:n]
	return f, n, nil
}

// appendFrame appends a whole frame from a client. A client must mask what it
// sends; the mask is zero here, which leaves the bytes as they are: it protects
// proxies from scripts in a browser, and this is none.
func appendFrame(to []byte, op byte, payload []byte) []byte {
	return append(appendHeader(to, op, len(payload)), payload...)
}

// appendHeader appends the header of a frame from a client, with a mask of zero.
func appendHeader(to []byte, op byte, size int) []byte {
	to = append(to, finBit|op)
	switch {
	case size <= 125:
		to = append(to, maskBit|byte(size))
	case size <= 0xffff:
		to = append(to, maskBit|126)
		to = binary.BigEndian.AppendUint16(to, uint16(size))
	default:
		to = append(to, maskBit|127)
		to = binary.BigEndian.AppendUint64(to, uint64(size))
	}
	return append(to, 0, 0, 0, 0)
}

// assembler puts the fragments of messages together.
type assembler struct {
	begun bool
	whole []byte
}

// add takes a data frame and returns the message that it completes; false: there
// is none yet. The message is valid until the next call.
func (a *assembler) add(f frame) (message []byte, complete bool, err error) {
	switch {
	case (f.op == opContinue) != a.begun:
		return nil, false, errSequence
	case f.last && !a.begun:
		return f.payload, true, nil // nearly always: no copy
	case len(a.whole)+len(f.payload) > maxMessage:
		return nil, false, errTooLong
	}
	if !a.begun {
		a.whole = a.whole[:0]
	}
	a.whole = append(a.whole, f.payload...)
	a.begun = !f.last
	return a.whole, f.last, nil
}
