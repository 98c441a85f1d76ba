package msg

import (
	"cmp"
	"slices"
)

// NewestOnce puts records in order by seq, the highest first, and of those with one
// seq the one that ended last. Of what is the same message with the same end, one is left: that which
// stood first.
func NewestOnce(records []*Record) []*Record {
	slices.SortStableFunc(records, func(a, b *Record) int { return cmp.Or(cmp.Compare(b.Seq, a.Seq), b.At.Compare(a.At)) })
	return slices.CompactFunc(records, func(a, b *Record) bool { return a.Seq == b.Seq && a.At.Equal(b.At) && a.Outcome == b.Outcome })
}
