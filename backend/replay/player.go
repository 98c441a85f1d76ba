// Package replay plays recordings into the hub again, each message at its own time or
// at even ones, through intake and the lanes like any other.
package replay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// intake takes each draft that it can, in order, and tells of every other one why. It
// keeps no payload.
type intake interface {
	AcceptEach(drafts []msg.Draft, refused func(i int, why error)) msg.Receipt
}

// lanes hold what waits. Recall takes back what came by a door.
type lanes interface {
	Recall(door msg.Door) []*msg.Message
}

// Recording is a recording that is read, and cannot be removed until it is closed.
type Recording interface {
	// Piece returns the next messages behind a place that were emitted to all, oldest
	// first, and the place where the next piece begins; 0: there is none.
	Piece(ctx context.Context, after uint64) (piece []*msg.Record, next uint64, err error)
	// Find returns a place behind which all messages of a moment and later ones are.
	Find(ctx context.Context, at time.Time) (after uint64, err error)
	Close() error
}

// Options are what a Player stands on. All are needed.
type Options struct {
	Intake intake
	Lanes  lanes
	// Open opens a recording by its name. An error is for a person.
	Open func(ctx context.Context, name string) (Recording, error)
	Log  *slog.Logger
}

// Player plays one recording at a time.
//
// All methods may be called from any goroutine.
type Player struct {
	o       Options
	waiting *waiting

	mu      sync.Mutex
	last    *run // that was started; nil: none was
	stopped bool // for good
}

// New returns a Player that plays nothing.
func New(o Options) *Player { return &Player{o: o, waiting: newWaiting()} }

// Run returns when ctx has ended, and nothing is played any more.
func (p *Player) Run(ctx context.Context) {
	<-ctx.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.last != nil {
		p.last.stop()
	}
}

// Observe tells of a message that has ended. It never blocks.
func (p *Player) Observe(r *msg.Record) {
	if r.Replayed > 0 {
		p.waiting.observe(r.Replayed)
	}
}

// State returns how the last replay stands.
func (p *Player) State() msg.Replay {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		return msg.Replay{State: msg.ReplayNone}
	}
	return p.last.state()
}

// Start plays a recording. The errors are Invalid, Conflict where one is being played or
// cannot be read, NotFound, and Stopping.
func (p *Player) Start(n msg.NewReplay) (msg.Replay, error) {
	if err := n.Check(); err != nil {
		return msg.Replay{}, err
	}
	filter, err := query.Parse(n.Query)
	if err != nil {
		return msg.Replay{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.stopped:
		return msg.Replay{}, fault.Newf(fault.Stopping, "the hub is stopping").WithHint("start it again when the hub is back")
	case p.last != nil && p.last.goesOn():
		return msg.Replay{}, fault.Newf(fault.Conflict, "the recording %q is being played", p.last.asked.Recording).WithCode("replay_runs").
			WithHint("stop it first, with DELETE /api/v1/replay; one is played at a time")
	}
	recording, err := p.o.Open(context.Background(), n.Recording)
	if err != nil {
		return msg.Replay{}, err
	}
	p.waiting.reset()
	p.last = begin(&p.o, p.waiting, newSource(recording, filter, n), n)
	p.o.Log.Info("Replay started", "recording", n.Recording, "speed", n.Speed, "spacing", n.Spacing, "namespace", n.Namespace)
	return p.last.state(), nil
}

// Change changes the replay that goes on. When it returns, nothing is sent any more that
// was to be sent before: of a replay that pauses, nothing at all. The errors are Invalid,
// NotFound where none goes on, and why it cannot go on.
func (p *Player) Change(c msg.ReplayPatch) (msg.Replay, error) {
	if err := c.Check(); err != nil {
		return msg.Replay{}, err
	}
	p.mu.Lock()
	r := p.last
	p.mu.Unlock()
	if r == nil || !r.goesOn() {
		return msg.Replay{}, errNone()
	}
	done, err := r.do(func(ctx context.Context) error { return r.change(ctx, c) })
	if !done {
		return msg.Replay{}, errNone()
	}
	return r.state(), err
}

// Stop ends the replay that goes on. When it returns, nothing of it is sent any more. The
// error is NotFound where none goes on.
func (p *Player) Stop() (msg.Replay, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || !p.last.goesOn() {
		return msg.Replay{}, errNone()
	}
	p.last.stop()
	return p.last.state(), nil
}

func errNone() error {
	return fault.Newf(fault.NotFound, "no recording is being played").WithCode("no_replay").WithHint("PUT /api/v1/replay plays one")
}
