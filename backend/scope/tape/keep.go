package tape

import (
	"errors"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Keep says how much is kept. A value of 0 sets no limit.
type Keep struct {
	MaxAge   time.Duration // since a recording ended
	MaxBytes int64         // of all files. The newest one stays, but does not grow beyond it
	MaxCount int
	MinFree  int64 // bytes that the disk has left: with less, nothing is recorded
}

// lookAround ends what cannot go on.
func (t *Tape) lookAround() {
	running := t.all()
	if len(running) == 0 {
		return
	}
	full := t.checkFree()
	for _, r := range running {
		why := full
		switch about := r.state(); {
		case r.moved():
			why = fault.Newf(fault.Conflict, "the file of the recording %q was taken away", about.Name)
		case t.o.Keep.MaxBytes > 0 && about.FileBytes > t.o.Keep.MaxBytes:
			why = fault.Newf(fault.Conflict, "it has as many bytes as recordings.max_bytes allows: %d", t.o.Keep.MaxBytes)
		}
		if why != nil {
			t.end(r, why)
		}
	}
}

// checkFree says why the disk has no room for a recording. Where the system does not
// say, writing will.
func (t *Tape) checkFree() error {
	free, err := t.o.Free(t.o.Folder)
	if err != nil || free >= uint64(max(t.o.Keep.MinFree, 0)) {
		return nil //nolint:nilerr // see above
	}
	return fault.Newf(fault.Conflict, "the disk is nearly full: it has %d MiB left, and recordings leave %d MiB free", free>>20, t.o.Keep.MinFree>>20).
		WithCode("disk_full").WithHint("delete recordings, make room in another way, or set recordings.min_free lower")
}

// mayExpire reports whether there can be something to delete, without opening a file.
func (t *Tape) mayExpire() bool {
	keep := t.o.Keep
	if keep.MaxAge > 0 {
		return true
	}
	names, err := t.names()
	return err != nil || keep.MaxCount > 0 && len(names) > keep.MaxCount || keep.MaxBytes > 0 && t.FileBytes() > keep.MaxBytes
}

// expire deletes what is kept no longer, the oldest first. What cannot be read stays
// for somebody to look at it.
func (t *Tape) expire(now time.Time) {
	if !t.mayExpire() {
		return
	}
	all, err := t.List()
	if err != nil {
		t.o.Log.Warn("Recordings not looked at", "error", err)
		return
	}
	var bytes int64
	count := len(all)
	for _, r := range all {
		bytes += r.FileBytes
	}
	keep := t.o.Keep
	for i, r := range slices.Backward(all) {
		if r.State == msg.RecordingRuns || r.State == msg.RecordingUnreadable {
			continue
		}
		tooOld := keep.MaxAge > 0 && now.Sub(ended(r)) > keep.MaxAge
		tooMany := keep.MaxCount > 0 && count > keep.MaxCount
		tooLarge := keep.MaxBytes > 0 && bytes > keep.MaxBytes && i > 0
		if !tooOld && !tooMany && !tooLarge {
			continue
		}
		if err := t.Remove(r.Name); err != nil {
			if !errors.Is(err, fault.Conflict) && !errors.Is(err, fault.NotFound) { // read, or gone
				t.o.Log.Warn("Recording not deleted", "recording", r.Name, "error", err)
			}
			continue
		}
		bytes, count = bytes-r.FileBytes, count-1
		t.o.Log.Info("Recording deleted, for no more are kept", "recording", r.Name, "too_old", tooOld, "too_many", tooMany, "too_large", tooLarge)
	}
}

// ended is when a recording ended, or was last seen to go on.
func ended(r msg.Recording) time.Time {
	for _, t := range []time.Time{r.Ended, r.Last} {
		if !t.IsZero() {
			return t
		}
	}
	return r.Began
}
