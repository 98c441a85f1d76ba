package recent

import (
	"fmt"
	"testing"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// walked returns the seqs that Walk shows.
func walked(r *Recent, f query.Filter, limit int) (all []uint64) {
	r.Walk(f, limit, func(rec *msg.Record) bool {
		all = append(all, rec.Seq)
		return true
	})
	return all
}

func TestWalkShowsTheOldestFirst(t *testing.T) {
	r := New(Options{MaxMessages: 600})
	for seq := range uint64(1000) {
		r.Observe(ended(seq+1, fmt.Sprint("e", seq%2)))
	}
	all := walked(r, query.Filter{}, 0)
	if len(all) != 600 || all[0] != 401 || all[599] != 1000 {
		t.Errorf("got %d records from %d to %d, want 600 from 401 to 1000", len(all), all[0], all[len(all)-1])
	}
	for limit, want := range map[int]uint64{1: 999, 3: 995, 299: 403, 300: 401, 999: 401} {
		odd := walked(r, query.Stream("", "e0"), limit) // seq is odd
		if len(odd) != min(limit, 300) || odd[0] != want || odd[len(odd)-1] != 999 {
			t.Errorf("the newest %d: got %d from %d to %d, want from %d to 999", limit, len(odd), odd[0], odd[len(odd)-1], want)
		}
	}
	if got := walked(New(Options{}), query.Filter{}, 5); got != nil {
		t.Errorf("of nothing: got %v", got)
	}
}

func TestWalkEndsWhereItBeganToBeRead(t *testing.T) {
	r := New(Options{MaxMessages: 600})
	for seq := range uint64(600) {
		r.Observe(ended(seq, "e"))
	}
	seen, last := 0, uint64(0)
	r.Walk(query.Filter{}, 0, func(rec *msg.Record) bool {
		seen, last = seen+1, rec.Seq
		r.Observe(ended(1000+uint64(seen), "e")) // as fast as it is read
		return true
	})
	if last >= 1000 || seen > 600 || seen < 256 {
		t.Errorf("got %d records, the last one %d; want at most the 600 that were there", seen, last)
	}
	seen = 0
	r.Walk(query.Filter{}, 0, func(*msg.Record) bool { seen++; return seen < 3 })
	if seen != 3 {
		t.Errorf("who has enough after 3 was shown %d", seen)
	}
}

func ended(seq uint64, event string) *msg.Record {
	return &msg.Record{Message: &msg.Message{Seq: seq, Namespace: "/a", Event: event, Payload: []byte("1")}, Outcome: msg.Received}
}

func TestForgottenIsTheHighestNumberThatIsNotKept(t *testing.T) {
	r := New(Options{MaxMessages: 2})
	for _, seq := range []uint64{1, 5, 3, 6} { // a fast lane's message ends before a slow one's
		r.Observe(ended(seq, "e"))
	}
	if got := r.Forgotten(); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
	r.Clear()
	if got := r.Forgotten(); got != 6 {
		t.Errorf("cleared: got %d, want 6", got)
	}
}
