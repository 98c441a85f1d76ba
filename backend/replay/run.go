package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

const (
	// ahead is how long before their time messages are handed in, so that neither Go's
	// scheduler nor a disk that others keep busy, which may take some 300 ms for a piece,
	// shows in when they leave.
	ahead = time.Second
	// grain is how often they are, at most.
	grain = 20 * time.Millisecond
	// most and mostBytes bound what waits ahead of its time: a fast replay is handed in
	// less far ahead.
	most      = 2000
	mostBytes = 16 << 20
	// retry is when to look again whether there is room.
	retry = 5 * time.Millisecond
	// together is how many are handed in at once, at most.
	together = 256
	// lead is from when a replay is let go on until its first moment, so that the first
	// messages are ahead of their time, too.
	lead = 20 * time.Millisecond
	// mostBehind is how far behind its schedule a replay may be. Beyond, it goes on later:
	// a computer that has slept does not make up for the night, nor a hub for what is
	// faster than it.
	mostBehind = time.Second
	// underWay is how long those that the emitter has taken already are waited for. Only
	// faults hold them up longer.
	underWay = 250 * time.Millisecond
)

// run is a replay from its start to its end.
type run struct {
	o       *Options
	waiting *waiting
	source  *source
	started time.Time

	commands chan func(context.Context) error // for the run's own goroutine
	cancel   context.CancelFunc
	ended    chan struct{}

	buffer []entry // read, and not handed in; the run's goroutine's
	over   bool    // all is read; the same
	drafts []msg.Draft

	mu      sync.Mutex
	asked   msg.NewReplay // as it was changed since
	clock   clock
	end     msg.ReplayState // empty: it goes on
	refused uint64
	problem error
}

// begin starts a run, which ends by itself, or with stop.
func begin(o *Options, w *waiting, s *source, n msg.NewReplay) *run {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{
		o: o, waiting: w, source: s, started: time.Now(), asked: n, clock: clock{speed: n.Speed},
		commands: make(chan func(context.Context) error), cancel: cancel, ended: make(chan struct{}),
	}
	w.jump(mark{at: n.From})
	go func() {
		defer cancel()
		r.finish(r.play(ctx))
	}()
	return r
}

// stop ends the run and waits until it has.
func (r *run) stop() {
	r.cancel()
	<-r.ended
}

