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

// Options are what a Tape stands on. All but Free and MaxWaitingBytes are needed.
type Options struct {
	Folder          string // where the files are; made with the first recording
	Version         string // of Emitscope, which each file notes
	Keep            Keep
	MaxWaitingBytes int64 // of payloads, for one recording; 0: 64 MiB
	// Free says how many bytes the disk of a folder has left; nil: the system is asked.
	Free func(folder string) (uint64, error)
	Log  *slog.Logger
}

// Tape is all recordings of one hub. Those that run are written by Run.
//
// All methods may be called from any goroutine. Observe never blocks.
type Tape struct {
	o       Options
	running atomic.Pointer[[]*reel] // those of reels; replaced under mu, never changed; nil: none

	mu      sync.Mutex
	reels   map[string]*reel         // that run, by name
	reading map[string]int           // how many read a recording, by name
	failed  map[string]msg.Recording // whose file could not be told that it ended
	known   map[string]look          // of those that do not run
	closed  bool
}

// New returns the recordings that are in a folder. It writes nothing.
func New(o Options) *Tape {
	o.MaxWaitingBytes = cmp.Or(o.MaxWaitingBytes, DefaultMaxWaitingBytes)
	if o.Free == nil {
		o.Free = freeBytes
	}
	return &Tape{o: o, reels: map[string]*reel{}, reading: map[string]int{}, failed: map[string]msg.Recording{}, known: map[string]look{}}
}

// Observe gives rec to the recordings that run.
func (t *Tape) Observe(rec *msg.Record) {
	if running := t.running.Load(); running != nil {
		for _, r := range *running {
			r.observe(rec)
		}
	}
}

// Run writes what is recorded, ends what is over, and deletes what is kept no longer,
// until ctx ends; then it ends every recording and returns.
func (t *Tape) Run(ctx context.Context) error {
	write, around, expire := time.NewTicker(writeEvery), time.NewTicker(lookEvery), time.NewTicker(expireEvery)
	defer write.Stop()
	defer around.Stop()
	defer expire.Stop()
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
	names, err := t.names()
	if err != nil {
		return msg.Recording{}, err
	}
	for _, name := range names {
		if strings.EqualFold(name, n.Name) { // not every system tells them apart
			return msg.Recording{}, fault.Newf(fault.Conflict, "there is a recording %q already", name).WithCode("recording_exists").
				WithHint("choose another name, or delete that one")
		}
	}
	r := &reel{path: t.where(n.Name), filter: filter, line: newLine(t.o.MaxWaitingBytes)}
	r.about = msg.Recording{Name: n.Name, State: msg.RecordingRuns, Query: n.Query, Began: time.Now()}
	if n.For > 0 {
		r.about.Until = r.about.Began.Add(n.For)
	}
	if r.w, err = newWriter(r.path, t.o.Version, &r.about); err != nil {
		return msg.Recording{}, explain(r.path, err)
	}
	if r.made, err = os.Stat(r.path); err != nil {
		return msg.Recording{}, errors.Join(explain(r.path, err), r.w.close())
	}
	t.reels[n.Name] = r
	t.publish()
	delete(t.failed, n.Name)
	t.o.Log.Info("Recording started", "recording", n.Name, "query", n.Query)
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
	return about
}

// Remove deletes a recording that has ended and that nobody reads.
func (t *Tape) Remove(name string) error {
	if err := msg.CheckRecordingName(name); err != nil {
		return errNotFound(name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.reels[name] != nil:
		return fault.Newf(fault.Conflict, "the recording %q still runs", name).WithCode("recording_runs").WithHint("stop it first")
	case t.reading[name] > 0:
		return fault.Newf(fault.Conflict, "the recording %q is being read", name).WithCode("recording_in_use").WithHint("wait until the export is done")
	}
	if _, err := os.Lstat(t.where(name)); errors.Is(err, fs.ErrNotExist) {
		return errNotFound(name)
	}
	if err := remove(t.where(name)); err != nil {
		return explain(t.where(name), err)
	}
	delete(t.failed, name)
	delete(t.known, name)
	return nil
}

// Clear ends and deletes every recording, and returns how many there were.
func (t *Tape) Clear() (recordings int, err error) {
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
	return recordings, err
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
