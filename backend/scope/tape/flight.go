package tape

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// FlightOptions say what the flight recorder has, and where. The zero FlightOptions
// mean that there is none.
type FlightOptions struct {
	Where    msg.FlightWhere
	MaxAge   time.Duration // what is older is forgotten, a tenth of it at a time
	MaxBytes int64         // of all segments, likewise
}

const (
	// flightFolder is where segments are, in the folder of the recordings.
	flightFolder = "flight"
	// flightSegments is into how many parts its age and its bytes go.
	flightSegments = 10
	// Bounds of what waits to be written. They are lower than a recording's: nobody
	// has asked for it, and whoever needs every message of a flood records it.
	flightWaiting      = 1 << 14
	flightWaitingBytes = 16 << 20
	// A batch is short, and after it the recorder rests so many times as long as it
	// took. So it takes no more than a quarter of one processor.
	flightBatch = 1000
	flightRest  = 3
	// flightRetry is when one that failed tries again.
	flightRetry = 30 * time.Second
)

// flight is the flight recorder: it has the last minutes of all that ends, so that
// who has just seen something can still keep it. It writes short recordings, the
// segments, one behind the other, and deletes the oldest.
//
// It never holds up the emitter: what comes faster than it may write is left out and
// counted.
type flight struct {
	o       FlightOptions
	t       *Tape
	folder  string // of the segments' files; in memory what their names begin with
	line    *line
	takes   atomic.Bool
	written atomic.Uint64 // messages since the start ...
	missed  atomic.Uint64 // ... and those that are not

	writing sync.Mutex    // one at a time
	batch   []*msg.Record // of the line, to be given back; nil: none
	pending []*msg.Record // of batch, not yet written
	lost    uint64        // not yet noted in a segment
	retryAt time.Time     // when it has failed
	number  uint64        // of the newest segment

	mu       sync.Mutex
	segments []*segment // oldest first
	state    msg.FlightState
	problem  string
}

func newFlight(t *Tape, o FlightOptions) *flight {
	f := &flight{o: o, t: t, line: newLine(flightWaiting, min(flightWaitingBytes, t.o.MaxWaitingBytes)), state: msg.FlightIsOff}
	f.folder = filepath.Join(t.o.Folder, flightFolder)
	if o.Where == msg.FlightInMemory {
		f.folder = inMemory + ulid.Make().String()
	}
	return f
}

func (f *flight) isOn() bool { return f.o.Where == msg.FlightOnDisk || f.o.Where == msg.FlightInMemory }

func (f *flight) observe(rec *msg.Record) {
	if f.takes.Load() {
		f.line.push(rec)
	}
}

// run begins with what an earlier run left, and records until ctx ends.
func (f *flight) run(ctx context.Context) {
	f.begin(time.Now())
	if !f.isOn() {
		return
	}
	wake := time.NewTimer(writeEvery)
	defer wake.Stop()
	looked := time.Now()
	for {
		select {
		case <-wake.C:
		case <-ctx.Done():
			f.end()
			return
		}
		began := time.Now()
		if began.Sub(looked) >= lookEvery {
			f.lookAround(began)
			looked = began
		}
		more := !f.t.isBehind() && f.step(began)
		wait := flightRest * time.Since(began)
		if !more {
			wait = max(wait, writeEvery)
		}
		wake.Reset(wait)
	}
}

// begin finds what an earlier run left. Where nothing is to be kept on the disk, none
// of it stays there.
func (f *flight) begin(now time.Time) {
	f.writing.Lock()
	defer f.writing.Unlock()
	if f.o.Where != msg.FlightOnDisk {
		if err := os.RemoveAll(filepath.Join(f.t.o.Folder, flightFolder)); err != nil {
			f.log().Warn("Segments of the flight recorder not deleted", "error", err)
		}
	}
	if !f.isOn() {
		return
	}
	if f.o.Where == msg.FlightOnDisk {
		f.find()
	}
	f.mu.Lock()
	f.state = msg.FlightRuns
	f.mu.Unlock()
	f.trim(now)
	f.takes.Store(true)
}

// step writes some of what waits, and reports whether there is more.
func (f *flight) step(now time.Time) (more bool) {
	f.writing.Lock()
	defer f.writing.Unlock()
	return f.writeSome(now)
}

// writeSome is step. The caller holds writing.
func (f *flight) writeSome(now time.Time) (more bool) {
	if f.batch == nil {
		if f.line.empty() {
			return false
		}
		var dropped uint64
		f.batch, dropped = f.line.take()
		f.pending, f.lost = f.batch, f.lost+dropped
		f.missed.Add(dropped)
	}
	part := f.pending[:min(len(f.pending), flightBatch)]
	err := f.write(now, part)
	if isBusy(err) { // in memory a reader keeps it from writing
		return true
	}
	if err != nil {
		f.fail(now, err)
		return false
	}
	if f.pending = f.pending[len(part):]; len(f.pending) == 0 {
		f.giveBack()
	}
	return f.batch != nil || !f.line.empty()
}

