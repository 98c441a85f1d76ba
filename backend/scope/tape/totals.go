package tape

import (
	"slices"
	"sync/atomic"

	"emitscope/backend/msg"
)

// Totals are counted since the hub started.
type Totals struct {
	Written, Dropped             uint64 // messages, of all recordings
	FlightWritten, FlightDropped uint64 // of the flight recorder
}

// counts are those of recordings.
type counts struct{ written, dropped atomic.Uint64 }

// Totals returns them.
func (t *Tape) Totals() Totals {
	return Totals{Written: t.counts.written.Load(), Dropped: t.counts.dropped.Load(), FlightWritten: t.flight.written.Load(), FlightDropped: t.flight.missed.Load()}
}

// Running returns the recordings that run, the one that began first first.
func (t *Tape) Running() []msg.Recording {
	var all []msg.Recording
	for _, r := range t.all() {
		all = append(all, r.state())
	}
	slices.SortStableFunc(all, func(a, b msg.Recording) int { return a.Began.Compare(b.Began) })
	return all
}

// FileBytes returns how much all recordings take on the disk, those that run and
// those that cannot be read included.
func (t *Tape) FileBytes() (bytes int64) {
	names, _ := t.names() // the list says what is wrong with the folder
	for _, name := range names {
		bytes += bytesOf(t.where(name))
	}
	return bytes
}
