package shelf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/shelf"
)

func options(path string) shelf.Options {
	return shelf.Options{
		Path: path, Kind: "query", Max: 3, MaxBytes: 40, Write: os.WriteFile, Log: slog.New(slog.DiscardHandler),
		Check: func(value []byte) error {
			if string(value) == `"wrong"` {
				return fault.Newf(fault.Invalid, "that is wrong").WithCode("invalid_query")
			}
			return nil
		},
	}
}

func open(t *testing.T, o shelf.Options) *shelf.Shelf {
	t.Helper()
	s, err := shelf.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *shelf.Shelf, name, value string, want bool) {
	t.Helper()
	if made, err := s.Put(name, []byte(value)); made != want || err != nil {
		t.Fatalf("put %s: got %v, %v; want %v", name, made, err, want)
	}
}

func wants(t *testing.T, s *shelf.Shelf, want ...string) {
	t.Helper()
	got := []string{}
	for _, thing := range s.List() {
		got = append(got, thing.Name+"="+string(thing.Value))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsPutIsThereByNameAndAfterAStart(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "queries.json"))
	s := open(t, o)
	put(t, s, "späte", `{"query":"late>1ms"}`, true)
	put(t, s, "a/b c", `"one"`, true)
	put(t, s, "a/b c", `"two"`, false)
	want := []string{`a/b c="two"`, `späte={"query":"late>1ms"}`}
	wants(t, s, want...)
	again := open(t, o)
	wants(t, again, want...)
	if err := again.Remove("a/b c"); err != nil {
		t.Fatal(err)
	}
	wants(t, open(t, o), want[1])
	if err := again.Clear(); err != nil {
		t.Fatal(err)
	}
	wants(t, open(t, o), []string{}...)
}

func TestWhatHasAnOrderKeepsIt(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "rules.json"))
	o.Ordered = true
	s := open(t, o)
	put(t, s, "b", "1", true)
	put(t, s, "c", "1", true)
	put(t, s, "a", "1", true)
	put(t, s, "c", "2", false) // stays where it was
	wants(t, open(t, o), "b=1", "c=2", "a=1")
	if err := s.Order([]string{"a", "b", "c"}); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"a", "b"}, {"a", "b", "x"}, {"a", "b", "b"}, {"a", "b", "c", "c"}, {"a", "b", "c", "d"}} {
		if err := s.Order(names); !errors.Is(err, fault.Conflict) {
			t.Errorf("%q: got %v, want %v", names, err, fault.Conflict)
		}
	}
	wants(t, open(t, o), "a=1", "b=1", "c=2")
	if err := s.Remove("b"); err != nil {
		t.Fatal(err)
	}
	wants(t, open(t, o), "a=1", "c=2")
}

func TestWhatCannotBeKeptIsToldWhy(t *testing.T) {
	s := open(t, options(filepath.Join(t.TempDir(), "queries.json")))
	for i := range 3 {
		put(t, s, fmt.Sprint("n", i), "1", true)
	}
	for _, c := range []struct {
		name, value string
		kind        fault.Kind
		says        string
	}{
		{"", "1", fault.Invalid, "the name is empty"},
		{strings.Repeat("é", 65), "1", fault.Invalid, "65 characters; at most 64"},
		{"a\tb", "1", fault.Invalid, "can be seen"},
		{"a\u202eb", "1", fault.Invalid, "can be seen"},
		{"a\xff", "1", fault.Invalid, "can be seen"},
		{" a", "1", fault.Invalid, "spaces before or after"},
		{"..", "1", fault.Invalid, "a step in a path"},
		{"n1", `"wrong"`, fault.Invalid, "that is wrong"},
		{"n1", strings.Repeat("1", 41), fault.TooLarge, "the query is 41 bytes; at most 40"},
		{"n4", "1", fault.TooMany, "there are 3 saved queries"},
	} {
		if _, err := s.Put(c.name, []byte(c.value)); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: got %v, want %v that says %q", c.name, err, c.kind, c.says)
		}
	}
	put(t, s, "n2", "2", false) // one that is there may change when there is no room for more
	if err := s.Remove("N2"); !errors.Is(err, fault.NotFound) {
		t.Errorf("removing what is not there: got %v, want %v", err, fault.NotFound)
	}
	wants(t, s, "n0=1", "n1=1", "n2=2")
}

func TestWhatIsNotOnDiskIsNotKept(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "queries.json"))
	o.Write = func(string, []byte, fs.FileMode) error { return errors.New("disk full") }
	s := open(t, o)
	if _, err := s.Put("a", []byte("1")); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v, want the disk's error", err)
	}
	wants(t, s, []string{}...)
}

func TestADamagedFileIsSetAside(t *testing.T) {
	for _, text := range []string{
		``, `{"things":`, `{"things":[]} x`, `{"more":1}`, `{"things":[{"name":"","value":1}]}`,
		`{"things":[{"name":"a","value":"wrong"}]}`, `{"things":[{"name":"a"}]}`,
		`{"things":[{"name":"a","value":1},{"name":"a","value":2}]}`,
		`{"things":[{"name":"a","value":1},{"name":"b","value":2},{"name":"c","value":1},{"name":"d","value":2}]}`,
	} {
		o := options(filepath.Join(t.TempDir(), "queries.json"))
		if err := os.WriteFile(o.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
		wants(t, open(t, o), []string{}...)
		aside, _ := filepath.Glob(o.Path + ".damaged-*")
		if len(aside) != 1 {
			t.Fatalf("%q: got %q set aside, want one file", text, aside)
		}
		if !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), aside[0]) {
			t.Errorf("%q: got log %q, want a warning that names %s", text, said.String(), aside[0])
		}
	}
}

func TestManyMayPutAtOnce(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "queries.json"))
	o.Max = 100
	s := open(t, o)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { put(t, s, fmt.Sprint("n", i), "1", true) })
	}
	wg.Wait()
	if got := len(open(t, o).List()); got != 20 {
		t.Errorf("%d were kept, want 20", got)
	}
}
