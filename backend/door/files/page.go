package files

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"emitscope/backend/msg"
)

//go:embed page/page.html
var pageBody string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

// Bounds of a piece of the page: what the page parses at once to show one message.
const (
	pieceMessages = 500
	pieceBytes    = 256 << 10 // of lines
)

// maxNamed is how many streams, and origins, are remembered by their number in the
// page; what is forgotten gets another one.
const maxNamed = 10_000

// page is one HTML file that shows a recording by itself: it loads nothing, and its own
// script and style, known by their hashes, are all that a browser runs of it.
//
// Messages are in it as text in elements that no browser runs, in pieces. A piece is a
// JSON object with a column for each number that the page counts with, and then a line
// for each message: its payload, its id, and what only few messages have as JSON, with
// tabs between them, which JSON has none of. No < is in any of them, so that nothing a
// stranger wrote ends its element.
type page struct {
	out      *bufio.Writer
	about    About
	begun    bool
	messages uint64
	streams  numbered[stream]
	origins  numbered[msg.Origin]
	piece    piece
	text     bytes.Buffer // the piece's lines
}

// numbered gives a number to what many messages have in common.
type numbered[K comparable] struct {
	known map[K]int
	next  int
	added []K // in this piece
}

func (n *numbered[K]) number(key K) int {
	if at, known := n.known[key]; known {
		return at
	}
	if n.known == nil || len(n.known) >= maxNamed {
		n.known = map[K]int{}
	}
	n.known[key] = n.next
	n.added = append(n.added, key)
	n.next++
	return n.next - 1
}

// piece is what is known of some messages, in columns. Times are nanoseconds from At,
// or by how much they were before the message ended; nil: it had none.
type piece struct {
	N        int         `json:"n"`
	At       string      `json:"at"` // ns since 1970: too many digits for a number in JavaScript
	Streams  [][2]string `json:"streams,omitempty"`
	Origins  [][]any     `json:"origins,omitempty"`
	Seq      []int64     `json:"seq"` // the first one, then by how much it grows
	Stream   column      `json:"s"`
	Origin   column      `json:"o"`
	Time     column      `json:"t"`
	Accepted column      `json:"a"`
	Source   column      `json:"c"`
	Lateness column      `json:"l"`
	Due      column      `json:"d,omitzero"` // where it is not what Lateness says
	Sockets  column      `json:"r"`
	Size     column      `json:"z"`
	Period   column      `json:"p"` // of the lane's pace; 0: none
	Kind     column      `json:"k"`
	start    int64       // At
	lastSeq  int64
}

// The kinds of messages, as the page numbers them.
const (
	onTime = iota
	late
	dropped
	received
	onPurpose
)

// column is a number for each message, or null. One that is the same for all is
// written once.
type column []int64

// null stands for no number.
const null = math.MinInt64

func (c *column) add(n int64) { *c = append(*c, n) }

func (c *column) since(at, before time.Time) {
	if before.IsZero() {
		c.add(null)
		return
	}
	c.add(int64(at.Sub(before)))
}

// IsZero reports whether the column is left out.
func (c column) IsZero() bool { return c == nil }

// MarshalJSON implements json.Marshaler.
func (c column) MarshalJSON() ([]byte, error) {
	if !slices.ContainsFunc(c, func(n int64) bool { return n != c[0] }) {
		return appendNumber(nil, c[0]), nil
	}
	text := append(make([]byte, 0, len(c)*4), '[')
	for i, n := range c {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendNumber(text, n)
	}
	return append(text, ']'), nil
}

func appendNumber(text []byte, n int64) []byte {
	if n == null {
		return append(text, "null"...)
	}
	return strconv.AppendInt(text, n, 10)
}

// rare is what only few messages have.
type rare struct {
	Reason      string   `json:"reason,omitempty"`
	Rooms       []string `json:"rooms,omitempty"`
	To          string   `json:"to,omitempty"`
	Missed      int      `json:"missed,omitempty"`
	Held        int64    `json:"held,omitempty"`
	Faults      []string `json:"faults,omitempty"`
	Attachments []int    `json:"attachments,omitempty"` // their sizes
}

func newPage(to io.Writer, about About) *page {
	if about.Late == (msg.LateLimit{}) {
		about.Late = msg.DefaultLateLimit()
	}
	return &page{out: bufio.NewWriterSize(to, flushAt), about: about}
}

