package sio

import (
	queue "container/list" // a list is an argument's text here
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Connection state recovery: a socket whose connection broke comes back as who it was,
// in its rooms, and gets what it has missed. The library speaks the protocol of it: the
// answer to CONNECT has a secret, pid, besides the id, and a client that comes back shows
// it with its offset, the last argument of the last event it got. Both are the client
// library's own affair. What is remembered, and what was missed, is ours.

// maxAwayBytes bounds what is remembered of all that are away; the longest away are
// forgotten first.
const maxAwayBytes = 16 << 20

// away are the sockets whose connection broke. Its methods may be called from any
// goroutine.
type away struct {
	longest time.Duration // that they may be; 0: nobody comes back

	mu    sync.Mutex
	known map[socket.PrivateSessionId]*queue.Element
	line  *queue.List // of *absent, the longest away first
	bytes int
}

// absent is a socket that may come back.
type absent struct {
	pid       socket.PrivateSessionId
	id        socket.SocketId
	namespace string
	rooms     []string
	since     time.Time
	offset    uint64 // what its client says when it is back: the Order of the last message it got
}

func newAway(longest time.Duration) *away {
	return &away{longest: longest, known: make(map[socket.PrivateSessionId]*queue.Element), line: queue.New()}
}

// bytes is about what it takes to remember one.
func (a *absent) bytes() int {
	n := 400 + len(a.namespace)
	for _, room := range a.rooms {
		n += len(room) + 16
	}
	return n
}

// leave remembers m, which leaves its namespace.
func (w *away) leave(m *member, pid socket.PrivateSessionId) {
	a := &absent{pid: pid, id: m.socket.Id(), namespace: m.space.name, rooms: m.space.roomsOf(m), since: time.Now()}
	m.space.drop(m) // or it would be there beside itself when it is back at once
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[pid] = w.line.PushBack(a)
	w.bytes += a.bytes()
	for first := w.line.Front(); first != nil && (w.bytes > maxAwayBytes || w.isOver(first)); first = w.line.Front() {
		w.forget(first)
	}
}

// take returns who has this secret and was in that namespace, once; nil: nobody, or for
// too long.
func (w *away) take(pid socket.PrivateSessionId, namespace string) *absent {
	w.mu.Lock()
	defer w.mu.Unlock()
	place := w.known[pid]
	if place == nil {
		return nil
	}
	over := w.isOver(place)
	a := w.forget(place)
	if over || a.namespace != namespace {
		return nil
	}
	return a
}

// isOver and forget are called with the lock held.
func (w *away) isOver(place *queue.Element) bool {
	a, _ := place.Value.(*absent)
	return time.Since(a.since) > w.longest
}

func (w *away) forget(place *queue.Element) *absent {
	a, _ := w.line.Remove(place).(*absent)
	delete(w.known, a.pid)
	w.bytes -= a.bytes()
	return a
}

// PersistSession implements socket.Adapter.
func (r *noRooms) PersistSession(gone *socket.SessionToPersist) {
	if m, was := gone.Data.(*member); was {
		r.door.away.leave(m, gone.Pid)
	}
}

// RestoreSession implements socket.Adapter. Without a session the client comes in as
// anybody does. What was missed is sent by catchUp, with what is emitted meanwhile.
func (r *noRooms) RestoreSession(pid socket.PrivateSessionId, offset string) (*socket.Session, error) {
	a := r.door.away.take(pid, r.namespace)
	if a == nil {
		return nil, nil //nolint:nilnil // the library's way to say nobody
	}
	order, isOurs := strings.CutPrefix(offset, offsetSign)
	var err error
	if a.offset, err = strconv.ParseUint(order, 10, 64); err != nil || !isOurs {
		return nil, nil //nolint:nilnil,nilerr // its last event had none: what it missed is not known
	}
	if _, _, whole := r.door.missedBy(a); !whole {
		return nil, nil //nolint:nilnil // it is told that it missed something by not being recovered
	}
	return &socket.Session{SessionToPersist: &socket.SessionToPersist{Sid: a.id, Pid: pid, Rooms: types.NewSet[socket.Room](), Data: a}}, nil
}

// missedBy returns what was emitted for a since its connection broke, up to the Order
// upTo, where all of it is known still and finds room in an outbox.
func (d *Door) missedBy(a *absent) (missed []*msg.Record, upTo uint64, whole bool) {
	missed, upTo, whole = d.opts.Recent.Since(a.namespace, string(a.id), a.rooms, a.offset)
	bytes := 0
	for _, rec := range missed {
		bytes += rec.Size() + 2*len(rec.Event) + len(rec.Namespace) + 64 // at least what its frames have
	}
	return missed, upTo, whole && d.opts.Outbox.HoldsPast(len(missed), bytes)
}

// recover sends what was missed, then what was emitted meanwhile, and lets through what
// comes.
func (m *member) recover(a *absent) {
	missed, upTo, whole := m.door.missedBy(a)
	if !whole { // since it was asked a moment ago; the client believes to have all
		m.session.engine.Close(errForgotten, websocket.CloseInternalServerErr)
		return
	}
	frames := make([][]byte, len(missed))
	for i, rec := range missed {
		frames[i] = messageFrame(rec.Message, rec.Order, m.session.engine.Revision())
	}
	m.tap.Open(frames, upTo)
}

var errForgotten = fault.Newf(fault.Internal, "what the client missed was forgotten while it came back")

// offsetSign begins an offset, so that no argument of a producer's passes for one.
const offsetSign = "#"

// appendOffset adds an event's last argument, which its client's library keeps.
func appendOffset(event []byte, order uint64) []byte {
	event = append(event[:len(event)-1], `,"`+offsetSign...)
	return append(strconv.AppendUint(event, order, 10), `"]`...)
}

// offers are the fields of a CONNECT packet by which a client says who it was.
func offers(auth map[string]any, said map[string]json.RawMessage) {
	for _, name := range []string{"pid", "offset"} {
		var text string
		if json.Unmarshal(said[name], &text) == nil && text != "" {
			auth[name] = text
		}
	}
}
