package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// replayCommand has a running hub play a recording.
type replayCommand struct {
	hubFlags
	Name   string        `arg:"" optional:"" help:"Name of the recording."`
	Query  string        `short:"q" help:"Only what this query selects, such as 'ns:/ws/rt_market event:tick'."`
	Begin  string        `placeholder:"WHEN" help:"Begin there: so far behind the first message, such as 90s, or at a time, such as 2026-01-02T15:04:05Z."`
	End    string        `placeholder:"WHEN" help:"End there, written the same way."`
	Speed  float64       `short:"s" default:"1" help:"So many times as fast as it was, 0.1 to 20."`
	To     string        `short:"n" placeholder:"NAMESPACE" help:"Into this namespace; otherwise each message into its own."`
	Even   bool          `help:"As the pace of the lane says; otherwise as far apart as they were, whatever that is."`
	Every  time.Duration `placeholder:"DURATION" help:"One message each, such as 10ms at speed 1."`
	Loop   bool          `help:"Begin again at the end, until it is stopped."`
	Step   bool          `help:"Wait at the beginning; each line of standard input sends the next message, or as many as it says."`
	Record bool          `help:"Recordings that run take what is replayed, too."`
	Detach bool          `short:"d" help:"Do not wait: it goes on by itself, until replay --stop ends it."`
	Stop   bool          `help:"Stop the one that goes on, and play none."`
}

// Help is shown below the flags' list.
func (*replayCommand) Help() string {
	return `What the recording has that was emitted is emitted again, to whoever listens now. Ctrl-C stops it. The exit code is 1 when it cannot go on.`
}

// Run plays it, and says at the end what became of it.
func (c *replayCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if c.Stop {
			one, err := hub.StopReplay(ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.Stdout, played(one))
			return err
		}
		what, err := c.what(ctx, hub)
		if err != nil {
			return err
		}
		one, err := hub.StartReplay(ctx, what)
		if err != nil {
			return err
		}
		if c.Detach {
			_, err := fmt.Fprintf(p.Stdout, "Playing %q. %s replay --stop ends it.\n", one.Recording, p.Name)
			return err
		}
		fmt.Fprintf(p.Stderr, "Playing %q; Ctrl-C stops it.\n", one.Recording)
		if c.Step {
			one, err = byStep(ctx, hub, p, one)
		} else {
			one, err = untilPlayed(ctx, hub, p, one, func(wire.Replay) bool { return false })
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(p.Stdout, played(one)); err != nil {
			return err
		}
		if one.State == string(msg.ReplayFailed) {
			return fault.Newf(fault.Conflict, "the replay cannot go on: %s", one.Problem)
		}
		return nil
	})
}

// what reads the flags.
func (c *replayCommand) what(ctx context.Context, hub *client.Client) (wire.NewReplay, error) {
	n := wire.NewReplay{
		Recording: c.Name, Query: c.Query, Speed: c.Speed, Interval: given(c.Every), Namespace: c.To, Loop: c.Loop, Paused: c.Step, Record: c.Record,
	}
	if c.Speed == 0 { // on the wire that is 1
		return n, fault.Newf(fault.Invalid, "the speed is 0").WithHint("it is %v to %v times that of the recording", msg.MinReplaySpeed, msg.MaxReplaySpeed)
	}
	if c.Even || c.Every != 0 {
		n.Spacing = string(msg.SpacingEven)
	}
	if c.Begin == "" && c.End == "" {
		return n, nil
	}
	recording, err := hub.Recording(ctx, c.Name)
	if err != nil {
		return n, err
	}
	if n.From, err = when(c.Begin, recording); err != nil {
		return n, err
	}
	n.To, err = when(c.End, recording)
	return n, err
}

// when reads a moment of a recording; empty when none is said.
func when(text string, r wire.Recording) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return text, nil
	}
	first, none := time.Parse(time.RFC3339Nano, r.FirstTime)
	behind, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return "", fault.Newf(fault.Invalid, "%q is no moment of a recording", fault.Clip(text)).
			WithHint("write 90s for a moment so far behind its first message, or a time such as 2026-01-02T15:04:05Z")
	case none != nil:
		return "", fault.Newf(fault.Conflict, "the recording %q has no messages", r.Name)
	}
	return first.Add(behind).Format(time.RFC3339Nano), nil
}

