package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// waitCommand is for scripts: its exit code says whether a message came.
type waitCommand struct {
	hubFlags
	Namespace string        `short:"n" help:"Only this namespace."`
	Event     string        `short:"e" help:"Only this event."`
	Query     string        `short:"q" help:"Only what this query selects, such as 'event:done data.ok:true' or 'outcome:dropped'."`
	Count     int           `short:"c" default:"1" help:"Wait for so many messages, at most 1000."`
	Timeout   time.Duration `short:"t" default:"30s" help:"For so long, at most 10m; 0s looks only at what is kept."`
	Since     *uint64       `placeholder:"SEQ" help:"Messages after this number count, too, if they are kept: what --mark printed, or emit. 0: all."`
	Mark      bool          `help:"Do not wait: print the number that the newest message has, for --since."`
}

// Run prints each message that is waited for. Its error has the exit code 1 where
// the time was up, and 2 where it is not known what would have come.
func (c *waitCommand) Run(ctx context.Context, p Process) error {
	err := c.with(func(hub *client.Client) error {
		if c.Mark {
			return mark(ctx, p, hub)
		}
		return c.wait(ctx, p, hub)
	})
	var e exit
	if err == nil || errors.As(err, &e) {
		return err
	}
	return exit{2, err}
}

// mark prints the number that the newest message has.
func mark(ctx context.Context, p Process, hub *client.Client) error {
	stats, err := hub.Stats(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Stdout, stats.Seq)
	return err
}

func (c *waitCommand) wait(ctx context.Context, p Process, hub *client.Client) error {
	end, err := hub.Wait(ctx, client.Awaited{
		Watched: client.Watched{Namespace: c.Namespace, Event: c.Event, Query: c.Query},
		Count:   c.Count, Timeout: c.Timeout, After: c.Since,
	}, func(line []byte) error {
		_, err := fmt.Fprintf(p.Stdout, "%s\n", line)
		return err
	})
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case err != nil:
		return err
	case end.Forgotten:
		fmt.Fprintf(p.Stderr, "%s: some messages after %d were not kept any more\n", p.Name, *c.Since)
	}
	if end.Missed > 0 {
		fmt.Fprintf(p.Stderr, "%s: messages not looked at, because the query takes too long or this was read too slowly: %d\n", p.Name, end.Missed)
	}
	if end.End == wire.WaitTimeout {
		return exit{1, fault.Newf(fault.NotFound, "the time was up after %v, with %d of %d messages", c.Timeout, end.Matched, c.Count)}
	}
	return nil
}
