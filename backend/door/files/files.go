// Package files writes recordings as files that other programs read, and reads such
// files back. Whatever the format, one message at a time is held, and what a format
// gathers until its end is bounded or said at its type.
package files

import (
	"io"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// The names of the formats.
const (
	NDJSON  = "ndjson"
	CSV     = "csv"
	Parquet = "parquet"
	MCAP    = "mcap"
	HTML    = "html"
	Own     = "emitscope" // a recording's own file, which only the tape can write and read
)

// Format is one that a recording can be written in.
type Format struct {
	Name    string // also the ending of a file's name
	Type    string // its media type
	Columns bool   // parts of payloads can have columns of their own
}

// Formats returns all of them, in the order in which people are told of them.
func Formats() []Format {
	return []Format{
		{Name: NDJSON, Type: "application/x-ndjson"},
		{Name: CSV, Type: "text/csv; charset=utf-8", Columns: true},
		{Name: Parquet, Type: "application/vnd.apache.parquet", Columns: true},
		{Name: MCAP, Type: "application/octet-stream"}, // none is registered
		{Name: HTML, Type: "text/html; charset=utf-8"},
		{Name: Own, Type: "application/vnd.sqlite3"},
	}
}

// Find returns the format with that name, and whether there is one.
func Find(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Names returns the names of all formats.
func Names() (names []string) {
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// About is what a file says of itself, where its format has a place for it.
type About struct {
	Name     string    // of the recording
	Query    string    // which of its messages are in the file; empty: all
	From, To time.Time // of which span; zero: from its beginning, to its end
	Version  string    // of Emitscope
	Late     msg.LateLimit
}

// Writer writes one recording as one file. Write must be called with messages in the
// order in which they ended, End once after the last. An error of either leaves a file
// that is not whole. One goroutine may use it.
type Writer struct {
	format
}

type format interface {
	Write(rec *msg.Record) error
	End() error
}

// NewWriter begins a file in any format but our own. columns are for those that have
// them; see ColumnsOf. It buffers for itself, and writes nothing before the first
// Write or End.
func NewWriter(name string, to io.Writer, about About, columns []Column) (*Writer, error) {
	switch name {
	case NDJSON:
		return &Writer{newLines(to)}, nil
	case CSV:
		return &Writer{newTable(to, columns)}, nil
	case Parquet:
		return &Writer{newParquet(to, about, columns)}, nil
	case MCAP:
		return &Writer{newMCAP(to, about)}, nil
	case HTML:
		return &Writer{newPage(to, about)}, nil
	}
	return nil, fault.Newf(fault.Invalid, "%q is no format that can be written", name).WithCode("invalid_parameter")
}

// flushAt is how many bytes are gathered before they are written.
const flushAt = 32 << 10

// firstOf returns the first byte of a JSON text without white space around it.
func firstOf(payload []byte) byte {
	if len(payload) == 0 {
		return 0
	}
	return payload[0]
}

// textOf returns what a JSON string means.
func textOf(quoted []byte) string { return string(jsontext.Text(quoted[1 : len(quoted)-1])) }
