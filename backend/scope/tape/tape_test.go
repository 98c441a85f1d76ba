package tape_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/scope/tape"
)

// deck is a tape with its folder. Nothing is written before somebody says so: Run does
// not run.
type deck struct {
	*tape.Tape
	t      *testing.T
	folder string
}

func newDeck(t *testing.T, change ...func(*tape.Options)) deck {
	o := optionsAt(filepath.Join(t.TempDir(), "recordings"))
	for _, c := range change {
		c(&o)
	}
	return deck{tape.New(o), t, o.Folder}
}

func optionsAt(folder string) tape.Options {
	return tape.Options{Folder: folder, Version: "1.2.3", Log: slog.New(slog.DiscardHandler)}
}

func (d deck) start(name, q string) msg.Recording {
	d.t.Helper()
	r, err := d.Start(msg.NewRecording{Name: name, Query: q})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d deck) stop(name string) msg.Recording {
	d.t.Helper()
	r, err := d.Stop(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d deck) one(name string) msg.Recording {
	d.t.Helper()
	r, err := d.Recording(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d deck) file(name string) string { return filepath.Join(d.folder, name+".emitscope") }

// all reads a recording from its beginning to its end.
func (d deck) all(name, q string) (all []*msg.Record) {
	d.t.Helper()
	if err := d.Walk(context.Background(), name, parse(d.t, q), func(r *msg.Record) bool { all = append(all, r); return true }); err != nil {
		d.t.Fatal(err)
	}
	return all
}

func parse(t testing.TB, q string) query.Filter {
	t.Helper()
	f, err := query.Parse(q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// epoch is when the made-up messages of the tests begin.
var epoch = time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)

// tick is the seq-th message of a stream with a pace of 10 ms.
func tick(seq uint64) *msg.Record {
	at := epoch.Add(time.Duration(seq) * 10 * time.Millisecond)
	return &msg.Record{
		Message: &msg.Message{
			ID: ulid.ULID{15: byte(seq)}, Seq: seq, Namespace: "/ws/rt_market", Event: "tick",
			Payload: fmt.Appendf(nil, `{"symbol":"AAPL","n":%d}`, seq), Origin: msg.Origin{Door: msg.DoorREST}, Accepted: at.Add(-time.Millisecond),
		},
		Outcome: msg.Emitted, Due: at, At: at.Add(20 * time.Microsecond), Sockets: 3, Period: 10 * time.Millisecond,
	}
}

func seqs(records []*msg.Record) (all []uint64) {
	for _, r := range records {
		all = append(all, r.Seq)
	}
	return all
}

func numbers(from, to uint64) (all []uint64) {
	for n := from; n != to; {
		all = append(all, n)
		if from < to {
			n++
		} else {
			n--
		}
	}
	return append(all, to)
}

func wantCode(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Code != code {
		t.Errorf("got %v, want an error of kind %s with code %s", err, kind, code)
	}
}

func TestAMessageComesBackAsItWas(t *testing.T) {
	d := newDeck(t)
	d.start("whole", "")
	said := &msg.Record{
		Message: &msg.Message{
			ID: ulid.MustParse("01JGKZ0000000000000000000A"), Seq: 1 << 52, Namespace: "/ws", Event: "<&> ünï",
			Payload: []byte(`[{"_placeholder":true,"num":0},"a\u0000b",9007199254740993]`), Spread: true, Attachments: [][]byte{{0, 1, 255}, {}},
			Rooms: []string{"a", "b \"c\""}, To: "socket 1",
			Origin: msg.Origin{Door: msg.DoorSocketIO, Client: "c1", Address: "192.168.1.7", Key: "sensor", Local: true},
			Source: epoch.Add(-time.Hour), Accepted: epoch,
		},
		Outcome: msg.DroppedOnPurpose, Reason: msg.Oldest, At: epoch.Add(time.Nanosecond), Missed: 4, Faults: 5, Held: time.Second,
	}
	records := []*msg.Record{said, tick(1)}
	for _, r := range records {
		d.Observe(r)
	}
	d.stop("whole")
	if diff := cmp.Diff(records, d.all("whole", ""), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARecordingHasWhatWasObservedBetweenStartAndStop(t *testing.T) {
	d := newDeck(t)
	d.Observe(tick(1))
	d.start("some", "")
	d.Observe(tick(2))
	d.Observe(tick(3))
	got := d.stop("some")
	d.Observe(tick(4))
	if diff := cmp.Diff([]uint64{2, 3}, seqs(d.all("some", ""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.State != msg.RecordingEnded || got.Messages != 2 || got.Dropped != 0 || got.PayloadBytes != uint64(tick(2).Size()+tick(3).Size()) ||
		!got.First.Equal(tick(2).At) || !got.Last.Equal(tick(3).At) || got.FileBytes == 0 {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(got, d.one("some"), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("what the file says of itself (-stop +file):\n%s", diff)
	}
}

func TestAQueryChoosesWhatIsRecorded(t *testing.T) {
	d := newDeck(t)
	for _, q := range []string{"event:tick seq>2", "data.n>2"} { // a cheap one, and a dear one
		name := "of " + strings.NewReplacer(":", " ", ">", " ").Replace(q)
		d.start(name, q)
		for seq := uint64(1); seq <= 4; seq++ {
			d.Observe(tick(seq))
		}
		if got := d.stop(name); got.Query != q || got.Messages != 2 {
			t.Errorf("%s: got %d messages of query %s, want 2", q, got.Messages, got.Query)
		}
	}
}

func TestPagesOfARecordingNeitherRepeatNorLeaveOut(t *testing.T) {
	d := newDeck(t)
	d.start("pages", "")
	for seq := uint64(1); seq <= 100; seq++ {
		d.Observe(tick(seq))
	}
	tape.Write(d.Tape, time.Now())
	var got []uint64
	for before, more := uint64(0), true; more; {
		page, err := d.Page(context.Background(), "pages", parse(t, "seq>10"), msg.PageFrom{Before: before, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Records) > 7 {
			t.Fatalf("got %d messages, want at most 7", len(page.Records))
		}
		got, before, more = append(got, seqs(page.Records)...), page.Next, page.Next > 0
		d.Observe(tick(1000 + uint64(len(got)))) // it goes on meanwhile
		tape.Write(d.Tape, time.Now())
	}
	if diff := cmp.Diff(numbers(100, 11), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.stop("pages")
}

func TestAWalkOfARunningRecordingEndsWithWhatWasThere(t *testing.T) {
	d := newDeck(t)
	d.start("running", "")
	for seq := uint64(1); seq <= 1200; seq++ { // more than one piece
		d.Observe(tick(seq))
	}
	tape.Write(d.Tape, time.Now())
	next, got := uint64(2000), []uint64(nil)
	err := d.Walk(context.Background(), "running", query.Filter{}, func(r *msg.Record) bool {
		d.Observe(tick(next))
		next++
		tape.Write(d.Tape, time.Now())
		got = append(got, r.Seq)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(numbers(1, 1200), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.stop("running")
}

// Whatever comes, and however it is read meanwhile: what is recorded is what was
// observed without what is counted as dropped.
func TestRecordedIsObservedWithoutCountedDrops(t *testing.T) {
	d := newDeck(t, func(o *tape.Options) { o.MaxWaitingBytes = 4 << 10 })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.start("all", "")
	d.start("some", "data.n>500")
	const producers, each = 4, 2000
	var producing sync.WaitGroup
	for p := range uint64(producers) {
		producing.Go(func() {
			for i := range uint64(each) {
				d.Observe(tick(1 + p*each + i))
				if rand.N(200) == 0 {
					time.Sleep(time.Duration(rand.N(int(2 * time.Millisecond))))
				}
			}
		})
	}
	producing.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	all := d.one("all")
	if all.Messages+all.Dropped != producers*each {
		t.Errorf("got %d messages and %d dropped, want %d together", all.Messages, all.Dropped, producers*each)
	}
	if all.Dropped == 0 || all.Messages == 0 {
		t.Errorf("got %d messages and %d dropped: the test shows nothing", all.Messages, all.Dropped)
	}
	got := seqs(d.all("all", ""))
	slices.Sort(got)
	if once := slices.Compact(slices.Clone(got)); uint64(len(got)) != all.Messages || len(once) != len(got) {
		t.Errorf("read %d messages, %d of them different; want %d", len(got), len(once), all.Messages)
	}
	for _, r := range d.all("some", "") {
		if r.Seq <= 500 {
			t.Fatalf("message %d is in it, and its query does not select it", r.Seq)
		}
	}
}

func TestALineThatIsFullDropsAndCounts(t *testing.T) {
	d := newDeck(t)
	d.start("burst", "")
	rec := tick(1)
	for range tape.MaxWaiting + 5 {
		d.Observe(rec)
	}
	if got := d.stop("burst"); got.Messages != tape.MaxWaiting || got.Dropped != 5 {
		t.Errorf("got %d messages and %d dropped, want %d and 5", got.Messages, got.Dropped, tape.MaxWaiting)
	}
}

func TestARecordingEndsByItselfWhenItsTimeIsOver(t *testing.T) {
	d := newDeck(t)
	began, err := d.Start(msg.NewRecording{Name: "short", For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	in, late := tick(1), tick(2)
	in.At, late.At = began.Until, began.Until.Add(1)
	d.Observe(in)
	d.Observe(late)
	tape.Write(d.Tape, began.Until)
	if got := d.one("short").State; got != msg.RecordingRuns {
		t.Errorf("at its end it is %s", got)
	}
	tape.Write(d.Tape, began.Until.Add(1))
	got := d.one("short")
	if got.State != msg.RecordingEnded || got.Messages != 1 || got.Problem != "" {
		t.Errorf("after its end got %+v, want it ended with one message", got)
	}
}

func TestRunWritesAndEndsEverything(t *testing.T) {
	d := newDeck(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.start("a", "")
	d.Observe(tick(1))
	testkit.Eventually(t, func() bool { return len(d.all("a", "")) == 1 }, "the message to be written")
	d.Observe(tick(2))
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := d.one("a"); got.State != msg.RecordingEnded || got.Messages != 2 {
		t.Errorf("got %+v, want it ended with 2 messages", got)
	}
	if _, err := d.Start(msg.NewRecording{Name: "b"}); !errors.Is(err, fault.Stopping) {
		t.Errorf("Start after the end: got %v, want %v", err, fault.Stopping)
	}
}

func TestAnEndedRecordingIsOneFile(t *testing.T) {
	d := newDeck(t)
	d.start("one file", "")
	d.Observe(tick(1))
	d.stop("one file")
	if got := filesIn(t, d.folder); !slices.Equal(got, []string{"one file.emitscope"}) {
		t.Errorf("got %v, want the one file", got)
	}
	info, err := os.Stat(d.file("one file"))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %v, want one that only the owner can read", got)
	}
}

// filesIn lists what is in the folder of recordings, but for the mark of its hub.
func filesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".hub" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestRecordingsAreListedNewestFirstAndRemoved(t *testing.T) {
	d := newDeck(t)
	if got, err := d.List(); err != nil || len(got) != 0 {
		t.Errorf("without a folder: got %v, %v", got, err)
	}
	d.start("first", "")
	d.stop("first")
	d.start("second", "")
	wantCode(t, d.Remove("second"), fault.Conflict, "recording_runs")
	names := func() (names []string) {
		all, err := d.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			names = append(names, r.Name+" "+string(r.State))
		}
		return names
	}
	if diff := cmp.Diff([]string{"second recording", "first ended"}, names()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.stop("second")
	if err := d.Remove("second"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first ended"}, names()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, err := range []error{d.Remove("second"), d.Remove("../first")} {
		wantCode(t, err, fault.NotFound, "recording_not_found")
	}
}

func TestARecordingThatIsReadIsNotRemoved(t *testing.T) {
	d := newDeck(t)
	d.start("read", "")
	d.Observe(tick(1))
	d.stop("read")
	seen := false
	err := d.Walk(context.Background(), "read", query.Filter{}, func(*msg.Record) bool {
		seen = true
		wantCode(t, d.Remove("read"), fault.Conflict, "recording_in_use")
		return true
	})
	if err != nil || !seen {
		t.Fatalf("seen %v, %v", seen, err)
	}
	if err := d.Remove("read"); err != nil {
		t.Error(err)
	}
}

func TestOnlySoManyRecordingsRun(t *testing.T) {
	d := newDeck(t)
	for i := range tape.MaxRunning {
		d.start(fmt.Sprint(i), "")
	}
	_, err := d.Start(msg.NewRecording{Name: "more"})
	wantCode(t, err, fault.TooMany, "too_many_recordings")
	if n, err := d.Clear(); n != tape.MaxRunning || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
}
