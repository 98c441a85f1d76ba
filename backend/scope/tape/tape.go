// Package tape keeps recordings: each is one SQLite file with every message that a
// query selects, its payload, its four times, and what became of it.
package tape

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// MaxRunning is how many recordings may run at once: the emitter pays for each.
const MaxRunning = 8

// How often what waits is written, and how often is looked whether it can go on.
// Whatever kills the process, no more than the first, and what it takes to write that,
// is missing.
const (
	writeEvery  = 50 * time.Millisecond
	lookEvery   = time.Second
	expireEvery = time.Minute
)

// DefaultMaxWaitingBytes is how many bytes of payloads may wait to be written, for one recording.
const DefaultMaxWaitingBytes = 64 << 20

// Options are what a Tape stands on. Where nothing else is said, all are needed.
type Options struct {
	Folder          string // where the files are; made with the first recording
	Version         string // of Emitscope, which each file notes
	Keep            Keep
	Flight          FlightOptions
	Late            msg.LateLimit // which emits count as late, as each file notes
	MaxWaitingBytes int64         // of payloads, for one recording; 0: 64 MiB
	// Free says how many bytes the disk of a folder has left; nil: the system is asked.
	Free func(folder string) (uint64, error)
	// Changed is called when a recording began, ended, or has gone, and when the flight recorder
	// stops or goes on; nil: nobody is told. It must not wait for the Tape.
	Changed func()
	Log     *slog.Logger
}

// Tape is all recordings of one hub. Those that run are written by Run.
//
// All methods may be called from any goroutine. Observe never blocks.
type Tape struct {
	o        Options
	pageTime time.Duration // how long a page may look
	counts   counts
	running  atomic.Pointer[[]*reel] // those of reels; replaced under mu, never changed; nil: none

	mu      sync.Mutex
	reels   map[string]*reel         // that run, by name
	reading map[string]int           // how many read a recording, by name
	failed  map[string]msg.Recording // whose file could not be told that it ended
	known   map[string]look          // of those that do not run
	coming  map[string]bool          // that are being imported, by name
	forgot  time.Time                // what ended until then is no history
	closed  bool

	flight *flight
	hubMu  sync.Mutex
	hub    string // the data folder's; empty: not read yet
}

