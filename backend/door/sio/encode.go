package sio

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
)

// encoder writes what the library itself sends: CONNECT, CONNECT_ERROR, DISCONNECT
// and acks. None of them has attachments.
type encoder struct{}

// Encode returns the text of the packet.
func (encoder) Encode(packet *parser.Packet) []types.BufferInterface {
	text := appendHeader(nil, packet.Type, 0, packet.Nsp)
	if packet.Id != nil {
		text = strconv.AppendUint(text, *packet.Id, 10)
	}
	if packet.Data != nil {
		text = appendJSON(text, packet.Data)
	}
	return []types.BufferInterface{types.NewStringBuffer(text)}
}

// refusal is the text packet with which the library says why a client does not come
// into a namespace.
func refusal(namespace string, err error) []byte {
	e := wire.ErrorOf(err)
	return appendJSON(appendHeader([]byte{'4'}, parser.CONNECT_ERROR, 0, namespace), map[string]any{"message": e.Message, "data": e})
}

// appendHeader appends a packet's text up to its id.
func appendHeader(text []byte, kind parser.PacketType, attachments int, namespace string) []byte {
	text = append(text, '0'+byte(kind))
	if kind == binaryEventPacket {
		text = strconv.AppendInt(text, int64(attachments), 10)
		text = append(text, '-')
	}
	if namespace != "" && namespace != root {
		text = append(text, namespace...)
		text = append(text, ',')
	}
	return text
}

// appendEvent appends an event's name and arguments as one JSON array.
func appendEvent(text []byte, event string, payload []byte, spread bool) []byte {
	text = jsontext.AppendString(append(text, '['), event)
	switch {
	case !spread:
		text = append(append(text, ','), payload...)
	case !bytes.Equal(payload, []byte(noArguments)):
		text = append(append(text, ','), payload[1:len(payload)-1]...)
	}
	return append(text, ']')
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
