package tape

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/msg"
)

// segment is a short recording. Its fields are under the flight's mu; w is also used
// by who holds writing, and by nobody else.
type segment struct {
	path              string
	made              os.FileInfo // nil: it is in memory
	w                 *writer     // nil: it is closed
	ended             bool        // nothing is added
	about             msg.Recording
	firstSeq, lastSeq int64
	readers           int
	forgotten         bool // the last reader removes it
}

// find takes over the segments that are in the folder. One that cannot be read is of
// no use to anybody.
func (f *flight) find() {
	entries, err := os.ReadDir(f.folder) // in the order of their numbers
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.log().Warn("Segments of the flight recorder not found", "error", err)
	}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), suffix)
		number, err := strconv.ParseUint(name, 10, 64)
		if !is || err != nil || !e.Type().IsRegular() {
			continue
		}
		s := &segment{path: filepath.Join(f.folder, e.Name()), ended: true}
		if err := s.look(context.Background()); err != nil || s.about.Messages == 0 {
			if err != nil {
				f.log().Warn("Segment of the flight recorder not read, and deleted", "file", e.Name(), "error", err)
			}
			f.discard(s)
			continue
		}
		f.mu.Lock()
		f.segments, f.number = append(f.segments, s), max(f.number, number)
		f.mu.Unlock()
	}
}

// look reads what a segment's file says of itself.
func (s *segment) look(ctx context.Context) error {
	db, err := open(ctx, s.path)
	if err != nil {
		return err
	}
	defer db.Close()
	if s.about, err = readAbout(db); err != nil {
		return err
	}
	s.about.FileBytes = bytesOf(s.path)
	numbers, err := seqsOf(ctx, db)
	s.firstSeq, s.lastSeq = numbers.first, numbers.last
	return err
}

// current returns the segment that is written, nil for none. The caller holds writing.
func (f *flight) current() *segment {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.segments); n > 0 && !f.segments[n-1].ended {
		return f.segments[n-1]
	}
	return nil
}

func (f *flight) isFull(s *segment, now time.Time) bool {
	return now.Sub(s.about.Began) >= f.o.MaxAge/flightSegments || s.about.FileBytes >= f.o.MaxBytes/flightSegments
}

func (f *flight) newSegment(now time.Time) (s *segment, err error) {
	f.number++
	empty := newBlock(0)
	s = &segment{
		path: filepath.Join(f.folder, fmt.Sprintf("%012d", f.number)+suffix), firstSeq: empty.firstSeq, lastSeq: empty.lastSeq,
		about: msg.Recording{State: msg.RecordingRuns, Began: now},
	}
	if f.o.Where == msg.FlightOnDisk {
		if err := os.MkdirAll(f.folder, 0o700); err != nil {
			return nil, err
		}
		if err := f.t.checkFree(); err != nil {
			return nil, err
		}
	}
	if s.w, err = newWriter(s.path, f.t.o.Version, f.t.o.Late, &s.about); err != nil {
		return nil, explain(s.path, err)
	}
	if f.o.Where == msg.FlightOnDisk {
		if s.made, err = os.Stat(s.path); err != nil {
			return nil, errors.Join(explain(s.path, err), s.w.close())
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.segments = append(f.segments, s)
	return s, nil
}

// endSegment adds nothing to it any more. What is in memory stays open: it would be
// gone. The caller holds writing.
func (f *flight) endSegment(s *segment, now time.Time) error {
	about := s.about
	about.State, about.Ended = msg.RecordingEnded, now
	err := s.w.write(nil, &about)
	if f.o.Where == msg.FlightOnDisk {
		err = errors.Join(err, s.w.end())
		about.FileBytes = bytesOf(s.path)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.o.Where == msg.FlightOnDisk {
		s.w = nil
	}
	s.about, s.ended = about, true
	return explain(s.path, err)
}

// bytes is how much a segment that is written takes.
func (s *segment) bytes() int64 {
	if !isInMemory(s.path) {
		return bytesOf(s.path)
	}
	var bytes int64
	row := s.w.conn.QueryRowContext(context.Background(), "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if row.Scan(&bytes) != nil {
		return s.about.FileBytes // it is busy; asked again soon
	}
	return bytes
}

// trim forgets what is too old and what is too much. The caller holds writing.
func (f *flight) trim(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var bytes int64
	for _, s := range f.segments {
		bytes += s.about.FileBytes
	}
	for len(f.segments) > 0 {
		s := f.segments[0]
		isOld := s.about.Messages > 0 && now.Sub(s.about.Last) > f.o.MaxAge
		if !isOld && (bytes <= f.o.MaxBytes || len(f.segments) == 1) {
			return
		}
		bytes -= s.about.FileBytes
		f.forget(0)
	}
}

// forget leaves a segment to its readers, or to nobody. The caller holds writing and
// mu.
func (f *flight) forget(i int) {
	s := f.segments[i]
	f.segments = slices.Delete(f.segments, i, i+1)
	s.ended, s.forgotten = true, true
	if s.readers == 0 {
		f.discard(s)
	}
}

// discard closes and deletes a segment that nobody reads.
func (f *flight) discard(s *segment) {
	var err error
	if s.w != nil {
		err = s.w.close()
		s.w = nil
	}
	if err := errors.Join(err, remove(s.path)); err != nil {
		f.log().Warn("Segment of the flight recorder not deleted", "file", s.path, "error", err)
	}
}

// lend returns the segments, oldest first, as they are now. Until they are given back they can be
// read, whatever is forgotten.
func (f *flight) lend() (all []segment, giveBack func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lent := slices.Clone(f.segments)
	for _, s := range lent {
		s.readers++
		all = append(all, *s)
	}
	return all, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, s := range lent {
			if s.readers--; s.readers == 0 && s.forgotten {
				f.discard(s)
			}
		}
	}
}
