// Package experiment puts ways to emit a message each interval beside one another:
// threads that each sleep and emit, one loop that takes a message from a queue,
// emits and sleeps, and a lane of Emitscope.
//
// Each way is a server of its own, with the same number of clients on real sockets
// over loopback, while GET /api is asked at a steady rate. They run one after the
// other, several rounds of them, and each round begins with another way: so a
// machine that is busier for a while is so for all of them, and how much the runs
// of one way differ says what is noise. A control takes its turn among them: the
// lane's clock with nothing to emit, so that what the machine itself is late by is
// not taken for a way's.
package experiment

import (
	"context"
	"time"

	"emitscope/backend/msg"
)

// What is emitted where.
const (
	namespace = "/experiment"
	event     = "tick"
)

// subject is a server that emits in one of the ways. It is for one run.
type subject interface {
	// address is where it answers GET /api and takes clients.
	address() string
	// clients is how they connect: one of trial's names for that.
	clients() string
	// emit emits from start on, until ctx ends; then its error is nil.
	emit(ctx context.Context, start time.Time) error
	// close ends it, and returns when it has ended.
	close()
}

// run makes one run of one way, with a server of its own.
func run(ctx context.Context, way msg.Way, p msg.ExperimentPlan, hub OpenHub) (*msg.RunRecord, error) {
	if way == msg.WayControl {
		return control(ctx, p)
	}
	s, err := open(ctx, way, p, hub)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return measure(ctx, p, s)
}

func open(ctx context.Context, way msg.Way, p msg.ExperimentPlan, hub OpenHub) (subject, error) {
	switch way {
	case msg.WayThreads:
		return newThreads(ctx, p)
	case msg.WayLoop:
		return newLoop(ctx, p)
	case msg.WayFlask:
		return newFlask(ctx, p)
	default:
		return newLane(ctx, p, hub)
	}
}
