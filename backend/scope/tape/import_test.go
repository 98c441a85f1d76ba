package tape_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/scope/tape"
)

// bring imports records as one recording.
func (d deck) bring(name string, records []*msg.Record) (msg.Recording, error) {
	return d.Import(name, func(add func(*msg.Record) error) error {
		for _, rec := range records {
			if err := add(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// files lists what is in the folder, all of it.
func (d deck) files() (names []string) {
	entries, err := os.ReadDir(d.folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func ticks(n uint64) (all []*msg.Record) {
	for seq := range n {
		all = append(all, tick(seq+1))
	}
	return all
}

var sameTimes = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestAnImportIsARecording(t *testing.T) {
	d := newDeck(t)
	got, err := d.bring("brought", ticks(5000))
	if err != nil {
		t.Fatal(err)
	}
	if got.State != msg.RecordingEnded || got.Messages != 5000 || !got.First.Equal(tick(1).At) || !got.Last.Equal(tick(5000).At) || got.Ended.Before(got.Began) || got.FileBytes == 0 {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(got, d.one("brought"), sameTimes); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ticks(5000), d.all("brought", ""), sameTimes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"brought.emitscope"}, d.files()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestAnImportThatFailsLeavesNothing(t *testing.T) {
	d := newDeck(t)
	broken := errors.New("the body breaks off")
	if _, err := d.Import("half", func(add func(*msg.Record) error) error {
		for _, rec := range ticks(5000) {
			if err := add(rec); err != nil {
				return err
			}
		}
		return broken
	}); !errors.Is(err, broken) {
		t.Errorf("got %v, want what fill said", err)
	}
	if got := d.files(); len(got) > 0 {
		t.Errorf("it left %v", got)
	}
	if _, err := d.bring("half", ticks(1)); err != nil { // the name is free again
		t.Error(err)
	}
}

func TestAMessageThatNoHubHasToldOfIsRefused(t *testing.T) {
	d := newDeck(t)
	for what, change := range map[string]func(r *msg.Record){
		"namespace": func(r *msg.Record) { r.Namespace = "ws" },
		"event":     func(r *msg.Record) { r.Event = "a\nb" },
		"rooms":     func(r *msg.Record) { r.Rooms = []string{""} },
		"payload":   func(r *msg.Record) { r.Payload = []byte("{oops") },
		"depth":     func(r *msg.Record) { r.Payload = []byte(strings.Repeat("[", 9999) + strings.Repeat("]", 9999)) },
		"utf8":      func(r *msg.Record) { r.Payload = []byte("\"\xff\"") },
		"outcome":   func(r *msg.Record) { r.Outcome = "lost" },
		"reason":    func(r *msg.Record) { r.Reason = "whim" },
		"client":    func(r *msg.Record) { r.Origin.Client = strings.Repeat("x", 2000) },
		"due":       func(r *msg.Record) { r.Due = time.Time{} },
	} {
		rec := tick(1)
		change(rec)
		_, err := d.bring("bad", []*msg.Record{rec})
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Errorf("%s: got %v, want it refused", what, err)
		}
	}
	if got := d.files(); len(got) > 0 {
		t.Errorf("it left %v", got)
	}
}

func TestAnImportNeedsANameOfItsOwnAndRoom(t *testing.T) {
	free := uint64(1 << 40)
	d := newDeck(t, func(o *tape.Options) {
		o.Keep.MinFree, o.Keep.MaxBytes = 1<<30, 1<<20
		o.Free = func(string) (uint64, error) { return free, nil }
	})
	d.start("Runs", "")
	_, err := d.bring("runs", nil)
	wantCode(t, err, fault.Conflict, "recording_exists")
	_, err = d.Import("a", func(func(*msg.Record) error) error {
		_, err := d.bring("A", nil)
		wantCode(t, err, fault.Conflict, "recording_exists")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	_, err = d.bring("../keys", nil)
	wantCode(t, err, fault.Invalid, "invalid_name")
	_, err = d.Import("late", func(add func(*msg.Record) error) error {
		free = 0 // somebody else fills the disk meanwhile
		for _, rec := range ticks(5000) {
			if err := add(rec); err != nil {
				return err
			}
		}
		return nil
	})
	wantCode(t, err, fault.Conflict, "disk_full")
	_, err = d.bring("b", nil)
	wantCode(t, err, fault.Conflict, "disk_full")
	free = 1 << 40
	_, err = d.bring("large", ticks(20_000))
	wantCode(t, err, fault.TooLarge, "too_large")
	_, err = d.Import("taken", func(func(*msg.Record) error) error {
		return os.WriteFile(d.file("taken"), nil, 0o600) // somebody puts one there meanwhile
	})
	wantCode(t, err, fault.Conflict, "recording_exists")
}

func TestOnlySoManyImportsAtOnce(t *testing.T) {
	d := newDeck(t)
	var nest func(n int) error
	nest = func(n int) error {
		_, err := d.Import(fmt.Sprint(n), func(func(*msg.Record) error) error {
			if n == 1 {
				_, err := d.bring("one more", nil)
				wantCode(t, err, fault.TooMany, "too_many_imports")
				return nil
			}
			return nest(n - 1)
		})
		return err
	}
	if err := nest(4); err != nil {
		t.Error(err)
	}
}

func TestMessagesOutOfOrderAreImportedInTheOrderInWhichTheyEnded(t *testing.T) {
	d := newDeck(t)
	records := ticks(3000)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	if _, err := d.bring("mixed", records); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(numbers(1, 3000), seqs(d.all("mixed", ""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := d.files(); len(got) != 1 {
		t.Errorf("there are %v", got)
	}
}

func TestWhatAKilledHubLeftOfAnImportIsDeleted(t *testing.T) {
	d := newDeck(t)
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.folder, ".unfinished-1.emitscope"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := d.files(); len(got) > 0 {
		t.Errorf("there are %v", got)
	}
}

// copied returns a recording's file, or that of a part of it.
func (d deck) copied(name, q string) []byte {
	d.t.Helper()
	var out bytes.Buffer
	if err := d.Copy(context.Background(), name, parse(d.t, q), &out); err != nil {
		d.t.Fatal(err)
	}
	return out.Bytes()
}

func (d deck) bringFile(name string, file []byte) (msg.Recording, error) {
	return d.ImportFile(context.Background(), name, bytes.NewReader(file))
}

func TestACopyIsARecordingToo(t *testing.T) {
	d := newDeck(t)
	d.start("one", "event:tick")
	for _, rec := range ticks(3000) {
		rec.Attachments = [][]byte{{1, 2}, {}}
		d.Observe(rec)
	}
	want := func(file []byte, of int, about string) {
		t.Helper()
		name := strings.ReplaceAll(about, " ", "")
		got, err := d.bringFile(name, file)
		if err != nil {
			t.Errorf("%s: %v", about, err)
			return
		}
		if got.Messages != uint64(of) || got.State != msg.RecordingEnded || !strings.Contains(got.Query, "event:tick") {
			t.Errorf("%s: got %+v, want %d messages", about, got, of)
		}
	}
	if err := d.Flush("one"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddBookmark(t.Context(), "one", msg.Bookmark{Time: epoch, Note: "here"}); err != nil {
		t.Fatal(err)
	}
	running := d.copied("one", "")
	runningPart := d.copied("one", "seq:1")
	d.stop("one")
	whole := d.copied("one", "")
	file, err := os.ReadFile(d.file("one"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole, file) {
		t.Errorf("the copy of one that has ended is not its file: %d bytes, not %d", len(whole), len(file))
	}
	want(whole, 3000, "whole")
	if marks, err := d.Bookmarks(t.Context(), "whole"); err != nil || len(marks) != 1 || marks[0].Note != "here" || !marks[0].Time.Equal(epoch) {
		t.Errorf("got bookmarks %v, %v", marks, err)
	}
	want(running, 3000, "running")
	want(runningPart, 1, "part of running")
	want(d.copied("one", "seq>2990"), 10, "part")
	if diff := cmp.Diff(d.all("one", ""), d.all("whole", ""), sameTimes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range d.files() {
		if strings.HasPrefix(name, ".unfinished-") {
			t.Errorf("%s was left", name)
		}
	}
	if err := d.Copy(context.Background(), "none", query.Filter{}, io.Discard); !errors.Is(err, fault.NotFound) {
		t.Errorf("of no recording: got %v", err)
	}
}

// A name that two strangers use makes no difference: their files are read apart.
func TestAHostileFileRunsNothing(t *testing.T) {
	d := newDeck(t)
	if _, err := d.bring("good", ticks(10)); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		change string
		taken  bool
	}{
		"a view in a table's place":   {"ALTER TABLE message RENAME TO m; CREATE VIEW message AS SELECT * FROM m", false},
		"a computed column":           {"ALTER TABLE recording ADD COLUMN x TEXT AS (hex(zeroblob(100000000)))", false},
		"a view without end":          {"DROP VIEW messages; CREATE VIEW messages AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c", true},
		"a trigger":                   {"CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END", true},
		"an index of its own":         {"CREATE INDEX i ON message (abs(seq))", true},
		"a table that is not there":   {"DROP TABLE attachment", false},
		"another application":         {"PRAGMA application_id = 7", false},
		"a newer format":              {"PRAGMA user_version = 99", false},
		"a payload that is no JSON":   {"UPDATE message SET data = '{oops' WHERE place = 5", false},
		"a namespace that is none":    {"UPDATE stream SET namespace = 'ws'", false},
		"an outcome that is none":     {"UPDATE message SET outcome = 'x'", false},
		"rooms that are no list":      {"UPDATE message SET rooms = '{'", false},
		"no row of the recording":     {"DELETE FROM recording", false},
		"fewer messages than it says": {"DELETE FROM message WHERE place > 5", true},
	} {
		file := d.copied("good", "")
		path := filepath.Join(t.TempDir(), "hostile")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(c.change); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if file, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		got, err := d.bringFile("stranger", file)
		if c.taken {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			} else if n := len(d.all("stranger", "")); n != int(got.Messages) || n == 0 {
				t.Errorf("%s: it says %d messages and has %d", what, got.Messages, n)
			} else if err := d.Remove("stranger"); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Hint == "" {
			t.Errorf("%s: got %v, want it refused, with a hint", what, err)
		}
	}
	if diff := cmp.Diff([]string{"good.emitscope"}, d.files()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestAFileThatBreaksOffIsNotImported(t *testing.T) {
	d := newDeck(t)
	if _, err := d.bring("good", ticks(1000)); err != nil {
		t.Fatal(err)
	}
	file := d.copied("good", "")
	for _, n := range []int{0, 1, 99, 4096, len(file) / 2, len(file) - 1} {
		if _, err := d.bringFile("part", file[:n]); err == nil {
			t.Errorf("%d bytes of %d were taken", n, len(file))
		}
	}
	broken := errors.New("broken")
	if _, err := d.ImportFile(context.Background(), "part", io.MultiReader(bytes.NewReader(file), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got := d.files(); !slices.Equal(got, []string{"good.emitscope"}) {
		t.Errorf("there are %v", got)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// However a file is damaged, it is taken as a recording that can be read, or refused
// with words for a person, and then nothing is left.
func FuzzDamagedFile(f *testing.F) {
	made := deck{newDeckAt(filepath.Join(f.TempDir(), "recordings")), nil, ""}
	if _, err := made.bring("good", ticks(50)); err != nil {
		f.Fatal(err)
	}
	var out bytes.Buffer
	if err := made.Copy(context.Background(), "good", query.Filter{}, &out); err != nil {
		f.Fatal(err)
	}
	file := out.Bytes()
	f.Add(uint32(0), []byte("SQLite"))
	f.Add(uint32(100), []byte{0x0d, 0, 0, 0xff, 0xff})
	f.Add(uint32(4096), []byte{5})
	f.Add(uint32(len(file)-200), []byte(`{"a":1`))
	f.Fuzz(func(t *testing.T, at uint32, damage []byte) {
		hurt := bytes.Clone(file)
		copy(hurt[int(at)%len(hurt):], damage)
		d := newDeck(t)
		got, err := d.bringFile("hurt", hurt)
		var said *fault.Error
		switch {
		case err == nil:
			if n := len(d.all("hurt", "")); n != int(got.Messages) {
				t.Errorf("it says %d messages and has %d", got.Messages, n)
			}
		case !errors.As(err, &said):
			t.Errorf("no person understands %v", err)
		case len(d.files()) > 0:
			t.Errorf("it left %v", d.files())
		}
	})
}
