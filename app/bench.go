package app

import (
	"context"
	"fmt"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/trial"
)

type benchCommand struct {
	hubFlags
	Namespace string `short:"n" default:"/bench" help:"Namespace of the messages; servers other than Emitscope mostly have / only."`
	Event     string `short:"e" default:"tick" help:"Event of the messages; clients look at no other."`
	Path      string `default:"/socket.io/" help:"Path of Socket.IO."`

	Producers    int     `short:"p" default:"1" help:"How many send, each on a connection of its own; 0: only listen to what something else publishes."`
	Via          string  `default:"rest" enum:"rest,socketio,websocket" help:"How producers send: rest, socketio, or websocket for Emitscope's /websocket."`
	PublishEvent string  `placeholder:"EVENT" help:"With --via socketio, for other servers: the event that producers emit, which the server is to broadcast as --event."`
	Rate         float64 `short:"r" default:"100" help:"Messages a second, of all producers together; 0: as fast as they are taken."`
	Batch        int     `default:"1" help:"Messages that are due at the same moment; over REST one request."`
	Size         int     `default:"200" help:"Bytes of each message's data, at least 80."`
	Acks         bool    `help:"Ask for an answer to each message also by Socket.IO and WebSocket, to count what is refused."`

	Clients int    `short:"c" default:"20" help:"How many listen, each on a connection of its own; 0: only send."`
	As      string `default:"websocket" enum:"websocket,polling,native" help:"How clients are connected: websocket or polling for Socket.IO, native for Emitscope's /websocket."`

	Seconds  float64       `short:"s" default:"10" help:"How long to measure."`
	Warmup   float64       `default:"1" help:"For how many seconds messages flow before that."`
	Interval time.Duration `placeholder:"DURATION" help:"Give the lane this interval for the time of the trial, and measure the interval error against it."`
	Pace     time.Duration `placeholder:"DURATION" help:"Measure the interval error against this pace, and leave the server as it is."`

	JSON bool `help:"As JSON."`
}

// Help is shown below the flags' list.
func (*benchCommand) Help() string {
	return `Messages are sent at the moments that the rate prescribes, however slow the server is: one sent late counts as late, and its latency is
measured from the moment at which it was due.

With --producers 0 something else publishes: JSON objects in whose "due" stands when they were due, in ns since 1970.`
}

// Run makes the traffic and prints what it measured, also after an interrupt.
func (c *benchCommand) Run(ctx context.Context, p Process) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	plan.Say = func(sentence string) { fmt.Fprintln(p.Stderr, sentence) }
	report, failed := trial.Run(ctx, plan)
	if report == nil {
		return failed
	}
	if c.JSON {
		err = writeJSON(p.Stdout, report)
	} else {
		fmt.Fprintln(p.Stderr)
		err = report.WriteTable(p.Stdout)
	}
	if failed != nil {
		return failed
	}
	return err
}

// plan turns the flags into a plan.
func (c *benchCommand) plan() (trial.Plan, error) {
	if c.Interval != 0 && c.Pace != 0 {
		return trial.Plan{}, fault.Newf(fault.Invalid, "--interval and --pace are both given, and one of them is enough").
			WithHint("--interval sets the lane of an Emitscope; --pace only says at which pace messages come")
	}
	if c.Seconds <= 0 {
		return trial.Plan{}, fault.Newf(fault.Invalid, "--seconds is %v, and nothing can be measured in that time", c.Seconds)
	}
	return trial.Plan{
		Target: c.URL, Key: c.Key, Fingerprint: c.Fingerprint, Namespace: c.Namespace, Event: c.Event, Path: c.Path,
		Producers: c.Producers, Via: c.Via, PublishEvent: c.PublishEvent, Batch: c.Batch, Acks: c.Acks, Rate: c.Rate, Size: c.Size,
		Clients: c.Clients, As: c.As,
		Warmup: seconds(c.Warmup), Length: seconds(c.Seconds),
		Interval: c.Interval + c.Pace, SetLane: c.Interval != 0, // one of them is 0
	}, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
