package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// recordCommand records on a running hub.
type recordCommand struct {
	hubFlags
	Name   string        `help:"Name of the recording, and of its file. With --last it may be left out."`
	Query  string        `short:"q" help:"Only what this query selects, such as 'ns:/ws/rt_market late>1ms'."`
	For    time.Duration `help:"Record for so long; without it, until Ctrl-C." xor:"when"`
	Last   time.Duration `help:"Do not record what comes, but keep what was: so much of the flight recorder, such as 5m." xor:"when"`
	Detach bool          `short:"d" help:"Do not wait: the recording goes on by itself, until recordings stop ends it."`
}

// Validate says which flags do not go together.
func (c *recordCommand) Validate() error {
	switch {
	case c.Last < 0:
		return errors.New("--last is longer than 0, such as 5m")
	case c.Last == 0 && c.Name == "":
		return errors.New("--name is missing")
	case c.Last > 0 && c.Detach:
		return errors.New("--detach is for recording what comes, and --last keeps what was")
	}
	return nil
}

// Run records, and says what there is at the end.
func (c *recordCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if c.Last > 0 {
			one, err := hub.KeepFlight(ctx, wire.KeepFlight{Name: c.Name, Last: c.Last.String(), Query: c.Query})
			if err == nil {
				_, err = fmt.Fprintf(p.Stdout, "%s\n", summary(one))
			}
			return err
		}
		one, err := hub.StartRecording(ctx, wire.NewRecording{Name: c.Name, Query: c.Query, For: given(c.For)})
		if err != nil {
			return err
		}
		if c.Detach {
			_, err := fmt.Fprintf(p.Stdout, "Recording %q. %s recordings stop %q ends it.\n", one.Name, p.Name, one.Name)
			return err
		}
		fmt.Fprintf(p.Stderr, "Recording %q; Ctrl-C ends it.\n", one.Name)
		if one, err = untilEnded(ctx, hub, one); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(p.Stdout, "%s\n", summary(one)); err != nil {
			return err
		}
		if one.Problem != "" {
			return fault.Newf(fault.Conflict, "the recording ended by itself: %s", one.Problem)
		}
		return nil
	})
}

// untilEnded waits until a recording ends by itself, or ends it with ctx.
func untilEnded(ctx context.Context, hub *client.Client, one wire.Recording) (wire.Recording, error) {
	const lookEvery = 250 * time.Millisecond
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for one.State == string(msg.RecordingRuns) {
		select {
		case <-tick.C:
			now, err := hub.Recording(ctx, one.Name)
			if err != nil && ctx.Err() == nil {
				return one, err
			}
			if err == nil {
				one = now
			}
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			ended, err := hub.StopRecording(ending, one.Name)
			if errors.Is(err, fault.Conflict) { // it had ended meanwhile
				return hub.Recording(ending, one.Name)
			}
			return ended, err
		}
	}
	return one, nil
}

// summary says what is in a recording.
func summary(r wire.Recording) string {
	text := fmt.Sprintf("%s: %d messages, %d bytes in the file", r.Name, r.Messages, r.FileBytes)
	if r.Dropped > 0 {
		text += fmt.Sprintf(", %d missing: they came faster than they could be written", r.Dropped)
	}
	return text
}

// recordingsCommands look after the recordings of a running hub.
type recordingsCommands struct {
	List   recordingsList   `cmd:"" default:"withargs" help:"List them, the newest first."`
	Stop   recordingsStop   `cmd:"" help:"End one that runs."`
	Rename recordingsRename `cmd:"" help:"Give one that has ended another name."`
	Remove recordingsRemove `cmd:"" help:"Delete one."`
}

type recordingsList struct{ hubFlags }

// Run prints a table.
func (c *recordingsList) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		all, err := hub.Recordings(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			_, err := fmt.Fprintf(p.Stdout, "There are no recordings. %s record --name NAME makes one.\n", p.Name)
			return err
		}
		table := newTable(p.Stdout)
		fmt.Fprintln(table, "NAME\tSTATE\tBEGAN\tSPAN\tMESSAGES\tMISSING\tBYTES\tQUERY")
		for _, r := range all {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", r.Name, r.State, moment(r.Began), span(r), r.Messages, r.Dropped, r.FileBytes, r.Query)
			if r.Problem != "" {
				fmt.Fprintf(table, "\t%s\t\t\t\t\t\t\n", r.Problem)
			}
		}
		return table.Flush()
	})
}

// span says how long it is from a recording's first message to its last.
func span(r wire.Recording) string {
	first, err := time.Parse(time.RFC3339Nano, r.FirstTime)
	if err != nil {
		return "-"
	}
	last, err := time.Parse(time.RFC3339Nano, r.LastTime)
	if err != nil {
		return "-"
	}
	return last.Sub(first).Round(time.Millisecond).String()
}

type recordingsStop struct {
	hubFlags
	Name string `arg:"" help:"Name of the recording."`
}

// Run ends it, and says what is in it.
func (c *recordingsStop) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		one, err := hub.StopRecording(ctx, c.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.Stdout, summary(one))
		return err
	})
}

type recordingsRename struct {
	hubFlags
	Name string `arg:"" help:"Name of the recording."`
	New  string `arg:"" help:"Its new name."`
}

// Run renames it.
func (c *recordingsRename) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		one, err := hub.RenameRecording(ctx, c.Name, c.New)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "The recording %q is called %q now.\n", c.Name, one.Name)
		return err
	})
}

type recordingsRemove struct {
	hubFlags
	Name string `arg:"" help:"Name of the recording."`
}

// Run deletes it.
func (c *recordingsRemove) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.DeleteRecording(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "The recording %q is deleted.\n", c.Name)
		return err
	})
}
