package feed

import (
	"cmp"
	"slices"

	"emitscope/backend/msg"
)

// maxRows is how many rows a frame has at most: a screen shows fewer, and 1,000
// a second are more than anybody reads.
const maxRows = 50

// sample chooses a frame's rows. All that fit are taken; when there are more,
// hits and the late, dropped and stalled ones come before the others, and newer
// ones before older ones.
type sample struct {
	notable, others newest
}

// newest keeps the last maxRows of what is added.
type newest struct {
	rows  [maxRows]row
	added int
}

type row struct {
	at           uint64 // position in the ring
	summary      msg.Summary
	previewBytes int
}

func (s *sample) reset() { s.notable.added, s.others.added = 0, 0 }

func (s *sample) add(at uint64, e *entry, hit bool) {
	to := &s.others
	if hit || e.notable() {
		to = &s.notable
	}
	r := row{at, e.row, e.previewBytes}
	r.summary.Hit = hit
	to.rows[to.added%maxRows] = r
	to.added++
}

// last appends the newest n, or all when there are fewer.
func (k *newest) last(rows []row, n int) []row {
	for i := max(0, k.added-min(n, maxRows)); i < k.added; i++ {
		rows = append(rows, k.rows[i%maxRows])
	}
	return rows
}

// summaries returns the chosen rows in the order of their arrival.
func (s *sample) summaries(f *Feed) []msg.Summary {
	chosen := s.notable.last(make([]row, 0, maxRows), maxRows)
	chosen = s.others.last(chosen, maxRows-len(chosen))
	slices.SortFunc(chosen, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	out := make([]msg.Summary, 0, len(chosen))
	for _, r := range chosen {
		text, kept := f.preview(r.at, r.previewBytes)
		if kept { // otherwise the ring overran it just now: the sample is one smaller
			r.summary.Preview = text
			out = append(out, r.summary)
		}
	}
	return out
}