// begin writes all that stands before the messages.
func (p *page) begin() error {
	if p.begun {
		return nil
	}
	p.begun = true
	said := map[string]string{}
	for _, fact := range p.about.facts() {
		said[fact[0]] = fact[1]
	}
	about, err := json.Marshal(said) // < is \u003c in it
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Emitscope %s">
<title>%s · Emitscope</title>
<style>%s</style>
</head>
<body>
%s<script type="application/json" id="about">%s</script>
<script>%s</script>
`, hashOf(pageStyle), hashOf(pageScript), html.EscapeString(p.about.Version), html.EscapeString(p.about.Name), pageStyle, pageBody, about, pageScript)
	return err
}

// hashOf is how a page's policy names what it may run.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) Write(rec *msg.Record) error {
	if err := p.begin(); err != nil {
		return err
	}
	c := &p.piece
	at := rec.At.UnixNano()
	if c.N == 0 {
		c.start, c.At = at, strconv.FormatInt(at, 10)
	}
	c.N++
	p.messages++
	seq := int64(rec.Seq) // the tape keeps no larger one
	c.Seq = append(c.Seq, seq-c.lastSeq)
	c.lastSeq = seq
	c.Stream.add(int64(p.streams.number(stream{rec.Namespace, rec.Event})))
	c.Origin.add(int64(p.origins.number(rec.Origin)))
	c.Time.add(at - c.start)
	c.Accepted.since(rec.At, rec.Accepted)
	c.Source.since(rec.At, rec.Source)
	c.Due.since(rec.At, rec.Due)
	if rec.Outcome == msg.Emitted {
		c.Lateness.since(rec.At, rec.Due)
	} else {
		c.Lateness.add(null)
	}
	c.Sockets.add(int64(rec.Sockets))
	c.Size.add(int64(rec.Size()))
	c.Period.add(int64(rec.Period))
	c.Kind.add(p.kindOf(rec))
	if err := p.line(rec); err != nil {
		return err
	}
	if c.N < pieceMessages && p.text.Len() < pieceBytes {
		return nil
	}
	return p.cut()
}

func (p *page) kindOf(rec *msg.Record) int64 {
	switch rec.Outcome {
	case msg.Dropped:
		return dropped
	case msg.Received:
		return received
	case msg.DroppedOnPurpose:
		return onPurpose
	}
	if !rec.Direct() && rec.Lateness() > p.about.Late.Of(rec.Period) {
		return late
	}
	return onTime
}

// line adds a message's text. The payload is JSON, which has a < only in strings,
// where \u003c means the same.
func (p *page) line(rec *msg.Record) error {
	rest := rec.Payload
	for {
		at := bytes.IndexByte(rest, '<')
		if at < 0 {
			break
		}
		p.text.Write(rest[:at])
		p.text.WriteString(`\u003c`)
		rest = rest[at+1:]
	}
	p.text.Write(rest)
	p.text.WriteByte('\t')
	p.text.WriteString(rec.ID.String())
	few := rare{
		Reason: string(rec.Reason), Rooms: rec.Rooms, To: rec.To, Missed: rec.Missed, Held: int64(rec.Held), Faults: rec.Faults.Names(),
	}
	for _, a := range rec.Attachments {
		few.Attachments = append(few.Attachments, len(a))
	}
	text, err := json.Marshal(few)
	if err != nil {
		return err
	}
	if len(text) > len("{}") {
		p.text.WriteByte('\t')
		p.text.Write(text)
	}
	p.text.WriteByte('\n')
	return nil
}

// cut writes a piece, and begins the next one.
func (p *page) cut() error {
	c := &p.piece
	if c.N == 0 {
		return nil
	}
	for _, s := range p.streams.added {
		c.Streams = append(c.Streams, [2]string{s.namespace, s.event})
	}
	for _, o := range p.origins.added {
		c.Origins = append(c.Origins, []any{string(o.Door), o.Client, o.Address, o.Key, o.Local})
	}
	if slices.Equal(c.Due, c.Lateness) {
		c.Due = nil
	}
	columns, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "<script type=\"application/json\" class=\"c\">%s</script>\n<script type=\"application/json\" class=\"m\">\n%s</script>\n", columns, p.text.Bytes())
	p.streams.added, p.origins.added = p.streams.added[:0], p.origins.added[:0]
	p.piece = piece{}
	p.text.Reset()
	return err
}

func (p *page) End() error {
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.cut(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.out, "<script type=\"application/json\" id=\"end\">{\"messages\":%d}</script>\n</body>\n</html>\n", p.messages); err != nil {
		return err
	}
	return p.out.Flush()
}
