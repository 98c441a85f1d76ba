package tape_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/scope/tape"
)

func TestNamesThatAreNoFilesNameAreRefused(t *testing.T) {
	d := newDeck(t)
	for _, name := range []string{
		"", ".", "..", "../keys", "a/b", `a\b`, "/etc/passwd", "C:", "a:b", "x\x00y", "x\ny", " a", "a ", ".hidden", "end.", "con", "NUL.txt", "Com1", "lpt¹",
		"what?", "a*", "<a>", "a|b", strings.Repeat("n", 65), strings.Repeat("語", 64) + "x", strings.Repeat("𝄞", 60), "\u202egnp",
	} {
		_, err := d.Start(msg.NewRecording{Name: name})
		wantCode(t, err, fault.Invalid, "invalid_name")
		if _, err := d.Recording(name); err == nil {
			t.Errorf("%q can be looked at", name)
		}
		if err := d.Walk(context.Background(), name, query.Filter{}, nil); err == nil {
			t.Errorf("%q can be read", name)
		}
		if err := d.Remove(name); err == nil {
			t.Errorf("%q can be removed", name)
		}
	}
	for _, name := range []string{"Open of the market", "100 % #1 ?"[:8], "a%2Fb", "kiln&shift=1", "開盤", "COM", "console"} {
		d.start(name, "")
		d.Observe(tick(1))
		d.stop(name)
		if got := len(d.all(name, "")); got != 1 {
			t.Errorf("%q: got %d messages, want 1", name, got)
		}
		if _, err := os.Stat(d.file(name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(d.folder)); err != nil || len(entries) != 1 {
		t.Errorf("beside the folder there is %v, %v", entries, err)
	}
}

func TestANameIsUsedOnceWhateverItsCapitals(t *testing.T) {
	d := newDeck(t)
	d.start("Market", "")
	for _, name := range []string{"Market", "market"} {
		_, err := d.Start(msg.NewRecording{Name: name})
		wantCode(t, err, fault.Conflict, "recording_exists")
	}
	d.stop("Market")
}

func TestAFullDiskEndsTheRecordingAlone(t *testing.T) {
	d := newDeck(t)
	d.start("full", "")
	d.start("other", "")
	d.Observe(tick(1))
	tape.Write(d.Tape, time.Now())
	if err := d.FillDisk("full"); err != nil {
		t.Fatal(err)
	}
	const more = 2000
	for seq := range uint64(more) {
		d.Observe(tick(2 + seq))
	}
	tape.Write(d.Tape, time.Now())
	got := d.one("full")
	if got.State != msg.RecordingFailed || got.Problem != "the disk is full" || got.Messages+got.Dropped != 1+more || got.Dropped == 0 {
		t.Errorf("got %+v, want it failed because the disk is full, with %d messages written or counted", got, 1+more)
	}
	if read := len(d.all("full", "")); uint64(read) != got.Messages {
		t.Errorf("read %d messages, want %d", read, got.Messages)
	}
	if got := d.stop("other"); got.Messages != 1+more {
		t.Errorf("the other one has %d messages, want %d", got.Messages, 1+more)
	}
}

func TestWhatIsWrittenAfterAFailureIsReadLikeTheRest(t *testing.T) {
	d := newDeck(t)
	d.start("full", "")
	if err := d.FillDisk("full"); err != nil {
		t.Fatal(err)
	}
	const lost = 2000
	for seq := range uint64(lost) {
		d.Observe(tick(1 + seq))
	}
	if d.Flush("full") == nil {
		t.Fatal("the disk had room for all")
	}
	d.Observe(tick(lost + 1))
	got := d.stop("full")
	if got.Messages != 1 || got.Dropped != lost {
		t.Errorf("got %d messages and %d dropped, want 1 and %d", got.Messages, got.Dropped, lost)
	}
	if read := len(d.all("full", "")); uint64(read) != got.Messages {
		t.Errorf("read %d messages, want %d", read, got.Messages)
	}
}

func TestADiskThatIsNearlyFullIsLeftAlone(t *testing.T) {
	free := uint64(2 << 30)
	d := newDeck(t, func(o *tape.Options) {
		o.Keep.MinFree = 1 << 30
		o.Free = func(string) (uint64, error) { return free, nil }
	})
	d.start("runs", "")
	d.Observe(tick(1))
	tape.LookAround(d.Tape)
	if got := d.one("runs").State; got != msg.RecordingRuns {
		t.Fatalf("with room it is %s", got)
	}
	free = 1<<30 - 1
	tape.LookAround(d.Tape)
	if got := d.one("runs"); got.State != msg.RecordingFailed || got.Messages != 1 || !strings.Contains(got.Problem, "nearly full: it has 1023 MiB left") {
		t.Errorf("got %+v, want it ended with its message", got)
	}
	_, err := d.Start(msg.NewRecording{Name: "more"})
	wantCode(t, err, fault.Conflict, "disk_full")
}

func TestAFileThatIsTakenAwayEndsItsRecording(t *testing.T) {
	d := newDeck(t)
	d.start("taken", "")
	if err := os.RemoveAll(d.folder); err != nil {
		t.Fatal(err)
	}
	tape.LookAround(d.Tape)
	if _, err := d.Stop("taken"); err == nil {
		t.Error("it still runs")
	}
	d.start("next", "") // the folder is made again
	d.Observe(tick(1))
	if got := d.stop("next").Messages; got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
}

// edit changes a recording's file from outside.
func edit(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	d := newDeck(t)
	d.start("newer", "")
	d.stop("newer")
	edit(t, d.file("newer"), "PRAGMA user_version = 2")
	wantCode(t, d.Walk(context.Background(), "newer", query.Filter{}, nil), fault.Conflict, "recording_newer")
	if got := d.one("newer"); got.State != msg.RecordingUnreadable || !strings.Contains(got.Problem, "is of format 2, and this Emitscope reads formats up to 1") {
		t.Errorf("got %+v", got)
	}
}

func TestAFileThatIsNoRecordingIsRefused(t *testing.T) {
	d := newDeck(t)
	d.start("foreign", "")
	d.stop("foreign")
	edit(t, d.file("foreign"), "PRAGMA application_id = 1")
	wantCode(t, d.Walk(context.Background(), "foreign", query.Filter{}, nil), fault.Conflict, "recording_foreign")
}

func TestADamagedFileSaysSo(t *testing.T) {
	d := newDeck(t)
	d.start("damaged", "")
	for seq := range uint64(5000) {
		d.Observe(tick(seq))
	}
	d.stop("damaged")
	whole, err := os.ReadFile(d.file("damaged"))
	if err != nil {
		t.Fatal(err)
	}
	garbage := append(append([]byte(nil), whole[:4096]...), make([]byte, len(whole)-4096)...)
	for what, content := range map[string][]byte{
		"no database": []byte(strings.Repeat("This is a letter. ", 1000)), "cut off": whole[:len(whole)/2], "overwritten": garbage,
	} {
		if err := os.WriteFile(d.file("damaged"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		err := d.Walk(context.Background(), "damaged", query.Filter{}, func(*msg.Record) bool { return true })
		if wantCode(t, err, fault.Conflict, "recording_damaged"); t.Failed() {
			t.Fatal(what)
		}
		if got := d.one("damaged"); got.State != msg.RecordingUnreadable || !strings.Contains(got.Problem, "is damaged") {
			t.Errorf("%s: got %+v", what, got)
		}
	}
	if err := os.WriteFile(d.file("damaged"), nil, 0o600); err != nil { // killed before anything was written
		t.Fatal(err)
	}
	wantCode(t, d.Walk(context.Background(), "damaged", query.Filter{}, nil), fault.Conflict, "recording_foreign")
	if err := d.Remove("damaged"); err != nil {
		t.Error(err)
	}
}

func TestTheOldestAreDeletedWhereNoMoreAreKept(t *testing.T) {
	made := func(d deck) {
		for i := range 4 {
			name := fmt.Sprint(i)
			d.start(name, "")
			d.Observe(tick(uint64(i)))
			d.stop(name)
			edit(t, d.file(name), fmt.Sprintf("UPDATE recording SET began = began + %d, ended = began + %d", i, int64(i)*int64(time.Hour)))
		}
	}
	names := func(d deck) (all string) {
		list, err := d.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			all += r.Name
		}
		return all
	}
	for what, c := range map[string]struct {
		keep tape.Keep
		want string
	}{
		"without a limit": {tape.Keep{}, "3210"},
		"count":           {tape.Keep{MaxCount: 3}, "321"},
		"age":             {tape.Keep{MaxAge: 90 * time.Minute}, "321"},
		"bytes":           {tape.Keep{MaxBytes: 1}, "3"}, // the newest one stays
		"much":            {tape.Keep{MaxBytes: math.MaxInt64, MaxCount: 4, MaxAge: 1000 * time.Hour}, "3210"},
	} {
		d := newDeck(t, func(o *tape.Options) { o.Keep = c.keep })
		made(d)
		tape.Expire(d.Tape, time.Now().Add(2*time.Hour+time.Minute))
		if got := names(d); got != c.want {
			t.Errorf("%s: got %s, want %s", what, got, c.want)
		}
	}
}

func TestARecordingEndsWhereItWouldBeAllThatIsKept(t *testing.T) {
	d := newDeck(t, func(o *tape.Options) { o.Keep.MaxBytes = 250 << 10 })
	d.start("large", "")
	tape.LookAround(d.Tape)
	if got := d.one("large").State; got != msg.RecordingRuns {
		t.Fatalf("while it is small it is %s", got)
	}
	for seq := range uint64(2000) {
		d.Observe(tick(seq))
	}
	tape.Write(d.Tape, time.Now())
	tape.LookAround(d.Tape)
	if got := d.one("large"); got.State != msg.RecordingFailed || !strings.Contains(got.Problem, "recordings.max_bytes") || got.Messages != 2000 {
		t.Errorf("got %+v", got)
	}
}
