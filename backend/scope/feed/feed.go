// Package feed decides what each open viewer should see next.
//
// Every record leaves a small entry in one ring that all viewers share; each
// viewer reads on from its own place, at its own pace, and is told what it
// missed. Memory is fixed, whatever the load and however slow a viewer is.
package feed

import (
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// MaxViewers is how many may be open at once: each has a bit in every entry.
const MaxViewers = 64

// ringSize is how many entries wait for viewers: at 100,000 messages a second,
// three frames' worth. It takes 8 MB.
const ringSize = 1 << 14

// ErrClosed is what Next returns after Close.
var ErrClosed = errors.New("the viewer is closed")

// maxStreams is how many streams' last emits are remembered. With one more, all
// are forgotten: names that come only once must not keep the others out for good.
const maxStreams = 4096

// numbers is what the meter knows.
type numbers interface {
	Counters() msg.Counters
	Latest() time.Time // when the newest whole second began; zero: none yet
	Second() msg.FrameSecond
}

// Options are what a Feed needs. All but Late must be set.
type Options struct {
	Late    msg.LateLimit
	Numbers numbers
	Lanes   func() []msg.LaneState
	Clients func() (total, slow int) // slow: missed messages in the last 10 s
}

// Feed passes records on to the viewers.
//
// All methods may be called from any goroutine. Observe waits for a viewer no
// longer than it takes to copy a few dozen entries.
type Feed struct {
	o     Options
	watch atomic.Pointer[watch] // nil: no viewer is open

	mu       sync.Mutex    // for writing head and watch, and what is below
	head     atomic.Uint64 // entries ever written
	entries  []entry       // made for the first viewer
	previews [][msg.PreviewBytes]byte
	viewers  [MaxViewers]*Viewer
	matched  [MaxViewers]uint64    // for each viewer since its last frame
	asleep   uint64                // one bit for each viewer that the next entry wakes
	emits    map[stream]*time.Time // the last one of each stream since a viewer is open
}

// stream names all messages with one namespace and event.
type stream struct{ namespace, event string }

// entry is what viewers may want to know of a record. It keeps no payload alive.
type entry struct {
	row          msg.Summary // without its preview
	previewBytes int         // of its place in previews
	matched      uint64      // one bit for each viewer whose filter selects the record
	due          time.Time
	period       time.Duration
	missed       int  // slots, each a period before the other, up to due
	timed        bool // has a place in the lane's schedule
}

// notable reports whether a viewer should rather see this row than others.
func (e *entry) notable() bool {
	return e.row.Late || e.missed > 0 || e.row.Outcome == msg.Dropped
}

// watch says what the open viewers look for. It is replaced, never changed.
type watch struct{ watchers []watcher }

type watcher struct {
	bit    int
	filter msg.Filter
}

// match asks each viewer's filter while the whole record is at hand. So counts
// are true for any filter, also one that looks into the payload.
func (w *watch) match(r *msg.Record) (matched uint64) {
	for i := range w.watchers {
		if w.watchers[i].filter.Match(r.Message) {
			matched |= 1 << w.watchers[i].bit
		}
	}
	return matched
}

// New returns a Feed without viewers.
func New(o Options) *Feed { return &Feed{o: o} }

// Observe notes what became of a message. It allocates nothing for a known
// stream, and without an open viewer costs one atomic load.
func (f *Feed) Observe(r *msg.Record) {
	w := f.watch.Load()
	if w == nil {
		return
	}
	e := f.entry(r)
	e.matched = w.match(r)
	preview := cut(r.Payload)
	e.previewBytes = len(preview)

	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.watch.Load(); now != w { // a viewer came, went or asked anew meanwhile
		if now == nil {
			return
		}
		e.matched = now.match(r)
	}
	if e.timed {
		e.row.Previous = f.previous(&e.row)
	}
	head := f.head.Load()
	at := head % ringSize
	f.entries[at] = e
	if e.matched != 0 {
		copy(f.previews[at][:], preview)
		for left := e.matched; left != 0; left &= left - 1 {
			f.matched[bits.TrailingZeros64(left)]++
		}
	}
	f.head.Store(head + 1)
	f.rouse()
}

// rouse wakes the viewers that wait for something new: none while there is
// traffic, for then they wait for their time. The caller holds mu.
func (f *Feed) rouse() {
	for left := f.asleep; left != 0; left &= left - 1 {
		select {
		case f.viewers[bits.TrailingZeros64(left)].wake <- struct{}{}:
		default:
		}
	}
	f.asleep = 0
}

// sleep has the next entry wake v, and reports whether there is none yet.
func (f *Feed) sleep(v *Viewer) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers[v.bit] != v || f.head.Load() != v.cursor {
		return false
	}
	select {
	case <-v.wake: // of before
	default:
	}
	f.asleep |= 1 << v.bit
	return true
}