// drain takes what waits, writes none of it, and returns how many were still in the
// line. The caller holds writing.
func (f *flight) drain() (count uint64) {
	if f.batch != nil {
		f.giveBack()
	}
	batch, dropped := f.line.take()
	count = uint64(len(batch)) + dropped
	f.line.give(batch)
	f.lost = 0
	return count
}

func (f *flight) giveBack() {
	f.line.give(f.batch)
	f.batch, f.pending = nil, nil
}

// write adds to the segment that is written, or to a new one. The caller holds
// writing.
func (f *flight) write(now time.Time, part []*msg.Record) error {
	s := f.current()
	if s != nil && f.isFull(s, now) {
		if err := f.endSegment(s, now); err != nil {
			return err
		}
		s = nil
	}
	if s == nil {
		var err error
		if s, err = f.newSegment(now); err != nil {
			return err
		}
	}
	about := with(s.about, part, f.lost)
	if err := s.w.write(part, &about); err != nil {
		return explain(s.path, err)
	}
	about.FileBytes = s.bytes()
	f.mu.Lock()
	s.about = about
	for _, rec := range part {
		s.firstSeq, s.lastSeq = min(s.firstSeq, int64(rec.Seq)), max(s.lastSeq, int64(rec.Seq))
	}
	f.mu.Unlock()
	f.lost = 0
	f.written.Add(uint64(len(part)))
	f.trim(now)
	return nil
}

// fail ends it until it tries again. What it has can be read. The caller holds
// writing.
func (f *flight) fail(now time.Time, why error) {
	f.takes.Store(false)
	f.missed.Add(uint64(len(f.pending)) + f.drain())
	if s := f.current(); s != nil {
		_ = f.endSegment(s, now) // why it failed says more
	}
	f.retryAt = now.Add(flightRetry)
	f.mu.Lock()
	isNew := f.state != msg.FlightFailed
	f.state, f.problem = msg.FlightFailed, sentence(why)
	f.segments = slices.DeleteFunc(f.segments, func(s *segment) bool { // what was taken away
		_, err := os.Lstat(s.path)
		gone := !isInMemory(s.path) && errors.Is(err, fs.ErrNotExist)
		if gone && s.w != nil {
			_ = s.w.close()
			s.w = nil
		}
		return gone
	})
	f.mu.Unlock()
	if isNew {
		f.log().Error("Flight recorder ended by itself", "problem", sentence(why), "tries_again_in", flightRetry)
		f.t.changed()
	}
}

// lookAround ends what cannot go on, and begins anew what can.
func (f *flight) lookAround(now time.Time) {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.trim(now)
	f.mu.Lock()
	hasFailed := f.state == msg.FlightFailed
	f.mu.Unlock()
	s := f.current()
	switch {
	case hasFailed && now.Before(f.retryAt):
	case hasFailed:
		if _, err := f.newSegment(now); err != nil {
			f.fail(now, err)
			return
		}
		f.mu.Lock()
		f.state, f.problem = msg.FlightRuns, ""
		f.mu.Unlock()
		f.takes.Store(true)
		f.log().Info("Flight recorder goes on")
		f.t.changed()
	case s == nil || f.o.Where != msg.FlightOnDisk:
	default:
		if err := f.t.checkFree(); err != nil {
			f.fail(now, err)
		} else if moved(s.path, s.made) {
			f.fail(now, fault.Newf(fault.Conflict, "the file of the flight recorder was taken away"))
		}
	}
}

// flush writes all that waits now.
func (f *flight) flush() {
	f.writing.Lock()
	defer f.writing.Unlock()
	const most = 2 * (flightWaiting/flightBatch + 1) // what was taken, and what waits behind it
	for range most {
		if !f.writeSome(time.Now()) {
			return
		}
	}
}

// end writes what waits, and ends. What is in memory is gone then.
func (f *flight) end() {
	f.flush()
	f.writing.Lock()
	defer f.writing.Unlock()
	f.takes.Store(false)
	if s := f.current(); s != nil {
		if err := f.endSegment(s, time.Now()); err != nil {
			f.log().Warn("Flight recorder not ended in order", "error", err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.o.Where == msg.FlightInMemory && len(f.segments) > 0 {
		f.forget(0)
	}
}

// clear forgets all that was observed before.
func (f *flight) clear() {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.drain()
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.segments) > 0 {
		f.forget(0)
	}
	if f.o.Where == msg.FlightOnDisk {
		_ = os.Remove(f.folder) // not while a reader keeps a file in it
	}
}

// status returns what is known of it.
func (f *flight) status() msg.Flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := msg.Flight{State: f.state, Where: f.o.Where, MaxAge: f.o.MaxAge, MaxBytes: f.o.MaxBytes, Problem: f.problem}
	if !f.isOn() {
		return msg.Flight{State: msg.FlightIsOff, Where: msg.FlightOff}
	}
	for _, s := range f.segments {
		now.Messages += s.about.Messages
		now.Dropped += s.about.Dropped
		now.FileBytes += s.about.FileBytes
		if !s.about.First.IsZero() && (now.First.IsZero() || s.about.First.Before(now.First)) {
			now.First = s.about.First
		}
	}
	return now
}

func (f *flight) log() *slog.Logger { return f.t.o.Log }