func (r *run) goesOn() bool {
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

// do has the run's goroutine do something, and reports whether it was still there. An
// error is why the run cannot go on.
func (r *run) do(what func(context.Context) error) (done bool, err error) {
	did := make(chan struct{})
	select {
	case r.commands <- func(ctx context.Context) error {
		defer close(did)
		err = what(ctx)
		return err
	}:
		<-did
		return true, err
	case <-r.ended:
		return false, nil
	}
}

// play hands messages in until there are no more, or ctx ends. Its error is why it
// cannot go on.
func (r *run) play(ctx context.Context) error {
	if err := r.source.begin(ctx); err != nil {
		return err
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, over, err := r.advance(ctx)
		if over || err != nil {
			return err
		}
		var later <-chan time.Time
		if wait >= 0 {
			timer.Reset(wait)
			later = timer.C
		}
		select {
		case <-later:
		case <-r.waiting.settled: // it may be over
		case command := <-r.commands:
			if err := command(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// finish takes back what is not sent, and says how the run has ended.
func (r *run) finish(why error) {
	if why == nil {
		r.recall()
		r.waiting.settle(underWay)
	}
	state, facts := msg.ReplayEnded, []any{"recording", r.asked.Recording}
	if why != nil {
		state = msg.ReplayFailed
	}
	r.mu.Lock()
	r.clock.stop(time.Now())
	r.end, r.problem = state, cmp.Or(why, r.problem)
	refused := r.refused
	r.mu.Unlock()
	if err := r.source.recording.Close(); err != nil {
		r.o.Log.Warn("Recording not closed", "recording", r.asked.Recording, "error", err)
	}
	gone, _ := r.waiting.progress()
	facts = append(facts, "sent", gone, "refused", refused)
	if why != nil {
		r.o.Log.Warn("Replay ended by itself", append(facts, "problem", why)...)
	} else {
		r.o.Log.Info("Replay ended", facts...)
	}
	close(r.ended)
}

// advance hands in what is to be handed in by now, and says after how long there is more
// to do; negative: when something else happens. over: it has come to its end.
func (r *run) advance(ctx context.Context) (wait time.Duration, over bool, err error) {
	if len(r.buffer) == 0 && !r.over {
		if err := r.read(ctx); err != nil {
			return 0, false, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.asked.Paused && (r.over || len(r.buffer) > 0):
		return -1, false, nil
	case len(r.buffer) == 0 && r.over:
		n, _ := r.waiting.load()
		return -1, n == 0, nil
	case len(r.buffer) == 0:
		return 0, false, nil // others have their turn between two pieces
	}
	now := time.Now()
	if !r.clock.running {
		r.clock.run(now.Add(lead))
	}
	due := r.clock.due(r.buffer[0].played)
	if now.Sub(due) > mostBehind {
		r.clock.played = r.buffer[0].played
		r.clock.run(now)
		due = now
	}
	horizon := now
	if r.timed() {
		horizon = now.Add(ahead)
	}
	if due.After(horizon) {
		return max(due.Sub(horizon), r.grain()), false, nil
	}
	room := r.room()
	if room == 0 {
		return retry, false, nil
	}
	n := 1
	for n < min(len(r.buffer), room) && !r.clock.due(r.buffer[n].played).After(horizon) {
		n++
	}
	return 0, false, r.hand(n, func(e entry) time.Time { return r.clock.due(e.played) })
}

// timed reports whether each message has a time of its own. Else they go to the lane
// when that has come. The caller holds mu, or is the run's goroutine.
func (r *run) timed() bool { return r.asked.Spacing == msg.SpacingKept || r.asked.Interval > 0 }

func (r *run) grain() time.Duration {
	if r.timed() {
		return grain
	}
	return 0
}

// room is how many messages may be handed in now.
func (r *run) room() int {
	if !r.timed() {
		return together // the lane itself says how many it has room for
	}
	messages, bytes := r.waiting.load()
	if bytes >= mostBytes {
		return 0
	}
	return min(together, max(0, most-messages))
}

// read gets the next piece.
func (r *run) read(ctx context.Context) (err error) {
	r.mu.Lock()
	loop := r.asked.Loop
	r.mu.Unlock()
	r.buffer, r.over, err = r.source.read(ctx, loop)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case r.over && r.source.whole && r.source.count == 0:
		return fault.Newf(fault.Conflict, "no message that was emitted to all is in what was chosen of the recording %q", r.asked.Recording).WithCode("nothing_to_replay")
	}
	if gone, left := r.waiting.progress(); gone == 0 && left.at.IsZero() && len(r.buffer) > 0 {
		r.waiting.jump(mark{at: r.buffer[0].rec.At, played: r.buffer[0].played})
	}
	return nil
}

// hand gives the first n messages to intake, each with its time. What is refused is
// counted and not sent again. The caller holds mu. The error is that the hub stops.
func (r *run) hand(n int, due func(entry) time.Time) error {
	r.drafts = r.drafts[:0]
	for _, e := range r.buffer[:n] {
		at := due(e)
		d := msg.Draft{
			Namespace: cmp.Or(r.asked.Namespace, e.rec.Namespace), Event: e.rec.Event, Payload: e.rec.Payload, Spread: e.rec.Spread,
			Attachments: e.rec.Attachments, Rooms: e.rec.Rooms, Origin: msg.Origin{Door: msg.DoorReplay, Local: true},
			Replayed: r.waiting.add(e), Unrecorded: !r.asked.Record,
		}
		if !e.rec.Source.IsZero() {
			d.Source = at.Add(e.rec.Source.Sub(e.rec.At)) // as old as it was
		}
		if r.timed() {
			d.LeaveAt = at
		}
		r.drafts = append(r.drafts, d)
	}
	stopping := false
	r.o.Intake.AcceptEach(r.drafts, func(i int, why error) {
		r.waiting.refused(r.drafts[i].Replayed)
		r.refused++
		r.problem = why
		stopping = errors.Is(why, fault.Stopping)
	})
	clear(r.drafts)
	clear(r.buffer[:n])
	r.buffer = r.buffer[n:]
	if stopping {
		return r.problem
	}
	return nil
}

// recall takes back what was handed in and not sent.
func (r *run) recall() {
	back := r.waiting.back(r.o.Lanes.Recall(msg.DoorReplay))
	r.buffer = slices.Concat(back, r.buffer)
}

// state returns how it stands.
func (r *run) state() msg.Replay {
	r.mu.Lock()
	defer r.mu.Unlock()
	gone, left := r.waiting.progress()
	waits, _ := r.waiting.load()
	out := msg.Replay{
		NewReplay: r.asked, State: r.end, Started: r.started, Position: left.at, Rounds: left.round, Sent: gone, Waiting: waits, Refused: r.refused,
	}
	if r.problem != nil {
		out.Problem = fault.From(r.problem).Error()
	}
	if r.end != "" {
		return out
	}
	if out.State = msg.ReplayPlaying; r.asked.Paused {
		out.State = msg.ReplayPaused
	}
	if played := r.clock.now(time.Now()) - left.played; r.asked.Interval == 0 && played > 0 && !left.at.IsZero() {
		out.Position = left.at.Add(played)
	}
	return out
}
