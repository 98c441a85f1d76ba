package sio

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/wire"
)

// encoder writes packets of this parser byte for byte, and those the library
// makes itself (CONNECT, CONNECT_ERROR, acks) by encoding/json.
type encoder struct{}

// Encode returns the text of the packet, and its attachments after it.
func (encoder) Encode(packet *parser.Packet) []types.BufferInterface {
	kind, attachments := packet.Type, [][]byte(nil)
	list, isList := packet.Data.([]any)
	if isList && len(list) > 0 {
		if args, ok := list[len(list)-1].(*arguments); ok {
			attachments = args.attachments
		}
	}
	switch {
	case kind == parser.EVENT && len(attachments) > 0:
		kind = parser.BINARY_EVENT
	case kind == parser.ACK && len(attachments) > 0:
		kind = parser.BINARY_ACK
	}
	text := appendHeader(nil, kind, len(attachments), packet.Nsp)
	if packet.Id != nil {
		text = strconv.AppendUint(text, *packet.Id, 10)
	}
	switch {
	case isList:
		text = appendList(text, list)
	case packet.Data != nil:
		text = appendJSON(text, packet.Data)
	}
	return buffers(text, attachments)
}

// appendHeader appends a packet's text up to its id.
func appendHeader(text []byte, kind parser.PacketType, attachments int, namespace string) []byte {
	text = append(text, '0'+byte(kind))
	if kind == parser.BINARY_EVENT || kind == parser.BINARY_ACK {
		text = strconv.AppendInt(text, int64(attachments), 10)
		text = append(text, '-')
	}
	if namespace != "" && namespace != root {
		text = append(text, namespace...)
		text = append(text, ',')
	}
	return text
}

// appendList appends a packet's data as one JSON array.
func appendList(text []byte, list []any) []byte {
	text = append(text, '[')
	for i, v := range list {
		before := len(text)
		if i > 0 {
			text = append(text, ',')
		}
		switch v := v.(type) {
		case string:
			text = wire.AppendString(text, v)
		case *arguments:
			if v.spread && bytes.Equal(v.payload, []byte(noArguments)) {
				text = text[:before] // and no comma
				continue
			}
			text = appendArguments(text, v.payload, v.spread)
		default:
			text = appendJSON(text, v)
		}
	}
	return append(text, ']')
}

// appendEvent appends an event's name and arguments as one JSON array.
func appendEvent(text []byte, event string, payload []byte, spread bool) []byte {
	text = wire.AppendString(append(text, '['), event)
	if !spread || !bytes.Equal(payload, []byte(noArguments)) {
		text = appendArguments(append(text, ','), payload, spread)
	}
	return append(text, ']')
}

// appendArguments appends arguments as elements of the array that text is in.
func appendArguments(text, payload []byte, spread bool) []byte {
	if spread {
		payload = payload[1 : len(payload)-1]
	}
	return append(text, payload...)
}

// appendJSON appends v. The library and this package only encode what cannot
// fail; null stands in for what would.
func appendJSON(text []byte, v any) []byte {
	b := bytes.NewBuffer(text)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return append(text, "null"...)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// buffers wraps a packet for the library: text in a StringBuffer, attachments
// in BytesBuffers. The library clones them for each client and changes none.
func buffers(text []byte, attachments [][]byte) []types.BufferInterface {
	out := make([]types.BufferInterface, 1, 1+len(attachments))
	out[0] = types.NewStringBuffer(text)
	for _, a := range attachments {
		out = append(out, types.NewBytesBuffer(a))
	}
	return out
}
