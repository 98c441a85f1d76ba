package recent

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

func emitted(seq uint64, namespace, event string, payloadBytes int) *msg.Record {
	return &msg.Record{
		Message: &msg.Message{Seq: seq, Namespace: namespace, Event: event, Payload: make([]byte, payloadBytes)},
		Outcome: msg.Emitted,
	}
}

// observed returns a Recent that saw tick messages with these seqs in this order.
func observed(o Options, seqs ...uint64) *Recent {
	r := New(o)
	for _, seq := range seqs {
		r.Observe(emitted(seq, "/a", "tick", 10))
	}
	return r
}

func seqs(records []*msg.Record) []uint64 {
	out := []uint64{}
	for _, r := range records {
		out = append(out, r.Seq)
	}
	return out
}

func want(t *testing.T, what string, got []*msg.Record, want ...uint64) {
	t.Helper()
	if diff := cmp.Diff(append([]uint64{}, want...), seqs(got)); diff != "" {
		t.Errorf("%s: seqs (-want +got):\n%s", what, diff)
	}
}

func TestPageIsNewestFirstBySeqWhateverTheOrderOfEmission(t *testing.T) {
	r := observed(Options{}, 5, 1, 9, 3, 7)
	want(t, "first page", r.Page(query.Filter{}, 0, 2), 9, 7)
	want(t, "second page", r.Page(query.Filter{}, 7, 2), 5, 3)
	want(t, "last page", r.Page(query.Filter{}, 3, 2), 1)
	want(t, "beyond", r.Page(query.Filter{}, 1, 2))
	want(t, "no room", r.Page(query.Filter{}, 0, 0))
}

func TestAMessageEmittedLateStillHasItsPlaceInTheNextPage(t *testing.T) {
	r := observed(Options{}, 10, 20, 30)
	want(t, "first page", r.Page(query.Filter{}, 0, 1), 30)
	r.Observe(emitted(15, "/a", "tick", 10))
	r.Observe(emitted(40, "/a", "tick", 10))
	want(t, "next page", r.Page(query.Filter{}, 30, 3), 20, 15, 10)
}

func TestPageHasOnlyWhatTheFilterSelects(t *testing.T) {
	r := observed(Options{}, 1, 2)
	r.Observe(emitted(3, "/b", "tick", 10))
	r.Observe(emitted(4, "/a", "alarm", 10))
	want(t, "namespace", r.Page(query.Stream("/a", ""), 0, 9), 4, 2, 1)
	want(t, "event", r.Page(query.Stream("", "tick"), 0, 9), 3, 2, 1)
}

func TestGetFindsWhatIsStillKept(t *testing.T) {
	r := observed(Options{MaxMessages: 2}, 1, 2, 3)
	if _, found := r.Get(1); found {
		t.Error("seq 1 is found, but it had to leave")
	}
	if rec, found := r.Get(3); !found || rec.Seq != 3 {
		t.Errorf("got %v, %v for seq 3, want its record", rec, found)
	}
}

func TestWhatCameFirstLeavesFirstNotWhatHasTheLeastSeq(t *testing.T) {
	r := observed(Options{MaxMessages: 2}, 100, 101, 1) // 1 waited in a slow lane
	want(t, "kept", r.Page(query.Filter{}, 0, 9), 101, 1)
}

func TestBytesBoundTheRingToo(t *testing.T) {
	r := New(Options{MaxBytes: 10_000})
	for seq := range uint64(5) {
		r.Observe(emitted(seq+1, "/a", "tick", 4000))
	}
	want(t, "kept", r.Page(query.Filter{}, 0, 9), 5, 4)
	if got := r.Usage(); got.Messages != 2 || got.Evicted != 3 || got.Bytes > 10_000 {
		t.Errorf("got %+v, want 2 messages in at most 10,000 bytes and 3 evicted", got)
	}
}

func TestWhiteSpaceThatWasCutOffAPayloadStillCounts(t *testing.T) {
	r := New(Options{})
	rec := emitted(1, "/a", "tick", 0)
	rec.Payload = make([]byte, 1, 5000)
	r.Observe(rec)
	if got := r.Usage().Bytes; got < 5000 {
		t.Errorf("counted %d bytes for a payload that holds 5000", got)
	}
}

