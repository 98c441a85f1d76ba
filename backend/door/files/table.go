package files

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// tableHead are a CSV's columns before the payload's. People look at the first ones;
// the others are so that it can be imported as it was.
func tableHead() []string {
	return []string{
		"seq", "namespace", "event", "outcome", "reason", "source_time", "accepted_time", "due_time", "time", "lateness_us", "sockets", "size",
		"id", "args", "rooms", "to", "door", "client", "address", "key", "local", "period_us", "missed_slots", "faults", "held_us", "attachments",
	}
}

// dataColumn is the payload's column where its parts have none of their own.
const dataColumn = "data"

// table is CSV: a message a row. What others wrote is in it as text that no spreadsheet
// takes for a formula.
type table struct {
	out     *bufio.Writer
	rows    *csv.Writer
	columns []Column
	row     []string
	begun   bool
}

func newTable(to io.Writer, columns []Column) *table {
	out := bufio.NewWriterSize(to, flushAt)
	return &table{out: out, rows: csv.NewWriter(out), columns: columns} // csv takes the buffer for its own
}

func (t *table) begin() error {
	if t.begun {
		return nil
	}
	t.begun = true
	head := tableHead()
	for _, c := range t.columns {
		head = append(head, c.Pointer)
	}
	if len(t.columns) == 0 {
		head = append(head, dataColumn)
	}
	return t.rows.Write(head)
}

func (t *table) Write(rec *msg.Record) error {
	if err := t.begin(); err != nil {
		return err
	}
	late := ""
	if rec.Outcome == msg.Emitted {
		late = micros(rec.Lateness())
	}
	t.row = append(t.row[:0],
		strconv.FormatUint(rec.Seq, 10), rec.Namespace, inert(rec.Event), string(rec.Outcome), string(rec.Reason),
		wire.Time(rec.Source), wire.Time(rec.Accepted), wire.Time(rec.Due), wire.Time(rec.At), late, strconv.Itoa(rec.Sockets), strconv.Itoa(rec.Size()),
		rec.ID.String(), claim(rec.Spread), asJSON(rec.Rooms), inert(rec.To),
		string(rec.Origin.Door), inert(rec.Origin.Client), rec.Origin.Address, inert(rec.Origin.Key), claim(rec.Origin.Local),
		length(rec.Period), count(rec.Missed), strings.Join(rec.Faults.Names(), " "), length(rec.Held), asJSON(rec.Attachments),
	)
	for _, c := range t.columns {
		t.row = append(t.row, inert(cell(part(rec.Payload, c.Pointer))))
	}
	if len(t.columns) == 0 {
		t.row = append(t.row, string(rec.Payload))
	}
	return t.rows.Write(t.row)
}

func (t *table) End() error {
	if err := t.begin(); err != nil {
		return err
	}
	t.rows.Flush()
	return t.rows.Error()
}

// claim is empty where a claim does not hold, as it mostly does not.
func claim(holds bool) string {
	if holds {
		return "true"
	}
	return ""
}

// count is empty for 0.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// length is d in µs, to the nanosecond; empty for 0.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return micros(d)
}

// micros is d in µs, to the nanosecond.
func micros(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%03d", sign, d/time.Microsecond, d%time.Microsecond)
}
