package tape_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

// mixed records messages of many streams, more than one block of them, with numbers and times
// that are in no order, and returns them, the newest first.
func mixed(d deck, name string, count, streams int) []*msg.Record {
	random := rand.New(rand.NewPCG(3, 4))
	d.start(name, "")
	all := make([]*msg.Record, count)
	for i := range all {
		rec := tick(uint64(i + 1 + random.IntN(300)))
		if random.IntN(2000) == 0 { // the clock was put back, or it waited for long
			rec = tick(uint64(1 + random.IntN(count)))
		}
		rec.Event = fmt.Sprint("e", min(random.IntN(streams), random.IntN(streams)))
		rec.Namespace = fmt.Sprint("/", random.IntN(2))
		all[count-1-i] = rec
		d.Observe(rec)
	}
	tape.Write(d.Tape, time.Now())
	return all
}

// paged reads a recording page by page to its end.
func (d deck) paged(name, q string, from msg.PageFrom) (all []*msg.Record, pages int) {
	d.t.Helper()
	for looked := 0.0; ; pages++ {
		page, err := d.Page(context.Background(), name, parse(d.t, q), from)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, page.Records...)
		if page.Next == 0 {
			if page.Looked != 1 || !page.LookedTo.IsZero() {
				d.t.Fatalf("%s: the last page says it looked at %g, up to %v", q, page.Looked, page.LookedTo)
			}
			return all, pages + 1
		}
		if page.Looked < looked || page.Looked >= 1 || page.LookedTo.IsZero() {
			d.t.Fatalf("%s: a page looked at %g up to %v, the one before at %g", q, page.Looked, page.LookedTo, looked)
		}
		looked, from.Before = page.Looked, page.Next
	}
}

func asked() []string {
	at := func(seq int) string { return tick(uint64(seq)).At.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") }
	return []string{
		"", "event:e1", "event:e1 ns:/0", "event:e1,e2,e3 data.n>200", "ns:/1", "event:none", "-event:e1", "event:e* ns:/0",
		"seq:700", "seq>100 seq<=200", "seq<50", "seq>8000", "seq>100 seq<=7000 event:e2", "seq:700 OR seq:8500", "seq>5 seq<3", "event:e9 OR seq:17",
		"time>" + at(8500), "time<=" + at(300), "time>" + at(2000) + " time<" + at(2100) + " ns:/1",
		"data.n>8900", "outcome:dropped", "event:e40 OR data.n:3", `"AAPL" seq<100`,
	}
}

// diffSeqs says how the numbers of messages differ. Most are equal, and to look at
// thousands of them for a difference takes a while.
func diffSeqs(want, got []*msg.Record) string {
	if a, b := seqs(want), seqs(got); !slices.Equal(a, b) {
		return cmp.Diff(a, b)
	}
	return ""
}

func TestAPlanLeavesOutNothingThatAFilterSelects(t *testing.T) {
	for what, streams := range map[string]int{"few streams": 4, "many": 200} {
		d := newDeck(t)
		all := mixed(d, "mixed", 9000, streams)
		for _, q := range asked() {
			f := parse(t, q)
			want := slices.Clone(all)
			want = slices.DeleteFunc(want, func(r *msg.Record) bool { return !f.Match(r) })
			got, _ := d.paged("mixed", q, msg.PageFrom{Limit: 1000})
			if diff := diffSeqs(want, got); diff != "" {
				t.Errorf("%s, %q, pages (-want +got):\n%s", what, q, diff)
			}
			slices.Reverse(want)
			if diff := diffSeqs(want, d.all("mixed", q)); diff != "" {
				t.Errorf("%s, %q, walk (-want +got):\n%s", what, q, diff)
			}
		}
		d.stop("mixed")
	}
}

func TestAPageThatTakesLongEndsAndTheNextGoesOn(t *testing.T) {
	d := newDeck(t)
	all := mixed(d, "mixed", 300, 100)
	d.Impatient()
	for _, q := range []string{"", "data.n>200", "event:e1", "event:e1 data.n>200", "seq>5 seq<50", "ns:/0"} {
		f := parse(t, q)
		want := slices.DeleteFunc(slices.Clone(all), func(r *msg.Record) bool { return !f.Match(r) })
		got, pages := d.paged("mixed", q, msg.PageFrom{Limit: 1000})
		if diff := cmp.Diff(seqs(want), seqs(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", q, diff)
		}
		if pages < len(want) {
			t.Errorf("%q: got %d pages for %d messages, want each to end at once", q, pages, len(want))
		}
	}
	d.stop("mixed")
}

func TestAPageBeginsWithTheNewestUpToAMoment(t *testing.T) {
	d := newDeck(t)
	d.start("at", "")
	for seq := uint64(1); seq <= 9000; seq++ {
		d.Observe(tick(seq))
	}
	d.stop("at")
	for at, want := range map[time.Time]uint64{
		tick(5000).At: 5000, tick(5000).At.Add(1): 5000, tick(5000).At.Add(-1): 4999, tick(1).At.Add(-1): 0, tick(1).At: 1, tick(9999).At: 9000,
		tick(4096).At: 4096, tick(4097).At: 4097,
	} {
		page, err := d.Page(context.Background(), "at", parse(t, ""), msg.PageFrom{At: at, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		var got uint64
		if len(page.Records) > 0 {
			got = page.Records[0].Seq
		}
		if got != want {
			t.Errorf("at %v: got message %d, want %d", at, got, want)
		}
	}
}

func TestOneMessageIsFoundByItsNumber(t *testing.T) {
	d := newDeck(t)
	d.start("one", "")
	for seq := uint64(1); seq <= 10; seq++ {
		d.Observe(tick(seq))
	}
	again := tick(4) // sent twice on purpose
	again.Sockets = 77
	again.Attachments = [][]byte{{1, 2}}
	d.Observe(again)
	d.stop("one")
	got, err := d.One(context.Background(), "one", 4)
	if err != nil || got.Sockets != 77 || len(got.Attachments) != 1 {
		t.Errorf("got %+v, %v; want the newest of that number with its attachment", got, err)
	}
	_, err = d.One(context.Background(), "one", 11)
	wantCode(t, err, fault.NotFound, "not_found")
}
