package files

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// maxHead is how many columns a table may have.
const maxHead = 1000

// table reads CSV, whose first row names the columns: ours, whose rows are messages,
// or any, whose rows are data.
func (r *reader) table(in *bufio.Reader) error {
	bounded := &bounded{from: in}
	rows := csv.NewReader(bounded)
	rows.ReuseRecord = true
	rows.LazyQuotes = false
	comma, err := commaOf(in)
	if err != nil {
		return err
	}
	rows.Comma = comma
	first, err := rows.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return bad("the table has no head").WithHint("its first row names the columns")
		}
		return explainRow(1, err)
	}
	h, err := r.headOf(slices.Clone(first))
	if err != nil {
		return inLine(1, err)
	}
	for line := 1; ; {
		bounded.count = 0
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explainRow(line+1, err)
		}
		line, _ = rows.FieldPos(0)
		rec, err := h.record(r, row)
		if err != nil {
			return inLine(line, err)
		}
		if err := r.add(rec); err != nil {
			return inLine(line, err)
		}
	}
}

// bounded ends a row that has no end. What is read ahead counts for the row that is
// read, which is little beside MaxLine.
type bounded struct {
	from  io.Reader
	count int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.count > MaxLine {
		return 0, tooLong().WithHint("a quote that is never closed makes the rest of the file one row")
	}
	n, err := b.from.Read(p)
	b.count += n
	return n, err
}

// commaOf looks into the head for what stands between its columns.
func commaOf(in *bufio.Reader) (rune, error) {
	head, err := in.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, err
	}
	line, _, _ := strings.Cut(string(head), "\n")
	for _, comma := range []string{",", ";", "\t"} {
		if strings.Contains(line, comma) {
			return rune(comma[0]), nil
		}
	}
	return ',', nil
}

func explainRow(line int, err error) error {
	var wrong *csv.ParseError
	if !errors.As(err, &wrong) {
		return inLine(line, err)
	}
	f := bad("%v", wrong.Err)
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		f = bad("it has more or fewer columns than the head").WithHint("quote what has a comma in it")
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		f = bad("a quote is out of place").WithHint(`write " within quotes twice, and put quotes around the whole of a cell`)
	}
	return inLine(wrong.Line, f)
}

// head is what a table's columns are.
type head struct {
	names []string
	at    map[string]int // of the columns that are known; the last one of a name
	ours  bool
	when  int // column of the time; -1: there is none
	data  []field
}

// field is a column that becomes a part of the data.
type field struct {
	column int
	path   []string // keys, from the outermost
}

func (r *reader) headOf(names []string) (*head, error) {
	if len(names) > maxHead {
		return nil, bad("the table has %d columns; at most %d are possible", len(names), maxHead)
	}
	h := &head{names: names, at: map[string]int{}, when: -1}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		h.at[strings.ToLower(names[i])] = i
	}
	h.ours = true
	for _, name := range []string{"seq", "namespace", "event", "outcome", "accepted_time", "time"} {
		_, has := h.at[name]
		h.ours = h.ours && has
	}
	if h.ours {
		err := h.oursHas()
		return h, err
	}
	for _, name := range timeNames() {
		if at, has := h.at[name]; has && h.when < 0 {
			h.when = at
		}
	}
	_, named := h.at["event"]
	if r.Event == "" && !named {
		return nil, bad("the table has no column %q", "event").WithHint("event=NAME says which event the rows are; every other column becomes a field of its data")
	}
	err := h.fields(func(name string) bool {
		return name == "namespace" || name == "event" || slices.Contains(timeNames(), name)
	})
	return h, err
}

// oursHas finds the payload of a table of ours: whole, or in columns of its own.
func (h *head) oursHas() error {
	if _, whole := h.at[dataColumn]; whole {
		return nil
	}
	known := tableHead()
	return h.fields(func(name string) bool { return slices.Contains(known, name) })
}

