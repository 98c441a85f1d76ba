package shelf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// kept is the content of a shelf's file.
type kept struct {
	Things []keptThing `json:"things"`
}

type keptThing struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

func encode(all []msg.Named) ([]byte, error) {
	k := kept{Things: make([]keptThing, len(all))}
	for i, t := range all {
		k.Things[i] = keptThing{t.Name, t.Value}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // it is no page, and queries have < and > in them
	e.SetIndent("", "\t")
	if err := e.Encode(k); err != nil {
		return nil, fmt.Errorf("encode what is kept: %w", err)
	}
	return text.Bytes(), nil
}

// decode reads a file that encode wrote and somebody may have changed since.
func (s *Shelf) decode(text []byte) ([]msg.Named, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var k kept
	if err := d.Decode(&k); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more text after the things")
	}
	if len(k.Things) > s.o.Max {
		return nil, fmt.Errorf("there are %d things; at most %d are allowed", len(k.Things), s.o.Max)
	}
	all := make([]msg.Named, len(k.Things))
	for i, t := range k.Things {
		value, err := jsontext.Compact(t.Value)
		if err == nil {
			err = s.check(t.Name, value)
		}
		if err != nil {
			return nil, fmt.Errorf("thing %d (%q): %w", i+1, fault.Clip(t.Name), err)
		}
		all[i] = msg.Named{Name: t.Name, Value: value}
	}
	byName := func(a, b msg.Named) int { return strings.Compare(a.Name, b.Name) }
	sorted := slices.SortedFunc(slices.Values(all), byName)
	if len(slices.CompactFunc(slices.Clone(sorted), func(a, b msg.Named) bool { return a.Name == b.Name })) < len(all) {
		return nil, errors.New("a name is there twice")
	}
	if s.o.Ordered {
		return all, nil
	}
	return sorted, nil
}
