package recent

import (
	"container/list"
	"maps"
	"slices"

	"emitscope/backend/msg"
)

// Bounds on the tails. A stream gets an equal share of their bytes, but no more
// than it would with fewest others; with 32 MiB in all that is 2 MiB to 32 KiB.
const (
	maxStreams = 1024
	fewest     = 16
)

type streamName struct{ namespace, event string }

// tail holds the last messages of one stream: at most msg.MaxLast, within its
// share of the bytes. A newest message larger than the share leaves the tail
// empty, for an older one would be taken for the newest.
type tail struct {
	ring
	name  streamName
	place *list.Element // in tails.used
}

// tails are the tails of the streams that had a message most recently.
type tails struct {
	most   int64 // bytes
	bytes  int64
	share  int64 // bytes a stream may hold
	byName map[streamName]*tail
	used   *list.List // of *tail, the one with the newest message first
}

func newTails(most int64) tails {
	return tails{most: most, share: most / fewest, byName: map[streamName]*tail{}, used: list.New()}
}

// add appends an emitted message to its stream's tail.
func (ts *tails) add(s slot) {
	name := streamName{s.rec.Namespace, s.rec.Event}
	t := ts.byName[name]
	if t == nil {
		t = ts.join(name)
	}
	ts.used.MoveToFront(t.place)
	ts.bytes += s.cost
	t.push(s)
	ts.trim(t)
}

// join makes a tail; the stream that was quiet for longest leaves when there
// are too many. One stream more means a smaller share for all.
func (ts *tails) join(name streamName) *tail {
	if len(ts.byName) == maxStreams {
		ts.leave(ts.used.Back())
	}
	t := &tail{name: name}
	t.place = ts.used.PushFront(t)
	ts.byName[name] = t
	if share := ts.most / int64(max(len(ts.byName), fewest)); share < ts.share {
		ts.share = share
		for _, other := range ts.byName {
			ts.trim(other)
		}
	}
	return t
}

func (ts *tails) leave(place *list.Element) {
	t, _ := ts.used.Remove(place).(*tail)
	delete(ts.byName, t.name)
	ts.bytes -= t.ring.bytes
}

// limit changes how many bytes there may be in all, and returns the tails, which
// the caller must trim.
func (ts *tails) limit(most int64) []*tail {
	ts.most = most
	ts.share = most / int64(max(len(ts.byName), fewest))
	return slices.Collect(maps.Values(ts.byName))
}

// trim forgets a stream's oldest messages that are too many or over its share. A
// tail that has left stays as it is.
func (ts *tails) trim(t *tail) {
	if ts.byName[t.name] != t {
		return
	}
	for t.len() > msg.MaxLast || t.ring.bytes > ts.share {
		before := t.ring.bytes
		t.drop()
		ts.bytes -= before - t.ring.bytes
	}
}

// find returns the tails of a namespace, of all events or of those named.
func (ts *tails) find(namespace string, events []string) []*tail {
	var found []*tail
	for place := ts.used.Front(); place != nil; place = place.Next() {
		t, _ := place.Value.(*tail)
		if t.name.namespace == namespace && (len(events) == 0 || slices.Contains(events, t.name.event)) {
			found = append(found, t)
		}
	}
	return found
}