func (f *Feed) entry(r *msg.Record) entry {
	e := entry{
		row: msg.Summary{
			Seq: r.Seq, Namespace: r.Namespace, Event: r.Event, At: r.At, Size: r.Size(), Sockets: r.Sockets,
			Outcome: r.Outcome, Reason: r.Reason, To: r.To,
		},
		due: r.Due,
	}
	if r.Outcome == msg.Emitted {
		e.row.Lateness = r.Lateness()
		if !r.Direct() {
			e.timed, e.period, e.missed = true, r.Period, r.Missed
			e.row.Late = e.row.Lateness > f.o.Late.Of(r.Period)
		}
	}
	return e
}

// previous returns when the message before row in its stream was emitted, the
// zero time when that is not known, and remembers row's. The caller holds mu.
func (f *Feed) previous(row *msg.Summary) (before time.Time) {
	name := stream{row.Namespace, row.Event}
	if last := f.emits[name]; last != nil {
		before, *last = *last, row.At
		return before
	}
	if len(f.emits) == maxStreams {
		clear(f.emits)
	}
	at := row.At
	f.emits[name] = &at
	return before
}

// Open returns a viewer that sees what is observed from now on. It is a
// fault.TooMany error when MaxViewers are open. Whoever opens a viewer must
// close it.
func (f *Feed) Open(filter msg.Filter) (*Viewer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for bit, taken := range &f.viewers {
		if taken == nil {
			v := newViewer(f, bit)
			f.viewers[bit] = v
			if f.entries == nil {
				f.entries = make([]entry, ringSize)
				f.previews = make([][msg.PreviewBytes]byte, ringSize)
			}
			if f.emits == nil {
				f.emits = map[stream]*time.Time{}
			}
			f.ask(v, filter)
			return v, nil
		}
	}
	return nil, fault.Newf(fault.TooMany, "%d viewers are open; more are not possible", MaxViewers).
		WithHint("close a window or browser tab that shows this hub")
}

// ask gives a viewer a filter for what is observed from now on. The caller
// holds mu.
func (f *Feed) ask(v *Viewer, filter msg.Filter) {
	v.filter = filter
	v.asked = f.head.Load()
	f.matched[v.bit] = 0
	f.rewatch()
}

// rewatch tells Observe what viewers there are now. The caller holds mu.
func (f *Feed) rewatch() {
	var w watch
	for bit, v := range &f.viewers {
		if v != nil {
			w.watchers = append(w.watchers, watcher{bit, v.filter})
		}
	}
	if w.watchers == nil {
		f.watch.Store(nil)
		f.emits = nil // what is emitted from now on is not seen
		return
	}
	f.watch.Store(&w)
}

// take returns up to where a frame of v goes, from where on its filter speaks,
// and how many it selected. It begins a new count.
func (f *Feed) take(v *Viewer) (end, asked, matched uint64, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers[v.bit] != v {
		return 0, 0, 0, false
	}
	matched, f.matched[v.bit] = f.matched[v.bit], 0
	f.asleep &^= 1 << v.bit
	return f.head.Load(), v.asked, matched, true
}

// read copies entries from position from on, not beyond end, until out is full.
// It returns where the first one stands: after from, when the ring overran it.
func (f *Feed) read(from, end uint64, out []entry) (read []entry, first uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if head := f.head.Load(); head > ringSize {
		from = min(max(from, head-ringSize), end)
	}
	for at := from; at < end && len(out) < cap(out); at++ {
		out = append(out, f.entries[at%ringSize])
	}
	return out, from
}

// preview returns the payload of the entry at a position as far as it is kept,
// and false when the ring overran it.
func (f *Feed) preview(at uint64, previewBytes int) (string, bool) {
	var text [msg.PreviewBytes]byte
	f.mu.Lock()
	kept := f.head.Load()-at <= ringSize
	if kept {
		text = f.previews[at%ringSize]
	}
	f.mu.Unlock()
	return string(text[:previewBytes]), kept
}

// cut returns what a preview keeps of a payload, cut at a character.
func cut(payload []byte) []byte {
	if len(payload) <= msg.PreviewBytes {
		return payload
	}
	end := msg.PreviewBytes
	for end > 0 && !utf8.RuneStart(payload[end]) {
		end--
	}
	return payload[:end]
}
