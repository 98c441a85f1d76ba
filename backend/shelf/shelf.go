// Package shelf keeps what people gave a name to, such as a query they ask again
// and again: one file a kind in the data folder. It lives there and not in a
// browser, for the window and each browser are other places to a page.
package shelf

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Options are what a Shelf needs. All must be set.
type Options struct {
	Path     string // of its file
	Kind     string // one of its things, for a person: "query"
	Max      int    // things
	MaxBytes int    // of one
	Ordered  bool   // things are in the order that people gave them, new ones last; else by name
	// Check says what is wrong with a value; an error of it is for a person.
	Check func(value []byte) error
	// Write replaces a file as a whole, or leaves it as it was.
	Write func(path string, data []byte, perm fs.FileMode) error
	Log   *slog.Logger
}

// Shelf holds things by name. What it says is kept is on disk.
//
// All methods may be called from any goroutine.
type Shelf struct {
	o   Options
	mu  sync.Mutex
	all []msg.Named // replaced, never changed
}

// Open returns the shelf with what was kept in its file. A damaged file is set
// aside under another name, with a warning, so that the hub starts and nothing is
// lost. The error says why the file can neither be read nor set aside.
func Open(o Options) (*Shelf, error) {
	s := &Shelf{o: o}
	text, err := os.ReadFile(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was kept: %w", err)
	}
	all, damage := s.decode(text)
	if damage == nil {
		s.all = all
		return s, nil
	}
	aside := o.Path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(o.Path, aside); err != nil {
		return nil, fmt.Errorf("set a damaged file aside: %w", err)
	}
	o.Log.Warn("What people saved is damaged, set aside", "file", o.Path, "error", damage, "kept_as", aside)
	return s, nil
}

// List returns all of it, in order.
func (s *Shelf) List() []msg.Named {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// Put keeps a value under a name, in the place of the one that had it, and reports
// whether the name is new. An error about name or value is Invalid or TooLarge;
// with no room left it is TooMany. The value must be JSON from jsontext.Compact.
func (s *Shelf) Put(name string, value []byte) (made bool, err error) {
	if err := s.check(name, value); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, had := s.find(name)
	if !had && len(s.all) >= s.o.Max {
		return false, fault.Newf(fault.TooMany, "there are %d saved %s, and more are not possible", s.o.Max, s.o.plural()).
			WithHint("remove one that is not used any more")
	}
	thing := msg.Named{Name: name, Value: bytes.Clone(value)}
	all := slices.Clone(s.all)
	if had {
		all[i] = thing
	} else {
		all = slices.Insert(all, i, thing)
	}
	return !had, s.keep(all)
}

// Remove forgets a thing. One that is not there is a NotFound error.
func (s *Shelf) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, had := s.find(name)
	if !had {
		return fault.Newf(fault.NotFound, "there is no saved %s %q", s.o.Kind, fault.Clip(name)).WithHint("it may have been removed; names differ by capital letters")
	}
	return s.keep(slices.Delete(slices.Clone(s.all), i, i+1))
}

// Order puts what there is into another order. Names that are not those of all
// things, each once, are a Conflict: somebody has added or removed one meanwhile.
func (s *Shelf) Order(names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]msg.Named, 0, len(names))
	for i, name := range names {
		at, there := s.find(name)
		if !there || slices.Contains(names[:i], name) {
			return s.otherNames()
		}
		all = append(all, s.all[at])
	}
	if len(all) < len(s.all) {
		return s.otherNames()
	}
	return s.keep(all)
}

func (s *Shelf) otherNames() error {
	return fault.Newf(fault.Conflict, "these are not the names of all saved %s, each once", s.o.plural()).
		WithHint("ask for the list again: somebody may have changed it")
}

// Clear forgets everything.
func (s *Shelf) Clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return nil
	}
	return s.keep(nil)
}

// keep writes all to the file, and only then takes it for what there is. The
// caller holds mu.
func (s *Shelf) keep(all []msg.Named) error {
	text, err := encode(all)
	if err != nil {
		return err
	}
	if err := s.o.Write(s.o.Path, text, 0o600); err != nil {
		return fmt.Errorf("keep the saved %s: %w", s.o.plural(), err)
	}
	s.all = all
	return nil
}

// find returns where a name is, or would be. The caller holds mu.
func (s *Shelf) find(name string) (at int, found bool) {
	if s.o.Ordered {
		if at = slices.IndexFunc(s.all, func(t msg.Named) bool { return t.Name == name }); at >= 0 {
			return at, true
		}
		return len(s.all), false
	}
	return slices.BinarySearchFunc(s.all, name, func(t msg.Named, name string) int { return strings.Compare(t.Name, name) })
}

func (s *Shelf) check(name string, value []byte) error {
	if err := msg.CheckName(name); err != nil {
		return err
	}
	if len(value) > s.o.MaxBytes {
		return fault.Newf(fault.TooLarge, "the %s is %d bytes; at most %d are allowed", s.o.Kind, len(value), s.o.MaxBytes).WithHint("leave something out")
	}
	return s.o.Check(value)
}

// plural is of the kinds there are: queries, boards, drafts, rules and alerts.
func (o *Options) plural() string {
	if stem, ok := strings.CutSuffix(o.Kind, "y"); ok {
		return stem + "ies"
	}
	return o.Kind + "s"
}
