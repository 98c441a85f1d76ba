package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where something stands in the file, counted from 1. The zero place
// is unknown.
type place struct{ line, column int }

// String is the place as a prefix of a message: "7:3: ".
func (p place) String() string {
	if p == (place{}) {
		return " "
	}
	return fmt.Sprintf("%d:%d: ", p.line, p.column)
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.line, q.line), cmp.Compare(p.column, q.column))
}

// places says where each key of a file stands, by its path.
type places map[string]place

// pathKey joins a path with a byte that TOML does not allow in a key unescaped.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

// of returns where path stands, or else the table it is in.
func (p places) of(path []string) place {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if at, ok := p[pathKey(path)]; ok {
			return at
		}
	}
	return place{}
}

func (p places) note(path []string, at place) {
	for n := 1; n <= len(path); n++ {
		if _, known := p[pathKey(path[:n])]; !known {
			p[pathKey(path[:n])] = at
		}
	}
}

// read parses TOML into plain values, and says where each key stands. The reader
// that makes the values forgets their places, so a second one looks for them.
func read(text []byte) (map[string]any, places, error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, nil, syntax(text, err)
	}
	found, counts := places{}, map[string]int{}
	p := &unstable.Parser{}
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			var at place
			table, at = found.key(p, nil, e)
			if e.Kind == unstable.ArrayTable { // its elements are called 0, 1, …
				of := pathKey(table)
				table = append(table, strconv.Itoa(counts[of]))
				counts[of]++
			}
			found.note(table, at)
		case unstable.KeyValue:
			found.pair(p, table, e)
		}
	}
	return tree, found, p.Error()
}

// key returns the path of a table's or pair's key inside table, and where it begins.
func (p places) key(parser *unstable.Parser, table []string, e *unstable.Node) ([]string, place) {
	path := slices.Clone(table)
	var at place
	for it := e.Key(); it.Next(); {
		if at == (place{}) {
			start := parser.Shape(it.Node().Raw).Start
			at = place{start.Line, start.Column}
		}
		path = append(path, string(it.Node().Data))
	}
	return path, at
}

func (p places) pair(parser *unstable.Parser, table []string, e *unstable.Node) {
	path, at := p.key(parser, table, e)
	p.note(path, at)
	if e.Value().Kind != unstable.InlineTable {
		return
	}
	for it := e.Value().Children(); it.Next(); {
		if it.Node().Kind == unstable.KeyValue {
			p.pair(parser, path, it.Node())
		}
	}
}

// syntax returns what the TOML reader says as a mistake with a place.
func syntax(text []byte, err error) error {
	m := &mistake{err: invalid("%s", strings.TrimPrefix(err.Error(), "toml: "))}
	var placed *toml.DecodeError
	if errors.As(err, &placed) {
		m.at.line, m.at.column = placed.Position()
		return m
	}
	// A key that is there twice comes without a place. The reader stops at the
	// first error, so it stands at the end of the shortest text that has it.
	ends := lineEnds(text)
	line := sort.Search(len(ends), func(i int) bool {
		again := toml.Unmarshal(text[:ends[i]], new(map[string]any))
		return again != nil && again.Error() == err.Error()
	})
	m.at = place{line: min(line+1, len(ends)), column: 1}
	return m
}

func lineEnds(text []byte) []int {
	var ends []int
	for i, c := range text {
		if c == '\n' {
			ends = append(ends, i)
		}
	}
	return append(ends, len(text))
}

// bare is a key that needs no quotes.
var bare = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// dotted writes a path as TOML does: lanes."/ws/sensors".interval.
func dotted(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		if parts[i] = p; !bare.MatchString(p) {
			parts[i] = strconv.Quote(p)
		}
	}
	return strings.Join(parts, ".")
}
