package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// maxFile bounds the file, in bytes: far more than 256 lanes need.
const maxFile = 1 << 20

// DefaultPath is where the file is looked for when nobody names one: in the
// user's configuration folder. It is empty when the system names no such folder.
func DefaultPath() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "emitscope", "config.toml")
}

// Load returns the defaults with what the file says laid over them. With an
// empty path it reads DefaultPath, which need not be there; a file named by path
// must be.
//
// What is wrong with the file is an Invalid error that begins with the file, the
// line and the column, and names the setting: unknown names, values of the
// wrong sort, values out of bounds. Whether the settings go together is left to
// Apply, after the flags had their say.
func Load(path string) (Config, error) {
	named := path != ""
	if !named {
		if path = DefaultPath(); path == "" {
			return Defaults(), nil
		}
	}
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return Defaults(), nil
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, invalid("there is no configuration file %s", path).WithHint("name one that is there, or leave --config out")
	case err != nil:
		return Config{}, invalid("the configuration file cannot be read: %v", err)
	}
	c, err := parse(path, text)
	c.File = path
	return c, err
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return text, err
}

// parse lays the text of a file over the defaults. name is what errors call it.
func parse(name string, text []byte) (Config, error) {
	tree, places, err := read(text)
	if err != nil {
		return Config{}, located(name, err)
	}
	c := Defaults()
	r := reader{places: places}
	r.top(&c, tree)
	if first := r.first(); first != nil {
		return Config{}, located(name, first)
	}
	return c, nil
}

func located(file string, err error) error {
	var m *mistake
	if !errors.As(err, &m) {
		return invalid("%s: %v", file, err)
	}
	f := fault.From(m.err)
	return invalid("%s:%s%s", file, m.at, f.Message).WithHint("%s", f.Hint)
}

// mistake is something wrong at one place of the file.
type mistake struct {
	at  place
	err error
}

func (m *mistake) Error() string { return m.err.Error() }

// reader lays the parsed file over a Config and keeps what was wrong with it.
type reader struct {
	places   places
	mistakes []*mistake
}

func (r *reader) blame(path []string, err error) {
	if err != nil {
		r.mistakes = append(r.mistakes, &mistake{at: r.places.of(path), err: err})
	}
}

// first returns the mistake nearest to the top of the file; nil when there is none.
func (r *reader) first() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	return slices.MinFunc(r.mistakes, func(a, b *mistake) int { return a.at.compare(b.at) })
}

// top reads the whole file.
func (r *reader) top(c *Config, tree map[string]any) {
	all := settings(c)
	for name, value := range tree {
		known := inTable(all, name)
		switch {
		case name == "lanes": // after limits, of which one is theirs
		case name == "rule":
			r.rules(c, value)
		case len(known) > 0:
			r.table([]string{name}, value, known)
		default:
			r.entry(nil, name, value, inTable(all, ""))
		}
	}
	if value, there := tree["lanes"]; there {
		r.lanes(c, value)
	}
}

func inTable(all []setting, table string) []setting {
	var found []setting
	for _, s := range all {
		if s.table == table {
			found = append(found, s)
		}
	}
	return found
}

// table reads the settings of one table; path says where it stands.
func (r *reader) table(path []string, value any, known []setting) {
	table, ok := value.(map[string]any)
	if !ok {
		r.blame(path, invalid("%s is %s; want a table", dotted(path), describe(value)))
		return
	}
	for name, value := range table {
		r.entry(path, name, value, known)
	}
}

func (r *reader) entry(table []string, name string, value any, known []setting) {
	path := append(slices.Clone(table), name)
	for _, s := range known {
		if s.key == name {
			r.blame(path, s.set(value))
			return
		}
	}
	names := make([]string, len(known))
	for i, s := range known {
		names[i] = s.key
	}
	if len(table) == 0 {
		names = append(names, "and the tables udp, limits, late, lanes and rule")
	}
	r.blame(path, invalid("%s is not a setting", dotted(path)).WithHint("known here are %s", strings.Join(names, ", ")))
}

func (r *reader) lanes(c *Config, value any) {
	lanes, ok := value.(map[string]any)
	if !ok {
		r.blame([]string{"lanes"}, invalid(`lanes is %s; want tables such as [lanes."/ws/sensors"]`, describe(value)))
		return
	}
	if most := c.Limits.MaxLanes - 1; len(lanes) > most { // one is the preset
		r.blame([]string{"lanes"}, invalid("the file names %d lanes; at most %d are allowed", len(lanes), most).WithHint("raise limits.max_lanes"))
		return
	}
	c.Lanes = make(map[string]msg.LanePatch, len(lanes))
	for name, value := range lanes {
		path := []string{"lanes", name}
		var p msg.LanePatch
		before := len(r.mistakes)
		r.table(path, value, laneSettings(name, &p))
		if len(r.mistakes) == before {
			key, err := checkLane(name, p)
			if key != "" {
				path = append(path, key)
			}
			r.blame(path, err)
		}
		c.Lanes[name] = p
	}
}
