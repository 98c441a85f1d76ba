package tape

import (
	"errors"
	"os"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// reel is one recording that runs.
type reel struct {
	path   string
	made   os.FileInfo // of the file: another one at the path is not it
	filter query.Filter
	line   *line
	counts *counts

	mu    sync.Mutex
	w     *writer       // nil: it has ended
	about msg.Recording // as it is in the file
}

// observe tells of a record. A cheap query is asked here, so that others take no
// room; a dear one by who writes, for nobody can wait here.
func (r *reel) observe(rec *msg.Record) {
	if r.filter.IsCheap() && !r.filter.Match(rec) {
		return
	}
	r.line.push(rec)
}

// state returns what is known of it.
func (r *reel) state() msg.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	about := r.about
	about.FileBytes = bytesOf(r.path)
	return about
}

// flush writes what waits, and reports whether its time is over.
func (r *reel) flush(now time.Time) (over bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w == nil {
		return false, nil
	}
	return !r.about.Until.IsZero() && now.After(r.about.Until), r.writeWaiting()
}

// writeWaiting writes what waits, a batch at a time. What is not written counts as
// dropped. The caller holds mu.
func (r *reel) writeWaiting() error {
	batch, dropped := r.line.take()
	defer r.line.give(batch)
	rest := r.choose(batch)
	for len(rest) > 0 || dropped > 0 {
		part := rest[:min(len(rest), batchLen)]
		about := with(r.about, part, dropped)
		if err := r.w.write(part, &about); err != nil {
			r.about.Dropped += uint64(len(rest)) + dropped
			r.counts.dropped.Add(uint64(len(rest)) + dropped)
			return err
		}
		r.counts.written.Add(uint64(len(part)))
		r.counts.dropped.Add(dropped)
		r.about, rest, dropped = about, rest[len(part):], 0
	}
	return nil
}

// choose leaves of a batch, in its own place, what is to be recorded.
func (r *reel) choose(batch []*msg.Record) []*msg.Record {
	chosen := batch[:0]
	for _, rec := range batch {
		over := !r.about.Until.IsZero() && rec.At.After(r.about.Until)
		if !over && (r.filter.IsCheap() || r.filter.Match(rec)) {
			chosen = append(chosen, rec)
		}
	}
	return chosen
}

// with returns about as it is with these messages, too.
func with(about msg.Recording, added []*msg.Record, dropped uint64) msg.Recording {
	about.Dropped += dropped
	about.Messages += uint64(len(added))
	for _, rec := range added {
		about.PayloadBytes += uint64(rec.Size())
		if about.First.IsZero() || rec.At.Before(about.First) {
			about.First = rec.At
		}
		if rec.At.After(about.Last) {
			about.Last = rec.At
		}
	}
	return about
}

// finish writes what waits and closes the file. why is why it ends by itself; nil: it
// was meant to. noted is false where the file could not be told of its end.
func (r *reel) finish(why error) (about msg.Recording, noted bool) {
	r.line.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w == nil {
		return r.about, true
	}
	if err := r.writeWaiting(); why == nil && err != nil {
		why = explain(r.path, err)
	}
	r.about.State, r.about.Ended = msg.RecordingEnded, time.Now()
	if !r.about.Until.IsZero() && r.about.Ended.After(r.about.Until) {
		r.about.Ended = r.about.Until
	}
	if why != nil {
		r.about.State, r.about.Problem = msg.RecordingFailed, sentence(why)
	}
	err := errors.Join(r.w.write(nil, &r.about), r.w.end())
	r.w = nil
	r.about.FileBytes = bytesOf(r.path)
	return r.about, err == nil
}

// sentence says for a person why a recording ended by itself.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error() // of this machine's files: they are its owner's own
}

// moved reports whether the recording's file is not at its place any more.
func (r *reel) moved() bool { return moved(r.path, r.made) }

// moved reports whether another file than the one that was made is at a path, or none.
func moved(path string, made os.FileInfo) bool {
	now, err := os.Stat(path)
	return err != nil || !os.SameFile(made, now)
}

// bytesOf is how much a recording takes on the disk, as far as it can be seen.
func bytesOf(path string) (bytes int64) {
	for _, end := range beside() {
		if info, err := os.Stat(path + end); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
