package tape_test

import (
	"slices"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

// read returns what a reader has behind a place.
func read(t *testing.T, r *tape.Reader, after uint64) (all []*msg.Record) {
	t.Helper()
	for {
		piece, next, err := r.Piece(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, piece...)
		if next == 0 {
			return all
		}
		if next <= after {
			t.Fatalf("the piece behind %d ends at %d", after, next)
		}
		after = next
	}
}

func (d deck) open(name string) *tape.Reader {
	d.t.Helper()
	r, err := d.Open(d.t.Context(), name)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestAReaderHasWhatWasEmittedToAllFromAnyMomentOn(t *testing.T) {
	d := newDeck(t)
	d.start("a", "")
	const n = 9000
	var want []uint64
	for seq := range uint64(n) {
		rec := tick(seq)
		switch seq % 5 {
		case 1:
			rec.Outcome, rec.Reason = msg.Dropped, msg.Oldest
		case 2:
			rec.To = "one"
		case 3:
			rec.Attachments = [][]byte{{1}, {}}
			fallthrough
		default:
			want = append(want, seq)
		}
		d.Observe(rec)
	}
	tape.Write(d.Tape, time.Now())
	r := d.open("a")
	if _, err := d.Stop("a"); err != nil { // it goes on reading
		t.Fatal(err)
	}
	all := read(t, r, 0)
	if !slices.Equal(seqs(all), want) {
		t.Fatalf("got %d messages, want %d in order", len(all), len(want))
	}
	if got := all[1]; len(got.Attachments) != 2 || got.Attachments[1] == nil {
		t.Errorf("got attachments %v, want the two that it had", got.Attachments)
	}
	for _, seq := range []uint64{0, 1, 499, 4500, n - 1, n + 5} {
		from := tick(seq).At
		after, err := r.Find(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		rest := read(t, r, after)
		early := slices.IndexFunc(rest, func(rec *msg.Record) bool { return !rec.At.Before(from) })
		if early < 0 {
			early = len(rest)
		}
		wanted := slices.DeleteFunc(slices.Clone(want), func(s uint64) bool { return s < seq })
		if most := tape.BlockLen; !slices.Equal(seqs(rest[early:]), wanted) || early > most {
			t.Errorf("from message %d on: got %d messages, of which %d are earlier; want %d and at most %d earlier", seq, len(rest), early, len(wanted), most)
		}
	}
	wantCode(t, d.Remove("a"), fault.Conflict, "recording_in_use")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove("a"); err != nil {
		t.Errorf("removed when nobody reads it any more: %v", err)
	}
	_, err := d.Open(t.Context(), "a")
	wantCode(t, err, fault.NotFound, "recording_not_found")
	_, err = d.Open(t.Context(), "../a")
	wantCode(t, err, fault.NotFound, "recording_not_found")
}

func TestAnEmptyRecordingHasNoPiece(t *testing.T) {
	d := newDeck(t)
	d.start("a", "")
	d.stop("a")
	r := d.open("a")
	defer r.Close()
	if after, err := r.Find(t.Context(), epoch); err != nil || after != 0 {
		t.Errorf("got %d, %v; want the beginning", after, err)
	}
	if got := read(t, r, 0); got != nil {
		t.Errorf("got %v, want nothing", seqs(got))
	}
}

func TestALargePieceIsCutShort(t *testing.T) {
	d := newDeck(t)
	d.start("a", "")
	for seq := range uint64(10) {
		rec := tick(seq)
		rec.Attachments = [][]byte{make([]byte, 1<<20)}
		d.Observe(rec)
	}
	d.stop("a")
	r := d.open("a")
	defer r.Close()
	piece, next, err := r.Piece(t.Context(), 0)
	if err != nil || len(piece) > 4 || next == 0 {
		t.Errorf("got %d messages of 1 MiB, next %d, %v; want at most 4 and more behind", len(piece), next, err)
	}
	if got := read(t, r, 0); !slices.Equal(seqs(got), numbers(0, 9)) {
		t.Errorf("got %v, want all of them", seqs(got))
	}
}

func TestWhatIsNotToBeRecordedIsNot(t *testing.T) {
	d := newDeck(t)
	d.start("a", "")
	d.start("dear", "data.n>=0")
	for seq := range uint64(4) {
		rec := tick(seq)
		rec.Unrecorded = seq%2 == 1
		d.Observe(rec)
	}
	for _, name := range []string{"a", "dear"} {
		d.stop(name)
		if got := seqs(d.all(name, "")); !slices.Equal(got, []uint64{0, 2}) {
			t.Errorf("%s: got %v, want 0 and 2", name, got)
		}
	}
}
