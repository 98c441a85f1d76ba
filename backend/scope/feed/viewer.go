package feed

import (
	"context"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// How often a viewer gets a frame. A screen is smooth enough at 20 a second;
// when nothing happens, its clock and counters go on at 4. The first record after
// a while is shown soon, but not at once: making the frame beside the very emits
// it tells of would delay them, and a few often come together.
const (
	frameEvery = 50 * time.Millisecond
	idleEvery  = 250 * time.Millisecond
	gather     = 5 * time.Millisecond
)

// Viewer is one open screen's place in the feed. One that stops calling Next
// holds nothing up and costs no more.
//
// Next must be called from one goroutine at a time; Query, Series and Close from
// any.
type Viewer struct {
	feed *Feed
	bit  int
	done chan struct{} // closed by Close
	wake chan struct{} // capacity 1: there is something new for a viewer that sleeps

	allowance query.Allowance // for its query and its series

	// Under Feed.mu.
	query  query.View
	asked  uint64 // position from which on entries know this query
	probes []*probe

	// Used by Next alone.
	cursor uint64    // position of the first entry not seen
	last   time.Time // when the last frame was made; zero: none yet
	quiet  bool      // nothing had been observed for it
	second time.Time // of the newest point it was sent
	spare  map[string]float64
	piece  []entry
	rows   sample
}

func newViewer(f *Feed, bit int) *Viewer {
	return &Viewer{
		feed: f, bit: bit, done: make(chan struct{}), wake: make(chan struct{}, 1), cursor: f.head.Load(),
		spare: map[string]float64{}, piece: make([]entry, 0, 64),
	}
}

// Query makes the viewer see what q selects, from the next record on. The next
// frame is of q alone: what the query before selected meanwhile is not shown.
func (v *Viewer) Query(q query.View) {
	v.feed.mu.Lock()
	defer v.feed.mu.Unlock()
	if v.feed.viewers[v.bit] == v {
		v.feed.ask(v, q)
	}
}

// Close gives the viewer's place free and ends a Next that waits. It may be
// called more than once.
func (v *Viewer) Close() {
	v.feed.mu.Lock()
	defer v.feed.mu.Unlock()
	if v.feed.viewers[v.bit] == v {
		v.feed.viewers[v.bit] = nil
		v.feed.asleep &^= 1 << v.bit
		v.feed.rewatch()
		close(v.done)
	}
}

// Next waits until the next frame is due and returns all that happened since the
// last one: 5 ms after the first record, but not before 50 ms have gone by since
// the last one that had any, and after 250 ms without. Its error is ctx's, or
// ErrClosed.
func (v *Viewer) Next(ctx context.Context) (*msg.Frame, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	if !v.quiet {
		if _, err := v.wait(ctx, timer, v.last.Add(frameEvery), nil); err != nil {
			return nil, err
		}
	}
	if idle := v.last.Add(idleEvery); v.feed.sleep(v) {
		woken, err := v.wait(ctx, timer, idle, v.wake)
		if woken {
			soon := time.Now().Add(gather)
			if soon.After(idle) {
				soon = idle
			}
			_, err = v.wait(ctx, timer, soon, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	return v.frame(time.Now())
}

// wait returns at a time, or when something comes from wake, which may be nil.
func (v *Viewer) wait(ctx context.Context, timer *time.Timer, until time.Time, wake <-chan struct{}) (woken bool, err error) {
	timer.Reset(time.Until(until))
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-v.done:
		return false, ErrClosed
	case <-wake:
		return true, nil
	case <-timer.C:
		return false, nil
	}
}

// frame tells what happened since the last one.
func (v *Viewer) frame(now time.Time) (*msg.Frame, error) {
	f := v.feed
	t, open := f.take(v)
	if !open {
		return nil, ErrClosed
	}
	frame := &msg.Frame{
		Time: now, Counters: f.o.Numbers.Counters(),
		Query: t.number, Matched: t.counts.matched, Hits: t.counts.hits, Lost: t.counts.unknown, Ended: t.end - max(v.cursor, t.asked),
	}
	frame.Clients, frame.Slow = f.o.Clients()
	lanes := newColumns(f.o.Lanes())
	v.quiet = v.cursor == t.end
	v.rows.reset()
	for v.cursor < t.end {
		piece, first := f.read(v.cursor, t.end, v.piece)
		frame.Lost += first - v.cursor
		for i := range piece {
			e, at := &piece[i], first+uint64(i)
			lanes.add(e)
			if at >= t.asked && e.found.matched&(1<<v.bit) != 0 {
				v.rows.add(at, e, e.found.hits&(1<<v.bit) != 0)
			}
		}
		v.cursor = first + uint64(len(piece))
	}
	frame.Rows = v.rows.summaries(f)
	frame.Lanes = lanes.frame(v.spare, now.Sub(v.last))
	frame.Series = v.series(now)
	frame.Second = v.secondPart()
	v.last = now
	return frame, nil
}

// secondPart is for the first frame, be there a whole second yet or not, and for
// each frame that finds a new one.
func (v *Viewer) secondPart() *msg.FrameSecond {
	n := v.feed.o.Numbers
	if !v.last.IsZero() && n.Latest().Equal(v.second) {
		return nil
	}
	s := n.Second()
	v.second = s.Point.Time
	return &s
}
