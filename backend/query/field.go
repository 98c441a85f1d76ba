package query

import (
	"slices"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// field is what a term asks of a message, apart from its payload. One of the
// functions is set.
type field struct {
	name   func(*msg.Record) string   // "" is none
	names  func(*msg.Record) []string // any of them
	number func(*msg.Record) (n int64, has bool)
	read   func(text string) (span, string) // a value of number; "" or what is wrong with it
	known  []string                         // all values that name can have; nil: any
}

// fieldNames returns the fields in the order in which a person is told of them.
func fieldNames() []string {
	return []string{
		"event", "ns", "data", "size", "late", "wait", "sockets", "seq", "time",
		"source", "client", "key", "room", "to", "outcome", "reason",
	}
}

// fieldOf returns the field with that name. data is a term of its own.
func fieldOf(name string) (f field, known bool) {
	switch name {
	case "event", "ns", "client", "key", "to":
		return field{name: nameOf(name)}, true
	case "source":
		return field{name: nameOf(name), known: []string{string(msg.DoorREST), string(msg.DoorSocketIO), string(msg.DoorWebSocket), string(msg.DoorUDP), string(msg.DoorReply), string(msg.DoorSimulator), string(msg.DoorReplay), string(msg.DoorImport)}}, true
	case "outcome":
		return field{name: nameOf(name), known: []string{string(msg.Emitted), string(msg.Dropped), string(msg.DroppedOnPurpose), string(msg.Received)}}, true
	case "reason":
		return field{name: nameOf(name), known: []string{string(msg.Oldest), string(msg.Newest), string(msg.Replaced), string(msg.Stopped)}}, true
	case "room":
		return field{names: func(r *msg.Record) []string { return r.Rooms }}, true
	case "size":
		return field{number: func(r *msg.Record) (int64, bool) { return int64(r.Size()), true }, read: readSize}, true
	case "sockets":
		return field{number: func(r *msg.Record) (int64, bool) { return int64(r.Sockets), true }, read: readCount}, true
	case "seq":
		return field{number: func(r *msg.Record) (int64, bool) { return int64(r.Seq), true }, read: readCount}, true
	case "late":
		return field{number: func(r *msg.Record) (int64, bool) { return int64(r.Lateness()), r.Outcome == msg.Emitted }, read: readDuration}, true
	case "wait":
		return field{number: func(r *msg.Record) (int64, bool) { return int64(r.Wait() + r.Held), true }, read: readDuration}, true
	case "time":
		return field{number: func(r *msg.Record) (int64, bool) { return r.At.UnixNano(), true }, read: readTime}, true
	}
	return field{}, false
}

// nameOf returns what reads a field that is one name.
func nameOf(field string) func(*msg.Record) string {
	switch field {
	case "event":
		return func(r *msg.Record) string { return r.Event }
	case "ns":
		return func(r *msg.Record) string { return r.Namespace }
	case "client":
		return func(r *msg.Record) string { return r.Origin.Client }
	case "key":
		return func(r *msg.Record) string { return r.Origin.Key }
	case "to":
		return func(r *msg.Record) string { return r.To }
	case "source":
		return func(r *msg.Record) string { return string(r.Origin.Door) }
	case "outcome":
		return func(r *msg.Record) string { return string(r.Outcome) }
	}
	return func(r *msg.Record) string { return string(r.Reason) }
}

// fieldTerm reads the values of a field and makes its term.
func (p *parser) fieldTerm(start int, name, op string) (cond, error) {
	f, known := fieldOf(name)
	if !known {
		return nil, p.unknownField(start, name)
	}
	if f.number == nil && isOrder(op) {
		return nil, p.bad(start+len(name), p.at, "%s is a name, which is not more or less than another", name).
			WithHint("write %s: and * for any characters, such as %s:a*", name, name)
	}
	values, err := p.readValues(op)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if f.known != nil && v.text != "" && !v.isGlob && !slices.Contains(f.known, v.text) {
			return nil, p.bad(v.from, v.to, "%s is never %q", name, fault.Clip(v.text)).WithHint("it is %s", oneOfWords(f.known))
		}
	}
	var c cond
	switch {
	case f.name != nil:
		c = newNameTerm(name, f.name, op, values)
	case f.names != nil:
		c = newNamesTerm(name, f.names, op, values)
	default:
		if c, err = p.numberTerm(name, f, op, values); err != nil {
			return nil, err
		}
	}
	if op == "!=" {
		return noneOf(c), nil
	}
	return c, nil
}

func (p *parser) unknownField(start int, name string) error {
	end := start + len(name)
	if name == "" {
		return p.bad(start, p.at, "a field is missing here").WithHint(`write one before the %s, such as size>200, or put text to look for in quotes`, p.text[start:p.at])
	}
	err := p.bad(start, end, "unknown field %q", fault.Clip(name))
	if near := nearest(name); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint(`the fields are %s; to look for text, put it in quotes: "%s"`, oneOfWords(fieldNames()), fault.Clip(p.text[start:p.wordEnd()]))
}

// wordEnd returns where the word ends that the parser stands in.
func (p *parser) wordEnd() int {
	was := p.at
	defer func() { p.at = was }()
	p.skipWord("")
	return p.at
}

// nearest returns the field somebody may have meant, "" when there is none.
func nearest(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "namespace":
		return "ns"
	case "payload", "args":
		return "data"
	case "name", "on":
		return "event"
	case "door", "via":
		return "source"
	case "from", "sid":
		return "client"
	case "lateness":
		return "late"
	case "bytes":
		return "size"
	case "status":
		return "outcome"
	}
	if path, ok := strings.CutPrefix(name, "payload."); ok {
		return "data." + path
	}
	best, least := "", min(3, (len(name)+2)/2)
	for _, f := range fieldNames() {
		if d := distance(name, f); d < least {
			best, least = f, d
		}
	}
	return best
}

// distance counts the letters to add, take out or change to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := left
			if a[i] != b[j] {
				change++
			}
			left = row[j+1]
			row[j+1] = min(change, left+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// oneOfWords writes "a, b or c".
func oneOfWords(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
