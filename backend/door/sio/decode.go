package sio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/wire"
)

// What makes a packet invalid. The connection is closed with the text.
var (
	errNoType       = errors.New("the packet has no valid type")
	errNoAttachment = errors.New("the packet's number of attachments is missing")
	errAttachments  = errors.New("the packet has too many attachments; raise limits.max_attachments")
	errTooLarge     = errors.New("the packet's attachments are too large together; raise limits.max_frame")
	errWantsBinary  = errors.New("a text packet came where an attachment was due")
	errNoBinary     = errors.New("an attachment came without its packet")
	errPlaceholder  = errors.New("a placeholder stands for no attachment of the packet")
	errNamespace    = errors.New("the packet's namespace is too long or not UTF-8")
	errID           = errors.New("the packet's id is too long")
	errPayload      = errors.New("the packet's payload does not fit its type")
	errEventName    = errors.New("the packet's event name is not a string, or a reserved one")
)

// authKey is where the text of a CONNECT packet's payload is in the map that
// the library hands on as the handshake's auth.
const authKey = "auth"

// decoder reads the packets of one connection. Its methods are called from one
// goroutine at a time, that of whoever reads from the connection; only Destroy
// may be called from any.
type decoder struct {
	types.EventEmitter

	parser *rawParser
	tray   *intray
	stays  map[string]*stay // by namespace, without what Socket.IO 2 has after the name

	waiting *parser.Packet // whose attachments are still to come; nil: none
	due     int            // attachments still to come
	bytes   int            // of the attachments that came
}

func newDecoder(p *rawParser) *decoder {
	return &decoder{
		EventEmitter: types.NewEventEmitter(), parser: p,
		tray: newIntray(p.limits.pendingBytes), stays: make(map[string]*stay),
	}
}

// Destroy is called by the library when the connection is gone.
func (d *decoder) Destroy() { d.tray.close() }

// Add takes what came in one message of the transport, and raises "decoded" for
// a packet that is complete. After an error the library tells the sockets that
// have joined, who say why, and closes the connection.
func (d *decoder) Add(data any) error {
	err := d.add(data)
	if err != nil {
		for _, s := range d.stays {
			d.await(s.joined)
		}
	}
	return err
}

func (d *decoder) add(data any) error {
	switch data := data.(type) {
	case *types.StringBuffer:
		return d.text(data.Bytes())
	case string:
		return d.text([]byte(data))
	case types.BufferInterface:
		return d.attachment(data.Bytes())
	default:
		return fmt.Errorf("the transport gave a %T", data)
	}
}

// text reads a packet that begins in text, which is the decoder's from now on.
func (d *decoder) text(text []byte) error {
	if d.waiting != nil {
		return errWantsBinary
	}
	packet, attachments, err := decodePacket(text, d.parser.limits.attachments)
	if err != nil {
		if errors.Is(err, errAttachments) {
			d.parser.reached("max_attachments")
		}
		return err
	}
	if attachments > 0 {
		d.waiting, d.due, d.bytes = packet, attachments, 0
		return nil
	}
	d.emit(packet, len(text))
	return nil
}

// attachment takes the next attachment of the packet that waits for it. The
// bytes are copied at once: the buffer is a reader, empty the second time.
func (d *decoder) attachment(data []byte) error {
	if d.waiting == nil {
		return errNoBinary
	}
	if d.bytes += len(data); d.bytes > d.parser.limits.attachmentBytes {
		d.parser.reached("max_frame")
		return errTooLarge
	}
	args := argumentsOf(d.waiting)
	args.attachments = append(args.attachments, bytes.Clone(data))
	if d.due--; d.due > 0 {
		return nil
	}
	packet := d.waiting
	d.waiting = nil
	d.emit(packet, len(args.payload)+d.bytes)
	return nil
}

// emit hands a complete packet to the library.
//
// The library joins and leaves a namespace on goroutines of its own, and closes
// the connection of a client that is faster: one that sends an event as soon as
// it has the answer to CONNECT, or that comes back as soon as it has left.
// So the next packet waits here until that is done. A second CONNECT does, too, or
// the client would have two sockets in the namespace.
func (d *decoder) emit(packet *parser.Packet, size int) {
	namespace := packet.Nsp
	if end := strings.IndexAny(namespace, "?#"); end >= 0 {
		namespace = namespace[:end]
	}
	s := d.stays[namespace]
	if s != nil {
		d.await(s.joined)
	}
	if packet.Type == parser.CONNECT {
		if s := d.parser.connecting(func() { d.Emit("decoded", packet) }); s != nil {
			d.stays[namespace] = s
		}
		return
	}
	if packet.Type == parser.EVENT || packet.Type == parser.BINARY_EVENT {
		args := argumentsOf(packet)
		args.tray, args.held, args.callback = d.tray, size+eventOverhead, packet.Id
		d.tray.take(args.held)
	}
	d.Emit("decoded", packet)
	if s != nil && packet.Type == parser.DISCONNECT {
		d.await(s.left)
		delete(d.stays, namespace)
	}
}

