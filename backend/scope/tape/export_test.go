package tape

import (
	"context"
	"fmt"
	"time"
)

// FillDisk lets a recording that runs grow by no page more, as a full disk would.
func (t *Tape) FillDisk(name string) error {
	t.mu.Lock()
	r := t.reels[name]
	t.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	var pages int
	ctx := context.Background()
	if err := r.w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	_, err := r.w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

// Flush writes what waits for a recording, and leaves it running where that fails.
func (t *Tape) Flush(name string) error {
	t.mu.Lock()
	r := t.reels[name]
	t.mu.Unlock()
	_, err := r.flush(time.Now())
	return err
}

// BlockLen is how many messages a block has.
const BlockLen = blockLen

// LookAround and Expire do what Run does now and then.
var (
	LookAround = (*Tape).lookAround
	Expire     = (*Tape).expire
	Write      = (*Tape).write
)

// MaxWaiting is how many messages may wait.
const MaxWaiting = maxWaiting

// Impatient lets pages look at one message at a time.
func (t *Tape) Impatient() { t.pageTime = 0 }

// BeginFlight, WriteFlight, LookAtFlight and EndFlight do what Run does of the flight
// recorder.
func BeginFlight(t *Tape, now time.Time) { t.flight.begin(now) }
func WriteFlight(t *Tape, now time.Time) {
	for t.flight.step(now) {
	}
}
func LookAtFlight(t *Tape, now time.Time) { t.flight.lookAround(now) }
func EndFlight(t *Tape)                   { t.flight.end() }
