package eio

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"emitscope/backend/door/link"
)

// A payload of revision 3 says how long each packet is:
//
//	<length>:<packet>…           text; bytes are "b", the type, and base64
//	<0|1><digits>\xff<packet>…   application/octet-stream: 0 a text, 1 bytes;
//	                             each digit is a byte of that value
//
// The first counts as JavaScript does, in UTF-16 units; the second in bytes. The
// server sends the first only, which every client takes.

// maxDigits is how many digits a length has at most.
const maxDigits = 9

// split3Text takes the first packet of a text payload.
func split3Text(text []byte) (packet, []byte, error) {
	colon := bytes.IndexByte(text[:min(len(text), maxDigits+1)], ':')
	if colon < 1 {
		return packet{}, nil, errLength
	}
	units, err := strconv.ParseUint(string(text[:colon]), 10, 31)
	if err != nil {
		return packet{}, nil, errLength
	}
	rest := text[colon+1:]
	end := 0
	for left := int(units); left > 0; {
		r, size := utf8.DecodeRune(rest[end:])
		if size == 0 {
			return packet{}, nil, errLength
		}
		left -= unitsOf(r)
		end += size
	}
	first, rest := rest[:end:end], rest[end:]
	if len(first) > 1 && first[0] == 'b' {
		if first[1] != kindMessage {
			return packet{}, nil, errKind
		}
		p, err := fromBase64(first[2:], []byte{binaryMessage})
		return p, rest, err
	}
	return packet{link.OpText, first}, rest, nil
}

// unitsOf is how many UTF-16 units r takes in a JavaScript string.
func unitsOf(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// split3Bytes takes the first packet of an application/octet-stream payload.
func split3Bytes(body []byte) (packet, []byte, error) {
	opcode := byte(link.OpText)
	switch body[0] {
	case 0:
	case 1:
		opcode = link.OpBinary
	default:
		return packet{}, nil, errLength
	}
	end := bytes.IndexByte(body[:min(len(body), maxDigits+2)], 0xff)
	if end < 2 {
		return packet{}, nil, errLength
	}
	size := 0
	for _, digit := range body[1:end] {
		if digit > 9 {
			return packet{}, nil, errLength
		}
		size = size*10 + int(digit)
	}
	rest := body[end+1:]
	if size > len(rest) {
		return packet{}, nil, errLength
	}
	return packet{opcode, rest[:size:size]}, rest[size:], nil
}

// append3 appends a packet to a text payload.
func append3(text []byte, p packet) []byte {
	if p.opcode == link.OpBinary {
		const head = 2 // "b4"
		text = strconv.AppendInt(text, int64(head+base64.StdEncoding.EncodedLen(len(p.data)-1)), 10)
		return base64.StdEncoding.AppendEncode(append(text, ":b4"...), p.data[1:])
	}
	units := 0
	for rest := p.data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		units += unitsOf(r)
		rest = rest[size:]
	}
	text = strconv.AppendInt(text, int64(units), 10)
	return append(append(text, ':'), p.data...)
}