// await waits until done is closed, or the connection is gone.
func (d *decoder) await(done <-chan struct{}) {
	select {
	case <-done:
	case <-d.tray.ended:
	}
}

// argumentsOf returns the arguments of an event or ack packet of this parser.
func argumentsOf(packet *parser.Packet) *arguments {
	data := packet.Data.([]any)           //nolint:errcheck // decodePacket made it
	return data[len(data)-1].(*arguments) //nolint:errcheck // our own decoder put it there
}

// decodePacket reads
//
//	<type>[<attachments>-][/<namespace>,][<id>][<payload>]
//
// and returns the packet and how many attachments follow it, at most most. The
// packet keeps parts of text, and changes one byte of it.
func decodePacket(text []byte, most int) (*parser.Packet, int, error) {
	if len(text) == 0 {
		return nil, 0, errNoType
	}
	packet := &parser.Packet{Type: parser.PacketType(int(text[0]) - '0'), Nsp: root}
	if !packet.Type.Valid() {
		return nil, 0, errNoType
	}
	rest := text[1:]
	attachments := 0
	if packet.Type == parser.BINARY_EVENT || packet.Type == parser.BINARY_ACK {
		count, after, found := bytes.Cut(rest, []byte{'-'})
		if !found || len(count) > maxIDDigits {
			return nil, 0, errNoAttachment
		}
		n, err := strconv.ParseUint(string(count), 10, 64)
		if err != nil {
			return nil, 0, errNoAttachment
		}
		if n > uint64(most) {
			return nil, 0, errAttachments
		}
		attachments, rest = int(n), after
	}
	if len(rest) > 0 && rest[0] == '/' {
		name, after, _ := bytes.Cut(rest, []byte{','})
		if len(name) > maxNamespaceText || !utf8.Valid(name) {
			return nil, 0, errNamespace
		}
		packet.Nsp, rest = string(name), after
	}
	digits := 0
	for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
		digits++
	}
	if digits > maxIDDigits {
		return nil, 0, errID
	}
	if digits > 0 {
		id, err := strconv.ParseUint(string(rest[:digits]), 10, 64)
		if err != nil {
			return nil, 0, errID
		}
		packet.Id, rest = &id, rest[digits:]
	}
	data, err := decodePayload(packet.Type, rest, attachments)
	packet.Data = data
	return packet, attachments, err
}

// decodePayload returns a packet's Data.
func decodePayload(kind parser.PacketType, text []byte, attachments int) (any, error) {
	switch kind {
	case parser.CONNECT:
		if len(text) == 0 {
			return nil, nil
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil || object == nil {
			return nil, errPayload
		}
		auth := map[string]any{authKey: json.RawMessage(text)}
		offers(auth, object)
		return auth, nil
	case parser.DISCONNECT:
		if len(text) > 0 {
			return nil, errPayload
		}
		return nil, nil
	case parser.EVENT, parser.BINARY_EVENT:
		name, args, err := decodeEvent(text)
		if err != nil {
			return nil, err
		}
		return []any{name, args}, checkPlaceholders(args.payload, attachments)
	case parser.ACK, parser.BINARY_ACK:
		if _, err := scanList(text); err != nil {
			return nil, err
		}
		return []any{&arguments{payload: text, spread: true}}, nil
	default: // CONNECT_ERROR goes from server to client only
		return nil, errPayload
	}
}

// noArguments is the payload of an event that has none.
const noArguments = "[]"

// decodeEvent takes ["name",argument,...] apart. The arguments stay where they
// are in text: of several, the comma after the name becomes the bracket that
// opens the array of them.
func decodeEvent(text []byte) (name string, args *arguments, err error) {
	l, err := scanList(text)
	if err != nil {
		return "", nil, err
	}
	if l.elements == 0 {
		return "", nil, errEventName
	}
	if name, err = decodeName(text[l.first.from:l.first.to]); err != nil {
		return "", nil, err
	}
	switch l.elements {
	case 1:
		args = &arguments{payload: []byte(noArguments), spread: true}
	case 2:
		args = &arguments{payload: text[l.second.from:l.second.to]}
	default:
		text[l.comma] = '['
		args = &arguments{payload: text[l.comma:l.end], spread: true}
	}
	return name, args, nil
}

// decodeName reads an event's name. Numbers are names too, as in the reference
// implementation. The names that the library raises on its own sockets are
// refused: a client could play disconnection with them.
func decodeName(text []byte) (string, error) {
	if text[0] != '"' {
		if !json.Valid(text) || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
			return "", errEventName
		}
		return string(text), nil
	}
	var name string
	if !utf8.Valid(text) || json.Unmarshal(text, &name) != nil || parser.ReservedEvents.Has(name) {
		return "", errEventName
	}
	return name, nil
}

// checkPlaceholders refuses a binary packet with a placeholder for an attachment
// it does not have. Where the payload is not JSON, intake says what is wrong.
func checkPlaceholders(payload []byte, attachments int) error {
	if attachments > 0 && !wire.PlaceholdersFit(payload, attachments) {
		return errPlaceholder
	}
	return nil
}
