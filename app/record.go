package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// recordCommand records on a running hub.
type recordCommand struct {
	hubFlags
	Name   string        `required:"" help:"Name of the recording, and of its file."`
	Query  string        `short:"q" help:"Only what this query selects, such as 'ns:/ws/rt_market late>1ms'."`
	For    time.Duration `help:"Record for so long; without it, until Ctrl-C."`
	Detach bool          `short:"d" help:"Do not wait: the recording goes on by itself, until recordings stop ends it."`
}

// Run records, and says what there is at the end.
func (c *recordCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
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

// exportCommand writes a recording as a file.
type exportCommand struct {
	hubFlags
	Name    string `arg:"" help:"Name of the recording."`
	Format  string `enum:"ndjson,csv" default:"ndjson" help:"ndjson or csv."`
	Query   string `short:"q" help:"Only what this query selects."`
	Columns string `placeholder:"/A,/B" help:"With csv: columns of their own for these parts of the payload (JSON pointers)."`
	Out     string `short:"o" placeholder:"FILE" help:"File to write, whole or not at all; else standard output."`
}

// Run writes the file.
func (c *exportCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		from, err := hub.Export(ctx, c.Name, client.Exported{Format: c.Format, Query: c.Query, Columns: c.Columns})
		if err != nil {
			return err
		}
		defer from.Close()
		if c.Out == "" {
			if _, err := io.Copy(p.Stdout, from); err != nil {
				return fmt.Errorf("the export broke off: %w", err)
			}
			return nil
		}
		n, err := writeWhole(c.Out, from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "%d bytes in %s.\n", n, c.Out)
		return err
	})
}