// untilPlayed waits until a replay ends, or enough of it is played, or ends it with ctx.
// Where somebody looks on it shows how far it is.
func untilPlayed(ctx context.Context, hub *client.Client, p Process, one wire.Replay, enough func(wire.Replay) bool) (wire.Replay, error) {
	const lookEvery = 250 * time.Millisecond
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	shown := isTerminal(p.Stderr)
	for over := enough(one); !over; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return stopReplay(ctx, hub)
		}
		now, ended, err := lookAt(ctx, hub, one)
		if err != nil && ctx.Err() == nil {
			return one, err
		}
		if err != nil {
			continue
		}
		one, over = now, ended || enough(now)
		if shown {
			fmt.Fprintf(p.Stderr, "\r\x1b[K%s  %s", moment(one.Position), played(one))
		}
		if shown && over {
			fmt.Fprintln(p.Stderr)
		}
	}
	return one, nil
}

// lookAt returns how a replay stands, and whether it is over: also where another one is
// being played by now.
func lookAt(ctx context.Context, hub *client.Client, one wire.Replay) (now wire.Replay, over bool, err error) {
	now, err = hub.Replay(ctx)
	switch {
	case err != nil:
		return one, false, err
	case now.Started != one.Started:
		one.State = string(msg.ReplayEnded)
		return one, true, nil
	}
	return now, now.State == string(msg.ReplayEnded) || now.State == string(msg.ReplayFailed), nil
}

// stopReplay ends the replay, also after an interrupt.
func stopReplay(ctx context.Context, hub *client.Client) (wire.Replay, error) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	one, err := hub.StopReplay(ending)
	if errors.Is(err, fault.NotFound) { // it had ended meanwhile
		return hub.Replay(ending)
	}
	return one, err
}

// byStep sends as many messages as each line says, one for an empty line, until there
// are no more of either, and they have left.
func byStep(ctx context.Context, hub *client.Client, p Process, one wire.Replay) (wire.Replay, error) {
	fmt.Fprintln(p.Stderr, "Enter sends the next message, a number so many.")
	lines := make(chan string)
	go func() { // nothing can end a read of standard input; what waits in one ends with the process
		defer close(lines)
		for in := bufio.NewScanner(p.Stdin); in.Scan(); {
			select {
			case lines <- strings.TrimSpace(in.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case line, more := <-lines:
			if !more {
				if _, err := untilPlayed(ctx, hub, p, one, func(now wire.Replay) bool { return now.Waiting == 0 }); err != nil {
					return one, err
				}
				return stopReplay(ctx, hub)
			}
			n := 1
			if line != "" {
				var err error
				if n, err = strconv.Atoi(line); err != nil {
					fmt.Fprintf(p.Stderr, "%q is no number of messages.\n", fault.Clip(line))
					continue
				}
			}
			now, err := hub.ChangeReplay(ctx, wire.ReplayPatch{Step: &n})
			if errors.Is(err, fault.NotFound) { // it is over
				now, _, err = lookAt(ctx, hub, one)
				return now, err
			}
			if err != nil {
				fmt.Fprintln(p.Stderr, fault.From(err).Error())
				continue
			}
			one = now
			fmt.Fprintln(p.Stderr, played(one))
		case <-ctx.Done():
			return stopReplay(ctx, hub)
		}
	}
}

// played says how far a replay is.
func played(r wire.Replay) string {
	text := fmt.Sprintf("%s: %d messages sent", r.Recording, r.Sent)
	if r.Rounds > 0 {
		text += fmt.Sprintf(" in %d rounds", r.Rounds+1)
	}
	if r.Refused > 0 {
		text += fmt.Sprintf(", %d refused: %s", r.Refused, r.Problem)
	}
	return text
}
