package ws

import (
	"time"

	"emitscope/backend/msg"
)

// joining keeps the messages sent to a client while it is fetched what was sent
// before, so that it gets all of them once and in order.
type joining struct {
	held      []heldFrame
	heldBytes int
	maxFrames int
	maxBytes  int
	missed    uint64
}

type heldFrame struct {
	seq   uint64
	frame []byte
}

// hold keeps a frame; beyond the bounds the oldest ones are missed.
func (j *joining) hold(seq uint64, frame []byte) {
	j.held = append(j.held, heldFrame{seq, frame})
	j.heldBytes += len(frame)
	for len(j.held) > j.maxFrames || len(j.held) > 1 && j.heldBytes > j.maxBytes {
		j.heldBytes -= len(j.held[0].frame)
		j.held = j.held[1:]
		j.missed++
	}
}

// join subscribes s in place of old, with the last messages of each stream
// before the live ones: no gap, and none twice.
//
// What is sent from the moment of subscribing on is held. What was sent before
// is known to Options.Recent, except perhaps for the newest message: the emitter
// tells the doors first.
func (d *Door) join(s, old *subscription, n int, answer []byte) {
	bounds := d.opts.Outbox
	s.joins = &joining{maxFrames: bounds.MaxFrames, maxBytes: bounds.MaxBytes}
	newest, emitted := d.index.add(s, old, answer)

	last, _ := d.opts.Recent.Last(s.namespace, s.events, s.rooms, n)
	live := d.index.heldBy(s) // which may be among the last meanwhile
	frames := make([][]byte, 0, len(last)+1)
	newestKnown := false
	for _, r := range last {
		newestKnown = newestKnown || newest != nil && r.Seq == newest.Seq
		if !live[r.Seq] {
			frames = append(frames, eventFrame(r.Message, r.At))
		}
	}
	if newest != nil && !newestKnown && s.missedBy(newest) {
		frames = append(frames, eventFrame(newest, emitted))
	}
	now := time.Now()
	for _, f := range fitting(frames, bounds.MaxFrames/2, bounds.MaxBytes/2) {
		s.out.Push(f, now)
	}
	if missed := d.index.goLive(s); missed > 0 {
		d.log.Warn("Client joined too slowly, messages skipped", "client", s.client, "skipped", missed)
	}
}

// missedBy reports whether m, sent to everybody or to rooms, is for s.
func (s *subscription) missedBy(m *msg.Message) bool {
	return m.Namespace == s.namespace && m.To == "" && s.wants(m.Event) && s.hears(m.Rooms)
}

// fitting returns the newest of frames that keep the bounds: a client that asks
// for the last messages should not be slow from the start.
func fitting(frames [][]byte, maxFrames, maxBytes int) [][]byte {
	from, size := len(frames), 0
	for from > 0 && len(frames)-from < maxFrames && size+len(frames[from-1]) <= maxBytes {
		from--
		size += len(frames[from])
	}
	return frames[from:]
}

// heldBy returns which messages have been held for s until now.
func (x *index) heldBy(s *subscription) map[uint64]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	held := make(map[uint64]bool, len(s.joins.held))
	for _, h := range s.joins.held {
		held[h.seq] = true
	}
	return held
}

// goLive passes on what was held and lets messages go straight to the client. It
// returns how many it had to leave out, of which the client is told.
func (x *index) goLive(s *subscription) (missed uint64) {
	now := time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	j := s.joins
	s.joins = nil
	if j.missed > 0 {
		s.out.Must(missedFrame(j.missed), now)
	}
	for _, h := range j.held {
		s.out.Push(h.frame, now)
	}
	return j.missed
}
