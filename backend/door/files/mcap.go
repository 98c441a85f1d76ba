package files

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/foxglove/mcap/go/mcap"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// What a program that shows MCAP needs to know of a message: that it is an object. What
// is in it, it finds out by itself.
const (
	schemaName = "emitscope.Message"
	schemaText = `{"type":"object"}`
)

// mcapChunk is how many bytes of messages are packed together. The file's own end has
// some hundred bytes for each chunk, and some for each channel in it.
const mcapChunk = 1 << 20

// mcapFile is MCAP, as Foxglove and PlotJuggler read it: a channel for each stream, JSON
// messages, the accepted time as log time, the source time as publish time. A payload
// that is no object is put in one, at the key value.
type mcapFile struct {
	buffer   *bufio.Writer
	out      *mcap.Writer
	about    About
	failed   error // of beginning
	channels map[stream]uint16
	wrapped  uint64 // messages
	scratch  []byte
}

// stream is all messages with one namespace and event.
type stream struct{ namespace, event string }

func newMCAP(to io.Writer, about About) *mcapFile {
	m := &mcapFile{buffer: bufio.NewWriterSize(to, flushAt), about: about, channels: map[stream]uint16{}}
	m.failed = m.begin()
	return m
}

func (m *mcapFile) begin() (err error) {
	m.out, err = mcap.NewWriter(m.buffer, &mcap.WriterOptions{
		IncludeCRC: true, Chunked: true, ChunkSize: mcapChunk,
		Compression: mcap.CompressionLZ4, CompressionLevel: mcap.CompressionLevelFastest, // the one that starts no goroutines
	})
	if err != nil {
		return err
	}
	if err := m.out.WriteHeader(&mcap.Header{Library: "Emitscope " + m.about.Version}); err != nil {
		return err
	}
	return m.out.WriteSchema(&mcap.Schema{ID: 1, Name: schemaName, Encoding: "jsonschema", Data: []byte(schemaText)})
}

func (m *mcapFile) Write(rec *msg.Record) error {
	if m.failed != nil {
		return m.failed
	}
	id, err := m.channel(rec)
	if err != nil {
		return err
	}
	data := rec.Payload
	if firstOf(data) != '{' {
		m.wrapped++
		m.scratch = append(append(append(m.scratch[:0], `{"value":`...), data...), '}')
		data = m.scratch
	}
	published := rec.Source
	if published.IsZero() {
		published = rec.Accepted
	}
	return m.out.WriteMessage(&mcap.Message{
		ChannelID: id, Sequence: uint32(rec.Seq), // the lower half of seq is all that there is room for
		LogTime: uint64(rec.Accepted.UnixNano()), PublishTime: uint64(published.UnixNano()), Data: data,
	})
}

// channel returns the number of a message's stream.
func (m *mcapFile) channel(rec *msg.Record) (uint16, error) {
	of := stream{rec.Namespace, rec.Event}
	if id, known := m.channels[of]; known {
		return id, nil
	}
	if len(m.channels) == math.MaxUint16 {
		return 0, fault.Newf(fault.Invalid, "the recording has more than %d streams, and MCAP has room for no more", math.MaxUint16).
			WithHint("export what a query selects, or choose another format")
	}
	id := uint16(len(m.channels))
	err := m.out.WriteChannel(&mcap.Channel{
		ID: id, SchemaID: 1, Topic: topicOf(of), MessageEncoding: "json",
		Metadata: map[string]string{"namespace": of.namespace, "event": of.event},
	})
	if err == nil {
		m.channels[of] = id
	}
	return id, err
}

// topicOf is a stream's name as those programs show it, which make a tree of it.
func topicOf(s stream) string {
	if s.namespace == "/" {
		return "/" + s.event
	}
	return s.namespace + "/" + s.event
}

func (m *mcapFile) End() error {
	if m.failed != nil {
		return m.failed
	}
	said := map[string]string{"messages_wrapped": strconv.FormatUint(m.wrapped, 10)}
	for _, fact := range m.about.facts() {
		said[fact[0]] = fact[1]
	}
	if m.wrapped > 0 {
		said["wrapped_at"] = "value"
	}
	if err := m.out.WriteMetadata(&mcap.Metadata{Name: "emitscope", Metadata: said}); err != nil {
		return fmt.Errorf("write what the file is: %w", err)
	}
	if err := m.out.Close(); err != nil {
		return err
	}
	return m.buffer.Flush()
}
