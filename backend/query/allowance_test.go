package query_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"emitscope/backend/query"
)

func TestAQueryIsAnsweredInFullOrNotAtAll(t *testing.T) {
	r := tick()
	for _, text := range []string{
		"-zzz", "a OR b OR c", `-(-zzz "AAPL")`, "data.inner.a.b:1", "data.tags:x,y,red", "room:a,b,c*,d,e,f,g,h,i,j,AAPL", "seq:1,2,3,120 zzz",
	} {
		f := mustParse(t, text)
		want := f.Match(r)
		for askers := 1; askers < 1<<24; askers *= 2 {
			var a query.Allowance
			if got, known := a.Match(f, r, askers); known && got != want || !known && got {
				t.Errorf("%s as one of %d: got %v, known %v; want %v", text, askers, got, known, want)
			}
		}
	}
}

func TestDearQueriesTakeAQuarterOfTheTimeAtMost(t *testing.T) {
	words := make([]string, query.MaxTerms)
	for i := range words {
		words[i] = fmt.Sprintf("-word%d", i)
	}
	f := mustParse(t, strings.Join(words, " "))
	r := tick()
	r.Payload = []byte(`"` + strings.Repeat("x", 10_000) + `"`)
	const price = query.MaxTerms * 10_000 * 5 // ns, about
	const span = 400 * time.Millisecond
	for _, askers := range []int{1, 4} {
		answers, start := 0, r.At
		for range askers {
			var a query.Allowance
			for r.At = start; r.At.Sub(start) < span; r.At = r.At.Add(4 * time.Millisecond) {
				if _, known := a.Match(f, r, askers); known {
					answers++
				}
			}
		}
		r.At = start
		if took := float64(answers) * price / float64(span); took > 0.31 || took < 0.15 {
			t.Errorf("%d askers: answers took %.2f of the time, want a quarter at most besides the 20 ms at once, and most of that", askers, took)
		}
	}
}

func TestWhatOneAskerUsesUpIsNotTakenFromAnother(t *testing.T) {
	dear, plain := mustParse(t, strings.Repeat("-zzz ", query.MaxTerms)), mustParse(t, "AAPL")
	r := tick()
	var a, b query.Allowance
	unanswered := 0
	for range 10_000 { // a million a second
		r.At = r.At.Add(time.Microsecond)
		if _, known := a.Match(dear, r, 2); !known {
			unanswered++
		}
	}
	if unanswered == 0 {
		t.Error("the dear query was always answered")
	}
	if _, known := b.Match(plain, r, 2); !known {
		t.Error("the other asker got no answer")
	}
	if selects, known := a.Match(query.Stream("", "tick"), r, 2); !selects || !known {
		t.Error("a cheap query was not answered")
	}
}

func TestAClockThatIsPutBackStarvesNobody(t *testing.T) {
	f := mustParse(t, strings.Repeat("-zzz ", query.MaxTerms))
	r := tick()
	var a query.Allowance
	for range 10_000 {
		a.Match(f, r, 1)
	}
	r.At = r.At.Add(-24 * time.Hour)
	a.Match(f, r, 1)
	r.At = r.At.Add(time.Second)
	if _, known := a.Match(f, r, 1); !known {
		t.Error("no answer a second later")
	}
}

func TestAnAllowanceAllocatesNothing(t *testing.T) {
	f, r := mustParse(t, "event:tick data.price>250 -heartbeat"), tick()
	var a query.Allowance
	if got := testing.AllocsPerRun(100, func() { a.Match(f, r, 1) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

func TestSpendingEndsAtNothing(t *testing.T) {
	r := tick()
	var a query.Allowance
	if !a.Spend(r, 1, 1) {
		t.Error("a full allowance cannot pay for one look at a small payload")
	}
	if a.Spend(r, math.MaxInt32, 1) {
		t.Error("it paid more than it has")
	}
}
