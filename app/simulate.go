package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/simulate"
	"emitscope/backend/trial"
)

type simulateCommand struct {
	hubFlags
	Feed      string `default:"ticks" enum:"sine,walk,ticks,bursts,counter,template" help:"What kind of messages: ${enum}."`
	Namespace string `short:"n" help:"Where to; otherwise where the feed usually goes."`
	Event     string `short:"e" help:"Their name; otherwise what the feed usually has."`

	Producers int           `short:"p" default:"1" help:"How many make messages, each with a connection of its own."`
	Processes bool          `help:"Each producer is a process of its own."`
	Rate      float64       `short:"r" help:"Messages a second, of all producers together."`
	Interval  time.Duration `placeholder:"DURATION" help:"In the place of --rate: from one message of a producer to its next, or from burst to burst."`
	Jitter    time.Duration `placeholder:"DURATION" help:"Each message comes by chance up to so much later."`
	Seed      uint32        `default:"1" help:"The same seed makes the same messages."`
	For       time.Duration `placeholder:"DURATION" help:"How long; otherwise until interrupted."`
	Count     uint64        `help:"How many messages, of all producers together."`

	Set      map[string]float64 `short:"s" placeholder:"NAME=NUMBER" help:"A number of the feed, such as symbols=20; docs/simulator.md has them all."`
	Template string             `placeholder:"JSON" help:"With --feed template: JSON with holes, such as '{\"price\": {{walk 231.42 0.02}}}'; or @FILE."`
	Via      string             `default:"websocket" enum:"rest,socketio,websocket" help:"How producers send: ${enum}."`
	JSON     bool               `help:"As JSON."`

	Part int       `hidden:"" default:"-1"` // of the producers, this process is only the one
	At   time.Time `hidden:""`              // when all of them begin
}

// Help is shown below the flags' list.
func (*simulateCommand) Help() string {
	return `Messages are made at the moments that their schedule prescribes, however slow the hub is. What it refuses is counted, and not sent again.`
}

// Run makes messages until they are all made, or an interrupt, and prints what
// became of them.
func (c *simulateCommand) Run(ctx context.Context, p Process) error {
	what, err := c.plan()
	if err != nil {
		return err
	}
	var got trial.Simulated
	switch {
	case c.Part >= 0:
		told, end := whileTold(ctx)
		defer end()
		got, err = c.send(told, what, c.Part, 1)
	case c.Processes:
		got, err = c.inProcesses(ctx, p, what)
	default:
		c.At = time.Now()
		got, err = c.send(ctx, what, 0, c.Producers)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(p.Stdout).Encode(got)
	}
	return got.WriteTable(p.Stdout)
}

// plan reads the flags.
func (c *simulateCommand) plan() (*simulate.Plan, error) {
	s := wire.SimulatorSetup{
		Feed: c.Feed, Namespace: c.Namespace, Event: c.Event, Producers: c.Producers, Seed: c.Seed, Count: c.Count, Set: c.Set, Template: c.Template,
		Interval: given(c.Interval), Jitter: given(c.Jitter), For: given(c.For),
	}
	if c.Producers < 1 {
		return nil, fault.Newf(fault.Invalid, "--producers is %d", c.Producers).WithHint("have 1 to %d", simulate.MaxProducers)
	}
	s.Rate = c.Rate / float64(c.Producers)
	if name, isFile := strings.CutPrefix(c.Template, "@"); isFile {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fault.Newf(fault.Invalid, "the template cannot be read: %v", err)
		}
		s.Template = string(text)
	}
	return simulate.Read(s)
}

// send has some of the producers work in this process.
func (c *simulateCommand) send(ctx context.Context, what *simulate.Plan, from, count int) (trial.Simulated, error) {
	setup := what.Setup()
	return trial.Simulate(ctx, trial.Plan{
		Target: c.URL, Key: c.Key, Fingerprint: c.Fingerprint, Namespace: setup.Namespace, Event: setup.Event, Via: c.Via,
	}, what, from, count, c.At)
}

// together is how long processes get to start and connect before all begin at once.
const together = time.Second

// inProcesses has each producer work in a process of its own, and adds up what they
// say at their end.
func (c *simulateCommand) inProcesses(ctx context.Context, p Process, what *simulate.Plan) (total trial.Simulated, err error) {
	program, err := os.Executable()
	if err != nil {
		return total, fmt.Errorf("find this program: %w", err)
	}
	at := time.Now().Add(together).Format(time.RFC3339Nano)
	parts := make([]trial.Simulated, what.Setup().Producers)
	var running errgroup.Group
	for i := range parts {
		running.Go(func() error {
			args := append(append([]string{}, p.Args...), "--json", fmt.Sprintf("--part=%d", i), "--at="+at)
			one := exec.CommandContext(ctx, program, args...)
			stdin, err := one.StdinPipe()
			if err != nil {
				return fmt.Errorf("producer %d: %w", i+1, err)
			}
			one.Cancel = stdin.Close         // a signal might be its second, after that of the terminal
			one.WaitDelay = 15 * time.Second // it waits for the hub to have read everything
			one.Stderr = p.Stderr
			said, err := one.Output()
			if json.Unmarshal(said, &parts[i]) == nil { // as after an interrupt
				return nil
			}
			return fmt.Errorf("producer %d: %w", i+1, cmp.Or(err, errors.New("its process said nothing")))
		})
	}
	err = running.Wait()
	for _, one := range parts {
		total.Add(one)
	}
	return total, err
}

// whileTold returns a context that ends when the process that started this one has
// ended, or closes what this one reads.
func whileTold(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the end of this process at the latest
		cancel()
	}()
	return ctx, cancel
}
