package files

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"emitscope/backend/msg"
)

// Bounds of a row group, which is held until it is full: all of it is a few times as
// many bytes of memory as it has bytes of payload. The file's own end has some
// kilobytes for each group.
const (
	groupRows  = 20_000
	groupBytes = 8 << 20 // of payload
)

// parquetFile is a table with a type for each column, packed column by column.
type parquetFile struct {
	out     *parquet.GenericWriter[any]
	columns []Column
	row     parquet.Row
	column  int // the next one of row
	rows    int // of the group
	bytes   int
}

// schema has its columns in the order in which they are named, not in that of the
// alphabet.
type schema struct {
	parquet.Group
	order []string
}

// Fields implements parquet.Node.
func (s schema) Fields() []parquet.Field {
	fields := s.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int { return slices.Index(s.order, a.Name()) - slices.Index(s.order, b.Name()) })
	return fields
}

func (s *schema) add(name string, node parquet.Node) {
	s.Group[name] = node
	s.order = append(s.order, name)
}

// schemaOf must name the columns in the order in which Write fills them.
func schemaOf(columns []Column) schema {
	number := parquet.Int(64)
	word := parquet.Encoded(parquet.String(), &parquet.RLEDictionary) // of which there are few
	moment := parquet.Encoded(parquet.TimestampAdjusted(parquet.Nanosecond, true), &parquet.DeltaBinaryPacked)
	micros := parquet.Leaf(parquet.DoubleType)
	s := schema{Group: parquet.Group{}}
	s.add("seq", parquet.Encoded(number, &parquet.DeltaBinaryPacked))
	s.add("id", parquet.String())
	s.add("namespace", word)
	s.add("event", word)
	s.add("data", parquet.JSON())
	s.add("args", parquet.Leaf(parquet.BooleanType))
	s.add("attachments", parquet.List(parquet.Leaf(parquet.ByteArrayType)))
	s.add("rooms", parquet.List(parquet.String()))
	s.add("to", parquet.Optional(word))
	s.add("door", word)
	s.add("client", parquet.Optional(word))
	s.add("address", parquet.Optional(word))
	s.add("key", parquet.Optional(word))
	s.add("local", parquet.Leaf(parquet.BooleanType))
	s.add("outcome", word)
	s.add("reason", parquet.Optional(word))
	s.add("size", number)
	s.add("sockets", number)
	s.add("source_time", parquet.Optional(moment))
	s.add("accepted_time", moment)
	s.add("due_time", parquet.Optional(moment))
	s.add("time", moment)
	s.add("lateness_us", parquet.Optional(micros))
	s.add("period_us", parquet.Optional(micros))
	s.add("held_us", parquet.Optional(micros))
	s.add("missed_slots", number)
	s.add("faults", parquet.List(parquet.String()))
	for _, c := range columns {
		s.add(c.Pointer, parquet.Optional(nodeOf(c.Kind)))
	}
	return s
}

func nodeOf(k Kind) parquet.Node {
	switch k {
	case Boolean:
		return parquet.Leaf(parquet.BooleanType)
	case Number:
		return parquet.Leaf(parquet.DoubleType)
	}
	return parquet.String()
}

func newParquet(to io.Writer, about About, columns []Column) *parquetFile {
	said := []parquet.WriterOption{
		parquet.NewSchema("recording", schemaOf(columns)), parquet.Compression(&parquet.Snappy), parquet.CreatedBy("Emitscope", about.Version, ""),
	}
	for _, fact := range about.facts() {
		said = append(said, parquet.KeyValueMetadata("emitscope."+fact[0], fact[1]))
	}
	return &parquetFile{out: parquet.NewGenericWriter[any](to, said...), columns: columns}
}