func TestEstimateCoversTheMemoryHeld(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	r := New(Options{})
	for seq := range uint64(10_000) {
		rec := emitted(seq, strings.Clone("/ws/rt_market"), strings.Clone("tick"), 100)
		rec.Rooms = []string{strings.Clone("AAPL"), strings.Clone("MSFT")}
		rec.Origin.Address = strings.Clone("192.168.100.100")
		rec.Attachments = [][]byte{make([]byte, 64)}
		r.Observe(rec)
	}
	if held, counted := heap()-before, r.Usage().Bytes; held > counted {
		t.Errorf("%d bytes are held, but %d counted", held, counted)
	}
	runtime.KeepAlive(r)
}

func TestLastIsInTheOrderOfEmission(t *testing.T) {
	r := observed(Options{}, 5, 1, 9)
	want(t, "two", last(r, "/a", nil, nil, 2), 1, 9)
	want(t, "all", last(r, "/a", []string{"tick"}, nil, 100), 5, 1, 9)
	want(t, "other event", last(r, "/a", []string{"alarm"}, nil, 100))
	want(t, "other namespace", last(r, "/b", nil, nil, 100))
	want(t, "none", last(r, "/a", nil, nil, 0))
	want(t, "less than none", last(r, "/a", nil, nil, -1))
}

func TestAQuietStreamKeepsItsLastBesideALoudOne(t *testing.T) {
	r := New(Options{MaxMessages: 10})
	r.Observe(emitted(1, "/a", "status", 10))
	for seq := range uint64(1000) {
		r.Observe(emitted(seq+2, "/a", "tick", 10))
	}
	want(t, "last of each", last(r, "/a", nil, nil, 1), 1, 1001)
	if got := len(last(r, "/a", []string{"tick"}, nil, 1000)); got != msg.MaxLast {
		t.Errorf("got %d of the loud stream, want %d", got, msg.MaxLast)
	}
}

func TestLastHasOnlyWhatReachesTheRooms(t *testing.T) {
	r := New(Options{})
	for seq, rooms := range [][]string{nil, {"x"}, {"y"}, {"x", "y"}} {
		rec := emitted(uint64(seq)+1, "/a", "tick", 10)
		rec.Rooms = rooms
		r.Observe(rec)
	}
	want(t, "no room", last(r, "/a", nil, nil, 9), 1)
	want(t, "room y", last(r, "/a", nil, []string{"y", "z"}, 9), 1, 3, 4)
	want(t, "the newest of room x", last(r, "/a", nil, []string{"x"}, 1), 4)
}

func TestLastHasOnlyWhatWasEmittedToMany(t *testing.T) {
	r := observed(Options{}, 1)
	direct := emitted(2, "/a", "tick", 10)
	direct.To = "socket"
	dropped := emitted(3, "/a", "tick", 10)
	dropped.Outcome = msg.Dropped
	received := emitted(4, "/a", "tick", 10)
	received.Outcome = msg.Received
	for _, rec := range []*msg.Record{direct, dropped, received} {
		r.Observe(rec)
	}
	want(t, "last", last(r, "/a", nil, nil, 9), 1)
	want(t, "page", r.Page(query.Filter{}, 0, 9), 4, 3, 2, 1)
}

func TestStreamsShareTheBytesOfTheTails(t *testing.T) {
	const most = 1 << 20
	r := New(Options{TailBytes: most})
	var seq uint64
	for n := range 100 {
		for range msg.MaxLast {
			seq++
			r.Observe(emitted(seq, "/a", fmt.Sprint("event", n), 2000))
		}
		if got := r.Usage().TailBytes; got > most {
			t.Fatalf("%d streams hold %d bytes, want at most %d", n+1, got, most)
		}
	}
	for n := range 100 {
		if got := last(r, "/a", []string{fmt.Sprint("event", n)}, nil, 100); len(got) == 0 {
			t.Fatalf("stream %d lost its last message to others", n)
		}
	}
}

func TestAMessageTooLargeForItsShareLeavesNoOlderOneInItsPlace(t *testing.T) {
	r := New(Options{TailBytes: 16 * 10_000})
	r.Observe(emitted(1, "/a", "tick", 10))
	r.Observe(emitted(2, "/a", "tick", 20_000))
	want(t, "last", last(r, "/a", nil, nil, 1))
	if got := r.Usage().TailBytes; got != 0 {
		t.Errorf("an empty tail holds %d bytes", got)
	}
}

