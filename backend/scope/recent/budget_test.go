package recent

import (
	"sync"
	"testing"

	"emitscope/backend/query"
)

func TestALowerBudgetForgetsTheOldestAtOnce(t *testing.T) {
	r := New(Options{})
	for seq := range uint64(1000) {
		r.Observe(emitted(seq+1, "/a", "tick", 360)) // with the overhead 1000 bytes
	}
	r.SetBudget(15_000)
	want(t, "what is left", r.Page(query.Filter{}, 0, 100), 1000, 999, 998, 997, 996, 995, 994, 993, 992, 991)
	u := r.Usage()
	if u.Bytes != 10_000 || u.TailBytes > 5_000 || u.Evicted != 990 {
		t.Errorf("got %+v, want 10000 bytes, at most 5000 for the tails, and 990 evicted", u)
	}
}

func TestTheBudgetHoldsForWhatComesAfterwards(t *testing.T) {
	r := New(Options{})
	r.SetBudget(48_000)
	for seq := range uint64(1000) {
		r.Observe(emitted(seq+1, "/a", string('a'+rune(seq%7)), 360))
		if u := r.Usage(); u.Bytes > 32_000 || u.TailBytes > 16_000 {
			t.Fatalf("after %d: got %d and %d bytes, want at most 32000 and 16000", seq+1, u.Bytes, u.TailBytes)
		}
	}
}

func TestWithoutABudgetNothingIsRememberedUntilThereIsOneAgain(t *testing.T) {
	for _, none := range []int{0, -1} {
		r := observed(Options{}, 1, 2)
		r.SetBudget(none)
		r.Observe(emitted(3, "/a", "tick", 10))
		want(t, "page", r.Page(query.Filter{}, 0, 9))
		want(t, "last", last(r, "/a", nil, nil, 9))
		if u := r.Usage(); u.Bytes != 0 || u.TailBytes != 0 {
			t.Errorf("got %+v, want no bytes", u)
		}
		r.SetBudget(1 << 20)
		r.Observe(emitted(4, "/a", "tick", 10))
		want(t, "page", r.Page(query.Filter{}, 0, 9), 4)
		want(t, "last", last(r, "/a", nil, nil, 9), 4)
	}
}

func TestObserveHasItsTurnWhileTheBudgetIsLowered(t *testing.T) {
	r := New(Options{})
	for seq := range uint64(10 * pieceLen) {
		r.Observe(emitted(seq+1, "/a", "tick", 10))
	}
	if more := r.shrink(0); !more {
		t.Fatal("all is forgotten in one piece")
	}
	before := r.Usage().Messages
	r.Observe(emitted(1<<20, "/a", "tick", 10))
	if after := r.Usage().Messages; before != 9*pieceLen || after != before {
		t.Errorf("got %d messages, then %d; want %d, and one gone for the one that came", before, after, 9*pieceLen)
	}
}

func TestTheBudgetMayChangeWhileEverybodyElseGoesOn(t *testing.T) {
	r := New(Options{})
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range uint64(500) {
				switch worker {
				case 0, 1:
					r.SetBudget(int(i%3) * 100_000)
				case 2:
					r.Observe(emitted(i+1, "/a", string('a'+rune(i%20)), 360))
				case 3:
					last(r, "/a", nil, nil, 5)
					r.Page(query.Filter{}, 0, 5)
				}
			}
		})
	}
	all.Wait()
	r.SetBudget(0)
	if u := r.Usage(); u.Bytes != 0 || u.TailBytes != 0 || u.Messages != 0 {
		t.Errorf("got %+v, want nothing, and nothing counted twice", u)
	}
}