func (p *parquetFile) Write(rec *msg.Record) error {
	p.row, p.column = p.row[:0], 0
	p.number(int64(rec.Seq)) // the tape keeps no larger one
	p.text(rec.ID.String())
	p.text(rec.Namespace)
	p.text(rec.Event)
	p.put(parquet.ByteArrayValue(rec.Payload))
	p.put(parquet.BooleanValue(rec.Spread))
	list(p, rec.Attachments)
	list(p, rec.Rooms)
	p.word(rec.To)
	p.text(string(rec.Origin.Door))
	p.word(rec.Origin.Client)
	p.word(rec.Origin.Address)
	p.word(rec.Origin.Key)
	p.put(parquet.BooleanValue(rec.Origin.Local))
	p.text(string(rec.Outcome))
	p.word(string(rec.Reason))
	p.number(int64(rec.Size()))
	p.number(int64(rec.Sockets))
	p.moment(rec.Source)
	p.number(rec.Accepted.UnixNano())
	p.moment(rec.Due)
	p.number(rec.At.UnixNano())
	p.micros(rec.Lateness(), rec.Outcome == msg.Emitted)
	p.micros(rec.Period, rec.Period != 0)
	p.micros(rec.Held, rec.Held != 0)
	p.number(int64(rec.Missed))
	list(p, rec.Faults.Names())
	for _, c := range p.columns {
		p.maybe(valueOf(part(rec.Payload, c.Pointer), c.Kind))
	}
	if _, err := p.out.WriteRows([]parquet.Row{p.row}); err != nil {
		return err
	}
	p.rows++
	p.bytes += rec.Size()
	if p.rows < groupRows && p.bytes < groupBytes {
		return nil
	}
	p.rows, p.bytes = 0, 0
	return p.out.Flush()
}

func (p *parquetFile) End() error { return p.out.Close() }

// put fills a column that always has a value.
func (p *parquetFile) put(v parquet.Value) {
	p.row = append(p.row, v.Level(0, 0, p.column))
	p.column++
}

// maybe fills a column that may have none: the null value.
func (p *parquetFile) maybe(v parquet.Value) {
	defined := 1
	if v.IsNull() {
		defined = 0
	}
	p.row = append(p.row, v.Level(0, defined, p.column))
	p.column++
}

func (p *parquetFile) number(n int64) { p.put(parquet.Int64Value(n)) }
func (p *parquetFile) text(s string)  { p.put(parquet.ByteArrayValue([]byte(s))) }
func (p *parquetFile) word(s string)  { p.maybe(wordOf(s)) }
func (p *parquetFile) moment(t time.Time) {
	if t.IsZero() {
		p.maybe(parquet.NullValue())
		return
	}
	p.maybe(parquet.Int64Value(t.UnixNano()))
}

func (p *parquetFile) micros(d time.Duration, said bool) {
	if !said {
		p.maybe(parquet.NullValue())
		return
	}
	p.maybe(parquet.DoubleValue(float64(d) / float64(time.Microsecond)))
}

// list fills a column of lists.
func list[T string | []byte](p *parquetFile, all []T) {
	if len(all) == 0 {
		p.row = append(p.row, parquet.NullValue().Level(0, 0, p.column))
	}
	for i, one := range all {
		p.row = append(p.row, parquet.ByteArrayValue([]byte(one)).Level(min(i, 1), 1, p.column))
	}
	p.column++
}

func wordOf(s string) parquet.Value {
	if s == "" {
		return parquet.NullValue()
	}
	return parquet.ByteArrayValue([]byte(s))
}

// valueOf is a part of a payload in a column of a kind. What came after the kinds were
// learned may be of another one, and has no place.
func valueOf(value []byte, k Kind) parquet.Value {
	switch {
	case value == nil:
		return parquet.NullValue()
	case k == Text:
		return parquet.ByteArrayValue([]byte(cell(value)))
	case kindOf(value) != k:
		return parquet.NullValue()
	case k == Boolean:
		return parquet.BooleanValue(value[0] == 't')
	}
	n, err := strconv.ParseFloat(string(value), 64)
	if err != nil { // beyond what 64 bits hold
		return parquet.NullValue()
	}
	return parquet.DoubleValue(n)
}

// facts are what a file says of itself as names and values, in a fixed order.
func (a About) facts() [][2]string {
	facts := [][2]string{{"recording", a.Name}, {"version", a.Version}}
	if q := strings.TrimSpace(a.Query); q != "" {
		facts = append(facts, [2]string{"query", q})
	}
	if !a.From.IsZero() {
		facts = append(facts, [2]string{"from", a.From.UTC().Format(time.RFC3339Nano)})
	}
	if !a.To.IsZero() {
		facts = append(facts, [2]string{"to", a.To.UTC().Format(time.RFC3339Nano)})
	}
	return facts
}