func TestTheStreamThatWasQuietForLongestLeavesFirst(t *testing.T) {
	r := New(Options{})
	for n := range uint64(maxStreams) {
		r.Observe(emitted(n+1, "/a", fmt.Sprint("event", n), 10))
	}
	r.Observe(emitted(2000, "/a", "event0", 10)) // so event1 is the quietest
	r.Observe(emitted(2001, "/a", "new", 10))
	want(t, "event0", last(r, "/a", []string{"event0"}, nil, 9), 1, 2000)
	want(t, "event1", last(r, "/a", []string{"event1"}, nil, 9))
	if got := r.Usage().Streams; got != maxStreams {
		t.Errorf("%d streams have a tail, want %d", got, maxStreams)
	}
}

func TestReadersMissNothingBesideAWriter(t *testing.T) {
	r := New(Options{})
	const all = 20_000
	var wg sync.WaitGroup
	wg.Go(func() {
		for seq := range uint64(all) {
			r.Observe(emitted(seq+1, "/a", "tick", 10))
		}
	})
	for range 20 {
		page := seqs(r.Page(query.Filter{}, 0, all))
		for i := range page {
			if i > 0 && page[i] != page[i-1]-1 {
				t.Fatalf("after seq %d comes %d: every one before it was there", page[i-1], page[i])
			}
		}
		last(r, "/a", nil, nil, 10)
	}
	wg.Wait()
	if got := seqs(r.Page(query.Filter{}, 0, all)); len(got) != all || !slices.IsSortedFunc(got, func(a, b uint64) int { return int(b) - int(a) }) {
		t.Errorf("got %d records, want %d in order", len(got), all)
	}
}

func BenchmarkObserve(b *testing.B) {
	r := New(Options{})
	rec := emitted(1, "/ws/rt_market", "tick", 200)
	b.ReportAllocs()
	for b.Loop() {
		r.Observe(rec)
	}
}

func BenchmarkPageOfAFullRing(b *testing.B) {
	r := New(Options{})
	for seq := range uint64(20_000) {
		r.Observe(emitted(seq, "/a", "tick", 200))
	}
	for b.Loop() {
		r.Page(query.Filter{}, 0, 100)
	}
}

// last returns the records alone.
func last(r *Recent, namespace string, events, rooms []string, n int) []*msg.Record {
	past, _ := r.Last(namespace, events, rooms, n)
	return past
}

// begin tells r that m is being sent.
func begin(r *Recent, m *msg.Record, order uint64) {
	m.Order = order
	r.Sending(msg.Emission{Message: m.Message, Order: order})
}

func TestWhatIsBeingSentIsAmongTheLast(t *testing.T) {
	r := observed(Options{}, 1)
	two, other := emitted(2, "/a", "tick", 10), emitted(3, "/b", "tick", 10)
	begin(r, two, 7)
	begin(r, other, 8)
	past, upTo := r.Last("/a", nil, nil, 2)
	want(t, "last", past, 1, 2)
	if upTo != 8 || r.Newest() != 8 {
		t.Errorf("got up to %d, newest %d, want 8", upTo, r.Newest())
	}
	want(t, "page", r.Page(query.Filter{}, 0, 9), 3, 2, 1)
	if rec, found := r.Get(2); !found || rec.Order != 7 {
		t.Errorf("got %v, want the record of what is being sent", rec)
	}
	r.Observe(two)
	want(t, "last when it was sent", last(r, "/a", nil, nil, 2), 1, 2)
	want(t, "page when it was sent", r.Page(query.Filter{}, 0, 9), 3, 2, 1)
}

func TestTheLastAreInTheOrderOfTheirEmission(t *testing.T) {
	r := New(Options{})
	outer, inner := emitted(1, "/a", "slow", 10), emitted(2, "/a", "quick", 10)
	begin(r, outer, 1)
	begin(r, inner, 2) // outer gave way
	r.Observe(inner)
	r.Observe(outer)
	want(t, "last", last(r, "/a", nil, nil, 9), 1, 2)
}

