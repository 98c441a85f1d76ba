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
	"emitscope/backend/query"
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
	counts   [MaxViewers]counts    // for each viewer since its last frame
	asleep   uint64                // one bit for each viewer that the next entry wakes
	emits    map[stream]*time.Time // the last one of each stream since a viewer is open
}

// stream names all messages with one namespace and event.
type stream struct{ namespace, event string }

// entry is what viewers may want to know of a record. It keeps no payload alive.
type entry struct {
	row          msg.Summary // without its preview
	previewBytes int         // of its place in previews
	found        found
	due          time.Time
	period       time.Duration
	missed       int  // slots, each a period before the other, up to due
	timed        bool // has a place in the lane's schedule
}

// notable reports whether a viewer should rather see this row than others.
func (e *entry) notable() bool {
	return e.row.Late || e.missed > 0 || e.row.Outcome == msg.Dropped
}

// found has one bit for each viewer whose query selects a record, and one for
// each of these whose highlight does.
//
// unknown has one for each viewer that had no allowance left for the question.
type found struct{ matched, hits, unknown uint64 }

// counts of a viewer count the same.
type counts struct{ matched, hits, unknown uint64 }

// watch says what the open viewers look for. It is replaced, never changed.
type watch struct {
	watchers []watcher
	probes   []*probe // of all viewers' series
	dear     int      // viewers that look for more than a few names
}

type watcher struct {
	bit       int
	query     query.View
	allowance *query.Allowance
}

// match asks each viewer's query while the whole record is at hand. So counts
// are true for any query, also one that looks into the payload. What all queries
// together would take too long for is not asked, and a viewer told how often.
func (w *watch) match(r *msg.Record) (f found) {
	for i := range w.watchers {
		one := &w.watchers[i]
		selects, known := one.allowance.Match(one.query.Filter, r, w.dear)
		hits := false
		if selects && known && !one.query.Highlight.All() {
			hits, known = one.allowance.Match(one.query.Highlight, r, w.dear)
		}
		switch {
		case !known:
			f.unknown |= 1 << one.bit
			continue
		case selects:
			f.matched |= 1 << one.bit
		}
		if hits {
			f.hits |= 1 << one.bit
		}
	}
	return f
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
	var unread uint64 // viewers whose series had no allowance left
	for _, p := range w.probes {
		if !p.observe(r, w.dear) {
			unread |= 1 << p.bit
		}
	}
	e := f.entry(r)
	e.found = w.match(r)
	e.found.unknown |= unread
	preview := cut(r.Payload)
	e.previewBytes = len(preview)

	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.watch.Load(); now != w { // a viewer came, went or asked anew meanwhile
		if now == nil {
			return
		}
		e.found = now.match(r)
	}
	if e.timed {
		e.row.Previous = f.previous(&e.row)
	}
	head := f.head.Load()
	at := head % ringSize
	f.entries[at] = e
	if e.found.matched != 0 {
		copy(f.previews[at][:], preview)
	}
	if e.found != (found{}) {
		f.count(e.found)
	}
	f.head.Store(head + 1)
	f.rouse()
}

// count adds what was found to each viewer's counts. The caller holds mu.
func (f *Feed) count(found found) {
	for left := found.matched; left != 0; left &= left - 1 {
		f.counts[bits.TrailingZeros64(left)].matched++
	}
	for left := found.hits; left != 0; left &= left - 1 {
		f.counts[bits.TrailingZeros64(left)].hits++
	}
	for left := found.unknown; left != 0; left &= left - 1 {
		f.counts[bits.TrailingZeros64(left)].unknown++
	}
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
			Outcome: r.Outcome, Reason: r.Reason, To: r.To, Faults: r.Faults, Held: r.Held,
			Replayed: r.Origin.Door == msg.DoorReplay,
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
func (f *Feed) Open(q query.View) (*Viewer, error) {
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
			f.ask(v, q)
			return v, nil
		}
	}
	return nil, fault.Newf(fault.TooMany, "%d viewers are open; more are not possible", MaxViewers).
		WithHint("close a window or browser tab that shows this hub")
}

// ask gives a viewer a query for what is observed from now on. The caller holds
// mu.
func (f *Feed) ask(v *Viewer, q query.View) {
	v.query = q
	v.asked = f.head.Load()
	f.counts[v.bit] = counts{}
	f.rewatch()
}

// rewatch tells Observe what viewers there are now. The caller holds mu.
func (f *Feed) rewatch() {
	var w watch
	for bit, v := range &f.viewers {
		if v != nil {
			w.watchers = append(w.watchers, watcher{bit, v.query, &v.allowance})
			w.probes = append(w.probes, v.probes...)
			if len(v.probes) > 0 || !v.query.Filter.IsCheap() || !v.query.Highlight.IsCheap() {
				w.dear++
			}
		}
	}
	if w.watchers == nil {
		f.watch.Store(nil)
		f.emits = nil // what is emitted from now on is not seen
		return
	}
	f.watch.Store(&w)
}

// taken is what a viewer's next frame is made of.
type taken struct {
	end    uint64 // position up to which it goes
	asked  uint64 // position from which on its query speaks
	number uint64 // of that query
	counts counts
}

// take returns what v's next frame is made of, and begins new counts.
func (f *Feed) take(v *Viewer) (t taken, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers[v.bit] != v {
		return taken{}, false
	}
	t = taken{end: f.head.Load(), asked: v.asked, number: v.query.Number, counts: f.counts[v.bit]}
	f.counts[v.bit] = counts{}
	f.asleep &^= 1 << v.bit
	return t, true
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
