package files

import (
	"bytes"
	"encoding/json"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// MaxColumns bounds what is looked up in each message of a table.
const MaxColumns = 100

// Kind is what a column's values have in common, for formats that must know it before
// the first one.
type Kind int

// The kinds, each of which holds all that those before it do.
const (
	Nothing Kind = iota // no message has a value
	Boolean
	Number
	Text // anything, as JSON, and text without its quotes
)

// Column is a part of each payload that a table shows by itself.
type Column struct {
	Pointer string
	Kind    Kind // as far as See has seen
}

// ColumnsOf reads JSON pointers with commas between them; nil: none are wanted.
func ColumnsOf(text string) ([]Column, error) {
	if text == "" {
		return nil, nil
	}
	bad := func(what string) *fault.Error {
		return fault.Newf(fault.Invalid, "columns %q is not valid", fault.Clip(what)).WithCode("invalid_parameter")
	}
	pointers := strings.Split(text, ",")
	if len(pointers) > MaxColumns {
		return nil, bad(text).WithHint("at most %d are possible", MaxColumns)
	}
	columns := make([]Column, len(pointers))
	seen := make(map[string]bool, len(pointers))
	for i, p := range pointers {
		if err := jsontext.CheckPointer(p); err != nil {
			return nil, bad(p).WithHint("%s", fault.From(err).Error())
		}
		if seen[p] {
			return nil, bad(p).WithHint("name each column once")
		}
		seen[p] = true
		columns[i].Pointer = p
	}
	return columns, nil
}

// See widens the kinds of columns so that they hold what a payload has.
func See(columns []Column, payload []byte) {
	for i := range columns {
		c := &columns[i]
		if c.Kind == Text {
			continue
		}
		kind := kindOf(part(payload, c.Pointer))
		switch {
		case kind == Nothing || c.Kind == kind:
		case c.Kind == Nothing:
			c.Kind = kind
		default:
			c.Kind = Text // true is no number
		}
	}
}

func kindOf(value []byte) Kind {
	switch firstOf(value) {
	case 0:
		return Nothing
	case 't', 'f':
		return Boolean
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return Number
	}
	return Text
}

// part returns what a pointer names in a payload; nil where there is nothing, or null.
func part(payload []byte, pointer string) []byte {
	found, ok := jsontext.Lookup(payload, pointer)
	if !ok || bytes.Equal(found, []byte("null")) {
		return nil
	}
	return found
}

// cell returns a value as a table shows it: text without its quotes, all else as JSON.
func cell(value []byte) string {
	if firstOf(value) == '"' {
		return textOf(value)
	}
	return string(value)
}

// A spreadsheet takes a cell that begins like this for a formula, which can ask other
// sites and, where people say yes, start programs.
const beginsFormula = "=+-@\t\r"

// isFormula reports whether a cell begins like a formula, behind apostrophes or not. A
// number is none.
func isFormula(text string) bool {
	bare := strings.TrimLeft(text, "'")
	return bare != "" && strings.IndexByte(beginsFormula, bare[0]) >= 0 && !isNumber(text)
}

// inert returns text with an apostrophe in front where a spreadsheet would run it; what
// had one gets another, so that restored gives back what it was.
func inert(text string) string {
	if isFormula(text) {
		return "'" + text
	}
	return text
}

// restored returns the text of which inert has made a cell.
func restored(cell string) string {
	if isFormula(cell) {
		return strings.TrimPrefix(cell, "'")
	}
	return cell
}

// asJSON is v as JSON text; empty for a list without elements.
func asJSON[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // lists of text and of bytes have JSON
	}
	return string(text)
}