func TestLastNeverHasWhatWasEmittedAfterUpTo(t *testing.T) {
	r := New(Options{})
	var emitter sync.WaitGroup
	emitter.Go(func() {
		for n := range uint64(5000) {
			rec := emitted(n+1, "/a", fmt.Sprint("event", n%3), 10)
			begin(r, rec, n+1)
			r.Observe(rec)
		}
	})
	for range 500 {
		past, upTo := r.Last("/a", nil, nil, 5)
		for i, rec := range past {
			if rec.Order > upTo || i > 0 && rec.Order <= past[i-1].Order {
				t.Fatalf("got order %d after %d, up to %d", rec.Order, past[max(0, i-1)].Order, upTo)
			}
		}
	}
	emitter.Wait()
}

func TestClearForgetsWhatWasAndKeepsWhatComes(t *testing.T) {
	r := New(Options{})
	for seq := range uint64(3 * pieceLen) {
		r.Observe(emitted(seq+1, "/a", "tick", 10))
	}
	if got, want := r.Clear(), 3*pieceLen; got != want {
		t.Errorf("forgot %d messages, want %d", got, want)
	}
	want(t, "after", r.Page(query.Filter{}, 0, 10))
	last, _ := r.Last("/a", nil, nil, 10)
	want(t, "for who comes late", last)
	if u := r.Usage(); u.Messages != 0 || u.Bytes != 0 || u.TailBytes != 0 || u.Streams != 0 {
		t.Errorf("got %+v, want nothing kept", u)
	}
	r.Observe(emitted(9_000, "/a", "tick", 10))
	want(t, "then", r.Page(query.Filter{}, 0, 10), 9_000)
	last, _ = r.Last("/a", nil, nil, 10)
	want(t, "for who comes later", last, 9_000)
}

func TestClearEndsWhileMessagesCome(t *testing.T) {
	r := observed(Options{}, 1, 2, 3)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for seq := uint64(4); ; seq++ {
			select {
			case <-stop:
				return
			default:
				r.Observe(emitted(seq, "/a", "tick", 10))
			}
		}
	}()
	for range 100 {
		r.Clear()
	}
	close(stop)
	<-stopped
}

func TestSinceHasAllThatASocketMissedOrSaysThatSomeIsForgotten(t *testing.T) {
	r := New(Options{MaxMessages: 8})
	order := uint64(0)
	add := func(change func(m *msg.Message)) {
		order++
		rec := emitted(order, "/a", "tick", 10)
		rec.Order = order
		change(rec.Message)
		r.Sending(msg.Emission{Message: rec.Message, Order: order})
		r.Observe(rec)
	}
	ack, callback := &msg.Ack{}, uint64(1)
	for _, change := range []func(m *msg.Message){
		func(*msg.Message) {},
		func(m *msg.Message) { m.Namespace = "/b" },
		func(m *msg.Message) { m.Rooms = []string{"in"} },
		func(m *msg.Message) { m.Rooms = []string{"out"} },
		func(m *msg.Message) { m.To = "me" },
		func(m *msg.Message) { m.To = "other" },
		func(m *msg.Message) { m.Except = "me" },
		func(m *msg.Message) { m.To, m.Ack = "me", ack },
	} {
		add(change)
	}
	since := func(after uint64, whole bool, seqs ...uint64) {
		t.Helper()
		past, upTo, is := r.Since("/a", "me", []string{"in"}, after)
		want(t, fmt.Sprint("since ", after), past, seqs...)
		if upTo != order || is != whole {
			t.Errorf("since %d: got up to %d, whole %v; want %d, %v", after, upTo, is, order, whole)
		}
	}
	since(0, true, 1, 3, 5)
	since(1, true, 3, 5)
	since(3, true, 5)
	since(8, true)
	since(9, false) // nobody got that one
	add(func(m *msg.Message) { m.To, m.Callback = "me", &callback })
	since(0, false, 3, 5) // the first has left
	since(1, true, 3, 5)

	begun := emitted(10, "/a", "tick", 10)
	order = 10
	r.Sending(msg.Emission{Message: begun.Message, Order: order})
	since(3, true, 5, 10) // it is being sent
	r.Clear()
	since(3, false, 10)
	since(9, true, 10)
}
