package tape_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/scope/tape"
)

// flying returns a deck whose flight recorder is on; nothing is written before
// somebody says so.
func flying(t *testing.T, where msg.FlightWhere, change ...func(*tape.Options)) deck {
	d := newDeck(t, append([]func(*tape.Options){func(o *tape.Options) {
		o.Flight = tape.FlightOptions{Where: where, MaxAge: 10 * time.Minute, MaxBytes: 256 << 20}
	}}, change...)...)
	tape.BeginFlight(d.Tape, time.Now())
	return d
}

// now is a message that ended a moment ago.
func now(seq uint64, ago time.Duration) *msg.Record {
	rec := tick(seq)
	rec.At = time.Now().Add(-ago)
	return rec
}

func (d deck) keep(k msg.KeepFlight) msg.Recording {
	d.t.Helper()
	r, err := d.KeepFlight(context.Background(), k)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestTheFlightRecorderIsKeptAsARecording(t *testing.T) {
	for _, where := range []msg.FlightWhere{msg.FlightOnDisk, msg.FlightInMemory} {
		d := flying(t, where)
		for seq := uint64(1); seq <= 5000; seq++ {
			d.Observe(now(seq, time.Duration(5000-seq)*100*time.Millisecond))
		}
		got := d.keep(msg.KeepFlight{Name: "all"})
		if got.State != msg.RecordingEnded || got.Messages != 5000 || got.Dropped != 0 || got.FileBytes == 0 || got.Ended.Before(got.Last) {
			t.Errorf("%s: got %+v", where, got)
		}
		if diff := cmp.Diff(numbers(1, 5000), seqs(d.all("all", ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", where, diff)
		}
		if diff := cmp.Diff(got, d.one("all"), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
			t.Errorf("%s: what the file says of itself (-kept +file):\n%s", where, diff)
		}
		d.keep(msg.KeepFlight{Name: "some", Last: 100 * time.Second, Query: "seq<=4500"})
		some := seqs(d.all("some", ""))
		if len(some) == 0 || some[0] < 4000 || some[0] > 4300 || some[len(some)-1] != 4500 {
			t.Errorf("%s: the last hundred seconds have %d messages, %v", where, len(some), some)
		}
		if got := d.keep(msg.KeepFlight{}); !regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d$`).MatchString(got.Name) {
			t.Errorf("%s: without a name it is called %q", where, got.Name)
		}
		_, err := d.KeepFlight(context.Background(), msg.KeepFlight{Name: "ALL"})
		wantCode(t, err, fault.Conflict, "recording_exists")
		_, err = d.KeepFlight(context.Background(), msg.KeepFlight{Name: "none", Query: "event:none"})
		wantCode(t, err, fault.Conflict, "flight_empty")
		_, err = d.KeepFlight(context.Background(), msg.KeepFlight{Name: "../x"})
		wantCode(t, err, fault.Invalid, "invalid_name")
		entries, err := os.ReadDir(d.folder)
		if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool {
			return e.Name() == "none.emitscope" || e.Name()[0] == '.' && e.Name() != ".hub"
		}) {
			t.Errorf("%s: got %v, %v; want nothing of what was refused", where, entries, err)
		}
		tape.EndFlight(d.Tape)
	}
}

func TestKeptAtOnceEachHasANameOfItsOwn(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.Observe(now(1, time.Second))
	const most = 4 // at once
	names := make(chan string, most)
	for range most {
		go func() {
			r, err := d.KeepFlight(context.Background(), msg.KeepFlight{})
			if err != nil {
				t.Errorf("got %v", err)
			}
			names <- r.Name
		}()
	}
	known := map[string]bool{}
	for range most {
		known[<-names] = true
	}
	if all, err := d.List(); err != nil || len(known) != most || len(all) != most {
		t.Errorf("got %v and %d recordings, %v; want %d of each", known, len(all), err, most)
	}
	tape.EndFlight(d.Tape)
}

func TestWhatIsKeptIsBoundedAsARecordingIs(t *testing.T) {
	d := flying(t, msg.FlightInMemory, func(o *tape.Options) { o.Keep.MaxBytes = 1 })
	d.Observe(now(1, time.Second))
	_, err := d.KeepFlight(context.Background(), msg.KeepFlight{Name: "a"})
	wantCode(t, err, fault.TooLarge, "too_large")
	if entries, err := os.ReadDir(d.folder); err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != ".hub" }) {
		t.Errorf("got %v, %v; want nothing left", entries, err)
	}
	tape.EndFlight(d.Tape)
}

func TestWithoutAFlightRecorderNothingIsKept(t *testing.T) {
	d := newDeck(t)
	d.Observe(tick(1))
	_, err := d.KeepFlight(context.Background(), msg.KeepFlight{Name: "a"})
	wantCode(t, err, fault.Conflict, "flight_off")
	if got := d.Flight(); got.State != msg.FlightIsOff || got.Messages != 0 {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(d.folder); err == nil {
		t.Error("there is a folder")
	}
}

func TestTheFlightRecorderForgetsWhatIsOldAndWhatIsTooMuch(t *testing.T) {
	for _, where := range []msg.FlightWhere{msg.FlightOnDisk, msg.FlightInMemory} {
		d := flying(t, where, func(o *tape.Options) { o.Flight.MaxAge = 100 * time.Second; o.Flight.MaxBytes = 2 << 20 })
		begin := time.Now()
		for step := range 30 { // ten seconds each
			rec := tick(uint64(step + 1))
			rec.At = begin.Add(time.Duration(step) * 10 * time.Second)
			d.Observe(rec)
			tape.WriteFlight(d.Tape, rec.At)
		}
		got := d.Flight()
		if oldest := begin.Add(29 * 10 * time.Second).Add(-100 * time.Second); got.First.After(oldest) || got.First.Before(oldest.Add(-11*time.Second)) || got.Messages > 12 {
			t.Errorf("%s: got %+v, want the last 100 s and at most a tenth more", where, got)
		}
		at := begin.Add(300 * time.Second)
		for seq := range uint64(40_000) {
			rec := tick(seq + 100)
			rec.At = at
			d.Observe(rec)
			if seq%1000 == 999 {
				tape.WriteFlight(d.Tape, at)
				if got := d.Flight(); got.FileBytes > 2<<20 {
					t.Fatalf("%s: it has %d bytes, and may have %d", where, got.FileBytes, 2<<20)
				}
			}
		}
		if got := d.Flight(); got.Messages == 0 || got.Messages > 20_000 || got.Dropped != 0 {
			t.Errorf("%s: got %+v, want only the newest messages", where, got)
		}
		tape.LookAtFlight(d.Tape, at.Add(time.Hour)) // and nothing came meanwhile
		if got := d.Flight(); got.Messages != 0 || got.FileBytes != 0 || got.State != msg.FlightRuns {
			t.Errorf("%s: after an hour got %+v", where, got)
		}
		tape.EndFlight(d.Tape)
	}
}

func TestAFloodIsLeftOutAndCounted(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	const sent = 40_000
	for seq := range uint64(sent) {
		d.Observe(now(seq+1, 0))
	}
	got := d.keep(msg.KeepFlight{Name: "flood"})
	if got.Messages == 0 || got.Dropped == 0 || got.Messages+got.Dropped != sent {
		t.Errorf("got %d messages and %d dropped, want %d together", got.Messages, got.Dropped, sent)
	}
	if s := d.Flight(); s.Messages != got.Messages || s.Dropped != got.Dropped {
		t.Errorf("the flight recorder says %+v of itself", s)
	}
	if n := d.Totals(); n.FlightWritten != got.Messages || n.FlightDropped != got.Dropped {
		t.Errorf("got %+v in all", n)
	}
	tape.EndFlight(d.Tape)
}

func TestWhatIsForgottenIsGone(t *testing.T) {
	for _, where := range []msg.FlightWhere{msg.FlightOnDisk, msg.FlightInMemory} {
		d := flying(t, where)
		d.Observe(now(1, 0))
		tape.WriteFlight(d.Tape, time.Now())
		d.Observe(now(2, 0)) // it still waits
		d.Forget()
		d.Observe(now(3, 0))
		d.keep(msg.KeepFlight{Name: "rest"})
		if got := seqs(d.all("rest", "")); !slices.Equal(got, []uint64{3}) {
			t.Errorf("%s: got %v, want message 3 alone", where, got)
		}
		if n, err := d.Clear(); n != 1 || err != nil {
			t.Errorf("%s: cleared %d, %v", where, n, err)
		}
		if left, err := os.ReadDir(d.folder); err != nil || len(left) > 0 {
			t.Errorf("%s: after all was deleted there is %v, %v", where, left, err)
		}
		tape.EndFlight(d.Tape)
	}
}

func TestTheNextStartHasWhatTheFlightRecorderHad(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.Observe(now(1, 0))
	tape.WriteFlight(d.Tape, time.Now()) // and then it is killed
	next := flying(t, msg.FlightOnDisk, func(o *tape.Options) { o.Folder = d.folder })
	next.folder = d.folder
	next.Observe(now(2, 0))
	next.keep(msg.KeepFlight{Name: "both"})
	if got := seqs(next.all("both", "")); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("got %v, want both messages", got)
	}
	tape.EndFlight(next.Tape)
	flying(t, msg.FlightOff, func(o *tape.Options) { o.Folder = d.folder })
	if _, err := os.Stat(filepath.Join(d.folder, "flight")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("with the flight recorder off its files are still there: %v", err)
	}
}

func TestADamagedSegmentIsDeleted(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.Observe(now(1, 0))
	tape.EndFlight(d.Tape)
	files, err := filepath.Glob(filepath.Join(d.folder, "flight", "*.emitscope"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := flying(t, msg.FlightOnDisk, func(o *tape.Options) { o.Folder = d.folder })
	next.Observe(now(2, 0))
	tape.WriteFlight(next.Tape, time.Now())
	if got := next.Flight(); got.State != msg.FlightRuns || got.Messages != 1 {
		t.Errorf("got %+v, want it to go on", got)
	}
	if files, err = filepath.Glob(filepath.Join(d.folder, "flight", "*.emitscope")); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v; want the new segment alone", files, err)
	}
	tape.EndFlight(next.Tape)
}

func TestTheFlightRecorderEndsWhereItCannotGoOnAndTriesAgain(t *testing.T) {
	free, told := uint64(2<<30), 0
	d := flying(t, msg.FlightOnDisk, func(o *tape.Options) {
		o.Keep.MinFree = 1 << 30
		o.Free = func(string) (uint64, error) { return free, nil }
		o.Changed = func() { told++ }
	})
	begin := time.Now()
	d.Observe(now(1, 0))
	tape.WriteFlight(d.Tape, begin)
	free = 1 << 20
	tape.LookAtFlight(d.Tape, begin)
	if got := d.Flight(); got.State != msg.FlightFailed || got.Problem == "" || got.Messages != 1 || told != 1 {
		t.Errorf("with a full disk got %+v, told %d times", got, told)
	}
	d.Observe(now(2, 0)) // not taken
	tape.LookAtFlight(d.Tape, begin.Add(time.Minute))
	if got := d.Flight(); got.State != msg.FlightFailed || told != 1 {
		t.Errorf("while the disk is full got %+v, told %d times", got, told)
	}
	free = 2 << 30
	tape.LookAtFlight(d.Tape, begin.Add(time.Minute+time.Second))
	if got := d.Flight().State; got != msg.FlightFailed {
		t.Errorf("it tries again at once: %s", got)
	}
	tape.LookAtFlight(d.Tape, begin.Add(2*time.Minute))
	d.Observe(now(3, 0))
	d.keep(msg.KeepFlight{Name: "kept"})
	if got := d.Flight(); got.State != msg.FlightRuns || got.Problem != "" || !slices.Equal(seqs(d.all("kept", "")), []uint64{1, 3}) {
		t.Errorf("with room again got %+v and %v", got, seqs(d.all("kept", "")))
	}
	if err := os.RemoveAll(filepath.Join(d.folder, "flight")); err != nil {
		t.Fatal(err)
	}
	tape.LookAtFlight(d.Tape, begin.Add(2*time.Minute))
	if got := d.Flight(); got.State != msg.FlightFailed || got.Messages != 0 {
		t.Errorf("with its folder gone got %+v", got)
	}
	tape.LookAtFlight(d.Tape, begin.Add(3*time.Minute))
	d.Observe(now(4, 0))
	tape.WriteFlight(d.Tape, begin.Add(3*time.Minute))
	if got := d.Flight(); got.State != msg.FlightRuns || got.Messages != 1 {
		t.Errorf("in a new folder got %+v", got)
	}
	tape.EndFlight(d.Tape)
}

func TestWhatIsNotToBeRecordedIsNotInTheFlightRecorder(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.start("some", "")
	for seq := range uint64(3) {
		rec := now(seq+1, 0)
		rec.Unrecorded = rec.Seq == 2
		d.Observe(rec)
	}
	d.stop("some")
	d.keep(msg.KeepFlight{Name: "kept"})
	for _, name := range []string{"some", "kept"} {
		if got := seqs(d.all(name, "")); !slices.Equal(got, []uint64{1, 3}) {
			t.Errorf("%s: got %v, want all but message 2", name, got)
		}
	}
	tape.EndFlight(d.Tape)
}

func TestTheFlightRecorderIsNoneOfTheRecordings(t *testing.T) {
	d := flying(t, msg.FlightOnDisk, func(o *tape.Options) { o.Keep = tape.Keep{MaxBytes: 1, MaxCount: 1} })
	d.Observe(now(1, 0))
	tape.WriteFlight(d.Tape, time.Now())
	tape.Expire(d.Tape, time.Now())
	if all, err := d.List(); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v; want no recordings", all, err)
	}
	for i := range tape.MaxRunning {
		d.start(fmt.Sprint(i), "")
	}
	if got := d.Flight(); got.State != msg.FlightRuns || got.Messages != 1 {
		t.Errorf("got %+v", got)
	}
	tape.EndFlight(d.Tape)
}

func TestRunRunsTheFlightRecorder(t *testing.T) {
	d := newDeck(t, func(o *tape.Options) {
		o.Flight = tape.FlightOptions{Where: msg.FlightOnDisk, MaxAge: time.Hour, MaxBytes: 256 << 20}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	testkit.Eventually(t, func() bool { return d.Flight().State == msg.FlightRuns }, "the flight recorder to run")
	d.Observe(now(1, 0))
	testkit.Eventually(t, func() bool { return d.Flight().Messages == 1 }, "the message to be written")
	d.Observe(now(2, 0))
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	next := flying(t, msg.FlightOnDisk, func(o *tape.Options) { o.Folder = d.folder })
	if got := next.Flight().Messages; got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
	tape.EndFlight(next.Tape)
}

// history reads all that is kept of the past, page by page.
func (d deck) history(q string, limit int) (all []*msg.Record) {
	d.t.Helper()
	for before := uint64(0); ; {
		page, next, err := d.Before(context.Background(), parse(d.t, q), before, limit)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, page...)
		if next == 0 {
			return all
		}
		if before > 0 && next >= before {
			d.t.Fatalf("a page before %d ends at %d", before, next)
		}
		before = next
	}
}

func TestTheHistoryGoesFromTheFlightRecorderIntoRecordings(t *testing.T) {
	d := flying(t, msg.FlightOnDisk, func(o *tape.Options) { o.Flight.MaxAge = 50 * time.Second })
	at := time.Now()
	// Two lanes: the numbers of one come in order, those of the other 300 later.
	sent := func(from, to uint64) {
		for seq := from; seq <= to; seq++ {
			n, event := seq, "fast"
			if seq%3 == 0 {
				n, event = seq-300, "slow"
			}
			if n > seq {
				continue
			}
			rec := tick(n)
			rec.Event, rec.At = event, at
			d.Observe(rec)
			if at = at.Add(10 * time.Millisecond); seq%50 == 0 {
				tape.WriteFlight(d.Tape, at)
				tape.Write(d.Tape, at)
			}
		}
	}
	d.start("first", "")
	sent(301, 5000)
	d.stop("first")
	d.start("second", "event:slow")
	sent(5001, 20_000) // of these the flight recorder has the newest alone
	want := func(q string) (want []uint64) {
		f := parse(t, q)
		oldest := d.Flight().First
		for seq := uint64(301); seq <= 20_000; seq++ {
			n, event := seq, "fast"
			if seq%3 == 0 {
				n, event = seq-300, "slow"
			}
			rec := tick(n)
			rec.Event, rec.At = event, at.Add(-time.Duration(20_001-seq)*10*time.Millisecond)
			if f.Match(rec) && (seq <= 5000 || event == "slow" || !rec.At.Before(oldest)) {
				want = append(want, n)
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		return want
	}
	for _, q := range []string{"", "event:slow", "event:fast", "seq>4000 seq<=6000", "data.n>19000", "event:none", "seq:777", "seq:600"} {
		limits := []int{1000}
		if strings.HasPrefix(q, "seq") || q == "event:slow" { // all of them in small pages take long
			limits = append(limits, 97)
		}
		for _, limit := range limits {
			if diff := cmp.Diff(want(q), seqs(d.history(q, limit))); diff != "" {
				t.Errorf("%q in pages of %d (-want +got):\n%s", q, limit, diff)
			}
		}
	}
	for seq, found := range map[uint64]bool{1: false, 3: true, 300: true, 301: true, 4999: true, 19_999: true, 19_700: true, 5002: false, 20_001: false} {
		got, err := d.Find(context.Background(), seq)
		if err != nil || (got != nil) != found || found && got.Seq != seq {
			t.Errorf("message %d: got %v, %v; want it found: %v", seq, got, err, found)
		}
	}
	tape.EndFlight(d.Tape)
	d.stop("second")
}

func TestTheHistoryHasWhatStillWaitsToBeWritten(t *testing.T) {
	for _, where := range []msg.FlightWhere{msg.FlightOnDisk, msg.FlightOff} {
		d := flying(t, where)
		if where == msg.FlightOff {
			d.start("runs", "")
		}
		d.Observe(now(5, 0))
		d.Observe(now(3, 0))
		if got := seqs(d.history("", 1)); !slices.Equal(got, []uint64{5, 3}) {
			t.Errorf("%s: got %v, want both messages", where, got)
		}
		tape.EndFlight(d.Tape)
	}
}

func TestTheHistoryBeginsWhereThePastWasForgotten(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.start("kept", "")
	d.Observe(now(1, time.Second))
	tape.Write(d.Tape, time.Now())
	d.Forget()
	after := now(2, -time.Second)
	d.Observe(after)
	if got := seqs(d.history("", 10)); !slices.Equal(got, []uint64{2}) {
		t.Errorf("got %v, want message 2 alone", got)
	}
	if rec, err := d.Find(context.Background(), 1); rec != nil || err != nil {
		t.Errorf("message 1 is found: %v, %v", rec, err)
	}
	if got := d.stop("kept").Messages; got != 2 {
		t.Errorf("the recording has %d messages, want both", got)
	}
	tape.EndFlight(d.Tape)
}

func TestARecordingOfAnotherHubIsNoHistory(t *testing.T) {
	other, d := newDeck(t), newDeck(t)
	other.start("theirs", "")
	other.Observe(now(1, 0))
	other.stop("theirs")
	d.start("ours", "")
	d.Observe(now(2, 0))
	d.stop("ours")
	text, err := os.ReadFile(other.file("theirs"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.file("theirs"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := seqs(d.history("", 10)); !slices.Equal(got, []uint64{2}) {
		t.Errorf("got %v, want message 2 alone", got)
	}
}

func TestAMessageThatWasSentTwiceIsTwiceInTheHistory(t *testing.T) {
	d := flying(t, msg.FlightOnDisk)
	d.start("too", "")
	d.Observe(now(1, 2*time.Second))
	d.Observe(now(1, time.Second)) // on purpose
	if got := seqs(d.history("", 10)); !slices.Equal(got, []uint64{1, 1}) {
		t.Errorf("got %v, want it twice, though four are written", got)
	}
	d.stop("too")
	tape.EndFlight(d.Tape)
}

func TestARecordingIsRenamed(t *testing.T) {
	d := newDeck(t)
	d.start("first", "")
	d.Observe(tick(1))
	_, err := d.Rename("first", "other")
	wantCode(t, err, fault.Conflict, "recording_runs")
	d.stop("first")
	d.start("taken", "")
	d.stop("taken")
	for wanted, code := range map[string]string{"Taken": "recording_exists", "taken": "recording_exists"} {
		_, err := d.Rename("first", wanted)
		wantCode(t, err, fault.Conflict, code)
	}
	_, err = d.Rename("first", "a/b")
	wantCode(t, err, fault.Invalid, "invalid_name")
	_, err = d.Rename("none", "other")
	wantCode(t, err, fault.NotFound, "recording_not_found")
	if err := d.Walk(context.Background(), "first", query.Filter{}, func(*msg.Record) bool {
		_, err := d.Rename("first", "other")
		wantCode(t, err, fault.Conflict, "recording_in_use")
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][2]string{{"first", "First"}, {"First", "second"}, {"second", "second"}} {
		got, err := d.Rename(step[0], step[1])
		if err != nil || got.Name != step[1] || got.Messages != 1 || got.State != msg.RecordingEnded {
			t.Errorf("%v: got %+v, %v", step, got, err)
		}
	}
	if got := seqs(d.all("second", "")); !slices.Equal(got, []uint64{1}) {
		t.Errorf("got %v, want its message", got)
	}
	if _, err := d.Recording("first"); err == nil {
		t.Error("it is still there under its old name")
	}
}

// What stands beside a file whose hub was killed is a part of it.
func TestARecordingThatWasInterruptedIsRenamedWhole(t *testing.T) {
	d := newDeck(t)
	d.start("cut", "")
	d.Observe(tick(1))
	tape.Write(d.Tape, time.Now())
	next := newDeck(t)
	if err := os.MkdirAll(next.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal"} { // as they are when it is killed now
		text, err := os.ReadFile(d.file("cut") + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(next.file("cut")+end, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := next.Rename("cut", "whole")
	if err != nil || got.Messages != 1 || got.State != msg.RecordingInterrupted {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got := seqs(next.all("whole", "")); !slices.Equal(got, []uint64{1}) {
		t.Errorf("got %v, want its message", got)
	}
}