// fields makes parts of the data of all columns but those that mean something else. A
// name such as /a/b is a JSON pointer.
func (h *head) fields(other func(name string) bool) error {
	first := map[string]int{} // column in which a path, or one that leads to it, comes first
	leaf := map[string]bool{}
	for i, name := range h.names {
		if other(strings.ToLower(name)) {
			continue
		}
		f := field{column: i, path: []string{name}}
		if jsontext.CheckPointer(name) == nil && name != "" {
			f.path = strings.Split(name[1:], "/")
			for k, token := range f.path {
				f.path[k] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
			}
		}
		for k := range f.path {
			_, has := first[f.upTo(k)]
			if name == "" || leaf[f.upTo(k)] || has && k == len(f.path)-1 {
				return bad("column %d has no name, or that of another one", i+1).WithHint("name each column once")
			}
			if !has {
				first[f.upTo(k)] = i
			}
		}
		leaf[f.upTo(len(f.path)-1)] = true
		h.data = append(h.data, f)
	}
	slices.SortFunc(h.data, func(a, b field) int { // what belongs in one object stands together
		for k := range min(len(a.path), len(b.path)) {
			if c := first[a.upTo(k)] - first[b.upTo(k)]; c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}

// upTo names the first keys of a path, to the k-th.
func (f field) upTo(k int) string { return strings.Join(f.path[:k+1], "\x00") }

func (h *head) record(r *reader, row []string) (*msg.Record, error) {
	if h.ours {
		return h.told(row)
	}
	at := time.Time{}
	if h.when >= 0 {
		var err error
		if at, err = readTime(h.names[h.when], row[h.when]); err != nil {
			return nil, err
		}
	}
	namespace, event := r.Namespace, r.Event
	if text := h.cell(row, "namespace"); text != "" {
		namespace = text
	}
	if event == "" {
		event = h.cell(row, "event")
	}
	return r.plain(namespace, event, at, h.payload(row)), nil
}

// cell returns what a row has in a column; nothing where there is no such one.
func (h *head) cell(row []string, name string) string {
	at, has := h.at[name]
	if !has {
		return ""
	}
	return strings.Clone(row[at]) // or it would hold all of its row
}

// told reads a row of a table of ours.
func (h *head) told(row []string) (*msg.Record, error) {
	cell := func(name string) string { return h.cell(row, name) }
	r := wire.Recorded{
		Message: wire.Message{
			ID: cell("id"), Namespace: cell("namespace"), Event: restored(cell("event")), To: restored(cell("to")),
			Origin:  wire.Origin{Door: cell("door"), Client: restored(cell("client")), Address: cell("address"), Key: restored(cell("key"))},
			Outcome: cell("outcome"), Reason: cell("reason"),
			SourceTime: cell("source_time"), AcceptedTime: cell("accepted_time"), DueTime: cell("due_time"),
			Faults: strings.Fields(cell("faults")),
		},
		Time: cell("time"),
	}
	if !r.IsWhole() {
		return nil, bad("it has no accepted_time, or no outcome").WithHint("every message of an export has both")
	}
	if _, whole := h.at[dataColumn]; whole {
		r.Data = json.RawMessage(cell(dataColumn))
	} else {
		r.Data = h.payload(row)
	}
	var err error
	if r.Seq, err = strconv.ParseUint(cell("seq"), 10, 63); err != nil {
		return nil, badCell("seq", cell("seq"), "a whole number from 0")
	}
	for name, to := range map[string]*int{"sockets": &r.Sockets, "missed_slots": &r.MissedSlots} {
		if text := cell(name); text != "" {
			if *to, err = strconv.Atoi(text); err != nil {
				return nil, badCell(name, text, "a whole number")
			}
		}
	}
	for name, to := range map[string]*bool{"args": &r.Args, "local": &r.Local} {
		if text := cell(name); text != "" {
			if *to, err = strconv.ParseBool(text); err != nil {
				return nil, badCell(name, text, "true, or nothing")
			}
		}
	}
	for name, to := range map[string]any{"rooms": &r.Rooms, "attachments": &r.Attachments} {
		if text := cell(name); text != "" {
			if err := json.Unmarshal([]byte(text), to); err != nil {
				return nil, badCell(name, text, `a JSON array of text, such as ["a","b"]`)
			}
		}
	}
	rec, err := told(&r)
	if err != nil {
		return nil, err
	}
	for name, to := range map[string]*time.Duration{"period_us": &rec.Period, "held_us": &rec.Held} {
		if *to, err = readMicros(name, cell(name)); err != nil {
			return nil, err
		}
	}
	return rec, nil
}

func badCell(name, text, want string) error {
	return bad("%s %q is not valid", name, clip(text)).WithField(name).WithHint("it is %s", want)
}

// readMicros reads µs with decimals, to the nanosecond; empty text is 0.
func readMicros(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	wrong := badCell(name, text, "a number of µs, 0 or more")
	n, is := new(big.Rat).SetString(text)
	if !is || len(text) > 30 || strings.ContainsAny(text, "eExX_/pP") || n.Sign() < 0 {
		return 0, wrong
	}
	n.Mul(n, new(big.Rat).SetInt64(int64(time.Microsecond)))
	ns := new(big.Int).Quo(n.Num(), n.Denom())
	if !ns.IsInt64() {
		return 0, wrong
	}
	return time.Duration(ns.Int64()), nil
}

// payload makes data of a row's fields: an object, without those that are empty.
func (h *head) payload(row []string) []byte {
	out := []byte{'{'}
	var open []string // keys of the objects that are open
	for _, f := range h.data {
		text := row[f.column]
		if h.ours {
			text = restored(text)
		}
		if text == "" {
			continue
		}
		out, open = enter(out, open, f.path)
		out = jsontext.AppendString(out, f.path[len(f.path)-1])
		out = append(out, ':')
		out = appendValue(out, text)
	}
	for range open {
		out = append(out, '}')
	}
	return append(out, '}')
}

// enter closes the objects that a path does not lead through, and opens those it does.
func enter(out []byte, open, path []string) ([]byte, []string) {
	same := 0
	for same < len(open) && same < len(path)-1 && open[same] == path[same] {
		same++
	}
	for range open[same:] {
		out = append(out, '}')
	}
	open = open[:same]
	if last := out[len(out)-1]; last != '{' {
		out = append(out, ',')
	}
	for _, key := range path[same : len(path)-1] {
		out = append(jsontext.AppendString(out, key), ":{"...)
		open = append(open, key)
	}
	return out, open
}

// appendValue appends what a cell means: a number, true or false as such, all else as
// text.
func appendValue(out []byte, text string) []byte {
	if text == "true" || text == "false" || isNumber(text) {
		return append(out, text...)
	}
	return jsontext.AppendString(out, text)
}

// isNumber reports whether text is a number as JSON has it: 007 is none, so that what
// only looks like a number keeps its digits.
func isNumber(text string) bool {
	return (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text))
}