// New returns the recordings that are in a folder. It writes nothing.
func New(o Options) *Tape {
	o.MaxWaitingBytes = cmp.Or(o.MaxWaitingBytes, DefaultMaxWaitingBytes)
	if o.Free == nil {
		o.Free = freeBytes
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	t := &Tape{o: o, pageTime: pageTime, reels: map[string]*reel{}, reading: map[string]int{}, failed: map[string]msg.Recording{}, known: map[string]look{}, coming: map[string]bool{}}
	t.flight = newFlight(t, o.Flight)
	return t
}

func (t *Tape) changed() { t.o.Changed() }

// Observe gives rec to the flight recorder, and to the recordings that run.
func (t *Tape) Observe(rec *msg.Record) {
	if rec.Unrecorded {
		return
	}
	t.flight.observe(rec)
	if running := t.running.Load(); running != nil {
		for _, r := range *running {
			r.observe(rec)
		}
	}
}

// Run writes what is recorded, ends what is over, and deletes what is kept no longer,
// until ctx ends; then it ends every recording and returns.
func (t *Tape) Run(ctx context.Context) error {
	var flying sync.WaitGroup
	flying.Go(func() { t.flight.run(ctx) }) // apart: it rests, and recordings do not
	defer flying.Wait()
	write, around, expire := time.NewTicker(writeEvery), time.NewTicker(lookEvery), time.NewTicker(expireEvery)
	defer write.Stop()
	defer around.Stop()
	defer expire.Stop()
	t.removeUnfinished()
	t.expire(time.Now())
	for {
		select {
		case <-write.C:
			t.write(time.Now())
		case <-around.C:
			t.lookAround()
		case <-expire.C:
			t.expire(time.Now())
		case <-ctx.Done():
			t.mu.Lock()
			t.closed = true
			t.mu.Unlock()
			for _, r := range t.all() {
				t.end(r, nil)
			}
			return nil
		}
	}
}

// write writes what waits for each recording, and ends those whose time is over.
func (t *Tape) write(now time.Time) {
	for _, r := range t.all() {
		if over, err := r.flush(now); over || err != nil {
			t.end(r, explain(r.path, err))
		}
	}
}

// all returns the recordings that run.
func (t *Tape) all() []*reel {
	if running := t.running.Load(); running != nil {
		return *running
	}
	return nil
}

// isBehind reports whether a recording needs the processor before the flight recorder,
// which nobody has asked for.
func (t *Tape) isBehind() bool {
	return slices.ContainsFunc(t.all(), func(r *reel) bool { return r.line.isLong() })
}

// Start begins to record. All that is observed from its return on is in the recording,
// but for what comes faster than it can be written, which is counted.
func (t *Tape) Start(n msg.NewRecording) (msg.Recording, error) {
	filter, err := checkNew(n)
	if err != nil {
		return msg.Recording{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return msg.Recording{}, fault.Newf(fault.Stopping, "the hub is stopping")
	case len(t.reels) >= MaxRunning:
		return msg.Recording{}, fault.Newf(fault.TooMany, "%d recordings run, and more are not possible", MaxRunning).
			WithCode("too_many_recordings").WithHint("stop one")
	}
	if err := os.MkdirAll(t.o.Folder, 0o700); err != nil {
		return msg.Recording{}, explain(t.where(n.Name), err)
	}
	if err := t.checkFree(); err != nil {
		return msg.Recording{}, err
	}
	if err := t.checkFreeName(n.Name); err != nil {
		return msg.Recording{}, err
	}
	r := &reel{path: t.where(n.Name), filter: filter, line: newLine(maxWaiting, t.o.MaxWaitingBytes), counts: &t.counts}
	r.about = msg.Recording{Name: n.Name, State: msg.RecordingRuns, Query: n.Query, Began: time.Now()}
	if n.For > 0 {
		r.about.Until = r.about.Began.Add(n.For)
	}
	if r.w, err = t.newWriter(r.path, &r.about); err != nil {
		return msg.Recording{}, explain(r.path, err)
	}
	if r.made, err = os.Stat(r.path); err != nil {
		return msg.Recording{}, errors.Join(explain(r.path, err), r.w.close())
	}
	t.reels[n.Name] = r
	t.publish()
	delete(t.failed, n.Name)
	t.o.Log.Info("Recording started", "recording", n.Name, "query", n.Query)
	t.changed()
	return r.state(), nil
}

func checkNew(n msg.NewRecording) (query.Filter, error) {
	if err := msg.CheckRecordingName(n.Name); err != nil {
		return query.Filter{}, err
	}
	if n.For < 0 || n.For > msg.MaxRecordingFor {
		return query.Filter{}, fault.Newf(fault.Invalid, "for is %v; it is up to %v", n.For, msg.MaxRecordingFor).
			WithCode("invalid_recording").WithField("for").WithHint("leave it out to record until it is stopped")
	}
	return query.Parse(n.Query)
}

// publish lets Observe see the recordings that run. The caller holds mu.
func (t *Tape) publish() {
	if len(t.reels) == 0 {
		t.running.Store(nil)
		return
	}
	running := make([]*reel, 0, len(t.reels))
	for _, r := range t.reels {
		running = append(running, r)
	}
	t.running.Store(&running)
}

// Stop ends a recording. All that was observed before is in it when it returns.
func (t *Tape) Stop(name string) (msg.Recording, error) {
	t.mu.Lock()
	r := t.reels[name]
	t.mu.Unlock()
	if r == nil {
		if _, err := t.Recording(name); err != nil {
			return msg.Recording{}, err
		}
		return msg.Recording{}, fault.Newf(fault.Conflict, "the recording %q has ended already", name).WithCode("recording_ended")
	}
	return t.end(r, nil), nil
}

// end ends a recording; why is why it ends by itself, nil: it was meant to.
func (t *Tape) end(r *reel, why error) msg.Recording {
	about, noted := r.finish(why)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reels[about.Name] != r {
		return about // somebody else has ended it meanwhile
	}
	delete(t.reels, about.Name)
	t.publish()
	if !noted {
		t.failed[about.Name] = about
	}
	facts := []any{"recording", about.Name, "messages", about.Messages, "dropped", about.Dropped, "file_bytes", about.FileBytes}
	if about.State == msg.RecordingFailed {
		t.o.Log.Error("Recording ended by itself", append(facts, "problem", about.Problem)...)
	} else {
		t.o.Log.Info("Recording ended", facts...)
	}
	t.changed()
	return about
}

// Remove deletes a recording that has ended and that nobody reads.
func (t *Tape) Remove(name string) error {
	if err := msg.CheckRecordingName(name); err != nil {
		return errNotFound(name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkAtRest(name); err != nil {
		return err
	}
	if err := remove(t.where(name)); err != nil {
		return explain(t.where(name), err)
	}
	delete(t.failed, name)
	delete(t.known, name)
	t.changed()
	return nil
}

// Clear ends and deletes every recording, and returns how many there were. The flight
// recorder forgets what it has, and goes on.
func (t *Tape) Clear() (recordings int, err error) {
	t.Forget()
	for _, r := range t.all() {
		t.end(r, nil)
	}
	names, err := t.names()
	for _, name := range names {
		if failed := t.Remove(name); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		recordings++
	}
	return recordings, errors.Join(err, t.forgetHub())
}

// names lists the recordings' files.
func (t *Tape) names() ([]string, error) {
	entries, err := os.ReadDir(t.o.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Newf(fault.Conflict, "the folder of the recordings cannot be read: %v", err).WithCode("recording_file")
	}
	var names []string
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), suffix); is && e.Type().IsRegular() && msg.CheckRecordingName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
