package tape

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Flight returns what is known of the flight recorder.
func (t *Tape) Flight() msg.Flight { return t.flight.status() }

// Forget has the flight recorder forget all that was observed before, and the history
// begin now. Recordings stay: somebody has asked for them.
func (t *Tape) Forget() {
	t.mu.Lock()
	t.forgot = time.Now()
	t.mu.Unlock()
	t.flight.clear()
	t.changed()
}

// KeepFlight makes a recording of what the flight recorder has, with room on the disk
// as for one that runs. It is there as a whole or not at all.
func (t *Tape) KeepFlight(ctx context.Context, n msg.KeepFlight) (msg.Recording, error) {
	filter, err := t.checkKeep(n)
	if err != nil {
		return msg.Recording{}, err
	}
	if n.Name == "" {
		n.Name, err = t.reserveTime(time.Now())
	} else {
		err = t.reserve(n.Name)
	}
	if err != nil {
		return msg.Recording{}, err
	}
	defer t.release(n.Name)
	t.flight.flush()
	segments, giveBack := t.flight.lend()
	defer giveBack()
	about := msg.Recording{Name: n.Name, Query: n.Query, Ended: time.Now()}
	var since time.Time
	if n.Last > 0 {
		since = about.Ended.Add(-n.Last)
	}
	segments = slices.DeleteFunc(segments, func(s segment) bool { return s.about.Last.Before(since) })
	if len(segments) == 0 {
		return msg.Recording{}, errFlightEmpty()
	}
	if about.Began = segments[0].about.Began; about.Began.Before(since) {
		about.Began = since
	}
	for _, s := range segments {
		about.Dropped += s.about.Dropped
	}
	within, err := query.Between(since, time.Time{})
	if err != nil {
		return msg.Recording{}, err
	}
	about, err = t.load(about, extras{isOwn: true}, func(b *builder) error { return b.takeFlight(ctx, segments, filter.And(within)) })
	if err == nil {
		t.o.Log.Info("Flight recorder kept", "recording", about.Name, "messages", about.Messages, "dropped", about.Dropped, "file_bytes", about.FileBytes)
	}
	return about, err
}

// checkKeep says why it cannot be kept.
func (t *Tape) checkKeep(n msg.KeepFlight) (query.Filter, error) {
	if !t.flight.isOn() {
		return query.Filter{}, fault.Newf(fault.Conflict, "the flight recorder is off").WithCode("flight_off").
			WithHint(`the setting recordings.flight switches it on: "disk" or "memory"; to record from now on needs none`)
	}
	if n.Last < 0 {
		return query.Filter{}, fault.Newf(fault.Invalid, "last is %v; it is longer than 0", n.Last).
			WithCode("invalid_recording").WithField("last").WithHint("leave it out to keep all")
	}
	return query.Parse(n.Query)
}

// reserveTime keeps the name of a moment, with a number behind it where it is taken.
func (t *Tape) reserveTime(at time.Time) (name string, err error) {
	plain := at.Format("2006-01-02 15.04.05")
	name = plain
	for i := 2; ; i++ {
		if err = t.reserve(name); err == nil || fault.From(err).Code != codeExists {
			return name, err
		}
		name = fmt.Sprintf("%s (%d)", plain, i)
	}
}

// takeFlight takes what a filter selects of the flight recorder.
func (b *builder) takeFlight(ctx context.Context, segments []segment, filter query.Filter) error {
	for _, s := range segments {
		db, err := open(ctx, s.path)
		if err != nil {
			return err
		}
		var failed error
		err = walkAll(ctx, db, filter, func(rec *msg.Record) bool {
			failed = b.take(rec)
			return failed == nil
		})
		if err := errors.Join(err, failed, db.Close()); err != nil {
			return err
		}
	}
	if b.about.Messages == 0 && len(b.batch) == 0 {
		return errFlightEmpty()
	}
	return nil
}

func errFlightEmpty() error {
	return fault.Newf(fault.Conflict, "the flight recorder has no such message").WithCode("flight_empty").
		WithHint("keep a longer time, or leave the query out")
}
