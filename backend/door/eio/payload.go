package eio

import (
	"encoding/base64"
	"errors"
	"iter"
	"slices"

	"emitscope/backend/door/link"
)

// packet is one Engine.IO packet as a WebSocket frame carries it: a text begins
// with the packet's type, and bytes are a message's; in revision 3 they begin
// with a 4 that says so.
type packet struct {
	opcode byte // link.OpText or link.OpBinary
	data   []byte
}

// The types of packets, as the first character of a text.
const (
	kindOpen    = '0'
	kindClose   = '1'
	kindPing    = '2'
	kindPong    = '3'
	kindMessage = '4'
	kindUpgrade = '5'
	kindNoop    = '6'
)

// binaryMessage is the first byte of a message of bytes in revision 3.
const binaryMessage = 4

// separator stands between two packets of a payload.
const separator = 0x1e

// What makes a payload invalid.
var (
	errEmpty  = errors.New("the payload is empty")
	errKind   = errors.New("the packet has no valid type")
	errBase64 = errors.New("the packet's bytes are not base64")
	errLength = errors.New("the packet's length is missing, or wrong")
)

// check reports what is wrong with a packet of a client.
func (p packet) check(revision int) error {
	switch {
	case p.opcode == link.OpText && (len(p.data) == 0 || p.data[0] < kindOpen || p.data[0] > kindNoop):
		return errKind
	case p.opcode == link.OpBinary && revision == 3 && (len(p.data) == 0 || p.data[0] != binaryMessage):
		return errKind
	}
	return nil
}

// decode yields the packets of a POST's body, until one is invalid. Each is a
// part of body, or was made of one.
func decode(revision int, contentType string, body []byte) iter.Seq2[packet, error] {
	split := splitText
	switch {
	case revision == 3 && contentType == "application/octet-stream":
		split = split3Bytes
	case revision == 3:
		split = split3Text
	}
	return func(yield func(packet, error) bool) {
		if len(body) == 0 {
			yield(packet{}, errEmpty)
			return
		}
		for rest := body; len(rest) > 0; {
			var p packet
			var err error
			p, rest, err = split(rest)
			if err == nil {
				err = p.check(revision)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// splitText takes the first packet of a payload of revision 4.
func splitText(text []byte) (packet, []byte, error) {
	first, rest := text, []byte(nil)
	if end := slices.Index(text, separator); end >= 0 {
		if first, rest = text[:end], text[end+1:]; len(rest) == 0 {
			return packet{}, nil, errKind // of the packet that should follow
		}
	}
	if len(first) > 0 && first[0] == 'b' {
		p, err := fromBase64(first[1:], nil)
		return p, rest, err
	}
	return packet{link.OpText, first}, rest, nil
}

// fromBase64 makes a packet of bytes, which begins with head.
func fromBase64(text, head []byte) (packet, error) {
	data, err := base64.StdEncoding.AppendDecode(slices.Clip(head), text)
	if err != nil {
		return packet{}, errBase64
	}
	return packet{link.OpBinary, data}, nil
}

// encode makes the answer to a poll.
func encode(revision int, packets []packet) []byte {
	size := 0
	for _, p := range packets {
		size += len(p.data)*4/3 + 16
	}
	text := make([]byte, 0, size)
	for i, p := range packets {
		switch {
		case revision == 3:
			text = append3(text, p)
			continue
		case i > 0:
			text = append(text, separator)
		}
		if p.opcode == link.OpBinary {
			text = base64.StdEncoding.AppendEncode(append(text, 'b'), p.data)
		} else {
			text = append(text, p.data...)
		}
	}
	return text
}

// packetsOf appends the packets in an entry of an outbox, without what is only
// for WebSocket connections.
func packetsOf(packets []packet, entry []byte) []packet {
	for opcode, data := range link.Frames(entry) {
		if opcode == link.OpText || opcode == link.OpBinary {
			packets = append(packets, packet{opcode, data})
		}
	}
	return packets
}

// framesOf makes the frames of packets again.
func framesOf(packets []packet) []byte {
	var frames []byte
	for _, p := range packets {
		frames = append(link.AppendHeader(frames, p.opcode, len(p.data)), p.data...)
	}
	return frames
}
